//! The suite on the emulator: in process, with the time standing still, and over a socket.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "everything here is test code")]

use mistral_emulator::{Emulator, Pace};
use mistral_sdk::{ApiKey, Client, Transport};
use tests::suite;

fn in_process() -> Client {
    let emulator = Emulator::new().unwrap();
    let builder = Transport::builder(ApiKey::new("any").unwrap()).http(emulator.clone()).signed_url_http(emulator);
    builder.build().unwrap().into()
}

/// A client of a server that lives as long as the runtime of the test.
fn over_a_socket() -> Client {
    let emulator = Emulator::builder().pace(Pace::default().requests_per_second(1_000)).build().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { emulator.serve(listener, std::future::pending()).await.unwrap() });
    Transport::builder(ApiKey::new("any").unwrap()).base_uri(base).build().unwrap().into()
}

macro_rules! suite {
    ($($name:ident),+ $(,)?) => {
        mod in_process {
            $(
                #[tokio::test(start_paused = true)]
                async fn $name() {
                    super::suite::$name(&super::in_process()).await;
                }
            )+
        }

        mod over_a_socket {
            $(
                #[tokio::test]
                async fn $name() {
                    super::suite::$name(&super::over_a_socket()).await;
                }
            )+
        }
    };
}

suite! {
    a_file_comes_back_as_it_went,
    a_job_from_a_file_answers_every_request,
    a_job_from_inline_requests_answers_inline,
    a_failing_request_is_reported_with_its_reason,
    a_broken_file_fails_the_job,
    a_cancelled_job_ends_cancelled,
    a_deleted_job_is_gone,
    a_hundred_requests_are_answered,
    a_watch_shows_each_change,
    a_listing_is_filtered,
    what_does_not_exist_is_not_found,
    what_cannot_be_is_refused,
    the_vendors_models_are_listed,
    a_model_is_tuned_renamed_archived_and_deleted,
    a_classifier_is_tuned,
    a_tuned_model_answers_a_batch,
    bad_training_data_fails_the_validation,
    a_fine_tuning_job_that_does_not_exist_is_not_found,
    fine_tuning_jobs_are_listed_and_cancelled,
}
