//! Below our stack: layers of tower-http around the HTTP client, which see each attempt as it goes out.
//!
//! A company's gateway wants a header of its own on every request, and answers are given five seconds between any two
//! pieces.
//!
//! ```text
//! cargo run -p mistral-transport --example below
//! ```

#![allow(clippy::print_stdout, reason = "an example speaks to a terminal")]

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{HeaderName, HeaderValue, Request, Response};
use mistral_models::{List, Model};
use mistral_transport::{ApiKey, Body, Call, Transport};
use tower::{BoxError, ServiceBuilder, service_fn};
use tower_http::set_header::SetRequestHeaderLayer;
use tower_http::timeout::ResponseBodyTimeoutLayer;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let tenant = HeaderName::from_static("x-tenant");
    let seen = Arc::new(Mutex::new(Vec::new()));

    // In place of the network; with it, this is an `HttpClient`. The first attempt is turned away.
    let client = {
        let (tenant, seen) = (tenant.clone(), seen.clone());
        service_fn(move |request: Request<Body>| {
            let header = request.headers().get(&tenant).cloned();
            let attempts = seen.lock().map(|mut seen| {
                seen.push((request.uri().to_string(), header));
                seen.len()
            });
            let mut answer = Response::new(Body::from(r#"{"object": "list", "data": []}"#));
            if attempts.is_ok_and(|attempts| attempts == 1) {
                *answer.status_mut() = http::StatusCode::BAD_GATEWAY;
            }
            async { Ok::<_, Infallible>(answer) }
        })
    };

    let http = ServiceBuilder::new()
        .layer(SetRequestHeaderLayer::overriding(tenant, HeaderValue::from_static("research")))
        .layer(ResponseBodyTimeoutLayer::new(Duration::from_secs(5)))
        .service(client);
    let transport =
        Transport::builder(ApiKey::new("key")?).base_uri("https://gateway.example.com/mistral").http(http).build()?;
    let models: List<Model> = transport.json(Call::get("models.list", &["v1", "models"])).await?;

    let seen = seen.lock().map_err(|_| "the client panicked")?;
    for (uri, tenant) in &*seen {
        println!("{uri} for {tenant:?}");
    }
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|(uri, tenant)| {
        uri == "https://gateway.example.com/mistral/v1/models"
            && tenant.as_ref().is_some_and(|tenant| tenant == "research")
    }));
    assert!(models.data.is_empty());
    Ok(())
}
