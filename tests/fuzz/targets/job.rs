//! A job object: what can be read can be written, and is then read as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mistral_sdk::{BatchJob, File, List, Model};

fuzz_target!(|data: &[u8]| {
    if let Ok(job) = serde_json::from_slice::<BatchJob>(data) {
        let written = serde_json::to_string(&job).unwrap();
        let again: BatchJob = serde_json::from_str(&written).unwrap();
        assert_eq!(serde_json::to_string(&again).unwrap(), written);
        let _ = (job.status.is_final(), job.done_requests());
    }
    let _ = serde_json::from_slice::<List<BatchJob>>(data);
    let _ = serde_json::from_slice::<List<File>>(data);
    let _ = serde_json::from_slice::<List<Model>>(data);
});
