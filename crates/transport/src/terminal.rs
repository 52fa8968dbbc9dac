/// Whether a character does something on a terminal, or to the reading of a line, instead of being seen: C0, DEL, C1, line
/// separators, bidirectional marks, and what is not seen at all.
///
/// Text from elsewhere, as a service's answer or a file's name, can move the cursor, forge a line, switch colours or turn
/// the reading direction with them. Errors show them escaped; programs that print such text do well to do the same.
///
/// ```
/// use mistral_transport::acts_on_a_terminal;
///
/// assert!(acts_on_a_terminal('\u{1b}') && acts_on_a_terminal('\n') && acts_on_a_terminal('\u{202e}'));
/// assert!(!acts_on_a_terminal('é') && !acts_on_a_terminal('\u{200d}'));
/// ```
pub fn acts_on_a_terminal(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' // direction
            | '\u{2028}' | '\u{2029}' // lines and paragraphs
            | '\u{feff}' | '\u{e0000}'..='\u{e007f}') // nothing to see
}
