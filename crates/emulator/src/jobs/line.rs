use std::io;

use serde::Deserialize;
use serde_json::value::RawValue;

/// One request of a batch, as it stands on its line.
#[derive(Debug, PartialEq)]
pub(super) struct Line<'a> {
    pub(super) custom_id: Option<String>,
    /// The text of a JSON object.
    pub(super) body: &'a str,
}

/// Why a line is not a request. Any of these fails the whole job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    NotJson,
    NotAnObject,
    IdNotAString,
    NoBody,
    BodyNotAnObject,
}

impl Fault {
    /// What is wrong with `place`, such as `Line 3`.
    pub(super) fn describe(self, place: &str) -> String {
        match self {
            Self::NotJson => format!("{place} is not valid JSON"),
            Self::NotAnObject => format!("{place} is not a JSON object"),
            Self::IdNotAString => format!("{place}: custom_id is not a string"),
            Self::NoBody => format!("{place} has no body"),
            Self::BodyNotAnObject => format!("{place}: body is not a JSON object"),
        }
    }

    /// The error of a line that was a request when the whole input was checked: a fault of the disk.
    pub(super) fn since_checked(self) -> io::Error {
        io::Error::other(self.describe("A line"))
    }
}

impl<'a> Line<'a> {
    /// Reads a line. A `custom_id` that is null or absent is allowed, as the API's description has it; unknown keys are
    /// ignored. The body stays unparsed.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Fault> {
        #[derive(Deserialize)]
        struct Fields<'a> {
            #[serde(borrow, default)]
            custom_id: Option<&'a RawValue>,
            #[serde(borrow, default)]
            body: Option<&'a RawValue>,
        }

        // Checked first, because serde reads a struct from an array too.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            let json = serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok();
            return Err(if json { Fault::NotAnObject } else { Fault::NotJson });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| Fault::NotJson)?;
        let fields: Fields<'_> = serde_json::from_str(text).map_err(|_| Fault::NotJson)?;
        let custom_id = match fields.custom_id {
            None => None,
            Some(id) => serde_json::from_str(id.get()).map_err(|_| Fault::IdNotAString)?,
        };
        let body = fields.body.ok_or(Fault::NoBody)?.get();
        if !body.starts_with('{') {
            return Err(Fault::BodyNotAnObject);
        }
        Ok(Self { custom_id, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_needs_a_body_and_may_have_an_id() {
        let line = Line::parse(br#"{"custom_id": "q\u00e9", "body": {"n": 1e999}, "more": 1}"#).unwrap();
        assert_eq!(line, Line { custom_id: Some("qé".to_owned()), body: r#"{"n": 1e999}"# });
        assert_eq!(Line::parse(br#"{"body":{}}"#).unwrap().custom_id, None);
        assert_eq!(Line::parse(br#" {"custom_id":null,"body":{}} "#).unwrap().custom_id, None);
    }

    #[test]
    fn every_fault_is_told_from_the_others() {
        let cases: [(&[u8], Fault); 10] = [
            (b"{\"body\":", Fault::NotJson),
            (b"hello", Fault::NotJson),
            (b"\xef\xbb\xbf{\"body\":{}}", Fault::NotJson),
            (b"{\"custom_id\":\"\xff\",\"body\":{}}", Fault::NotJson),
            (b"[{\"body\":{}}]", Fault::NotAnObject),
            (b"\"text\"", Fault::NotAnObject),
            (b"{\"custom_id\":7,\"body\":{}}", Fault::IdNotAString),
            (b"{\"custom_id\":\"a\"}", Fault::NoBody),
            (b"{\"body\":null}", Fault::NoBody),
            (b"{\"body\":[]}", Fault::BodyNotAnObject),
        ];
        for (line, fault) in cases {
            assert_eq!(Line::parse(line), Err(fault), "{}", String::from_utf8_lossy(line));
        }
        assert_eq!(Fault::NotJson.describe("Line 3"), "Line 3 is not valid JSON");
    }
}
