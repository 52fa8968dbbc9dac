use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use crate::support::{Folder, Served};

/// What the emulator has seen.
fn ledger(served: &Served) -> Value {
    let mut stream = TcpStream::connect(served.url().trim_start_matches("http://")).unwrap();
    stream.write_all(b"GET /emulator/ledger HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[test]
fn a_job_past_the_pending_limit_is_refused_and_the_ledger_tells() {
    let folder = Folder::new();
    folder.questions(3);
    let run = ["batch", "run", "questions.jsonl", "--output", "answers.jsonl"];
    let served = Served::start(&folder, &["--max-pending", "2"]);
    // A run would wait for its turn.
    let refused = served.run(&folder, &["batch", "create", "--requests", "questions.jsonl"]);
    assert!(refused.code != Some(0) && refused.stderr.contains("the limit is 2"), "{}", refused.stderr);
    let seen = ledger(&served);
    assert_eq!((&seen["refused_for_pending"], &seen["jobs_created"]), (&1.into(), &0.into()));

    let served = Served::start(&folder, &["--max-pending", "3", "--requests-per-second", "1000000"]);
    served.run(&folder, &run).expect(0);
    let seen = ledger(&served);
    assert_eq!((&seen["peak_pending_requests"], &seen["jobs_created"]), (&3.into(), &1.into()));
    assert_eq!(seen["once"], serde_json::json!({"markers": 1, "most_jobs_of_one_marker": 1}));
}

#[test]
fn figures_out_of_range_are_refused_with_the_range() {
    let folder = Folder::new();
    for (flag, value, range) in [
        ("--requests-per-second", "0", "1 to 1,000,000"),
        ("--requests-per-second", "1000001", "1 to 1,000,000"),
        ("--max-pending", "0", "1 to 1,000,000,000"),
        ("--max-pending", "1000000001", "1 to 1,000,000,000"),
    ] {
        let refused = folder.run(&["emulator", "serve", "--port", "0", flag, value]).expect(2);
        assert!(refused.stderr.contains(range) && refused.stdout.is_empty(), "{}", refused.stderr);
    }
}
