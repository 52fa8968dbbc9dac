use mistral_sdk::models::{BatchResult, RawJson};
use serde_json::json;

use crate::failure::{Failure, Result};

/// The result as one line, its line end included, in place of what `line` held.
pub(crate) fn write(result: &BatchResult, line: &mut Vec<u8>) -> Result<()> {
    line.clear();
    serde_json::to_writer(&mut *line, result)
        .map_err(|error| Failure::unexpected("a result cannot be written as JSON").because(error))?;
    line.push(b'\n');
    Ok(())
}

/// What stands in the output for a request without a result, in the shape of a result.
pub(super) fn missing(custom_id: &str, why: &str) -> Result<BatchResult> {
    let mut result = BatchResult::default();
    result.custom_id = Some(custom_id.to_owned());
    let error = RawJson::new(&json!({ "type": "missing_result", "message": why }));
    result.error =
        Some(error.map_err(|error| Failure::unexpected("an error cannot be written as JSON").because(error))?);
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(result: &BatchResult) -> String {
        let mut line = b"old".to_vec();
        write(result, &mut line).unwrap();
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn a_result_is_one_line_and_its_numbers_are_not_touched() {
        let spread =
            "{\"custom_id\": \"a\\nb\", \"response\": {\"status_code\": 200, \"body\": {\n  \"n\": 1e999\r\n}}}";
        let line = line(&serde_json::from_str(spread).unwrap());
        assert_eq!(
            line,
            "{\"custom_id\":\"a\\nb\",\"response\":{\"status_code\":200,\"body\":{   \"n\": 1e999  }},\"error\":null}\n"
        );
    }

    #[test]
    fn a_missing_result_reads_like_any_failed_one() {
        let missing = missing("q\"1", "the job was cancelled").unwrap();
        assert_eq!(missing.failure().as_deref(), Some("the job was cancelled"));
        assert_eq!(
            line(&missing),
            "{\"custom_id\":\"q\\\"1\",\"response\":null,\"error\":{\"message\":\"the job was cancelled\",\"type\":\"missing_result\"}}\n"
        );
    }
}
