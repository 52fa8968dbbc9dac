//! The cryptography of TLS given in code, with whatever features the crate was built.

#![cfg(feature = "client")]

use std::sync::Arc;

use mistral_transport::{ApiKey, ErrorKind, HttpClientSettings, ProxySettings, TlsSettings, Transport};

fn build(tls: TlsSettings) -> mistral_transport::Result<Transport> {
    let client = HttpClientSettings::default().proxy(ProxySettings::none()).tls(tls);
    Transport::builder(ApiKey::new("key")?).client(client).build()
}

#[test]
fn a_provider_that_is_given_is_enough() {
    let given = TlsSettings::default().crypto_provider(Arc::new(rustls::crypto::ring::default_provider()));
    build(given).unwrap();
}

#[test]
fn without_one_the_error_says_how_to_give_it() {
    let compiled_in = cfg!(any(feature = "rustls-ring", feature = "rustls-aws-lc"));
    match build(TlsSettings::default()) {
        Ok(_) => assert!(compiled_in, "nobody does the cryptography"),
        Err(error) => {
            assert!(!compiled_in, "{error}");
            assert_eq!(error.kind(), ErrorKind::Config);
            assert_eq!(
                error.to_string(),
                "no cryptography for TLS: give it with TlsSettings::crypto_provider, or build with the feature \
                 rustls-ring or rustls-aws-lc"
            );
        }
    }
}
