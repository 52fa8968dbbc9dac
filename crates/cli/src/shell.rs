use std::ffi::OsStr;
use std::fmt::Write as _;

/// A word as a shell takes it, for commands that people are told to type.
pub(crate) fn quoted(word: impl AsRef<OsStr>) -> String {
    let plain = |char: char| char.is_alphanumeric() || matches!(char, '.' | '/' | '-' | '_' | ':' | '=' | ',' | '+');
    match word.as_ref().to_str() {
        Some(word) if !word.is_empty() && word.chars().all(plain) => word.to_owned(),
        Some(word) if !word.chars().any(char::is_control) => format!("'{}'", word.replace('\'', r"'\''")),
        _ => escaped(word.as_ref().as_encoded_bytes()),
    }
}

/// The form of bash, zsh and POSIX 2024 for what cannot be shown: bytes that are no text, line ends, escapes.
fn escaped(word: &[u8]) -> String {
    let mut escaped = "$'".to_owned();
    for byte in word {
        match byte {
            b'\'' | b'\\' => escaped.extend(['\\', char::from(*byte)]),
            b' '..=b'~' => escaped.push(char::from(*byte)),
            // Three digits, because a shell may read more than two hexadecimal ones. Writing to a String cannot fail.
            byte => drop(write!(escaped, "\\{byte:03o}")),
        }
    }
    escaped + "'"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_break_them() {
        assert_eq!(quoted("a/b-1.jsonl"), "a/b-1.jsonl");
        assert_eq!(quoted("my file.jsonl"), "'my file.jsonl'");
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(quoted(""), "''");
    }

    #[cfg(unix)]
    #[test]
    fn a_shell_reads_back_every_word() {
        use std::os::unix::ffi::OsStrExt as _;

        for word in [b"na\xffme".as_slice(), b"a\nb'c\\d", b"\x1b[2J7", "é\n".as_bytes()] {
            let quoted = quoted(OsStr::from_bytes(word));
            assert!(!quoted.chars().any(char::is_control), "{quoted}");
            let read = std::process::Command::new("bash").args(["-c", &format!("printf %s {quoted}")]).output();
            // Where there is no bash, nothing is shown by this.
            if let Ok(read) = read {
                assert_eq!(read.stdout, word, "{quoted}");
            }
        }
    }
}
