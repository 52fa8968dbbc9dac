//! What goes wrong with one part, or with whoever takes a run up, costs the others nothing.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use mistral_sdk::runs::{Event, Limits, Money};
use mistral_sdk::{BatchEndpoint, Client, CreateBatchJob, ErrorKind, Input, ListFiles, Marker, Transport};
use serde_json::json;
use tests::rig::{address, key};

use crate::bench::{Bench, line, submit, sums};

#[tokio::test(start_paused = true)]
async fn a_creation_that_is_refused_for_good_leaves_the_jobs_that_exist_to_be_collected() {
    let bench = Bench::new(json!([
        {"operation": "batch.jobs.create", "nth": 2, "times": "always", "answer": {"status": 402}},
    ]));
    let run = bench.begin(30).await;
    let error = run.finish().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Quota);
    assert_eq!((run.status().tally.succeeded, bench.emulator.ledger().jobs_created()), (10, 1));
    drop(run);

    bench.faults(json!([]));
    bench.resume().await.finish().await.unwrap();
    bench.all_answered(30);
    bench.one_job_a_part(3);
}

#[tokio::test(start_paused = true)]
async fn results_that_may_not_be_read_do_not_keep_others_from_being_read() {
    let bench = Bench::new(json!([]));
    bench.detached(30).await;
    bench.faults(json!([{"operation": "files.download", "times": 1, "answer": {"status": 422}}]));
    let run = bench.resume().await;
    assert_eq!(run.finish().await.unwrap_err().status().unwrap().as_u16(), 422);
    assert_eq!(run.status().tally.succeeded, 20);
    run.finish().await.unwrap();
    bench.all_answered(30);
    bench.one_job_a_part(3);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_shows_half_a_minute_after_the_process_that_asked_for_it_has_died_is_found() {
    let bench = Bench::new(json!([{"operation": "batch.jobs.create", "delivery": "hold"}]));
    let run = bench.begin(10).await;
    tokio::time::timeout(Duration::from_secs(40), run.finish()).await.unwrap_err();
    let file = bench.client.files().list(&ListFiles::default()).await.unwrap().data.remove(0);
    drop(run);
    // The request of the first process, which was on its way for long.
    let late = async {
        tokio::time::sleep(Duration::from_secs(20)).await;
        let name = std::fs::read_to_string(bench.path("run").join("journal")).unwrap();
        let marker = name.split("\"marker\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions)
            .model("mistral-small-latest")
            .input_file(&file.id)
            .metadata(Marker::KEY, marker);
        bench.client.batch().jobs().create(&job).await.unwrap();
    };
    let resumed = async { bench.resume().await.finish().await.unwrap() };
    let (_, report) = futures_util::future::join(late, resumed).await;
    assert_eq!(sums(&report, 10), (10, 0, 0));
    bench.all_answered(10);
    bench.one_job_a_part(1);
}

#[tokio::test(start_paused = true)]
async fn a_run_is_not_taken_up_at_another_address() {
    let bench = Bench::new(json!([]));
    bench.detached(10).await;
    let elsewhere = Transport::builder(key()).base_uri("https://elsewhere.example").http(bench.emulator.clone());
    let client = Client::from(elsewhere.build().unwrap());
    let requests = bench.emulator.ledger().requests();
    let error = client.runs().resume(bench.path("run")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Journal);
    assert!(error.to_string().contains("name the address it was begun at"), "{error}");
    assert_eq!(bench.emulator.ledger().requests(), requests);
    bench.resume().await.finish().await.unwrap();
    bench.all_answered(10);
}

#[tokio::test(start_paused = true)]
async fn jobs_that_were_never_seen_are_believed_gone_only_by_those_who_say_so() {
    let bench = Bench::new(json!([]));
    bench.detached(20).await;
    // As if the key were that of another workspace.
    let other = Bench::new(json!([]));
    let transport = || Transport::builder(key()).base_uri(address()).http(other.emulator.clone());
    let client = Client::from(transport().build().unwrap());
    let run = client.runs().resume(bench.path("run")).await.unwrap();
    let error = run.finish().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::JobGone);
    assert!(error.to_string().contains("which carries"), "{error}");
    assert!(run.status().parts.iter().all(|part| part.tally.is_none()));
    drop(run);

    let run = client.runs().give_up_missing_jobs(true).resume(bench.path("run")).await.unwrap();
    assert_eq!(sums(&run.finish().await.unwrap(), 20), (0, 0, 20));
    other.one_job_a_part(0);
}

#[tokio::test(start_paused = true)]
async fn an_input_that_is_edited_while_its_jobs_run_is_noticed_before_anything_is_written_off() {
    let bench = Bench::new(json!([]));
    let run = bench.begin(10).await;
    submit(&run).await;
    let other: String = (100..110).map(line).collect();
    let good = std::fs::read(bench.path("in.jsonl")).unwrap();
    bench.write("in.jsonl", other);
    assert_eq!(run.finish().await.unwrap_err().kind(), ErrorKind::InputChanged);
    bench.write("in.jsonl", good);
    run.finish().await.unwrap();
    bench.all_answered(10);
    bench.one_job_a_part(1);
}

#[tokio::test(start_paused = true)]
async fn a_run_can_be_cancelled_without_its_input_and_while_it_submits() {
    let bench = Bench::new(json!([{"operation": "files.upload", "nth": 2, "delay_ms": 20_000}]));
    let run = bench.begin(20).await;
    let cancelling = async {
        tokio::time::sleep(Duration::from_secs(10)).await;
        run.cancel().await.unwrap();
    };
    let (_, report) = futures_util::future::join(cancelling, run.finish()).await;
    assert_eq!(sums(&report.unwrap(), 20), (0, 0, 20));
    // The part that was being sent then got no job.
    bench.one_job_a_part(1);

    let bench = Bench::new(json!([]));
    bench.detached(10).await;
    let input = std::fs::read(bench.path("in.jsonl")).unwrap();
    std::fs::remove_file(bench.path("in.jsonl")).unwrap();
    assert_eq!(bench.client.runs().cancel(bench.path("run")).await.unwrap().len(), 1);
    bench.write("in.jsonl", input);
    assert_eq!(sums(&bench.resume().await.finish().await.unwrap(), 10), (0, 0, 10));
    bench.one_job_a_part(1);
}

#[tokio::test(start_paused = true)]
async fn a_budget_counts_the_longest_answers_and_is_looked_at_before_each_part() {
    let long = json!({"custom_id": "a", "body": {"max_tokens": 1_000_000, "messages": []}});
    let bench = Bench::new(json!([]));
    let input = bench.write("long.jsonl", format!("{long}\n"));
    let spec = bench.spec().max_cost("USD 0.10".parse::<Money>().unwrap());
    let error = bench.refused(Input::file(&input), spec).await;
    assert_eq!(error.kind(), ErrorKind::OverBudget);

    let mixed = "{\"custom_id\":\"a\",\"body\":{\"model\":\"mistral-large-latest\"}}\n";
    let input = bench.write("mixed.jsonl", mixed);
    let spec = bench.spec().max_cost("USD 100".parse::<Money>().unwrap());
    let error = bench.refused(Input::file(&input), spec).await;
    assert!(error.to_string().contains("nobody says which one counts"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_folder_that_has_anything_else_in_it_is_no_folder_for_a_run() {
    let bench = Bench::new(json!([]));
    std::fs::create_dir(bench.path("run")).unwrap();
    let mine = bench.path("run").join("input.jsonl");
    std::fs::write(&mine, line(0)).unwrap();
    let error = bench.refused(Input::file(&mine), bench.spec()).await;
    assert!(error.to_string().contains("the folder is not empty"), "{error}");
    assert_eq!(std::fs::read_to_string(&mine).unwrap(), line(0));
}

#[tokio::test(start_paused = true)]
async fn a_file_that_was_deleted_before_its_job_was_created_is_sent_again() {
    let bench = Bench::new(json!([{"operation": "batch.jobs.create", "times": 1, "answer": {"status": 402}}]));
    let run = bench.begin(10).await;
    run.finish().await.unwrap_err();
    drop(run);
    let file = bench.client.files().list(&ListFiles::default()).await.unwrap().data.remove(0);
    bench.client.files().delete(&file.id).await.unwrap();
    bench.resume().await.finish().await.unwrap();
    bench.all_answered(10);
    bench.one_job_a_part(1);
}

#[tokio::test(start_paused = true)]
async fn a_part_that_is_refused_although_nothing_is_pending_is_not_waited_for_for_ever() {
    let bench = Bench::with(json!([]), |builder| builder.max_pending_requests(5));
    let run = bench.start(&bench.input(10), bench.spec().limits(Limits::default().inline_rows(0))).await;
    let error = run.finish().await.unwrap_err();
    assert!(error.to_string().contains("begin a run with smaller parts"), "{error}");
    bench.one_job_a_part(0);
}

#[tokio::test(start_paused = true)]
async fn files_that_could_not_be_deleted_are_deleted_when_the_run_is_taken_up_again() {
    let bench = Bench::new(json!([{"operation": "files.delete", "times": 1, "answer": {"status": 403}}]));
    let run = bench.begin(20).await;
    let events: Vec<Event> = run.watch().try_collect().await.unwrap();
    assert!(events.iter().any(|event| matches!(event, Event::Remark { message, .. } if message.contains("was left"))));
    let inputs = async || bench.client.files().list(&ListFiles::default()).await.unwrap().data;
    let left = |files: &[mistral_sdk::File]| files.iter().filter(|file| file.filename.starts_with("run-")).count();
    assert_eq!(left(&inputs().await), 1);
    run.finish().await.unwrap();
    assert_eq!(left(&inputs().await), 0);
}
