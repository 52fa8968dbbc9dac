/// The beginning of a text that others chose the length of, with a mark where it was cut.
pub(crate) fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_long_text_is_cut_and_between_characters() {
        assert_eq!(shorten("déjà", 4), "déjà");
        assert_eq!(shorten("déjà vu", 4), "déjà…");
        assert_eq!(shorten("", 0), "");
    }
}
