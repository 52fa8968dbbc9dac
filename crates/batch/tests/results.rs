//! Reading the results of a job from a service that loses some of them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "everything here is test code")]

use std::error::Error as _;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::{Request, Response};
use mistral_batch::{Jobs, MissingResults, Outcome};
use mistral_models::{BatchEndpoint, BatchJob, BatchJobStatus, UnixTime};
use mistral_transport::retry::RetryBudget;
use mistral_transport::{ApiKey, Body, BoxError, Error, ErrorKind, Transport};

const OUTPUT: &str = "0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d";
const FAILURES: &str = "1d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d";

/// What one download of a file gives, and whether it breaks after it.
#[derive(Clone)]
struct Given(String, bool);

fn whole(text: impl Into<String>) -> Given {
    Given(text.into(), false)
}

/// Jobs whose files give this in turn, the last for ever; and the files that were asked for.
fn jobs(output: Vec<Given>, failures: Vec<Given>) -> (Jobs, Arc<Mutex<Vec<&'static str>>>) {
    jobs_within(RetryBudget::default(), output, failures)
}

/// The same, with so much to pay retries from.
fn jobs_within(budget: RetryBudget, output: Vec<Given>, failures: Vec<Given>) -> (Jobs, Arc<Mutex<Vec<&'static str>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    let stack = tower::service_fn(move |request: Request<Body>| {
        let (file, given) =
            if request.uri().path().contains(OUTPUT) { (OUTPUT, &output) } else { (FAILURES, &failures) };
        let mut seen = seen.lock().unwrap();
        let number = seen.iter().filter(|asked| **asked == file).count();
        seen.push(file);
        let Given(text, breaks) = given[number.min(given.len() - 1)].clone();
        let end = breaks.then(|| Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)));
        // No length is announced, so only a count can tell what is missing.
        let body = Body::stream(stream::iter([Ok(Bytes::from(text))]).chain(stream::iter(end)));
        std::future::ready(Ok::<_, BoxError>(Response::new(body)))
    });
    let transport = Transport::builder(ApiKey::new("k").unwrap()).http(stack).retry_budget(Arc::new(budget));
    (Jobs::new(transport.build().unwrap()), asked)
}

/// A finished job of so many requests, failed ones among them.
fn job(status: BatchJobStatus, succeeded: u64, failed: u64) -> BatchJob {
    let mut job = BatchJob::new("3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11", BatchEndpoint::Ocr, UnixTime::from_secs(0));
    job.status = status;
    job.output_file = Some(OUTPUT.into());
    job.error_file = (failed > 0).then(|| FAILURES.into());
    (job.total_requests, job.succeeded_requests, job.failed_requests) = (succeeded + failed, succeeded, failed);
    job
}

fn line(id: &str) -> String {
    format!("{{\"custom_id\":\"{id}\",\"response\":{{\"status_code\":200,\"body\":{{}}}},\"error\":null}}\n")
}

fn lines(ids: &str) -> String {
    ids.split_whitespace().map(line).collect()
}

/// The ids in the order they came, `?` for what cannot be read; and how it ended.
async fn read(jobs: &Jobs, job: &BatchJob) -> (String, Option<Error>) {
    let (mut ids, mut end) = (Vec::new(), None);
    let mut outcomes = jobs.results(job);
    while let Some(outcome) = outcomes.next().await {
        assert!(end.is_none(), "nothing comes after an error");
        match outcome {
            Ok(Outcome::Result(result)) => ids.push(result.custom_id.unwrap()),
            Ok(Outcome::Unreadable(_)) => ids.push("?".to_owned()),
            Err(error) => end = Some(error),
        }
    }
    (ids.join(" "), end)
}

fn missing(error: &Error) -> u64 {
    let missing = error.source().unwrap().downcast_ref::<MissingResults>().unwrap();
    missing.expected - missing.found
}

#[tokio::test]
async fn f47_a_file_cut_at_a_line_end_is_read_again_and_no_line_is_given_twice() {
    let (jobs, asked) = jobs(vec![whole(lines("a b")), whole(lines("a b c d"))], vec![]);
    let (ids, end) = read(&jobs, &job(BatchJobStatus::Success, 4, 0)).await;
    assert_eq!((ids.as_str(), end.is_none(), asked.lock().unwrap().len()), ("a b c d", true, 2));
}

#[tokio::test]
async fn f60_fewer_lines_than_counted_are_an_error_after_two_downloads() {
    let (jobs, asked) = jobs(vec![whole(lines("a b"))], vec![whole(lines("x"))]);
    let (ids, end) = read(&jobs, &job(BatchJobStatus::Success, 4, 1)).await;
    let error = end.unwrap();
    assert_eq!((error.kind(), missing(&error), ids.as_str()), (ErrorKind::Integrity, 2, "a b x"));
    assert_eq!(*asked.lock().unwrap(), [OUTPUT, FAILURES, OUTPUT, FAILURES]);
    assert_eq!(
        error.to_string(),
        "batch.jobs.results: the results of job 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11: the job counts 5 results, but 3 are \
         there, read twice"
    );
}

#[tokio::test]
async fn a_file_that_breaks_off_is_read_again_from_where_it_was() {
    let broken = Given(lines("a b") + "{\"custom_id\":\"c", true);
    let (jobs, asked) = jobs(vec![broken.clone(), whole(lines("a b c"))], vec![whole(lines("x"))]);
    let (ids, end) = read(&jobs, &job(BatchJobStatus::Success, 3, 1)).await;
    assert_eq!((ids.as_str(), end.is_none(), asked.lock().unwrap().len()), ("a b c x", true, 3));

    let (jobs, asked) = self::jobs(vec![broken], vec![]);
    let (ids, end) = read(&jobs, &job(BatchJobStatus::Success, 3, 0)).await;
    assert_eq!((ids.as_str(), end.unwrap().kind()), ("a b", ErrorKind::Interrupted));
    assert_eq!(asked.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_last_line_that_may_have_been_cut_is_read_again_before_it_is_given_up() {
    let cut = whole(lines("a b") + "{\"custom_id\":\"c");
    let (jobs, _) = jobs(vec![cut.clone(), whole(lines("a b c"))], vec![]);
    let (ids, end) = read(&jobs, &job(BatchJobStatus::Success, 3, 0)).await;
    assert_eq!((ids.as_str(), end.is_none()), ("a b c", true));

    let (jobs, asked) = self::jobs(vec![cut], vec![]);
    let (ids, end) = read(&jobs, &job(BatchJobStatus::Success, 3, 0)).await;
    assert_eq!((ids.as_str(), end.is_none(), asked.lock().unwrap().len()), ("a b ?", true, 2));

    // One that has its end is what it is.
    let (jobs, asked) = self::jobs(vec![whole(lines("a b") + "{\"custom_id\":\"c\n")], vec![]);
    let (ids, end) = read(&jobs, &job(BatchJobStatus::Success, 3, 0)).await;
    assert_eq!((ids.as_str(), end.is_none(), asked.lock().unwrap().len()), ("a b ?", true, 1));
}

#[tokio::test]
async fn what_the_retry_budget_does_not_pay_for_is_not_read_again() {
    let cut = lines("a b") + "{\"custom_id\":\"c";
    let second = lines("a b c");
    for (first, ids, kind) in [
        (whole(lines("a b")), "a b", Some(ErrorKind::Integrity)),
        (Given(cut.clone(), true), "a b", Some(ErrorKind::Interrupted)),
        (whole(cut), "a b ?", None),
    ] {
        let (jobs, asked) = jobs_within(RetryBudget::new(2), vec![first, whole(second.clone())], vec![]);
        let (given, end) = read(&jobs, &job(BatchJobStatus::Success, 3, 0)).await;
        assert_eq!((given.as_str(), end.as_ref().map(Error::kind)), (ids, kind));
        assert_eq!(asked.lock().unwrap().len(), 1);
        assert!(!end.is_some_and(|error| error.to_string().contains("read twice")));
    }
}

#[tokio::test]
async fn an_outage_in_which_results_break_off_is_not_made_worse() {
    let (jobs, asked) = jobs(vec![Given(lines("a b"), true)], vec![]);
    for _ in 0..1_000 {
        let (ids, end) = read(&jobs, &job(BatchJobStatus::Success, 3, 0)).await;
        assert_eq!((ids.as_str(), end.unwrap().kind()), ("a b", ErrorKind::Interrupted));
    }
    let asked = asked.lock().unwrap().len();
    assert!((1_001..=1_100).contains(&asked), "{asked}");
}

#[tokio::test]
async fn results_that_are_others_the_second_time_are_not_mixed() {
    let (jobs, _) = jobs(vec![whole(lines("a b")), whole(lines("b a c"))], vec![]);
    let (ids, end) = read(&jobs, &job(BatchJobStatus::Success, 3, 0)).await;
    let error = end.unwrap();
    assert_eq!((ids.as_str(), error.kind()), ("a b", ErrorKind::Integrity));
    assert!(error.to_string().ends_with("they changed between two readings"), "{error}");
}

#[tokio::test]
async fn f59_a_job_that_ended_early_owes_what_it_says_is_done() {
    for status in [BatchJobStatus::TimeoutExceeded, BatchJobStatus::Cancelled, BatchJobStatus::Failed] {
        let (jobs, asked) = jobs(vec![whole(lines("a b"))], vec![]);
        let mut job = job(status, 2, 0);
        job.total_requests = 10;
        let (ids, end) = read(&jobs, &job).await;
        assert_eq!((ids.as_str(), end.is_none(), asked.lock().unwrap().len()), ("a b", true, 1));
        job.succeeded_requests = 3;
        assert_eq!(missing(&read(&jobs, &job).await.1.unwrap()), 1);
    }
}

#[tokio::test]
async fn failed_requests_without_a_file_of_their_own_are_owed_by_nobody() {
    let (jobs, asked) = jobs(vec![whole(lines("a b"))], vec![]);
    let mut job = job(BatchJobStatus::Success, 2, 3);
    job.error_file = None;
    assert!(read(&jobs, &job).await.1.is_none());
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn f61_odd_line_ends_are_no_lines_and_none_is_lost() {
    let odd = format!("\u{feff}{}\r\n\r\n\n{}\n  \n{}", line("b").trim(), line("a").trim(), line("b").trim());
    let (jobs, asked) = jobs(vec![whole(odd)], vec![]);
    let (ids, end) = read(&jobs, &job(BatchJobStatus::Success, 3, 0)).await;
    assert_eq!((ids.as_str(), end.is_none(), asked.lock().unwrap().len()), ("b a b", true, 1));
}

#[tokio::test]
async fn f82_a_line_beyond_the_limit_is_named_and_the_others_are_given() {
    let long = "x".repeat((64 << 20) + 1);
    let (jobs, asked) = jobs(vec![whole(lines("a") + &long + "\n" + &lines("c"))], vec![]);
    let (ids, end) = read(&jobs, &job(BatchJobStatus::Success, 3, 0)).await;
    assert_eq!((ids.as_str(), end.is_none(), asked.lock().unwrap().len()), ("a ? c", true, 1));
}
