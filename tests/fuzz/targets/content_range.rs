//! The answer to a resume, with any `Content-Range`, tag and bytes: what is read is the content or a beginning of it.

#![no_main]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use futures_util::{TryStreamExt as _, stream};
use http::{HeaderValue, Request, Response};
use libfuzzer_sys::fuzz_target;
use mistral_sdk::Transport;
use mistral_sdk::transport::{Body, Call};

const CONTENT: &str = "0123456789";

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else { return };
    let Ok(range) = HeaderValue::from_bytes(rest) else { return };
    let (partial, same) = (choice & 1 == 0, choice & 2 == 0);
    let asked = Arc::new(AtomicU32::new(0));
    let stack = tower::service_fn(move |_: Request<Body>| {
        let first = asked.fetch_add(1, Ordering::Relaxed) == 0;
        let answer = Response::builder().status(if first || !partial { 200 } else { 206 });
        let answer = answer.header("etag", if first || same { "\"a\"" } else { "\"b\"" });
        let (sent, announced) = match (first, partial) {
            (true, _) => ("0123", 10),
            // What stands at the place that was asked for; a range that says otherwise is a lie.
            (false, true) => ("456789", 6),
            (false, false) => (CONTENT, 10),
        };
        let body = Body::stream(stream::iter([Ok::<_, std::io::Error>(Bytes::from(sent))])).with_length(announced);
        std::future::ready(answer.header("content-range", range.clone()).body(body))
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let call = Call::get("x.read", &["v1", "x"]).bytes();
        let mut download = Transport::from_service(stack).download(call).await.unwrap();
        let mut read = Vec::new();
        loop {
            match download.try_next().await {
                Ok(Some(bytes)) => read.extend_from_slice(&bytes),
                Ok(None) => return assert_eq!(read, CONTENT.as_bytes()),
                Err(_) => return assert_eq!(read, b"0123"),
            }
        }
    });
});
