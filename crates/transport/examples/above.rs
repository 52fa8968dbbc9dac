//! Above our stack: layers of tower's own, which see each call once, however often it is tried.
//!
//! Two transports with a key each share one concurrency limit: together they have two calls under way at most.
//!
//! ```text
//! cargo run -p mistral-transport --example above
//! ```

#![allow(clippy::print_stdout, reason = "an example speaks to a terminal")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::try_join_all;
use http::{Request, Response};
use mistral_models::{List, Model};
use mistral_transport::retry::{Backoff, RetrySettings};
use mistral_transport::{ApiKey, Body, Call, Transport};
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::util::MapRequestLayer;
use tower::{BoxError, ServiceBuilder, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let (calls, attempts) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));

    // In place of the network: every other request is turned away.
    let api = {
        let (attempts, now, most) = (attempts.clone(), now.clone(), most.clone());
        service_fn(move |_: Request<Body>| {
            let turned_away = attempts.fetch_add(1, Ordering::Relaxed) % 2 == 0;
            let (now, most) = (now.clone(), most.clone());
            async move {
                most.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(5)).await;
                now.fetch_sub(1, Ordering::Relaxed);
                Response::builder()
                    .status(if turned_away { 503 } else { 200 })
                    .body(Body::from(r#"{"object": "list", "data": []}"#))
            }
        })
    };

    let limit = GlobalConcurrencyLimitLayer::new(2);
    let count = {
        let calls = calls.clone();
        MapRequestLayer::new(move |request: Request<Body>| {
            calls.fetch_add(1, Ordering::Relaxed);
            request
        })
    };
    let millisecond = Duration::from_millis(1);
    let quickly = Backoff { floor: millisecond, initial: millisecond, cap: millisecond, ..Backoff::default() };
    let mut transports = Vec::new();
    for key in ["key-1", "key-2"] {
        let transport = Transport::builder(ApiKey::new(key)?)
            .http(api.clone())
            .retry(RetrySettings::default().max_attempts(10).backoff(quickly))
            .build()?;
        transports.push(transport.layer(ServiceBuilder::new().layer(limit.clone()).layer(count.clone())));
    }

    let lists = (0..6).map(|n| {
        let transport = &transports[n % 2];
        async move { transport.json::<List<Model>>(Call::get("models.list", &["v1", "models"])).await }
    });
    try_join_all(lists).await?;

    let (calls, attempts) = (calls.load(Ordering::Relaxed), attempts.load(Ordering::Relaxed));
    let most = most.load(Ordering::Relaxed);
    println!("{calls} calls, {attempts} attempts, {most} at a time");
    assert_eq!(calls, 6);
    assert!(attempts > calls);
    assert_eq!(most, 2);
    Ok(())
}
