//! Statuses, and how long they ask to wait.

use mistral_emulator::Pace;
use mistral_sdk::{Error, ErrorKind, ListModels, Model, Poll};
use serde_json::{Value, json};
use tests::rig::{ABSENT, Rig, check, one_request};
use tokio::time::Instant;

/// Asks for the models of an API that answers in this way so many times (a number, or `"always"`).
async fn asked(times: Value, answer: Value) -> (Rig, Result<Vec<Model>, Error>) {
    let rig = Rig::new(json!([{"operation": "models.list", "times": times, "answer": answer}]));
    let models = rig.client.models().list(&ListModels::default()).await.map(|list| list.data);
    if let Err(error) = &models {
        check(error, "models.list: ");
    }
    rig.all_delivered();
    (rig, models)
}

/// The gaps between the attempts of a call that succeeds after `times` answers like this.
async fn gaps(times: u64, answer: Value) -> Vec<f64> {
    let (rig, models) = asked(json!(times), answer).await;
    models.unwrap();
    assert_eq!(rig.count("models.list"), times + 1);
    rig.gaps("models.list")
}

#[track_caller]
fn all_within(gaps: &[f64], least: f64, most: f64) {
    assert!(gaps.iter().all(|gap| (least..=most).contains(gap)), "{gaps:?} not within {least} to {most}");
}

#[tokio::test(start_paused = true)]
async fn f28_429_without_a_hint() {
    all_within(&gaps(2, json!({"status": 429})).await, 0.1, 1.0);
}

#[tokio::test(start_paused = true)]
async fn f29_retry_after_zero_makes_no_hot_loop() {
    all_within(&gaps(3, json!({"status": 429, "headers": {"retry-after": "0"}})).await, 0.1, 2.0);
}

#[tokio::test(start_paused = true)]
async fn f30_retry_after_is_obeyed_never_early_and_little_late() {
    for status in [408, 425, 429, 503] {
        let answer = json!({"status": status, "headers": {"retry-after": "5"}});
        all_within(&gaps(2, answer).await, 5.0, 5.51);
    }
    all_within(&gaps(1, json!({"status": 503, "headers": {"retry-after": ["2", "7", "3"]}})).await, 7.0, 7.71);
}

#[tokio::test(start_paused = true)]
async fn f31_retry_after_a_day() {
    let answer = json!({"status": 429, "headers": {"retry-after": "86400"}});
    let started = Instant::now();
    let (_, refused) = asked(json!("always"), answer.clone()).await;
    let error = refused.unwrap_err();
    assert!(started.elapsed().as_secs_f64() < 1.0);
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::RateLimited, 1));
    assert_eq!(error.retry_after().map(|wait| wait.as_secs()), Some(86_400));

    let rig = Rig::new(json!([{"operation": "batch.jobs.get", "answer": answer}]));
    let job = rig.job().await;
    rig.client.batch().jobs().wait(&job.id, Poll::default()).await.unwrap();
    all_within(&rig.gaps("batch.jobs.get"), 15.0 * 60.0, 16.5 * 60.0);
    rig.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f32_retry_after_that_cannot_be_read_counts_as_absent() {
    for hint in ["soon", "-5", "", "5, 10", "1e9", "NaN", "111111111111111111111111111111"] {
        let started = Instant::now();
        let (rig, refused) = asked(json!("always"), json!({"status": 503, "headers": {"retry-after": hint}})).await;
        assert_eq!((refused.unwrap_err().attempts(), rig.count("models.list")), (4, 4), "{hint}");
        assert!(started.elapsed().as_secs_f64() <= 3.5, "{hint}");
    }
}

#[tokio::test(start_paused = true)]
async fn f33_a_date_is_measured_against_the_answers_own_clock() {
    // Decades from the clock of this machine.
    let date = "Sun, 06 Nov 1994 08:49:07 GMT";
    for hint in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
        let answer = json!({"status": 503, "headers": {"date": date, "retry-after": hint}});
        all_within(&gaps(1, answer).await, 30.0, 33.01);
    }
}

#[tokio::test(start_paused = true)]
async fn f34_a_date_in_the_past() {
    let headers = json!({"date": "Sun, 06 Nov 1994 08:49:37 GMT", "retry-after": "Sun, 06 Nov 1994 08:00:00 GMT"});
    all_within(&gaps(3, json!({"status": 503, "headers": headers})).await, 0.1, 20.0);
}

#[tokio::test(start_paused = true)]
async fn f35_a_server_error_twice_and_for_ever() {
    for status in [500, 502, 503, 504] {
        gaps(2, json!({"status": status})).await;
        let answer = json!({"status": status, "headers": {"x-request-id": "r-7"}, "body": {"message": "not today"}});
        let (rig, refused) = asked(json!("always"), answer).await;
        let error = refused.unwrap_err();
        assert_eq!((rig.count("models.list"), error.attempts(), error.kind()), (4, 4, ErrorKind::Api));
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        assert_eq!(error.request_id(), Some("r-7"));
        let shown = error.to_string();
        for part in [&status.to_string(), "not today", "after 4 attempts in ", "request r-7"] {
            assert!(shown.contains(part), "{shown}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn f36_408_and_425_on_a_read() {
    for status in [408, 425] {
        gaps(2, json!({"status": status})).await;
    }
}

#[tokio::test(start_paused = true)]
async fn f37_401_at_once_and_in_the_middle_of_a_wait() {
    let refused = json!({"status": 401, "body": {"detail": "Unauthorized"}});
    let (rig, answer) = asked(json!("always"), refused.clone()).await;
    let error = answer.unwrap_err();
    assert_eq!((rig.count("models.list"), error.is_auth()), (1, true));
    assert!(error.advice().is_some_and(|advice| advice.contains("the rig")), "{:?}", error.advice());

    let fault = json!([{"operation": "batch.jobs.get", "nth": 3, "times": "always", "answer": refused}]);
    let rig = Rig::with(fault, Pace::default().shortest_run(std::time::Duration::from_secs(600)), |set| set);
    let job = rig.job().await;
    let error = rig.client.batch().jobs().wait(&job.id, Poll::default()).await.unwrap_err();
    check(&error, "batch.jobs.");
    assert!(error.is_auth());
    assert_eq!(rig.count("batch.jobs.get"), 3);
    rig.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f38_refusals_are_final_and_show_what_is_wrong() {
    let detail = json!({"detail": [
        {"loc": ["query", "page"], "msg": "not a number", "type": "int_parsing"},
        {"loc": ["body", "requests", 0], "msg": "Field required", "type": "missing"},
    ]});
    let kinds = [(403, ErrorKind::Auth), (404, ErrorKind::NotFound), (409, ErrorKind::Conflict), (422, ErrorKind::Api)];
    for (status, kind) in kinds {
        let (rig, refused) = asked(json!("always"), json!({"status": status, "body": detail})).await;
        let error = refused.unwrap_err();
        assert_eq!((rig.count("models.list"), error.kind()), (1, kind));
        assert!(error.to_string().contains("query.page: not a number; body.requests[0]: Field required"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn f39_an_outage_is_not_made_worse_and_noise_is_absorbed() {
    let outage = json!([{"operation": "models.get", "times": "always", "answer": {"status": 503}}]);
    for (calls, most) in [(1_000, 1_100), (10_000, 10_200)] {
        let rig = Rig::new(outage.clone());
        for _ in 0..calls {
            rig.client.models().get("mistral-small-latest").await.unwrap_err();
        }
        let requests = rig.count("models.get");
        assert!((calls + 1..=most).contains(&requests), "{requests}");
    }

    const CALLS: u64 = 10_000;
    let rig = Rig::new(json!([{"operation": "models.get", "every": 10, "times": "always", "answer": {"status": 503}}]));
    let mut good = 0;
    for _ in 0..CALLS {
        good += u64::from(rig.client.models().get("mistral-small-latest").await.is_ok());
    }
    assert!(good * 1_000 >= CALLS * 999, "{good}");
    let requests = rig.count("models.get");
    assert!((CALLS + 1..=CALLS * 115 / 100).contains(&requests), "{requests}");
    rig.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f40_a_redirect_to_another_origin_is_not_followed() {
    for status in [302, 307, 308] {
        let answer = json!({"status": status, "headers": {"location": "https://elsewhere.example/v1/models"}});
        let (rig, refused) = asked(json!(1), answer).await;
        let error = refused.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Redirect, 1));
        assert!(error.to_string().contains("elsewhere.example"), "{error}");
        // Whatever it sends arrives here, to whomever it is addressed.
        assert_eq!(rig.emulator.ledger().requests(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn f41_a_creation_is_not_replayed_at_the_target_of_a_redirect() {
    let answer = json!({"status": 307, "headers": {"location": "/v1/batch/jobs/%1B?a=b"}});
    let rig = Rig::new(json!([{"operation": "batch.jobs.create", "answer": answer}]));
    let error = rig.client.batch().jobs().create(&one_request()).await.unwrap_err();
    check(&error, "batch.jobs.create: ");
    assert_eq!(error.kind(), ErrorKind::Redirect);
    assert!(error.to_string().contains("redirected to /v1/batch/jobs/%1B?…, which is not followed"), "{error}");
    assert_eq!((rig.count("batch.jobs.create"), rig.emulator.ledger().jobs_created()), (1, 0));
    rig.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f42_nothing_where_json_must_come() {
    for status in [204, 200] {
        let (rig, empty) = asked(json!(2), json!({"status": status, "body": ""})).await;
        let error = empty.unwrap_err();
        assert_eq!((error.kind(), rig.count("models.list")), (ErrorKind::UnexpectedResponse, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_found_done_after_a_lost_answer_counts_as_done() {
    let rig = Rig::new(json!([{"operation": "batch.jobs.delete", "commit": true, "delivery": "close"}]));
    let job = rig.job().await;
    assert!(rig.client.batch().jobs().delete(&job.id).await.unwrap().deleted);
    assert_eq!(rig.count("batch.jobs.delete"), 2);
    rig.all_delivered();
    assert!(rig.client.batch().jobs().delete(ABSENT).await.unwrap_err().is_not_found());
}

#[tokio::test(start_paused = true)]
async fn a_429_that_names_a_quota_is_not_tried_again() {
    let answer = json!({"status": 429, "body": {"message": "You exceeded your monthly quota"}});
    let (rig, refused) = asked(json!("always"), answer).await;
    assert_eq!((refused.unwrap_err().kind(), rig.count("models.list")), (ErrorKind::Quota, 1));
}
