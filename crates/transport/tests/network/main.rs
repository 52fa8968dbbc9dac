//! The socket client against servers and proxies on this machine, with certificates made for the purpose.

#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test helpers stand outside of test functions")]

mod authority;
mod connecting;
#[cfg(feature = "http2")]
mod http2;
mod proxied;
mod proxy;
mod secrets;
mod server;
mod signed;
mod trust;

use std::sync::LazyLock;
use std::time::Duration;

use mistral_transport::retry::{Backoff, RetrySettings};
use mistral_transport::{ApiKey, Call, Error, HttpClientSettings, ProxySettings, TlsSettings, Transport};
use serde_json::Value;

/// The key of every test, and the password of every proxy: to be found where it belongs and nowhere else.
const CANARY: &str = "canary-4711";

/// Settings that the environment of whoever runs the tests does not change.
fn settings() -> HttpClientSettings {
    LazyLock::force(&secrets::LOG);
    HttpClientSettings::default().proxy(ProxySettings::none())
}

/// Settings that trust this authority alone.
fn trusting(roots: &str) -> HttpClientSettings {
    settings().tls(TlsSettings::default().only_roots(roots.as_bytes()).unwrap())
}

fn transport(base: &str, settings: HttpClientSettings) -> Transport {
    let quick = Backoff { floor: Duration::ZERO, initial: Duration::from_millis(1), ..Backoff::default() };
    Transport::builder(ApiKey::new(CANARY).unwrap())
        .base_uri(base)
        .allow_insecure_http()
        .client(settings)
        .retry(RetrySettings::default().backoff(quick))
        .build()
        .unwrap()
}

async fn get(base: &str, settings: HttpClientSettings) -> Result<Value, Error> {
    let outcome = transport(base, settings).json(Call::get("x.get", &["v1", "x"])).await;
    if let Err(error) = &outcome {
        let shown = format!("{error} {error:?} {:?} {}", error.advice(), chain(error));
        assert!(!shown.contains(CANARY), "{shown}");
    }
    outcome
}

/// All that the error says caused it.
fn chain(error: &Error) -> String {
    let mut text = String::new();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        text.push_str(&format!(": {next} {next:?}"));
        cause = next.source();
    }
    text
}
