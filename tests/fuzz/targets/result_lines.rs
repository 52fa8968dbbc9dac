//! A result file: as many outcomes as lines that are not blank, whatever is in them.

#![no_main]

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use http::{Request, Response};
use libfuzzer_sys::fuzz_target;
use mistral_sdk::transport::Body;
use mistral_sdk::{BatchJob, Jobs, Outcome, Transport};

const JOB: &str = include_str!("../seeds/job/success.json");

fuzz_target!(|data: &[u8]| {
    let content = Bytes::copy_from_slice(data);
    let stack = tower::service_fn(move |_: Request<Body>| {
        std::future::ready(Ok::<_, std::io::Error>(Response::new(Body::from(content.clone()))))
    });
    let mut job: BatchJob = serde_json::from_str(JOB).unwrap();
    // A job that counts nothing misses no line.
    (job.total_requests, job.completed_requests, job.succeeded_requests, job.failed_requests) = (0, 0, 0, 0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let jobs = Jobs::new(Transport::from_service(stack));
    let outcomes: Vec<Outcome> = runtime.block_on(jobs.results(&job).try_collect()).unwrap();
    let text = data.strip_prefix("\u{feff}".as_bytes()).unwrap_or(data);
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count();
    assert_eq!(outcomes.len(), lines);
    for outcome in outcomes {
        match outcome {
            Outcome::Result(result) => drop(serde_json::to_string(&result).unwrap()),
            Outcome::Unreadable(line) => assert!(!line.reason.is_empty()),
        }
    }
});
