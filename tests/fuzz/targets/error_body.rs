//! What a refusal says: any bytes are read, and a text that is not JSON is not lost.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mistral_sdk::ErrorBody;

fuzz_target!(|data: &[u8]| {
    let body = ErrorBody::parse(data);
    let message = body.message();
    let _ = (body.issues(), body.code(), body.kind(), body.request_id(), format!("{body:?}"));
    if let Ok(text) = std::str::from_utf8(data) {
        let text = text.trim();
        let is_plain = text.chars().all(|letter| letter.is_ascii_alphabetic() || letter == ' ');
        if is_plain && !text.is_empty() && !["null", "true", "false"].contains(&text) {
            assert!(message.is_some_and(|message| message.contains(text)), "{text:?} is lost");
        }
    }
});
