//! A line of batch input: taken apart or refused, and what is taken stands in the line.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mistral_sdk::datasets::batch::{Options, Request, check};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(request) = Request::parse(bytes) {
        let line = std::str::from_utf8(bytes).unwrap();
        assert!(line.contains(request.body) && request.body.starts_with('{'));
        let body: serde_json::Value = serde_json::from_str(request.body).unwrap();
        if let Some(model) = &request.model {
            assert_eq!(body["model"], **model);
        }
    }
    let report = check(bytes, Options::default()).unwrap();
    assert_eq!(report.is_valid(), report.total() == 0);
});
