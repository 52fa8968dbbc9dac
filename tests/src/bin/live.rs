//! Runs the suite against a service, and takes away what it made there, whatever came of it.
//!
//! The environment says where and with which key, as [`Client::from_env`] reads it. `cargo xtask live` runs this program.
//! Fine-tuning is left out, which the service has retired and which would cost, and so is the behaviour with a hundred
//! requests. The rest asks for less than thirty answers of sixteen tokens.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line speaks to a terminal")]

use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;

use mistral_sdk::Client;
use tests::suite;
use tests::trail::Trail;
use tokio::task::{LocalSet, spawn_local};

type Behaviour = (&'static str, fn(Client) -> Pin<Box<dyn Future<Output = ()>>>);

macro_rules! behaviours {
    ($($name:ident),+ $(,)?) => {
        [$((stringify!($name), |client| Box::pin(async move { suite::$name(&client).await }))),+]
    };
}

const BEHAVIOURS: [Behaviour; 12] = behaviours![
    the_vendors_models_are_listed,
    what_does_not_exist_is_not_found,
    what_cannot_be_is_refused,
    a_file_comes_back_as_it_went,
    a_job_from_a_file_answers_every_request,
    a_job_from_inline_requests_answers_inline,
    a_failing_request_is_reported_with_its_reason,
    a_broken_file_fails_the_job,
    a_cancelled_job_ends_cancelled,
    a_deleted_job_is_gone,
    a_watch_shows_each_change,
    a_listing_is_filtered,
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // What the suite awaits need not be able to change threads.
    LocalSet::new().run_until(run()).await
}

async fn run() -> ExitCode {
    let client = match Client::from_env() {
        Ok(client) => client,
        Err(error) => {
            eprintln!("live: {error}");
            return ExitCode::from(2);
        }
    };
    let trail = Trail::default();
    let mut failed = 0;
    for (name, behaviour) in BEHAVIOURS {
        // On a task of its own, so that a failed assertion ends it alone.
        match spawn_local(behaviour(trail.follow(&client))).await {
            Ok(()) => println!("ok - {name}"),
            Err(error) => {
                failed += 1;
                println!("not ok - {name} # {error}");
            }
        }
    }
    let left = trail.clean_up(&client).await;
    for one in &left {
        eprintln!("left behind: {one}");
    }
    println!("{} of {} behaviours hold", BEHAVIOURS.len() - failed, BEHAVIOURS.len());
    if failed == 0 && left.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
