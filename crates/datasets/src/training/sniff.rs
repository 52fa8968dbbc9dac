//! What the first line tells of a file that is no JSON lines at all.

use super::Code;
use crate::Line;
use crate::layout::Layout;

/// What a file is instead of JSON lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Other {
    pub(super) code: Code,
    pub(super) message: String,
}

/// The first bytes of formats that people mistake for lines of text.
const MAGIC: [(&[u8], &str); 7] = [
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"PAR1", "Parquet"),
    (b"ARROW1", "Arrow"),
];

/// Looks at the first bytes of a file.
pub(super) fn bytes(line: &Line<'_>) -> Option<Other> {
    let bytes = line.bytes;
    if let Some((_, name)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        let message = format!("the file is {name}; expected text, one JSON object a line");
        return Some(Other { code: Code::Binary, message });
    }
    let marked = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    // ASCII in UTF-16 or UTF-32 has a zero byte in every other place; JSON text never has one.
    let zeros = bytes.iter().take(4).any(|byte| *byte == 0);
    (marked || zeros)
        .then(|| Other { code: Code::Utf16, message: "the file is UTF-16 or UTF-32; expected UTF-8".to_owned() })
}

/// Looks at the first line that is not blank and could not be read as an object: `cut` if it ended too early.
pub(super) fn layout(text: &str, cut: bool) -> Option<Other> {
    let (code, message) = match Layout::of(text, cut)? {
        Layout::Array => (Code::JsonArray, "the file is one JSON array; expected one object a line"),
        Layout::Spread => (Code::PrettyPrinted, "an object is spread over several lines; expected it on one"),
    };
    Some(Other { code, message: message.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lines;

    fn sniffed(file: &[u8]) -> Option<Code> {
        bytes(&Lines::new(file).read().unwrap().unwrap()).map(|other| other.code)
    }

    #[test]
    fn what_is_no_text_is_known_by_its_first_bytes() {
        assert_eq!(sniffed(b"\x1f\x8b\x08\0"), Some(Code::Binary));
        assert_eq!(sniffed(b"PAR1\x15"), Some(Code::Binary));
        assert_eq!(sniffed(b"\xff\xfe{\0\"\0"), Some(Code::Utf16));
        assert_eq!(sniffed(b"\0{\0\""), Some(Code::Utf16));
        assert_eq!(sniffed(b"{\0\"\0"), Some(Code::Utf16));
        assert_eq!(sniffed(b"{\"text\":\"a\"}"), None);
        assert_eq!(sniffed("\u{feff}{}".as_bytes()), None);
    }
}
