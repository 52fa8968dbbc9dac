use super::read::Member;

/// What stands between a key and its value, and between two members.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style<'a> {
    pub(super) colon: &'a str,
    pub(super) comma: &'a str,
}

impl<'a> Style<'a> {
    pub(super) const COMPACT: Self = Style { colon: ":", comma: "," };

    /// The spaces a writer puts around punctuation are seen at the first two members.
    pub(super) fn seen(text: &'a str, members: &[Member<'a>]) -> Option<Self> {
        let place = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
        let (key, value) = members.first().map(|(key, value)| (key.get(), value.get()))?;
        let colon = text.get(place(key) + key.len()..place(value))?;
        let comma = match members.get(1) {
            Some((next, _)) => text.get(place(value) + value.len()..place(next.get()))?,
            None if colon.ends_with(' ') => ", ",
            None => ",",
        };
        Some(Style { colon, comma })
    }
}
