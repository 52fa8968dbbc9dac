//! What is remembered, and what becomes of a run whose memory was hurt.

use std::fs;
use std::path::Path;
use std::time::Instant;

use mistral_sdk::runs::Stage;
use mistral_sdk::{ErrorKind, Input, Runs};
use serde_json::json;
use tests::rig::{client, serve};

use crate::bench::{Bench, submit};

/// Copies the files of a run.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn f77_a_last_record_that_is_torn_anywhere_is_dropped() {
    let bench = Bench::new(json!([]));
    bench.detached(25).await;
    let journal = fs::read(bench.path("run").join("journal")).unwrap();
    let last = journal[..journal.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    assert!(journal[last..].windows(9).any(|word| word == b"\"created\""));
    for cut in [last, last + 1, last + 9, journal.len() - 20, journal.len() - 1] {
        let torn = bench.path(&format!("torn-{cut}"));
        copy(&bench.path("run"), &torn);
        fs::write(torn.join("journal"), &journal[..cut]).unwrap();
        let run = bench.client.runs().resume(&torn).await.unwrap();
        run.finish().await.unwrap();
        bench.all_answered(25);
        bench.one_job_a_part(3);
    }
}

#[tokio::test(start_paused = true)]
async fn f77_damage_before_the_end_is_refused_and_named() {
    let bench = Bench::new(json!([]));
    bench.detached(25).await;
    let path = bench.path("run").join("journal");
    let journal = fs::read_to_string(&path).unwrap();
    fs::write(&path, journal.replacen("\"created\"", "\"cheated\"", 1)).unwrap();
    let before = bench.emulator.ledger().requests();
    for error in [
        bench.client.runs().resume(bench.path("run")).await.unwrap_err(),
        Runs::status(bench.path("run")).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Journal);
        let shown = error.to_string();
        assert!(shown.contains("is damaged") && shown.contains("restore") && shown.contains("run/journal"), "{shown}");
    }
    assert_eq!(bench.emulator.ledger().requests(), before);
    // What is damaged is left as it is.
    assert_ne!(fs::read_to_string(&path).unwrap(), journal);
}

#[tokio::test(start_paused = true)]
async fn a_journal_of_a_newer_version_is_refused() {
    let bench = Bench::new(json!([]));
    bench.detached(10).await;
    let path = bench.path("run").join("journal");
    let journal = fs::read_to_string(&path).unwrap();
    let (first, rest) = journal.split_once('\n').unwrap();
    let json = first.splitn(3, ' ').nth(2).unwrap().replacen("\"version\":1", "\"version\":2", 1);
    fs::write(&path, format!("{} {:08x} {json}\n{rest}", json.len(), crc32(json.as_bytes()))).unwrap();
    let error = bench.client.runs().resume(bench.path("run")).await.unwrap_err();
    assert!(error.to_string().contains("version 2") && error.to_string().contains("newer"), "{error}");
}

/// The checksum of the journal, by its definition.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

#[tokio::test(start_paused = true)]
async fn f78_a_second_process_is_refused_at_once_and_told_who_the_first_is() {
    let bench = Bench::new(json!([]));
    let run = bench.begin(10).await;
    let started = Instant::now();
    let error = bench.client.runs().resume(bench.path("run")).await.unwrap_err();
    assert!(started.elapsed().as_secs_f64() <= 1.0);
    assert_eq!(error.kind(), ErrorKind::Journal);
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    // Looking is allowed.
    assert_eq!(Runs::status(bench.path("run")).await.unwrap().stage, Stage::Submitting);
    drop(run);
    bench.resume().await.finish().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn f81_an_input_that_was_edited_is_refused_before_anything_is_sent() {
    let bench = Bench::new(json!([]));
    bench.detached(10).await;
    let text = fs::read_to_string(bench.path("in.jsonl")).unwrap();
    let before = bench.emulator.ledger().requests();
    for edited in [text.replacen("Question 3?", "Question 4?", 1), format!("{text}\n"), String::new()] {
        bench.write("in.jsonl", edited);
        let error = bench.client.runs().resume(bench.path("run")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InputChanged);
        assert!(error.to_string().contains("in.jsonl"), "{error}");
    }
    fs::remove_file(bench.path("in.jsonl")).unwrap();
    let error = bench.client.runs().resume(bench.path("run")).await.unwrap_err();
    assert!(error.kind() == ErrorKind::LocalIo && error.to_string().contains("in.jsonl"), "{error}");
    assert_eq!(bench.emulator.ledger().requests(), before);

    bench.write("in.jsonl", text);
    bench.resume().await.finish().await.unwrap();
    bench.one_job_a_part(1);
}

#[tokio::test]
async fn f81_an_input_that_is_edited_while_the_run_is_under_way_is_not_sent() {
    // In one process there is no connection that could break.
    let mut bench = Bench::new(json!([]));
    bench.client = client(&serve(&bench.emulator));
    let run = bench.begin(10).await;
    let text = fs::read_to_string(bench.path("in.jsonl")).unwrap();
    bench.write("in.jsonl", text.replacen("Question 3?", "Question 4?", 1));
    let error = run.finish().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InputChanged, "{error}");
    bench.one_job_a_part(0);
    assert_eq!(bench.emulator.ledger().files_created(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_run_goes_on_in_another_place_with_its_input_beside_it() {
    let bench = Bench::new(json!([]));
    bench.detached(25).await;
    fs::create_dir(bench.path("elsewhere")).unwrap();
    for name in ["run", "in.jsonl"] {
        fs::rename(bench.path(name), bench.path("elsewhere").join(name)).unwrap();
    }
    let run = bench.client.runs().resume(bench.path("elsewhere/run")).await.unwrap();
    run.finish().await.unwrap();
    bench.all_answered(25);
    bench.one_job_a_part(3);
}

#[tokio::test(start_paused = true)]
async fn a_run_is_submitted_now_and_collected_later() {
    let bench = Bench::new(json!([]));
    let run = bench.begin(25).await;
    submit(&run).await;
    assert_eq!(run.status().stage, Stage::Waiting);
    bench.one_job_a_part(3);
    drop(run);
    tokio::time::sleep(std::time::Duration::from_secs(3 * 24 * 3_600)).await;
    let run = bench.resume().await;
    run.finish().await.unwrap();
    bench.all_answered(25);
    bench.one_job_a_part(3);
    assert_eq!(run.status().stage, Stage::Done);

    // Once done, it stays done.
    let before = bench.emulator.ledger().requests();
    drop(run);
    assert_eq!(bench.resume().await.finish().await.unwrap().tally.succeeded, 25);
    assert_eq!(bench.emulator.ledger().requests(), before);
}

#[tokio::test(start_paused = true)]
async fn a_folder_without_a_run_and_one_that_has_a_run_already_are_refused() {
    let bench = Bench::new(json!([]));
    let error = bench.client.runs().resume(bench.path("nothing")).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Journal && !bench.path("nothing").exists(), "{error}");
    drop(bench.begin(10).await);
    let runs = bench.client.runs();
    let input = Input::file(bench.path("in.jsonl"));
    let error = runs.start(bench.path("run"), input, bench.spec()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Journal);
    assert!(error.to_string().contains("resume it"), "{error}");
    assert_eq!(Runs::list(bench.folder.path()).await.unwrap().len(), 1);
}
