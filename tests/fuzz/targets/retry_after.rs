//! `Retry-After` and `Date`, one a line: whatever they say, a wait is at most what a server can mean.

#![no_main]

use std::time::Duration;

use http::{HeaderValue, Request, Response};
use libfuzzer_sys::fuzz_target;
use mistral_sdk::transport::Body;
use mistral_sdk::{ApiKey, ListModels, Models, Transport};

fuzz_target!(|data: &[u8]| {
    let mut lines = data.split(|byte| *byte == b'\n').filter_map(|line| HeaderValue::from_bytes(line).ok());
    let (Some(hint), date) = (lines.next(), lines.next()) else { return };
    // Digits alone are seconds; Rust would take a plus sign too.
    let digits = hint.as_bytes().iter().all(u8::is_ascii_digit);
    let plain = hint.to_str().ok().filter(|_| digits).and_then(|text| text.parse::<u32>().ok());
    let http = tower::service_fn(move |_: Request<Body>| {
        let mut answer = Response::builder().status(503).header("retry-after", hint.clone());
        if let Some(date) = &date {
            answer = answer.header("date", date.clone());
        }
        std::future::ready(answer.body(Body::empty()))
    });
    let transport = Transport::builder(ApiKey::new("k").unwrap()).http(http).build().unwrap().with_max_attempts(1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let error = runtime.block_on(Models::new(transport).list(&ListModels::default())).unwrap_err();
    let wait = error.retry_after();
    assert_eq!(error.attempts(), 1);
    assert_ne!(wait, Some(Duration::ZERO));
    if let Some(seconds @ 1..) = plain {
        assert_eq!(wait, Some(Duration::from_secs(seconds.into())));
    }
});
