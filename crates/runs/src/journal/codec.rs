//! Records as lines: length, checksum, JSON.

use mistral_transport::{Error, ErrorKind, Result};

use super::Record;

/// A record as its line, the end of the line included.
pub(super) fn encode(record: &Record) -> Result<String> {
    let json = serde_json::to_string(record)
        .map_err(|error| Error::new(ErrorKind::Journal, "a record cannot be written as JSON").caused_by(error))?;
    Ok(format!("{} {:08x} {json}\n", json.len(), crc32fast::hash(json.as_bytes())))
}

/// The records, and how many bytes hold them. A last line without an end is a record that was being written when the process
/// died; it never counted.
///
/// # Errors
///
/// What is damaged and where: a line that has its end was good once.
pub(super) fn decode(bytes: &[u8]) -> std::result::Result<(Vec<Record>, u64), String> {
    let (mut records, mut at, mut number) = (Vec::new(), 0, 0);
    while let Some(length) = line_end(&bytes[at..]) {
        number += 1;
        let line = &bytes[at..at + length];
        match record(line) {
            Ok(record) => records.push(record),
            Err(reason) => return Err(format!("line {number} is damaged: {reason}; restore the folder from a copy")),
        }
        at += length + 1;
    }
    Ok((records, at as u64))
}

fn line_end(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| *byte == b'\n')
}

fn record(line: &[u8]) -> std::result::Result<Record, String> {
    let text = std::str::from_utf8(line).map_err(|_| "it is not text".to_owned())?;
    let mut parts = text.splitn(3, ' ');
    let (Some(length), Some(checksum), Some(json)) = (parts.next(), parts.next(), parts.next()) else {
        return Err("it has no length and checksum".to_owned());
    };
    if length.parse() != Ok(json.len()) {
        return Err(format!("it has {} bytes, not {length}", json.len()));
    }
    if u32::from_str_radix(checksum, 16) != Ok(crc32fast::hash(json.as_bytes())) {
        return Err("its checksum is wrong".to_owned());
    }
    serde_json::from_str(json).map_err(|error| format!("it is no record this version knows ({error})"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn journal(parts: usize) -> (Vec<Record>, String) {
        let records: Vec<_> =
            (0..parts).map(|part| Record::Uploaded { part, file: format!("file-{part}").into() }).collect();
        let text = records.iter().map(|record| encode(record).unwrap()).collect();
        (records, text)
    }

    #[test]
    fn a_record_is_a_line_that_people_can_read() {
        let (_, text) = journal(1);
        insta::assert_snapshot!(text, @r#"44 a509b43b {"step":"uploaded","part":0,"file":"file-0"}"#);
    }

    #[test]
    fn damage_in_the_middle_is_refused_and_named() {
        let (_, text) = journal(3);
        let broken = text.replacen("file-1", "file-7", 1);
        let reason = decode(broken.as_bytes()).unwrap_err();
        assert_eq!(reason, "line 2 is damaged: its checksum is wrong; restore the folder from a copy");
    }

    proptest! {
        #[test]
        fn a_torn_end_is_dropped_wherever_it_is_torn(parts in 0_usize..5, cut in 0_usize..400) {
            let (records, text) = journal(parts);
            let cut = cut.min(text.len());
            let (read, length) = decode(&text.as_bytes()[..cut]).unwrap();
            let whole = text[..cut].matches('\n').count();
            prop_assert_eq!(&read[..], &records[..whole]);
            prop_assert!(length as usize <= cut);
        }

        #[test]
        fn no_bytes_upset_it(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }

        #[test]
        fn one_changed_byte_is_never_taken_for_good(parts in 1_usize..4, at in 0_usize..400, with in any::<u8>()) {
            let (records, text) = journal(parts);
            let mut bytes = text.into_bytes();
            let at = at % bytes.len();
            prop_assume!(bytes[at] != with);
            bytes[at] = with;
            match decode(&bytes) {
                // The end of the last line may be gone, so that it is torn; a letter of the checksum, or a digit, may be written
                // in more than one way.
                Ok((read, _)) => prop_assert!(read[..] == records[..read.len()] && read.len() + 1 >= records.len()),
                Err(reason) => prop_assert!(reason.contains("is damaged")),
            }
        }
    }
}
