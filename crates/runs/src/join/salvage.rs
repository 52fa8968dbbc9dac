//! Whose result a line was, although it cannot be read.

/// The id on a broken line, if it can still be made out.
pub(super) fn id(line: &[u8]) -> Option<String> {
    const KEY: &[u8] = b"\"custom_id\"";
    let at = line.windows(KEY.len()).position(|window| window == KEY)? + KEY.len();
    let rest = line.get(at..)?.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    if rest.first() != Some(&b'"') {
        return None;
    }
    let (mut escaped, mut end) = (false, None);
    for (at, byte) in rest.iter().enumerate().skip(1) {
        match byte {
            b'"' if !escaped => {
                end = Some(at);
                break;
            }
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    serde_json::from_slice(rest.get(..=end?)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_made_out_on_a_broken_line() {
        let read = |line: &[u8]| id(line);
        assert_eq!(read(b"{\"id\":\"x\",\"custom_id\": \"a\\\"b\",\"response\":{\"bo\xff"), Some("a\"b".to_owned()));
        assert_eq!(read(b"{\"custom_id\":\"cut"), None);
        assert_eq!(read(b"{\"custom_id\":null"), None);
        assert_eq!(read(b""), None);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_upset_it(line in r#"(\{"custom_id")?[: "\\a]{0,20}"#) {
            let _ = id(line.as_bytes());
        }
    }
}
