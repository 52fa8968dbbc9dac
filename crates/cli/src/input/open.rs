use std::fs::{File, Metadata};
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use crate::failure::{Failure, Result};
use crate::shell::quoted;

/// The most bytes the service takes in one file. The documents say 512 MB and not which megabyte; this is the larger.
pub(crate) const MAX_FILE_BYTES: u64 = mistral_sdk::Upload::MAX_BYTES;

/// A file that can be read as lines of UTF-8.
pub(super) struct Opened {
    pub(super) reader: BufReader<File>,
    pub(super) metadata: Metadata,
    /// Whether it began with a byte-order mark, which has been read.
    pub(super) mark: bool,
}

/// Opens the input and looks at how it begins.
///
/// # Errors
///
/// A file that is missing, unreadable, empty, no file at all, too large, or plainly in another format.
pub(super) fn open(path: &Path) -> Result<Opened> {
    let shown = path.display();
    let unreadable = |error| {
        let failure = Failure::input(format!("{shown} cannot be read")).because(error);
        match path.as_os_str() == "-" {
            true => failure.help("Standard input is not supported: the input is read twice. Write it to a file first."),
            false => failure.help("Name a JSONL file of requests that you may read."),
        }
    };
    // Asked first, because opening a pipe waits for somebody to write into it.
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(Failure::input(format!("{shown} is a folder")).help("Name one JSONL file of requests."));
    }
    if !metadata.is_file() {
        return Err(Failure::input(format!("{shown} is not a regular file"))
            .help("The input is read twice, to check it and to send it. Write it to a file first."));
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(Failure::input(format!(
            "{shown} has {} bytes; the service takes {MAX_FILE_BYTES} (512 MB) at most",
            metadata.len()
        ))
        .help(format!(
            "Split it at line ends and run the parts: split -C 500M --additional-suffix=.jsonl {}",
            quoted(path)
        )));
    }
    let file = File::open(path).map_err(unreadable)?;
    let mut reader = BufReader::with_capacity(256 * 1024, file);
    let mut head = Vec::with_capacity(4);
    reader.by_ref().take(4).read_to_end(&mut head).map_err(unreadable)?;
    if let Some((format, command)) = other_format(&head) {
        let command = command.replace("FILE", &quoted(path));
        return Err(Failure::input(format!("{shown} is {format}; expected JSON lines in UTF-8"))
            .help(format!("Convert it first: {command}")));
    }
    let mark = head.starts_with(b"\xef\xbb\xbf");
    reader.seek(std::io::SeekFrom::Start(if mark { 3 } else { 0 })).map_err(unreadable)?;
    Ok(Opened { reader, metadata, mark })
}

/// What a file is that begins like this, and how to make text of it.
pub(crate) fn other_format(head: &[u8]) -> Option<(&'static str, &'static str)> {
    let iconv16 = "iconv -f UTF-16 -t UTF-8 FILE > requests.jsonl";
    let iconv32 = "iconv -f UTF-32 -t UTF-8 FILE > requests.jsonl";
    Some(match head {
        [0xff, 0xfe, 0, 0] | [0, 0, 0xfe, 0xff] | [0, 0, 0, _] | [_, 0, 0, 0] => ("in UTF-32", iconv32),
        // Text never has a zero byte; in UTF-16 the first character, a bracket, does.
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..] => ("in UTF-16", iconv16),
        [0x1f, 0x8b, ..] => ("compressed (gzip)", "gunzip -k FILE"),
        [b'P', b'K', 3, 4] => ("a zip archive", "unzip FILE"),
        [0x28, 0xb5, 0x2f, 0xfd] => ("compressed (zstd)", "zstd -dk FILE"),
        [b'B', b'Z', b'h', _] => ("compressed (bzip2)", "bunzip2 -k FILE"),
        [0xfd, b'7', b'z', b'X'] => ("compressed (xz)", "xz -dk FILE"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_their_first_bytes() {
        let name = |head: &[u8]| other_format(head).map(|(name, _)| name);
        assert_eq!(name(b"\xff\xfe{\0"), Some("in UTF-16"));
        assert_eq!(name(b"\0{\0\""), Some("in UTF-16"));
        assert_eq!(name(b"{\0\"\0"), Some("in UTF-16"));
        assert_eq!(name(b"{\0\0\0"), Some("in UTF-32"));
        assert_eq!(name(b"\x1f\x8b\x08\0"), Some("compressed (gzip)"));
        assert_eq!(name(b"PK\x03\x04"), Some("a zip archive"));
        for text in ["", "{", "{}", "{\"a\"", "\u{feff}{", "[", "é"] {
            assert_eq!(name(text.as_bytes().get(..4).unwrap_or(text.as_bytes())), None, "{text}");
        }
    }
}
