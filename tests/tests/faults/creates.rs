//! Creations whose outcome is unknown, over the whole facade: `create_once` leaves one job or says that nobody can tell.
//!
//! The ledger is the judge of posts, looks and jobs; the clock is paused, so that the looks are exact.

use futures_util::TryStreamExt as _;
use mistral_emulator::Entry;
use mistral_sdk::{BatchJob, BatchJobStatus, Error, ErrorKind, FilePurpose, ListBatchJobs, Marker, UnixTime, Upload};
use serde_json::{Value, json};
use tests::rig::{Rig, check, one_request, script};

const MARKER: &str = "night-run/part-3";
const CREATE: &str = "batch.jobs.create";
const LIST: &str = "batch.jobs.list";

/// A page as a gateway sends it.
const PAGE: &str = "<html><head><title>502 Bad Gateway</title></head></html>";

/// An emulator whose creations meet this, and whatever else `faults` says.
fn meeting(mut fault: Value, more: &[Value]) -> Rig {
    fault["operation"] = CREATE.into();
    Rig::new([&[fault], more].concat().into())
}

async fn create(rig: &Rig) -> Result<BatchJob, Error> {
    let outcome = rig.client.batch().jobs().create_once(&one_request(), &Marker::new(MARKER)).await;
    rig.all_delivered();
    outcome
}

/// When the list was looked through, in seconds since the first post: each look begins with the first page.
fn looks(rig: &Rig) -> Vec<f64> {
    let entries = rig.emulator.ledger().entries();
    let first_page = |entry: &&Entry| entry.query.as_ref().is_some_and(|query| query.contains("page=0&"));
    let looks = entries.iter().filter(|entry| entry.operation == Some(LIST)).filter(first_page);
    looks.map(|entry| entry.at.duration_since(entries[0].at).unwrap().as_secs_f64()).collect()
}

/// Posts, looks, and jobs really created.
fn counts(rig: &Rig) -> (u64, usize, u64) {
    (rig.count(CREATE), looks(rig).len(), rig.emulator.ledger().jobs_created())
}

/// The jobs that carry the marker and are not on their way out.
async fn live(rig: &Rig) -> Vec<BatchJob> {
    let all: Vec<_> = rig.client.batch().jobs().list_all(ListBatchJobs::default()).try_collect().await.unwrap();
    let ending = [BatchJobStatus::CancellationRequested, BatchJobStatus::Cancelled];
    all.into_iter().filter(|job| Marker::new(MARKER).is_on(job) && !ending.contains(&job.status)).collect()
}

#[track_caller]
fn at(times: &[f64], expected: &[f64]) {
    let near = |(time, expected): (&f64, &f64)| (time - expected).abs() < 0.01;
    assert!(times.len() == expected.len() && times.iter().zip(expected).all(near), "{times:?}, not {expected:?}");
}

/// The job was made although the attempt fell silent after `ended` seconds: it is found at the first look.
async fn found(fault: Value, ended: f64) {
    let rig = meeting(fault.clone(), &[]);
    let job = create(&rig).await.unwrap_or_else(|error| panic!("{fault}: {error}"));
    assert_eq!(counts(&rig), (1, 1, 1), "{fault}");
    at(&looks(&rig), &[ended + 1.0]);
    assert_eq!(live(&rig).await.iter().map(|job| &job.id).collect::<Vec<_>>(), [&job.id], "{fault}");
}

/// The job was not made: it is looked for on the whole schedule, and then posted again.
async fn posted_again(fault: Value, ended: f64) {
    let rig = meeting(fault.clone(), &[]);
    let job = create(&rig).await.unwrap_or_else(|error| panic!("{fault}: {error}"));
    assert_eq!(counts(&rig), (2, 5, 1), "{fault}");
    at(&rig.times(CREATE), &[0.0, ended + 30.0]);
    // The last look sees that the first attempt did not come through after all.
    at(&looks(&rig), &[1.0, 5.0, 15.0, 30.0, 30.0].map(|look| ended + look));
    assert_eq!(live(&rig).await.iter().map(|job| &job.id).collect::<Vec<_>>(), [&job.id], "{fault}");
}

/// Nobody can tell: one post, and the error names the marker and says what to do.
#[track_caller]
fn nobody_can_tell(rig: &Rig, outcome: Result<BatchJob, Error>) -> Error {
    let error = outcome.unwrap_err();
    check(&error, "batch.jobs.create_once: ");
    assert_eq!((error.kind(), error.is_maybe_created()), (ErrorKind::UnexpectedResponse, true), "{error}");
    assert!(error.to_string().contains(&format!("mistral_sdk_once={MARKER}")), "{error}");
    assert!(error.advice().is_some_and(|advice| advice.contains("look at the list before creating it again")));
    assert_eq!(rig.count(CREATE), 1);
    error
}

#[tokio::test(start_paused = true)]
async fn f10_create_committed_but_answer_lost() {
    found(json!({"commit": true, "delivery": "close"}), 0.0).await;
    found(json!({"commit": true, "delivery": "reset"}), 0.0).await;
}

#[tokio::test(start_paused = true)]
async fn f11_create_not_committed_and_answer_lost() {
    posted_again(json!({"delivery": "close"}), 0.0).await;
    posted_again(json!({"delivery": "reset"}), 0.0).await;
}

#[tokio::test]
async fn f12_create_whose_answer_ends_within_its_head() {
    // Over sockets, and so on a clock that runs: every look costs a second.
    let cut = |bytes: u64| async move {
        let rig = Rig::over_a_socket(json!([{"operation": CREATE, "delivery": {"cut_head": bytes}}]));
        let job = create(&rig).await.unwrap();
        assert_eq!(counts(&rig), (1, 1, 1), "{bytes}");
        assert!(looks(&rig)[0] >= 1.0, "{bytes}");
        assert_eq!(live(&rig).await[0].id, job.id);
    };
    futures_util::future::join_all([0, 1, 9, 12, 17, 18, 30, 60].map(cut)).await;
}

#[tokio::test(start_paused = true)]
async fn f13_create_answered_by_a_gateway_with_a_page() {
    found(json!({"commit": true, "answer": {"status": 502, "body": PAGE}}), 0.0).await;
}

#[tokio::test(start_paused = true)]
async fn f14_create_answered_500_twice() {
    let rig = meeting(json!({"times": 2, "answer": {"status": 500}}), &[]);
    let job = create(&rig).await.unwrap();
    assert_eq!(counts(&rig), (3, 9, 1));
    at(&rig.times(CREATE), &[0.0, 30.0, 60.0]);
    at(&looks(&rig), &[1.0, 5.0, 15.0, 30.0, 31.0, 35.0, 45.0, 60.0, 60.0]);
    assert_eq!(live(&rig).await[0].id, job.id);

    let rig = meeting(json!({"times": 3, "answer": {"status": 500}}), &[]);
    let error = create(&rig).await.unwrap_err();
    check(&error, "batch.jobs.create_once: no answer to 3 attempts");
    assert!(error.is_maybe_created() && error.to_string().contains(MARKER), "{error}");
    assert_eq!(counts(&rig), (3, 12, 0));
}

#[tokio::test(start_paused = true)]
async fn f15_api_down_right_after_the_create() {
    for down in [json!({"delivery": "close"}), json!({"answer": {"status": 503}}), json!({"answer": {"status": 401}})] {
        let mut down = down;
        down["operation"] = LIST.into();
        down["times"] = "always".into();
        let rig = meeting(json!({"commit": true, "delivery": "close"}), &[down]);
        let error = create(&rig).await;
        let error = nobody_can_tell(&rig, error);
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.starts_with("batch.jobs.list: "), "{cause}");
        assert_eq!(rig.emulator.ledger().jobs_created(), 1);

        // Who goes on later begins with the look.
        rig.emulator.set_faults(script(json!([])));
        let since = UnixTime::from_secs(0);
        let found = rig.client.batch().jobs().find(&Marker::new(MARKER), since).await.unwrap().unwrap();
        assert_eq!(found.id, live(&rig).await[0].id);
        assert_eq!((rig.count(CREATE), rig.emulator.ledger().jobs_created()), (1, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn f16_create_refused_by_429_twice() {
    let refused = json!({"status": 429, "body": {"object": "error", "message": "slow down", "type": "rate_limited"}});
    let rig = meeting(json!({"times": 2, "answer": refused}), &[]);
    create(&rig).await.unwrap();
    assert_eq!(counts(&rig), (3, 0, 1));
    let gaps = rig.gaps(CREATE);
    assert!((0.1..=0.5).contains(&gaps[0]) && (0.1..=1.0).contains(&gaps[1]), "{gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn a_committed_create_is_found_wherever_its_answer_ends() {
    let status = |status: u16| json!({"commit": true, "answer": {"status": status}});
    let page = json!({"status": 200, "headers": {"content-type": "text/html"}, "body": PAGE});
    let cases = [
        (status(408), 0.0),
        (status(500), 0.0),
        (status(502), 0.0),
        (status(503), 0.0),
        (status(504), 0.0),
        (status(520), 0.0),
        (json!({"commit": true, "answer": {"status": 503, "headers": {"retry-after": "7"}}}), 0.0),
        (json!({"commit": true, "answer": page}), 0.0),
        (json!({"commit": true, "answer": {"status": 204, "body": ""}}), 0.0),
        (json!({"commit": true, "answer": {"status": 200, "body": []}}), 0.0),
        (json!({"commit": true, "answer": {"status": 502, "body": PAGE}, "delivery": {"cut": 7}}), 0.0),
        (json!({"delivery": "gzip"}), 0.0),
        (json!({"delivery": {"endless": " "}}), 0.0),
        (json!({"delivery": {"reset_after": 20}}), 0.0),
        // The head is waited for 60 s, a byte of the body 30 s, and a body that is too slow 60 s.
        (json!({"commit": true, "delivery": "hold"}), 60.0),
        (json!({"delivery": {"stall": {"after": 20}}}), 30.0),
        (json!({"delivery": {"slow": {"bytes": 1, "every_ms": 20_000}}}), 60.0),
    ];
    for (fault, ended) in cases {
        found(fault, ended).await;
    }
    // Every byte of the answer at which it can break off, or end too early.
    let answer = serde_json::to_string(&Rig::new(json!([])).job().await).unwrap();
    for bytes in 0..answer.len() {
        found(json!({"delivery": {"cut": bytes}}), 0.0).await;
        found(json!({"delivery": {"truncate": bytes}}), 0.0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_uncommitted_create_is_posted_again_however_it_was_answered() {
    for status in [408, 500, 502, 503, 504, 520] {
        posted_again(json!({"answer": {"status": status, "body": PAGE}}), 0.0).await;
    }
    posted_again(json!({"delivery": "hold"}), 60.0).await;
}

#[tokio::test(start_paused = true)]
async fn a_success_whose_body_is_not_readable_is_never_posted_again() {
    let text = "{\"id\": \"0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d\", \"status\": \"QUEUED\"";
    let cases = [
        (json!(""), json!("whole")),
        (json!(text), json!("whole")),
        (json!(PAGE), json!("whole")),
        (json!([]), json!("whole")),
        (json!(text), json!({"cut": 9})),
        (json!(text), json!({"reset_after": 0})),
        (json!(text), json!({"stall": {"after": 9}})),
        (json!(text), json!({"endless": " "})),
        (json!(text), json!("gzip")),
    ];
    for (body, delivery) in cases {
        // The list never shows the job, as if it were late.
        let rig = meeting(json!({"answer": {"status": 200, "body": body}, "delivery": delivery}), &[]);
        let outcome = create(&rig).await;
        nobody_can_tell(&rig, outcome);
        assert_eq!(counts(&rig), (1, 4, 0), "{body} {delivery}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_final_and_needs_no_look() {
    for status in [307, 400, 401, 402, 403, 404, 409, 410, 413, 422, 425] {
        let rig = meeting(json!({"answer": {"status": status}}), &[]);
        let error = create(&rig).await.unwrap_err();
        check(&error, &format!("batch.jobs.create: {status} "));
        assert!(!error.is_maybe_created(), "{error}");
        assert_eq!(counts(&rig), (1, 0, 0), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_without_metadata_decides_nothing() {
    let mut seen = serde_json::to_value(Rig::new(json!([])).job().await).unwrap();
    seen["metadata"] = Value::Null;
    let blind = json!({"operation": LIST, "answer": {"body": {"object": "list", "data": [seen], "total": 1}}});
    let rig = meeting(json!({"commit": true, "delivery": "close"}), &[blind]);
    let outcome = create(&rig).await;
    let error = nobody_can_tell(&rig, outcome);
    assert!(error.to_string().contains("the list shows no metadata"), "{error}");
    assert_eq!(counts(&rig), (1, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn of_two_jobs_the_younger_is_cancelled() {
    let nothing = json!({"object": "list", "data": [], "total": 0});
    let late = json!({"operation": LIST, "times": 4, "answer": {"body": nothing}});
    let rig = meeting(json!({"commit": true, "delivery": "close"}), &[late]);
    let job = create(&rig).await.unwrap();
    assert_eq!((counts(&rig), rig.count("batch.jobs.cancel")), ((2, 5, 2), 1));
    let left = live(&rig).await;
    assert_eq!(left.iter().map(|job| &job.id).collect::<Vec<_>>(), [&job.id]);
    let posted = rig.times(CREATE);
    assert!(posted[1] - posted[0] >= 30.0);
    let all: Vec<_> = rig.client.batch().jobs().list_all(ListBatchJobs::default()).try_collect().await.unwrap();
    assert_eq!(all.iter().map(|job| job.created_at).min(), Some(job.created_at));
}

#[tokio::test(start_paused = true)]
async fn f18_an_upload_stored_but_the_answer_lost() {
    let rig = Rig::new(json!([{"operation": "files.upload", "commit": true, "delivery": "close"}]));
    let file = rig.client.files().upload(Upload::bytes("a.jsonl", "{}\n"), FilePurpose::Batch).await.unwrap();
    assert_eq!((rig.count("files.upload"), rig.emulator.ledger().files_created()), (2, 1));
    assert_eq!(rig.client.files().get(&file.id).await.unwrap().bytes, Some(3));
    rig.all_delivered();
}
