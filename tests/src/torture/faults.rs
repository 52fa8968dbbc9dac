//! Faults by chance. Each ends: what goes on for ever is a case of its own.

use fastrand::Rng;
use serde_json::{Value, json};

/// Operations, and how many of each a run may make at the least.
const OPERATIONS: [(&str, u64); 12] = [
    ("batch.jobs.create", 3),
    ("batch.jobs.create", 2),
    ("files.upload", 2),
    ("files.upload", 3),
    ("batch.jobs.list", 6),
    ("batch.jobs.list", 12),
    ("batch.jobs.list", 20),
    ("files.download", 2),
    ("files.download", 4),
    ("files.delete", 2),
    ("models.list", 1),
    ("*", 25),
];

/// A fault as it is written in a script.
pub(super) fn random(rng: &mut Rng) -> Value {
    let (operation, nth) = OPERATIONS[rng.usize(..OPERATIONS.len())];
    let mut fault = match rng.u8(0..12) {
        0..=2 => status(rng),
        3 | 4 => {
            let delivery = if rng.bool() { "close" } else { "reset" };
            json!({"delivery": delivery, "commit": rng.bool()})
        }
        5 => json!({"delivery": {"cut": rng.u64(0..600)}}),
        6 => json!({"delivery": {"cut_head": rng.u64(0..60)}}),
        7 => json!({"delivery": {"truncate": rng.u64(0..600)}}),
        8 => json!({"delivery": {"stall": {"after": rng.u64(0..300), "ms": rng.u64(5_000..45_000)}}}),
        9 => json!({"delay_ms": rng.u64(100..30_000)}),
        10 => json!({"delivery": "hold", "commit": rng.bool()}),
        _ => {
            let body = ["<html>captive</html>", "", "{", "null", "[]"][rng.usize(..5)];
            json!({"answer": {"body": body}})
        }
    };
    fault["operation"] = operation.into();
    fault["nth"] = rng.u64(1..=nth).into();
    fault["times"] = rng.u64(1..=3).into();
    fault
}

fn status(rng: &mut Rng) -> Value {
    let status = [401, 408, 425, 429, 429, 500, 500, 502, 503, 503, 504][rng.usize(..11)];
    let mut answer = json!({"status": status});
    if rng.bool() && status != 401 {
        answer["headers"] = json!({"retry-after": rng.u64(0..30).to_string()});
    }
    // A gateway may give up on what is done behind it.
    json!({"answer": answer, "commit": matches!(status, 500..=504) && rng.bool()})
}
