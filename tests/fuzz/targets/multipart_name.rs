//! A file name, and after the first line end the content: one file arrives, with these bytes and a name of one line.

#![no_main]

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use futures_util::stream;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use libfuzzer_sys::fuzz_target;
use mistral_sdk::transport::Body;
use mistral_sdk::{FilePurpose, Files, Transport, Upload};

fuzz_target!(|data: &[u8]| {
    // The name may hold line ends, so the content begins after the last one.
    let split = data.iter().rposition(|byte| *byte == b'\n').unwrap_or(data.len());
    let Ok(name) = std::str::from_utf8(&data[..split]) else { return };
    let content = data[split..].to_vec();
    let sent = Arc::new(Mutex::new(None));
    let kept = sent.clone();
    let stack = tower::service_fn(move |request: Request<Body>| {
        let kept = kept.clone();
        async move {
            let (head, body) = request.into_parts();
            *kept.lock().unwrap() = Some((head.headers, body.collect().await?.to_bytes()));
            Ok::<_, mistral_sdk::transport::BoxError>(Response::new(Body::from("{}")))
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let upload = Upload::bytes(name, content.clone());
        // The answer says nothing; the request is what matters.
        let _ = Files::new(Transport::from_service(stack)).upload(upload, FilePurpose::Batch).await;
        let (headers, body) = sent.lock().unwrap().take().expect("a request");
        let boundary = multer::parse_boundary(headers["content-type"].to_str().unwrap()).unwrap();
        let mut form = multer::Multipart::new(stream::iter([Ok::<_, Infallible>(body)]), boundary);
        let mut files = 0;
        while let Some(part) = form.next_field().await.unwrap() {
            if part.name() == Some("file") {
                files += 1;
                assert!(!part.file_name().unwrap_or_default().contains(['\r', '\n']));
                assert_eq!(part.bytes().await.unwrap(), content);
            }
        }
        assert_eq!(files, 1);
    });
});
