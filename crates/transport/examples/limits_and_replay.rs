//! Limits that all clones share, and a recording that answers in place of the API.
//!
//! The limits and the recorder go around the HTTP client, where they see each attempt. What was recorded once answers ever
//! after, without a network and without a key.
//!
//! ```text
//! cargo run -p mistral-transport --example limits_and_replay
//! ```

#![allow(clippy::print_stdout, reason = "an example speaks to a terminal")]

use std::convert::Infallible;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use http::{Request, Response};
use mistral_transport::layers::{Cassette, RateLimitLayer};
use mistral_transport::{ApiKey, Body, Call, Transport};
use serde_json::Value;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::{BoxError, ServiceBuilder, service_fn};

/// Four calls side by side.
async fn session(transport: &Transport) -> mistral_transport::Result<Vec<Value>> {
    let names = ["a", "b", "c", "d"];
    try_join_all(names.map(|name| transport.json(Call::get("models.get", &["v1", "models", name])))).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    // In place of the network; with it, this is an `HttpClient`.
    let client = service_fn(|request: Request<Body>| async move {
        let id = request.uri().path().rsplit('/').next().unwrap_or_default();
        let answer = serde_json::json!({"id": id});
        Ok::<_, Infallible>(Response::new(Body::from(answer.to_string())))
    });

    let cassette = Cassette::new();
    let http = ServiceBuilder::new()
        // Ten a second, evenly spaced, and two at a time.
        .layer(RateLimitLayer::new(10, Duration::from_secs(1)))
        .layer(GlobalConcurrencyLimitLayer::new(2))
        .layer(cassette.recorder())
        .service(client);
    let recording = Transport::builder(ApiKey::new("secret-key")?).http(http).build()?;
    let started = Instant::now();
    let recorded = session(&recording).await?;
    println!("{} answers in {:.1} s", recorded.len(), started.elapsed().as_secs_f64());
    assert!(started.elapsed() >= Duration::from_millis(290), "the first goes at once, each other 100 ms later");

    // On file it would be `cassette.save(path)` and `Cassette::load(path)`.
    let mut file = Vec::new();
    cassette.write_to(&mut file)?;
    let file = String::from_utf8(file)?;
    println!("{file}");
    assert!(file.contains("authorization: REDACTED") && !file.contains("secret-key"));

    let replay = Cassette::parse(&file)?.replay();
    let replaying = Transport::builder(ApiKey::new("any")?).http(replay.clone()).build()?;
    assert_eq!(session(&replaying).await?, recorded);
    assert!(replay.unused().is_empty());
    Ok(())
}
