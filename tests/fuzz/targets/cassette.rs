//! A cassette: what can be read can be written, and is then read as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mistral_sdk::transport::layers::Cassette;

fuzz_target!(|json: &str| {
    let Ok(cassette) = Cassette::parse(json) else { return };
    let mut written = Vec::new();
    cassette.write_to(&mut written).unwrap();
    let again = Cassette::parse(std::str::from_utf8(&written).unwrap()).unwrap();
    assert_eq!(again.len(), cassette.len());
    let mut rewritten = Vec::new();
    again.write_to(&mut rewritten).unwrap();
    assert_eq!(rewritten, written);
});
