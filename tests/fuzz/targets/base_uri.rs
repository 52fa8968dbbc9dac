//! A base address, and after the first line end an id: a request stays at the address and within its path.

#![no_main]

use std::sync::{Arc, Mutex};

use http::{Request, Response};
use libfuzzer_sys::fuzz_target;
use mistral_sdk::transport::Body;
use mistral_sdk::transport::layers::BaseUri;
use mistral_sdk::{ApiKey, Jobs, Transport};

fuzz_target!(|data: &str| {
    let (base, id) = data.split_once('\n').unwrap_or((data, "0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d"));
    let parsed = BaseUri::parse(base);
    let seen = Arc::new(Mutex::new(None));
    let kept = seen.clone();
    let http = tower::service_fn(move |request: Request<Body>| {
        *kept.lock().unwrap() = Some(request.uri().clone());
        std::future::ready(Ok::<_, std::io::Error>(Response::builder().status(404).body(Body::empty()).unwrap()))
    });
    let builder = Transport::builder(ApiKey::new("k").unwrap()).base_uri(base).allow_insecure_http().http(http);
    let Ok(transport) = builder.build() else {
        assert!(parsed.is_err());
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(Jobs::new(transport).get(id)).unwrap_err();
    let Some(uri) = seen.lock().unwrap().take() else { return };
    let origin = BaseUri::parse(&format!("{}://{}", uri.scheme().unwrap(), uri.authority().unwrap())).unwrap().origin();
    assert_eq!(origin, parsed.unwrap().origin());
    let (before, last) = uri.path().rsplit_once('/').unwrap();
    assert!(before.ends_with("/v1/batch/jobs"), "{uri}");
    assert!(!last.is_empty() && last != "." && last != "..", "{uri}");
});
