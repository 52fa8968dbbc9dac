//! The journal of a run: whatever stands in it, it is read or refused, and a cut end is never more than what was whole.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mistral_sdk::Runs;

fuzz_target!(|bytes: &[u8]| {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let folder = std::env::temp_dir().join(format!("fuzz-journal-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let read = |bytes: &[u8]| {
        std::fs::write(folder.join("journal"), bytes).unwrap();
        runtime.block_on(Runs::status(&folder))
    };
    let Ok(whole) = read(bytes) else { return };
    let cut = bytes.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
    if let Ok(cut) = read(&bytes[..cut]) {
        assert!(cut.parts.len() <= whole.parts.len());
        assert_eq!(cut.run, whole.run);
    }
});
