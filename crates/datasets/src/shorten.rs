use std::borrow::Cow;

/// Characters of the data that a message shows.
const SHOWN: usize = 40;

/// The beginning of a text, for a message.
pub(crate) fn shorten(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(SHOWN) {
        None => Cow::Borrowed(text),
        Some((at, _)) => Cow::Owned(format!("{}…", &text[..at])),
    }
}
