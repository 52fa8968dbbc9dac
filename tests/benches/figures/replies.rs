//! What the API says, as bytes on the wire.

/// An id that any id may be.
pub(crate) const ID: &str = "0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d";

/// A batch job in this state.
pub(crate) fn job(status: &str) -> String {
    format!(
        r#"{{"id": "{ID}", "object": "batch", "input_files": ["{ID}"], "metadata": {{"run": "7"}}, "endpoint":
 "/v1/chat/completions", "model": "mistral-small-latest", "agent_id": null, "output_file": "{ID}", "error_file": null,
 "errors": [], "status": "{status}", "created_at": 1, "total_requests": 100, "completed_requests": 100,
 "succeeded_requests": 100, "failed_requests": 0, "started_at": 2, "completed_at": null}}"#
    )
}

/// What an upload of so many bytes is answered with.
pub(crate) fn file(bytes: u64) -> String {
    format!(
        r#"{{"id": "{ID}", "object": "file", "bytes": {bytes}, "created_at": 1, "filename": "in.jsonl", "purpose": "batch",
 "sample_type": "batch_request", "num_lines": 1, "mimetype": null, "source": "upload", "signature": null}}"#
    )
}

/// An answer of JSON with its length; more of the head can follow the status.
pub(crate) fn json(status: &str, json: &str) -> Vec<u8> {
    let length = json.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{json}")
        .into_bytes()
}
