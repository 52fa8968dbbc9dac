//! Paths from segments.

use mistral_models::Invalid;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All that RFC 3986 does not call unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What is at fault when a segment is.
pub(crate) const FIELD: &str = "path";

/// Joins segments to a path, each escaped so that it stays one segment.
///
/// Nothing below normalises paths, but servers and proxies do: `.` and `..` are refused, and an empty segment would turn
/// one call into another.
pub(crate) fn join(segments: &[&str]) -> Result<String, Invalid> {
    let mut path = String::with_capacity(64);
    for segment in segments {
        if matches!(*segment, "" | "." | "..") {
            return Err(Invalid::new(FIELD, format!("{segment:?} cannot be part of a path; expected an id or a name")));
        }
        path.push('/');
        path.extend(utf8_percent_encode(segment, RESERVED));
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_stays_one_segment() {
        assert_eq!(join(&["v1", "models", "ft:a/b?c#d e%"]).unwrap(), "/v1/models/ft%3Aa%2Fb%3Fc%23d%20e%25");
    }

    #[test]
    fn steps_and_gaps_are_refused() {
        for id in ["", ".", ".."] {
            assert!(join(&["v1", "files", id]).is_err(), "{id:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_survives_as_one_segment(text in ".{1,40}") {
            prop_assume!(text != "." && text != "..");
            let path = join(&["v1", &text]).unwrap();
            let (_, segment) = path.rsplit_once('/').unwrap();
            prop_assert_eq!(percent_encoding::percent_decode_str(segment).decode_utf8().unwrap(), text);
            prop_assert!(path.parse::<http::Uri>().is_ok());
        }
    }
}
