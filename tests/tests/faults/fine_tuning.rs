//! Fine-tuning jobs and fine-tuned models while the service or the network has a bad day.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use mistral_emulator::{Emulator, Pace};
use mistral_sdk::{
    Checkpoint, CreateFineTuningJob, Error, ErrorKind, FilePurpose, FineTuningJob, FineTuningJobId,
    FineTuningJobStatus, Hyperparameters, ListFineTuningJobs, Poll, Progress, Transport, Until, UpdateModel, Upload,
};
use serde_json::{Value, json};
use tests::rig::{Rig, check, key, script};
use tokio::time::Instant;

const HOUR: Duration = Duration::from_secs(3_600);
const MINUTE: Duration = Duration::from_secs(60);

const CREATE: &str = "fine_tuning.jobs.create";
const GET: &str = "fine_tuning.jobs.get";
const LIST: &str = "fine_tuning.jobs.list";
const START: &str = "fine_tuning.jobs.start";

/// An API whose trainings take so long.
fn training(time: Duration, faults: Value) -> Rig {
    Rig::with(faults, Pace::default().shortest_run(time), |builder| builder)
}

/// The parameters of a small job, its training data uploaded.
async fn wanted(rig: &Rig) -> CreateFineTuningJob {
    let sample = json!({"messages": [{"role": "user", "content": "Ping"}, {"role": "assistant", "content": "Pong"}]});
    let upload = Upload::bytes("train.jsonl", format!("{sample}\n").repeat(40));
    let file = rig.client.files().upload(upload, FilePurpose::FineTune).await.unwrap();
    CreateFineTuningJob::new("open-mistral-7b")
        .training_file(file.id)
        .hyperparameters(Hyperparameters::default().training_steps(20))
        .suffix("ping")
        .auto_start(true)
}

async fn created(rig: &Rig) -> FineTuningJob {
    let job = wanted(rig).await;
    rig.client.fine_tuning().jobs().create(&job).await.unwrap()
}

/// How many creations were posted, how many pages of the list were asked for (a look at one job takes two: the second is
/// empty), and how many jobs there are.
fn counts(rig: &Rig) -> (u64, u64, u64) {
    (rig.count(CREATE), rig.count(LIST), rig.emulator.ledger().fine_tuning_jobs_created())
}

/// Creates a job over this fault on its creation, and perhaps on the look-up.
async fn created_over(fault: Value, look: Value) -> (Rig, Result<FineTuningJob, Error>) {
    let on = |mut fault: Value, operation: &str| {
        fault["operation"] = operation.into();
        fault
    };
    let mut faults = vec![on(fault, CREATE)];
    if !look.is_null() {
        faults.push(on(look, LIST));
    }
    let rig = training(HOUR, json!(faults));
    let job = wanted(&rig).await;
    let created = rig.client.fine_tuning().jobs().create(&job).await;
    rig.all_delivered();
    (rig, created)
}

#[tokio::test(start_paused = true)]
async fn f17_a_creation_committed_and_lost_is_found_by_the_409_of_the_next() {
    for loss in [
        json!({"commit": true, "delivery": "close"}),
        json!({"commit": true, "delivery": "reset"}),
        json!({"commit": true, "answer": {"status": 502, "body": "<html>Bad Gateway</html>"}}),
    ] {
        let (rig, job) = created_over(loss, Value::Null).await;
        let job = job.unwrap();
        assert_eq!(counts(&rig), (2, 2, 1));
        assert_eq!(rig.client.fine_tuning().jobs().get(&job.id).await.unwrap().suffix.as_deref(), Some("ping"));
    }
}

#[tokio::test(start_paused = true)]
async fn f17_a_creation_that_was_not_committed_is_posted_again() {
    let (rig, job) = created_over(json!({"delivery": "close"}), Value::Null).await;
    job.unwrap();
    // The look makes sure that the service did not take both.
    assert_eq!(counts(&rig), (2, 2, 1));
}

#[tokio::test(start_paused = true)]
async fn f17_a_success_that_cannot_be_read_is_looked_up_and_not_posted_again() {
    for end in ["cut", "truncate"] {
        let (rig, job) = created_over(json!({"delivery": {end: 20}}), Value::Null).await;
        job.unwrap();
        assert_eq!(counts(&rig), (1, 2, 1), "{end}");
    }
}

#[tokio::test(start_paused = true)]
async fn f17_the_look_is_repeated_until_the_list_can_be_read() {
    let lost = json!({"commit": true, "delivery": "close"});
    let (rig, job) = created_over(lost.clone(), json!({"times": 5, "answer": {"status": 503}})).await;
    job.unwrap();
    assert_eq!(counts(&rig), (2, 7, 1));

    let (rig, job) = created_over(lost, json!({"times": "always", "answer": {"status": 503}})).await;
    let error = job.unwrap_err();
    check(&error, "fine_tuning.jobs.create: ");
    assert!(error.is_maybe_created() && error.to_string().contains("the list of jobs could not be read"), "{error}");
    assert_eq!((rig.count(CREATE), rig.emulator.ledger().fine_tuning_jobs_created()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn f17_three_attempts_without_an_answer_and_no_job_are_left_open() {
    let (rig, job) = created_over(json!({"times": 3, "answer": {"status": 500}}), Value::Null).await;
    let error = job.unwrap_err();
    check(&error, "fine_tuning.jobs.create: ");
    assert!(error.is_maybe_created(), "{error}");
    assert!(error.advice().is_some_and(|advice| advice.contains("may have been created")));
    assert_eq!(counts(&rig), (3, 4, 0));
}

#[tokio::test(start_paused = true)]
async fn f17_a_similar_job_from_before_is_a_conflict_that_says_what_to_do() {
    let rig = training(HOUR, json!([]));
    let job = wanted(&rig).await;
    rig.client.fine_tuning().jobs().create(&job).await.unwrap();
    let error = rig.client.fine_tuning().jobs().create(&job).await.unwrap_err();
    check(&error, "fine_tuning.jobs.create: 409 Conflict: ");
    assert!(error.is_conflict() && !error.is_maybe_created());
    assert!(error.to_string().contains("wait for it or cancel it, or change"), "{error}");
    assert_eq!(counts(&rig), (2, 0, 1));
}

#[tokio::test(start_paused = true)]
async fn f16_a_creation_refused_by_429_twice_needs_no_look() {
    let (rig, job) = created_over(json!({"times": 2, "answer": {"status": 429}}), Value::Null).await;
    job.unwrap();
    assert_eq!(counts(&rig), (3, 0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_start_whose_answer_was_lost_is_told_by_the_job() {
    for (fault, starts) in [
        (json!({"commit": true, "delivery": "close"}), 1),
        (json!({"commit": true, "answer": {"status": 502}}), 1),
        (json!({"delivery": "close"}), 2),
        (json!({"times": 2, "answer": {"status": 429}}), 3),
    ] {
        let mut fault = fault;
        fault["operation"] = START.into();
        let rig = training(HOUR, json!([fault]));
        let jobs = rig.client.fine_tuning().jobs();
        let job = jobs.create(&wanted(&rig).await.auto_start(false)).await.unwrap();
        let job = jobs.wait(&job.id, Until::Validated, Poll::default()).await.unwrap();
        assert_eq!(job.status, FineTuningJobStatus::Validated);
        assert!(job.metadata.as_ref().is_some_and(|estimate| estimate.cost.is_some()));
        assert_eq!(jobs.start(&job.id).await.unwrap().status, FineTuningJobStatus::Running);
        assert_eq!(rig.count(START), starts);
        rig.all_delivered();
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_that_is_refused_is_sent_once_and_one_without_any_answer_three_times() {
    let rig = Rig::with(json!([]), Pace::default().queue(HOUR), |builder| builder);
    let job = created(&rig).await;
    let error = rig.client.fine_tuning().jobs().start(&job.id).await.unwrap_err();
    check(&error, "fine_tuning.jobs.start: 400 Bad Request: ");
    assert_eq!((rig.count(START), rig.count(GET)), (1, 0));

    let rig = training(HOUR, json!([{"operation": START, "times": "always", "answer": {"status": 500}}]));
    let jobs = rig.client.fine_tuning().jobs();
    let job = jobs.create(&wanted(&rig).await.auto_start(false)).await.unwrap();
    jobs.wait(&job.id, Until::Validated, Poll::default()).await.unwrap();
    let error = jobs.start(&job.id).await.unwrap_err();
    check(&error, "fine_tuning.jobs.start: ");
    assert!(error.to_string().contains("no good answer to 3 attempts"), "{error}");
    assert!(error.to_string().contains(&format!("job {} is VALIDATED", job.id)), "{error}");
    assert_eq!(rig.count(START), 3);
}

/// Lists the jobs of an API that answers in this way.
async fn refused(answer: Value) -> (Rig, Error) {
    let rig = Rig::new(json!([{"operation": LIST, "times": "always", "answer": answer}]));
    let error = rig.client.fine_tuning().jobs().list(&ListFineTuningJobs::default()).await.unwrap_err();
    check(&error, "fine_tuning.jobs.list: ");
    rig.all_delivered();
    (rig, error)
}

#[tokio::test(start_paused = true)]
async fn f37_401_at_once_and_in_the_middle_of_a_wait() {
    let unauthorized = json!({"status": 401, "body": {"detail": "Unauthorized"}});
    let (rig, error) = refused(unauthorized.clone()).await;
    assert_eq!((rig.count(LIST), error.is_auth()), (1, true));
    assert!(error.advice().is_some_and(|advice| advice.contains("the rig")), "{:?}", error.advice());

    let rig = training(HOUR, json!([{"operation": GET, "nth": 3, "times": "always", "answer": unauthorized}]));
    let job = created(&rig).await;
    let error = rig.client.fine_tuning().jobs().wait(&job.id, Until::Done, Poll::default()).await.unwrap_err();
    check(&error, "fine_tuning.jobs.get: ");
    assert_eq!((rig.count(GET), error.is_auth()), (3, true));
    rig.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f38_refusals_are_final_and_show_what_is_wrong() {
    let kinds = [(403, ErrorKind::Auth), (404, ErrorKind::NotFound), (409, ErrorKind::Conflict), (422, ErrorKind::Api)];
    let body =
        json!({"detail": [{"loc": ["body", "training_files", 0], "msg": "no such file", "type": "value_error"}]});
    for (status, kind) in kinds {
        let answer = json!({"times": "always", "answer": {"status": status, "body": body}});
        let (rig, job) = created_over(answer, Value::Null).await;
        let error = job.unwrap_err();
        check(&error, "fine_tuning.jobs.create: ");
        assert_eq!((error.kind(), counts(&rig)), (kind, (1, 0, 0)));
        assert!(error.to_string().contains("body.training_files[0]: no such file"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_has_retired_the_jobs_says_so_once_and_keeps_the_models() {
    let emulator = Emulator::builder().fine_tuning_retired(true).build().unwrap();
    let client = Transport::builder(key()).http(emulator.clone()).build().unwrap().into();
    let rig = Rig { emulator, client };
    let jobs = rig.client.fine_tuning().jobs();
    let (job, id) = (wanted(&rig).await, FineTuningJobId::from(tests::rig::ABSENT));
    let before = rig.emulator.ledger().requests();
    let refusals = [
        jobs.create(&job).await.unwrap_err(),
        jobs.dry_run(&job).await.unwrap_err(),
        jobs.list(&ListFineTuningJobs::default()).await.unwrap_err(),
        jobs.get(&id).await.unwrap_err(),
        jobs.start(&id).await.unwrap_err(),
        jobs.cancel(&id).await.unwrap_err(),
        jobs.wait(&id, Until::Done, Poll::default()).await.unwrap_err(),
    ];
    assert_eq!(rig.emulator.ledger().requests() - before, refusals.len() as u64);
    for error in refusals {
        check(&error, "fine_tuning.jobs.");
        assert_eq!((error.kind(), error.is_gone(), error.attempts()), (ErrorKind::Gone, true, 1));
        let said = error.to_string();
        assert!(said.contains("410 Gone: the vendor retired hosted fine-tuning jobs in August 2026"), "{said}");
        assert!(error.advice().is_some_and(|advice| advice.contains("private deployment")));
    }
    let tuned = tuned_model(&rig).await;
    assert!(rig.client.models().archive(tuned).await.unwrap().archived);
}

/// The id of the fine-tuned model that the emulator begins with.
async fn tuned_model(rig: &Rig) -> String {
    let models = rig.client.models().list(&Default::default()).await.unwrap();
    let tuned = models.data.iter().find(|model| matches!(model, mistral_sdk::Model::FineTuned(_)));
    tuned.and_then(|model| model.id()).unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn changes_to_a_model_whose_answer_was_lost_are_made_again() {
    for operation in ["models.update", "models.archive", "models.unarchive", "models.delete"] {
        let rig = Rig::new(json!([{"operation": operation, "commit": true, "delivery": "close"}]));
        let id = tuned_model(&rig).await;
        let models = rig.client.models();
        match operation {
            "models.update" => {
                let model = models.update(&id, &UpdateModel::default().name("Ping")).await.unwrap();
                assert_eq!(model.card().unwrap().name.as_deref(), Some("Ping"));
            }
            "models.archive" => assert!(models.archive(&id).await.unwrap().archived),
            "models.unarchive" => assert!(!models.unarchive(&id).await.unwrap().archived),
            _ => assert!(models.delete(&id).await.unwrap().deleted),
        }
        assert_eq!(rig.count(operation), 2, "{operation}");
        rig.all_delivered();
    }
}

#[tokio::test(start_paused = true)]
async fn f54_a_new_job_is_not_found_at_first() {
    let rig = training(MINUTE, json!([{"operation": GET, "times": 5, "answer": {"status": 404}}]));
    let job = created(&rig).await;
    let job = rig.client.fine_tuning().jobs().wait(&job.id, Until::Done, Poll::default()).await.unwrap();
    assert_eq!(job.status, FineTuningJobStatus::Success);
    assert!(job.fine_tuned_model.is_some());
    rig.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f55_a_job_vanishes_while_running() {
    let rig = training(HOUR, json!([{"operation": GET, "nth": 8, "times": "always", "answer": {"status": 404}}]));
    let job = created(&rig).await;
    let error = rig.client.fine_tuning().jobs().wait(&job.id, Until::Done, Poll::default()).await.unwrap_err();
    check(&error, "fine_tuning.jobs.wait: ");
    assert_eq!(error.kind(), ErrorKind::JobGone);
    assert!(error.to_string().contains(job.id.as_str()), "{error}");
    let after = rig.count(GET) - 8;
    assert!((2..=4).contains(&after), "{after}");
    rig.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f56_a_status_nobody_knows() {
    let paused = json!({"patch": {"status": "PAUSED"}});
    let rig = training(Duration::ZERO, json!([{"operation": GET, "times": 10, "answer": paused}]));
    let job = created(&rig).await;
    assert_eq!(statuses(&watched(&rig, &job.id).await), ["PAUSED", "SUCCESS"]);
    assert_eq!(rig.count(GET), 11);
    rig.all_delivered();

    let rig = training(Duration::ZERO, json!([{"operation": GET, "times": "always", "answer": paused}]));
    let job = created(&rig).await;
    let started = Instant::now();
    let poll = Poll::default().limit(HOUR);
    let error = rig.client.fine_tuning().jobs().wait(&job.id, Until::Validated, poll).await.unwrap_err();
    check(&error, "fine_tuning.jobs.wait: ");
    assert_eq!(error.kind(), ErrorKind::WaitDeadline);
    assert!(error.advice().is_some_and(|advice| advice.contains("wait for it again")));
    assert!(started.elapsed() >= HOUR && started.elapsed() <= HOUR + MINUTE, "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn f57_a_job_falls_back() {
    let back = json!({"patch": {"status": "QUEUED", "events": [], "checkpoints": []}});
    let rig = training(HOUR, json!([{"operation": GET, "nth": 10, "times": 3, "answer": back}]));
    let job = created(&rig).await;
    let seen = watched(&rig, &job.id).await;
    let statuses = statuses(&seen);
    assert!(
        statuses.ends_with(&["RUNNING".into(), "QUEUED".into(), "RUNNING".into(), "SUCCESS".into()]),
        "{statuses:?}"
    );
    // What was told before is not told again.
    assert_whole(&seen, &rig.client.fine_tuning().jobs().get(&job.id).await.unwrap());
    rig.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn half_of_the_looks_fail_and_everything_is_told_once_and_in_order() {
    let rig = training(HOUR, json!([{"operation": GET, "every": 2, "times": "always", "answer": {"status": 503}}]));
    let job = created(&rig).await;
    let seen = watched(&rig, &job.id).await;
    assert_whole(&seen, &rig.client.fine_tuning().jobs().get(&job.id).await.unwrap());
    rig.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f59_a_job_that_fails_keeps_its_reason() {
    let rig = training(MINUTE, json!([]));
    let jobs = rig.client.fine_tuning().jobs();
    let bad = Upload::bytes("train.jsonl", "{\"messages\": []}\n".repeat(40));
    let bad = rig.client.files().upload(bad, FilePurpose::FineTune).await.unwrap();
    let mut job = wanted(&rig).await;
    job.training_files = None;
    let job = jobs.create(&job.training_file(bad.id)).await.unwrap();
    for until in [Until::Validated, Until::Started, Until::Done] {
        let job = jobs.wait(&job.id, until, Poll::default()).await.unwrap();
        assert_eq!(job.status, FineTuningJobStatus::FailedValidation);
        let reason = job.events.iter().find_map(|event| event.error()).unwrap();
        assert!(reason.contains("samples are invalid"), "{reason}");
    }

    // A part of the training is kept when it is stopped.
    let job = created(&rig).await;
    jobs.wait(&job.id, Until::Started, Poll::default()).await.unwrap();
    tokio::time::sleep(MINUTE / 2).await;
    jobs.cancel(&job.id).await.unwrap();
    let seen = watched(&rig, &job.id).await;
    let Some(Progress::Status(last)) = seen.last() else { panic!("{seen:?}") };
    assert_eq!(last.status, FineTuningJobStatus::Cancelled);
    assert!(!last.checkpoints.is_empty() && last.fine_tuned_model.is_none());
    assert_whole(&seen, last);
}

async fn watched(rig: &Rig, id: &FineTuningJobId) -> Vec<Progress> {
    rig.client.fine_tuning().jobs().watch(id, Poll::default()).try_collect().await.unwrap()
}

fn statuses(seen: &[Progress]) -> Vec<String> {
    let status = |progress: &Progress| match progress {
        Progress::Status(job) => Some(job.status.to_string()),
        _ => None,
    };
    seen.iter().filter_map(status).collect()
}

/// Every event and every checkpoint of the job was told once, oldest first.
#[track_caller]
fn assert_whole(seen: &[Progress], job: &FineTuningJob) {
    let mut told: (Vec<_>, Vec<Checkpoint>) = (Vec::new(), Vec::new());
    for progress in seen {
        match progress {
            Progress::Event(event) => told.0.insert(0, event.clone()),
            Progress::Checkpoint(checkpoint) => told.1.insert(0, checkpoint.clone()),
            _ => {}
        }
    }
    assert!(!told.1.is_empty());
    assert_eq!(told, (job.events.clone(), job.checkpoints.clone()));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_knows_no_dry_runs_has_created_a_job_and_the_error_names_it() {
    let rig = training(HOUR, json!([]));
    let job = wanted(&rig).await;
    let dry_run = rig.client.fine_tuning().jobs().dry_run(&job).await.unwrap();
    assert_eq!((dry_run.training_steps, counts(&rig)), (Some(20), (1, 0, 0)));

    let made = serde_json::to_value(created(&rig).await).unwrap();
    let fault = json!([{"operation": CREATE, "answer": {"body": made}}]);
    rig.emulator.set_faults(script(fault));
    let error = rig.client.fine_tuning().jobs().dry_run(&job).await.unwrap_err();
    check(&error, "fine_tuning.jobs.dry_run: ");
    assert!(error.is_maybe_created() && error.to_string().contains(made["id"].as_str().unwrap()), "{error}");
    rig.all_delivered();
}

#[tokio::test]
async fn b54_a_job_that_cannot_be_is_not_sent() {
    let rig = Rig::new(json!([]));
    let jobs = rig.client.fine_tuning().jobs();
    let job = || CreateFineTuningJob::new("open-mistral-7b").training_file(tests::rig::ABSENT);
    let with = |change: fn(Hyperparameters) -> Hyperparameters| job().hyperparameters(change(Default::default()));
    for (job, part) in [
        (CreateFineTuningJob::new("open-mistral-7b"), "training_files: there is nothing to train on"),
        (
            with(|set| set.learning_rate(0.0)),
            "hyperparameters.learning_rate: 0 is out of range; expected 0.00000001 to 1",
        ),
        (with(|set| set.learning_rate(-1e-4)), "hyperparameters.learning_rate: -0.0001 is out of range"),
        (with(|set| set.learning_rate(f64::NAN)), "hyperparameters.learning_rate: NaN is out of range"),
        (with(|set| set.training_steps(0)), "hyperparameters.training_steps: 0 is out of range; expected 1 or more"),
        (job().suffix("a suffix of 20 chars"), "suffix: 20 characters are more than 18"),
        (job().invalid_sample_skip_percentage(50.0), "expected 0 to 0.5"),
    ] {
        for error in [jobs.create(&job).await.unwrap_err(), jobs.dry_run(&job).await.unwrap_err()] {
            check(&error, "fine_tuning.jobs.");
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::BadInput, 0), "{error}");
            assert!(error.to_string().contains(part), "{error}");
        }
    }
    let no_page = jobs.list(&ListFineTuningJobs::default().page_size(0)).await.unwrap_err();
    assert!(no_page.is_bad_input());
    assert_eq!(rig.emulator.ledger().requests(), 0);
}

#[tokio::test]
async fn b54_a_validation_file_over_a_megabyte_is_told_where_it_is_known() {
    let rig = Rig::new(json!([]));
    let files = rig.client.files();
    let upload = |name, bytes| files.upload(Upload::bytes(name, vec![b' '; bytes]), FilePurpose::FineTune);
    let training = upload("train.jsonl", 21 << 20).await.unwrap();
    let large = upload("valid.jsonl", 1_000_001).await.unwrap();
    let job = CreateFineTuningJob::new("open-mistral-7b").training_file(&training.id).validation_file(&large.id);
    let refused = job.check_files(&[training, large]).unwrap_err();
    assert_eq!(refused.field(), "validation_files");
    assert!(refused.to_string().contains("1000001 bytes are more than 1000000 (1 MB)"), "{refused}");
}
