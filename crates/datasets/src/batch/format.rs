use std::fmt;

use serde::Serialize;

/// What a file is that is no text in UTF-8.
///
/// ```
/// use mistral_datasets::batch::{Format, sniff};
///
/// let format = sniff(b"\x1f\x8b\x08\x00");
/// assert_eq!(format, Some(Format::Gzip));
/// assert_eq!(Format::Gzip.to_string(), "compressed (gzip)");
/// assert_eq!(Format::Gzip.advice(), "Unpack it first: gunzip -k FILE");
/// assert_eq!(sniff(b"{\"custom_id\": "), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Format {
    /// Text in UTF-16, with a byte-order mark or without.
    Utf16,
    /// Text in UTF-32, with a byte-order mark or without.
    Utf32,
    /// Compressed by gzip.
    Gzip,
    /// A zip archive.
    Zip,
    /// Compressed by zstd.
    Zstd,
    /// Compressed by bzip2.
    Bzip2,
    /// Compressed by xz.
    Xz,
    /// A table in Parquet.
    Parquet,
}

impl Format {
    /// What to do about such a file. `FILE` stands for it.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Utf16 => "Convert it first: iconv -f UTF-16 -t UTF-8 FILE > requests.jsonl",
            Self::Utf32 => "Convert it first: iconv -f UTF-32 -t UTF-8 FILE > requests.jsonl",
            Self::Gzip => "Unpack it first: gunzip -k FILE",
            Self::Zip => "Unpack it first: unzip FILE",
            Self::Zstd => "Unpack it first: zstd -dk FILE",
            Self::Bzip2 => "Unpack it first: bunzip2 -k FILE",
            Self::Xz => "Unpack it first: xz -dk FILE",
            Self::Parquet => "Make requests of its rows first, one JSON object a line.",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Utf16 => "in UTF-16",
            Self::Utf32 => "in UTF-32",
            Self::Gzip => "compressed (gzip)",
            Self::Zip => "a zip archive",
            Self::Zstd => "compressed (zstd)",
            Self::Bzip2 => "compressed (bzip2)",
            Self::Xz => "compressed (xz)",
            Self::Parquet => "a Parquet table",
        })
    }
}

/// What a file is that begins with these bytes, if it is no text in UTF-8. Four bytes are enough.
pub fn sniff(head: &[u8]) -> Option<Format> {
    Some(match head {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, _, ..] | [_, 0, 0, 0, ..] => Format::Utf32,
        // Text never has a zero byte; in UTF-16 the first character, a bracket, does.
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..] => Format::Utf16,
        [0x1f, 0x8b, ..] => Format::Gzip,
        [b'P', b'K', 3, 4, ..] => Format::Zip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Format::Zstd,
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => Format::Bzip2,
        [0xfd, b'7', b'z', b'X', ..] => Format::Xz,
        [b'P', b'A', b'R', b'1', ..] => Format::Parquet,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_their_first_bytes() {
        assert_eq!(sniff(b"\xff\xfe{\0"), Some(Format::Utf16));
        assert_eq!(sniff(b"\0{\0\""), Some(Format::Utf16));
        assert_eq!(sniff(b"{\0\"\0"), Some(Format::Utf16));
        assert_eq!(sniff(b"\xff\xfe\0\0{"), Some(Format::Utf32));
        assert_eq!(sniff(b"{\0\0\0\"\0"), Some(Format::Utf32));
        assert_eq!(sniff(b"\x1f\x8b\x08\0"), Some(Format::Gzip));
        assert_eq!(sniff(b"PK\x03\x04"), Some(Format::Zip));
        assert_eq!(sniff(b"BZh91AY"), Some(Format::Bzip2));
        assert_eq!(sniff(b"PAR1\x15"), Some(Format::Parquet));
        for text in ["", "{", "{}", "{\"a\"", "\u{feff}{", "[", "é"] {
            assert_eq!(sniff(text.as_bytes()), None, "{text}");
        }
    }
}
