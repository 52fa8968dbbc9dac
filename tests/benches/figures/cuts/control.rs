//! Small answers, cut at every byte of head and body.

use mistral_sdk::Client;
use tests::rig::{check, one_request};
use tokio::io::AsyncWriteExt as _;

use super::{Cases, End, Times};
use crate::replies::{ID, job, json};
use crate::report::Report;

/// An answer, and the call that gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// A read, answered with its length.
    Length,
    /// A read, answered in chunks.
    Chunked,
    /// A read whose answer ends when the connection does.
    Closed,
    /// A read that is refused.
    Refusal,
    /// A deletion that is done although its answer is lost.
    Deletion,
    /// A creation, which must not be sent twice.
    Creation,
}

impl Answer {
    const ALL: [Self; 6] = [Self::Length, Self::Chunked, Self::Closed, Self::Refusal, Self::Deletion, Self::Creation];

    fn bytes(self) -> Vec<u8> {
        let job = job("RUNNING");
        match self {
            Self::Length | Self::Creation => json("200 OK", &job),
            Self::Chunked => {
                let (left, right) = job.split_at(100);
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
                format!("{head}{:x}\r\n{left}\r\n{:x}\r\n{right}\r\n0\r\n\r\n", left.len(), right.len()).into_bytes()
            }
            Self::Closed => {
                format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{job}")
                    .into_bytes()
            }
            Self::Refusal => json("404 Not Found", r#"{"detail": "no such job"}"#),
            Self::Deletion => json("200 OK", &format!(r#"{{"id": "{ID}", "object": "batch", "deleted": true}}"#)),
        }
    }

    /// What comes after an answer that was cut.
    fn next(self) -> Vec<u8> {
        if self == Self::Deletion { Self::Refusal.bytes() } else { self.bytes() }
    }
}

#[derive(Debug, Clone, Copy)]
struct Case {
    answer: Answer,
    cut: usize,
    end: End,
    times: Times,
}

pub(super) async fn run(report: &mut Report) {
    report.title("Control answers, cut after every byte of head and body");
    let mut cases = Vec::new();
    for answer in Answer::ALL {
        for cut in 0..=answer.bytes().len() {
            for end in End::BOTH {
                cases.extend([Times::Once, Times::Always].map(|times| Case { answer, cut, end, times }));
            }
        }
    }
    report.show("cuts", cases.len());
    let serve = |case: Case, first: bool, _, mut stream: tokio::net::TcpStream| async move {
        let cut = first || case.times == Times::Always;
        let bytes = if cut { case.answer.bytes()[..case.cut].to_vec() } else { case.answer.next() };
        // Whoever asked may be gone already.
        let _ = stream.write_all(&bytes).await;
        if cut { case.end } else { End::Fin }.of(stream).await;
    };
    Cases::new(cases).play(report, serve, play).await;
}

async fn play(client: Client, case: Case, id: String) -> Result<String, String> {
    let jobs = client.batch().jobs();
    let (operation, came) = match case.answer {
        Answer::Creation => {
            // The model is a free text, and so it can name the case.
            ("batch.jobs.create", jobs.create(&one_request().model(id)).await.map(drop))
        }
        Answer::Deletion => ("batch.jobs.delete", jobs.delete(id).await.map(drop)),
        _ => ("batch.jobs.get", jobs.get(id).await.map(drop)),
    };
    let came = match &came {
        Ok(()) => "good".to_owned(),
        Err(error) => {
            check(error, operation);
            let created = if error.is_maybe_created() { ", maybe created" } else { "" };
            format!("{:?}{created}", error.kind())
        }
    };
    let right = right(case);
    if right.contains(&came.as_str()) {
        let Case { answer, end, times, .. } = case;
        return Ok(format!("{answer:?}, {} {times:?}: {came}", end.name()).to_lowercase());
    }
    Err(format!("{came} in place of {right:?}"))
}

/// What may come out.
fn right(case: Case) -> &'static [&'static str] {
    let bytes = case.answer.bytes();
    let whole = case.cut == bytes.len();
    let in_head = case.cut < bytes.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
    match (case.answer, case.times) {
        // The refusal stands as soon as its status is there, however much of its reasons.
        (Answer::Refusal, Times::Always) if in_head => &["Interrupted"],
        (Answer::Refusal, _) => &["NotFound"],
        // A reset may overtake the end of what was sent before it, but a creation is never taken for undone.
        (Answer::Creation, _) if !whole => &["Interrupted, maybe created"],
        (Answer::Closed, Times::Always) if case.end == End::Reset => &["Interrupted"],
        // Nothing but the JSON itself tells that more should have come.
        (Answer::Closed, Times::Always) if !whole && !in_head => &["Decode", "UnexpectedResponse"],
        (_, Times::Always) if !whole => &["Interrupted"],
        _ => &["good"],
    }
}
