//! Answers as lines.

use memchr::memchr2;
use mistral_models::{BatchResult, RawJson};
use mistral_transport::{Error, ErrorKind, Result};
use serde_json::json;

/// The line as it came, with its end, in place of what `line` held.
pub(crate) fn copy(bytes: &[u8], line: &mut Vec<u8>) {
    line.clear();
    line.extend_from_slice(bytes);
    // Between tokens a line end is only white space, but in a file of lines it would end the line.
    if memchr2(b'\n', b'\r', bytes).is_some() {
        line.iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
    }
    line.push(b'\n');
}

/// The result as one line, its end included, in place of what `line` held.
pub(crate) fn write(result: &BatchResult, line: &mut Vec<u8>) -> Result<()> {
    line.clear();
    serde_json::to_writer(&mut *line, result).map_err(unwritable)?;
    line.push(b'\n');
    Ok(())
}

/// What stands in the output for a row without a result, in the shape of a result.
pub(super) fn missing(custom_id: &str, why: &str, line: &mut Vec<u8>) -> Result<()> {
    let mut result = BatchResult::default();
    result.custom_id = Some(custom_id.to_owned());
    result.error = Some(RawJson::new(&json!({ "type": "missing_result", "message": why })).map_err(unwritable)?);
    write(&result, line)
}

/// The same answer for another row.
pub(crate) fn rewritten(answer: &[u8], custom_id: &str, line: &mut Vec<u8>) -> Result<()> {
    let mut result: BatchResult = serde_json::from_slice(answer).map_err(unwritable)?;
    result.custom_id = Some(custom_id.to_owned());
    write(&result, line)
}

fn unwritable(error: serde_json::Error) -> Error {
    Error::new(ErrorKind::Decode, "an answer cannot be written as JSON").caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_one_line_and_its_numbers_are_not_touched() {
        let spread =
            "{\"custom_id\": \"a\\nb\", \"response\": {\"status_code\": 200, \"body\": {\n  \"n\": 1e999\r\n}}}";
        let mut line = b"old".to_vec();
        write(&serde_json::from_str(spread).unwrap(), &mut line).unwrap();
        let text = std::str::from_utf8(&line).unwrap();
        assert_eq!(
            text,
            "{\"custom_id\":\"a\\nb\",\"response\":{\"status_code\":200,\"body\":{   \"n\": 1e999  }},\"error\":null}\n"
        );
        let mut copied = Vec::new();
        copy(spread.as_bytes(), &mut copied);
        assert_eq!(copied.iter().filter(|byte| **byte == b'\n').count(), 1);
        let read = |line: &[u8]| serde_json::from_slice::<BatchResult>(line).unwrap();
        assert_eq!(read(&copied), read(&line));
        let mut other = Vec::new();
        rewritten(&line, "c", &mut other).unwrap();
        assert_eq!(std::str::from_utf8(&other).unwrap(), text.replace("a\\nb", "c"));
    }

    #[test]
    fn a_missing_result_reads_like_any_failed_one() {
        let mut line = Vec::new();
        missing("q\"1", "the job was cancelled", &mut line).unwrap();
        assert_eq!(
            std::str::from_utf8(&line).unwrap(),
            "{\"custom_id\":\"q\\\"1\",\"response\":null,\"error\":{\"message\":\"the job was cancelled\",\"type\":\"missing_result\"}}\n"
        );
        let read: BatchResult = serde_json::from_slice(&line).unwrap();
        assert_eq!(read.failure().as_deref(), Some("the job was cancelled"));
    }
}
