/// How a file is laid out that holds JSON, and not an object a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// The file is one array.
    Array,
    /// An object is spread over several lines.
    Spread,
}

impl Layout {
    /// Looks at the first line that is not blank and could not be read as an object: `cut` if it ended too early.
    pub(crate) fn of(text: &str, cut: bool) -> Option<Self> {
        let text = text.trim();
        let begun = text.strip_prefix('[').map(str::trim_start);
        if begun.is_some_and(|rest| (cut && rest.is_empty()) || rest.starts_with('{')) {
            return Some(Self::Array);
        }
        (cut && text.starts_with('{') && text.ends_with(['{', '[', ','])).then_some(Self::Spread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_over_several_lines_are_known_by_their_first() {
        assert_eq!(Layout::of("[", true), Some(Layout::Array));
        assert_eq!(Layout::of("[{\"text\": \"a\"},", true), Some(Layout::Array));
        assert_eq!(Layout::of("[{\"text\": \"a\"}]", false), Some(Layout::Array));
        assert_eq!(Layout::of("[1, 2]", false), None);
        assert_eq!(Layout::of("{", true), Some(Layout::Spread));
        assert_eq!(Layout::of("{\"messages\": [", true), Some(Layout::Spread));
        assert_eq!(Layout::of("{\"text\": \"a", true), None);
    }
}
