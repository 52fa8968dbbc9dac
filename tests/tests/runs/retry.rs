//! Rows that are sent again.

use std::collections::HashMap;
use std::sync::Mutex;

use futures_util::TryStreamExt as _;
use mistral_emulator::{Answer, EchoEngine, Engine, Inference};
use mistral_sdk::Input;
use mistral_sdk::runs::{Class, Event, Money};
use serde_json::json;

use crate::bench::{Bench, id, submit, sums};

/// How often each question was asked.
#[derive(Default)]
struct Asked(Mutex<HashMap<String, u32>>);

impl Asked {
    fn again(&self, question: &str) -> u32 {
        let mut asked = self.0.lock().unwrap();
        let count = asked.entry(question.to_owned()).or_default();
        *count += 1;
        *count
    }
}

/// A service that answers questions 3, 13 and 23 at the third time, and never question 7.
fn moody() -> Bench {
    let asked = Asked::default();
    Bench::answering(move |question| match question {
        "Question 7?" => 422,
        "Question 3?" if asked.again(question) < 3 => 429,
        "Question 13?" if asked.again(question) < 3 => 500,
        "Question 23?" if asked.again(question) < 3 => 503,
        _ => 200,
    })
}

#[tokio::test(start_paused = true)]
async fn only_what_may_succeed_is_sent_again_until_it_does() {
    let bench = moody();
    let run = bench.begin(25).await;
    let report = run.finish().await.unwrap();
    assert_eq!(sums(&report, 25), (24, 1, 0));
    assert_eq!((report.retries, report.jobs), (2, 5));
    let rows: Vec<_> = run.status().parts.iter().map(|part| (part.round, part.rows)).collect();
    assert_eq!(rows, [(0, 10), (0, 10), (0, 5), (1, 3), (2, 3)]);
    bench.one_job_a_part(5);
    let output = bench.in_order(25);
    assert!(output.iter().enumerate().all(|(row, result)| result.is_success() == (row != 7)));
    assert_eq!(output[7].status_code(), Some(422));
}

#[tokio::test(start_paused = true)]
async fn a_bound_on_retries_is_kept_and_told_and_a_retry_that_is_asked_for_goes_past_it() {
    let bench = moody();
    let run = bench.start(&bench.input(25), bench.spec().retries(1)).await;
    let events: Vec<Event> = run.watch().try_collect().await.unwrap();
    assert!(events.iter().any(|event| matches!(event, Event::NotRetrying { rows: 3, .. })), "{events:?}");
    let Some(Event::Done(report)) = events.last() else { panic!("{events:?}") };
    assert_eq!(sums(report, 25), (21, 4, 0));
    assert_eq!(report.tally.retryable, 3);

    assert_eq!(run.retry().await.unwrap(), 3);
    assert_eq!(sums(&run.finish().await.unwrap(), 25), (24, 1, 0));
    assert_eq!(run.retry().await.unwrap(), 0);
    bench.in_order(25);
    bench.one_job_a_part(5);
}

#[tokio::test(start_paused = true)]
async fn a_retry_of_a_run_that_is_not_done_is_refused() {
    let bench = moody();
    let run = bench.begin(25).await;
    let error = run.retry().await.unwrap_err();
    assert!(error.to_string().contains("see it through first"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_budget_refuses_a_run_that_would_pass_it_before_anything_is_sent() {
    let bench = moody();
    let spec = bench.spec().max_cost("USD 0.000001".parse::<Money>().unwrap());
    let error = bench.refused(Input::file(bench.input(25)), spec).await;
    assert_eq!(error.kind(), mistral_sdk::ErrorKind::OverBudget);
    assert!(error.to_string().contains("nothing was sent"), "{error}");
    // The folder can be used all the same.
    bench.begin(25).await.finish().await.unwrap();
}

/// Answers at great length, and fails three questions.
struct Costly;

impl Engine for Costly {
    fn answer(&self, inference: &Inference<'_>) -> Answer {
        let mut answer = EchoEngine.answer(inference);
        if inference.body["messages"][0]["content"].as_str().unwrap().contains('3') {
            return Answer::refused(500, "Too tired.", "made_up");
        }
        answer.body["usage"]["completion_tokens"] = 1_000_000.into();
        answer
    }
}

#[tokio::test(start_paused = true)]
async fn a_budget_that_a_retry_would_pass_leaves_the_failures_as_they_are() {
    let bench = Bench::with(json!([]), |builder| builder.engine(Costly));
    let run = bench.start(&bench.input(25), bench.spec().max_cost("USD 1".parse::<Money>().unwrap())).await;
    let events: Vec<Event> = run.watch().try_collect().await.unwrap();
    let refused = events.iter().find_map(|event| match event {
        Event::NotRetrying { rows, reason } => Some((*rows, reason.clone())),
        _ => None,
    });
    let (rows, reason) = refused.unwrap();
    assert_eq!(rows, 3);
    assert!(reason.contains("may cost") && reason.contains("are allowed"), "{reason}");
    assert_eq!(run.status().report.unwrap().tally.retryable, 3);
    bench.in_order(25);
    bench.one_job_a_part(3);
}

#[tokio::test(start_paused = true)]
async fn rows_come_typed_with_their_classes_and_in_order() {
    #[derive(Debug, serde::Deserialize)]
    struct Chat {
        choices: Vec<serde_json::Value>,
    }
    let bench = moody();
    let run = bench.begin(25).await;
    assert!(run.rows::<Chat>().try_collect::<Vec<_>>().await.unwrap().is_empty());
    run.finish().await.unwrap();
    let rows: Vec<_> = run.rows::<Chat>().try_collect().await.unwrap();
    assert_eq!(rows.len(), 25);
    for (number, row) in rows.iter().enumerate() {
        assert_eq!((row.number, row.custom_id.clone()), (number as u64, id(number)));
        match &row.answer {
            Ok(chat) => assert_eq!(chat.choices.len(), 1),
            Err(failed) => assert_eq!((number, failed.class, failed.status), (7, Class::Permanent, Some(422))),
        }
    }
    // An answer of another type is a row that failed, and not an error.
    let wrong: Vec<_> = run.rows::<Vec<u32>>().try_collect().await.unwrap();
    assert!(wrong.iter().all(|row| row.answer.is_err()));
    assert_eq!(run.place_of(12).await.unwrap().map(|(_, line)| line), Some(13));
    assert_eq!(run.place_of(25).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_retry_survives_a_drop_between_its_steps() {
    let bench = moody();
    let run = bench.begin(25).await;
    let half = std::time::Duration::from_secs(45);
    let mut run = Some(run);
    let mut times = 0;
    while tokio::time::timeout(half, run.as_ref().unwrap().finish()).await.is_err() {
        drop(run.take());
        run = Some(bench.resume().await);
        times += 1;
        assert!(times < 100);
    }
    assert!(times >= 2, "{times}");
    bench.in_order(25);
    bench.one_job_a_part(5);
}

#[tokio::test(start_paused = true)]
async fn a_row_that_fails_again_keeps_what_was_said_when_the_next_job_says_nothing() {
    let bench = Bench::answering(|question| if question == "Question 3?" { 500 } else { 200 });
    let run = bench.start(&bench.input(10), bench.spec().retries(0)).await;
    run.finish().await.unwrap();
    assert_eq!(run.retry().await.unwrap(), 1);
    submit(&run).await;
    run.cancel().await.unwrap();
    let report = run.finish().await.unwrap();
    assert_eq!(sums(&report, 10), (9, 1, 0));
    assert_eq!(bench.in_order(10)[3].status_code(), Some(500));
}
