//! A script of faults: read, or refused with a line and a column that it has.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mistral_emulator::FaultScript;

fuzz_target!(|script: &str| {
    if let Err(error) = FaultScript::parse(script) {
        assert!(error.line() <= script.lines().count().max(1) + 1, "{error}");
        assert!(!error.to_string().is_empty());
    }
});
