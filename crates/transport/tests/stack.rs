//! The default stack over a scripted service, on a paused clock.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test helpers stand outside of test functions")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{HeaderMap, Request, Response};
use mistral_transport::retry::RetrySettings;
use mistral_transport::{ApiKey, Body, Call, Error, ErrorKind, Failure, Reach, Transport};
use serde_json::Value;
use tokio::time::Instant;
use tower::BoxError;
use tower::limit::{ConcurrencyLimitLayer, GlobalConcurrencyLimitLayer};

/// What the script answers to one attempt.
enum Answer {
    Status(u16, &'static [(&'static str, &'static str)], &'static str),
    Fails(Reach),
    Never,
}

use Answer::{Fails, Never, Status};

const GOOD: Answer = Status(200, &[], "{}");

type Attempts = Arc<Mutex<Vec<(HeaderMap, Duration)>>>;

/// A transport over a script, and the attempts that reached it with the time each came.
fn scripted(script: impl Into<VecDeque<Answer>>) -> (Transport, Attempts) {
    let (script, seen) = (Arc::new(Mutex::new(script.into())), Arc::new(Mutex::new(Vec::new())));
    let started = Instant::now();
    let attempts = seen.clone();
    let service = tower::service_fn(move |request: Request<Body>| {
        seen.lock().unwrap().push((request.headers().clone(), started.elapsed()));
        let answer = script.lock().unwrap().pop_front().expect("more attempts than the script has answers");
        async move {
            match answer {
                Status(status, headers, body) => {
                    let mut answer = Response::builder().status(status);
                    for (name, value) in headers {
                        answer = answer.header(*name, *value);
                    }
                    Ok(answer.body(Body::from(body)).unwrap())
                }
                Fails(reach) => Err(BoxError::from(Failure::transient(ErrorKind::Interrupted, reach, "broke"))),
                Never => std::future::pending().await,
            }
        }
    });
    let transport = Transport::builder(ApiKey::new("canary").unwrap()).http(service).build().unwrap();
    (transport, attempts)
}

fn read() -> Call {
    Call::get("x.get", &["v1", "x"])
}

fn create() -> Call {
    Call::post("x.create", &["v1", "x"]).json(&serde_json::json!({})).creates()
}

async fn send(script: impl Into<VecDeque<Answer>>, call: Call) -> (Result<Value, Error>, usize) {
    let (transport, attempts) = scripted(script);
    let outcome = transport.json::<Value>(call).await;
    let attempts = attempts.lock().unwrap().len();
    (outcome, attempts)
}

#[tokio::test(start_paused = true)]
async fn a_read_is_retried_after_everything_that_may_pass() {
    for fault in [500, 502, 503, 504, 408, 425, 429] {
        let (outcome, attempts) = send([Status(fault, &[], ""), Status(fault, &[], ""), GOOD], read()).await;
        assert!(outcome.is_ok() && attempts == 3, "{fault}");
    }
    for reach in [Reach::NotSent, Reach::Unknown] {
        let (outcome, attempts) = send([Fails(reach), GOOD], read()).await;
        assert!(outcome.is_ok() && attempts == 2, "{reach:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn four_attempts_are_the_most_and_the_last_answer_is_told() {
    let down = || Status(503, &[("x-request-id", "r-9")], r#"{"message": "down"}"#);
    let (outcome, attempts) = send([down(), down(), down(), down()], read()).await;
    let error = outcome.unwrap_err();
    assert_eq!(attempts, 4);
    assert_eq!(error.attempts(), 4);
    let text = error.to_string();
    assert!(text.starts_with("x.get: 503 Service Unavailable: down (after 4 attempts in "), "{text}");
    assert!(text.ends_with("request r-9)"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_final() {
    for status in [400, 401, 402, 403, 404, 409, 410, 413, 422, 307] {
        let (outcome, attempts) = send([Status(status, &[], "")], read()).await;
        assert_eq!(outcome.unwrap_err().status().unwrap().as_u16(), status);
        assert_eq!(attempts, 1, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_is_never_blindly_sent_again() {
    for fault in [Status(500, &[], ""), Status(502, &[], "<html>"), Status(504, &[], ""), Fails(Reach::Unknown)] {
        let (outcome, attempts) = send([fault], create()).await;
        assert!(outcome.unwrap_err().is_maybe_created());
        assert_eq!(attempts, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_cannot_have_been_processed_is_sent_again() {
    let (outcome, attempts) = send([Fails(Reach::NotSent), Status(429, &[], ""), GOOD], create()).await;
    assert!(outcome.is_ok());
    assert_eq!(attempts, 3);
    let (outcome, attempts) = send([Status(422, &[], "")], create()).await;
    assert!(!outcome.unwrap_err().is_maybe_created());
    assert_eq!(attempts, 1);
}

#[tokio::test(start_paused = true)]
async fn a_create_whose_answer_cannot_be_read_may_have_created() {
    for broken in ["", "{\"id\": ", "<html>"] {
        let (outcome, attempts) = send([Status(200, &[], broken)], create()).await;
        assert!(outcome.unwrap_err().is_maybe_created(), "{broken}");
        assert_eq!(attempts, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_answer_to_a_read_is_asked_for_once_more_and_a_page_is_not() {
    for (broken, kind) in [("", ErrorKind::UnexpectedResponse), ("{\"id\": ", ErrorKind::Decode)] {
        let (outcome, attempts) = send([Status(200, &[], broken), GOOD], read()).await;
        assert!(outcome.is_ok() && attempts == 2, "{broken}");
        let (outcome, attempts) = send([Status(200, &[], broken), Status(200, &[], broken)], read()).await;
        assert_eq!((outcome.unwrap_err().kind(), attempts), (kind, 2));
    }
    let (outcome, attempts) = send([Status(200, &[], "<html>Log in</html>")], read()).await;
    assert_eq!((outcome.unwrap_err().kind(), attempts), (ErrorKind::UnexpectedContent, 1));
}

#[tokio::test(start_paused = true)]
async fn the_server_is_given_the_time_it_asks_for_and_not_much_more() {
    let (transport, attempts) = scripted([Status(429, &[("retry-after", "5")], ""), GOOD]);
    transport.json::<Value>(read()).await.unwrap();
    let second = attempts.lock().unwrap()[1].1;
    assert!(second >= Duration::from_secs(5) && second <= Duration::from_millis(5_501), "{second:?}");
}

#[tokio::test(start_paused = true)]
async fn too_long_a_wait_is_left_to_the_caller() {
    let started = Instant::now();
    let (outcome, attempts) = send([Status(429, &[("retry-after", "86400")], "")], read()).await;
    let error = outcome.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(86_400)));
    assert_eq!((attempts, started.elapsed()), (1, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_used_up_quota_is_not_a_matter_of_waiting() {
    let quota = Status(429, &[], r#"{"message": "monthly quota exceeded", "type": "rate_limited"}"#);
    let (outcome, attempts) = send([quota], read()).await;
    assert_eq!((outcome.unwrap_err().kind(), attempts), (ErrorKind::Quota, 1));
}

#[tokio::test(start_paused = true)]
async fn what_may_come_back_is_a_matter_of_waiting_and_what_is_used_up_is_not() {
    for (body, kind) in [
        (r#"{"message": "slow down", "type": "usage_limit_exceeded"}"#, ErrorKind::Quota),
        (r#"{"message": "insufficient balance"}"#, ErrorKind::Quota),
        (r#"{"message": "insufficient capacity for this model"}"#, ErrorKind::RateLimited),
    ] {
        let call = || Status(429, &[], body);
        let (outcome, attempts) = send([call(), call(), call(), call()], read()).await;
        let tried = if kind == ErrorKind::Quota { 1 } else { 4 };
        assert_eq!((outcome.unwrap_err().kind(), attempts), (kind, tried), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_of_milliseconds_makes_no_hot_loop() {
    let hasty = || Status(503, &[("retry-after-ms", "1")], "");
    let (transport, attempts) = scripted([hasty(), hasty(), hasty(), GOOD]);
    transport.json::<Value>(read()).await.unwrap();
    let times: Vec<_> = attempts.lock().unwrap().iter().map(|attempt| attempt.1).collect();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_millis(100)), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_hung_attempt_is_given_up_and_followed_by_another() {
    let started = Instant::now();
    let (outcome, attempts) = send([Never, GOOD], read()).await;
    assert!(outcome.is_ok() && attempts == 2);
    assert!(started.elapsed() >= Duration::from_secs(60) && started.elapsed() < Duration::from_secs(61));
}

#[tokio::test(start_paused = true)]
async fn every_call_ends() {
    let started = Instant::now();
    let (outcome, attempts) = send([Never, Never, Never, Never], read()).await;
    assert!(outcome.unwrap_err().is_timeout());
    assert_eq!(attempts, 2);
    assert!(started.elapsed() <= Duration::from_secs(121), "{:?}", started.elapsed());

    let started = Instant::now();
    let (outcome, attempts) = send([Never], create()).await;
    assert!(outcome.unwrap_err().is_maybe_created());
    assert_eq!((attempts, started.elapsed()), (1, Duration::from_secs(60)));
}

#[tokio::test(start_paused = true)]
async fn a_call_can_have_limits_of_its_own() {
    let (transport, attempts) = scripted([Status(503, &[], "")]);
    assert!(transport.with_max_attempts(1).json::<Value>(read()).await.is_err());
    assert_eq!(attempts.lock().unwrap().len(), 1);

    let (transport, _) = scripted([Never]);
    let started = Instant::now();
    let error = transport.with_timeout(Duration::from_secs(3)).json::<Value>(read()).await.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(started.elapsed(), Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn what_is_set_above_a_layer_counts_more_than_what_is_set_below() {
    let (transport, attempts) = scripted([Status(503, &[], ""), Status(503, &[], ""), GOOD]);
    let below = transport.with_max_attempts(1).with_timeout(Duration::from_millis(1));
    let above = below.layer(tower::layer::util::Identity::new());
    assert_eq!(above.json::<Value>(read()).await.unwrap_err().attempts(), 1);
    above.with_max_attempts(4).with_timeout(Duration::from_secs(60)).json::<Value>(read()).await.unwrap();
    assert_eq!(attempts.lock().unwrap().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_finds_nothing_after_a_lost_answer_is_known_as_done() {
    let delete = || Call::delete("x.delete", &["v1", "x"]);
    let (outcome, _) = send([Fails(Reach::Unknown), Status(404, &[], "")], delete()).await;
    assert!(outcome.unwrap_err().is_deleted());
    let (outcome, _) = send([Fails(Reach::NotSent), Status(404, &[], "")], delete()).await;
    assert!(!outcome.unwrap_err().is_deleted());
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_not_made_worse() {
    // Answers that nobody can use are an outage too, whatever their status.
    for (status, body) in [(503, ""), (200, "{\"id\": "), (200, "")] {
        let (calls, attempts) = (1_000, Arc::new(Mutex::new(0)));
        let count = attempts.clone();
        let down = tower::service_fn(move |_: Request<Body>| {
            *count.lock().unwrap() += 1;
            async move { Ok::<_, BoxError>(Response::builder().status(status).body(Body::from(body)).unwrap()) }
        });
        let transport = Transport::builder(ApiKey::new("k").unwrap()).http(down).build().unwrap();
        for _ in 0..calls {
            assert!(transport.json::<Value>(read()).await.is_err());
        }
        let attempts = *attempts.lock().unwrap();
        assert!((calls + 1..=calls + calls / 10).contains(&attempts), "{status} {body}: {attempts}");
    }
}

#[tokio::test(start_paused = true)]
async fn settings_are_obeyed() {
    let service = tower::service_fn(|_: Request<Body>| async {
        Ok::<_, BoxError>(Response::builder().status(503).body(Body::empty()).unwrap())
    });
    let builder = Transport::builder(ApiKey::new("k").unwrap()).retry(RetrySettings::default().max_attempts(2));
    let error = builder.http(service).build().unwrap().json::<Value>(read()).await.unwrap_err();
    assert_eq!(error.attempts(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_official_clients_schedule_can_be_had() {
    let attempts = Arc::new(Mutex::new(Vec::new()));
    let seen = attempts.clone();
    let service = tower::service_fn(move |_: Request<Body>| {
        seen.lock().unwrap().push(Instant::now());
        std::future::ready(Ok::<_, BoxError>(Response::builder().status(503).body(Body::empty()).unwrap()))
    });
    let builder = Transport::builder(ApiKey::new("k").unwrap()).retry(RetrySettings::as_official_client());
    let transport = builder.call_timeout(Duration::from_secs(7_200)).http(service).build().unwrap();
    let started = Instant::now();
    let error = transport.json::<Value>(read()).await.unwrap_err();

    let times = attempts.lock().unwrap().clone();
    let gaps: Vec<f64> = times.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64()).collect();
    // By hand, to two places: 0.5 s × 1.5ⁿ.
    for (gap, least) in gaps.iter().zip([0.5, 0.75, 1.12, 1.68, 2.53, 3.79, 5.69, 8.54, 12.81, 19.22, 28.83, 43.24]) {
        assert!((least..=least + 1.02).contains(gap), "{gaps:?}");
    }
    // The next would be 64.9 s, and every one after it longer.
    assert!(gaps[12..].iter().all(|gap| (60.0..60.01).contains(gap)), "{gaps:?}");
    assert_eq!((error.status().map(|status| status.as_u16()), error.attempts() as usize), (Some(503), times.len()));
    let elapsed = started.elapsed().as_secs();
    assert!((3_600 - 61..=3_600).contains(&elapsed), "{elapsed}");
}

#[tokio::test(start_paused = true)]
async fn broken_connections_are_retried_unless_the_settings_say_otherwise() {
    for (retried, attempts) in [(true, 4), (false, 1)] {
        for reach in [Reach::NotSent, Reach::Unknown] {
            let service = tower::service_fn(move |_: Request<Body>| async move {
                Err::<Response<Body>, _>(BoxError::from(Failure::transient(ErrorKind::Interrupted, reach, "broke")))
            });
            let settings = RetrySettings::default().connection_errors(retried);
            let builder = Transport::builder(ApiKey::new("k").unwrap()).retry(settings).http(service);
            let error = builder.build().unwrap().json::<Value>(read()).await.unwrap_err();
            assert_eq!(error.attempts(), attempts, "{reach:?}");
        }
    }
}

/// The most calls at a time that reach a service which takes a second for each, over 12 clones of a transport.
async fn most_at_a_time(limit: impl FnOnce(Transport) -> Transport) -> usize {
    let now_and_most = Arc::new(Mutex::new((0_usize, 0_usize)));
    let counted = now_and_most.clone();
    let service = tower::service_fn(move |_: Request<Body>| {
        let counted = counted.clone();
        async move {
            {
                let mut counted = counted.lock().unwrap();
                counted.0 += 1;
                counted.1 = counted.1.max(counted.0);
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            counted.lock().unwrap().0 -= 1;
            Ok::<_, BoxError>(Response::new(Body::from("{}")))
        }
    });
    let transport = limit(Transport::builder(ApiKey::new("k").unwrap()).http(service).build().unwrap());
    let calls = (0..12).map(|_| {
        let clone = transport.clone().with_timeout(Duration::from_secs(60));
        async move { clone.json::<Value>(read()).await.unwrap() }
    });
    futures_util::future::join_all(calls).await;
    let (_, most) = *now_and_most.lock().unwrap();
    most
}

#[tokio::test(start_paused = true)]
async fn a_limit_above_the_stack_is_shared_by_all_clones() {
    assert_eq!(most_at_a_time(|transport| transport).await, 12);
    assert_eq!(most_at_a_time(|transport| transport.layer(ConcurrencyLimitLayer::new(3))).await, 3);
    let shared = GlobalConcurrencyLimitLayer::new(3);
    assert_eq!(most_at_a_time(|transport| transport.layer(shared)).await, 3);
}

#[tokio::test]
async fn requests_carry_what_the_official_clients_send() {
    let (transport, attempts) = scripted([GOOD]);
    transport.json::<Value>(read()).await.unwrap();
    let (headers, _) = attempts.lock().unwrap()[0].clone();
    assert_eq!(headers["authorization"], "Bearer canary");
    assert_eq!(headers["accept"], "application/json");
    assert!(headers["user-agent"].to_str().unwrap().starts_with("mistral-transport/"));
    assert_eq!(headers.len(), 3);
}

#[tokio::test]
async fn a_layer_above_sees_a_call_once_however_often_it_is_tried() {
    let (transport, attempts) = scripted([Status(503, &[], ""), GOOD]);
    let calls = Arc::new(Mutex::new(0));
    let count = calls.clone();
    let transport = transport.layer(tower::util::MapRequestLayer::new(move |request: Request<Body>| {
        *count.lock().unwrap() += 1;
        request
    }));
    transport.json::<Value>(read()).await.unwrap();
    assert_eq!((*calls.lock().unwrap(), attempts.lock().unwrap().len()), (1, 2));
}

#[tokio::test]
async fn one_who_inspects_takes_no_place_from_another() {
    let (transport, _) = scripted([Status(404, &[], "")]);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let inspect = |name: &'static str| {
        let seen = seen.clone();
        move |_: &mistral_transport::Operation, head: &http::response::Parts| {
            seen.lock().unwrap().push((name, head.status.as_u16()));
        }
    };
    let transport = transport.with_inspector(inspect("first")).with_inspector(inspect("second"));
    transport.json::<Value>(read()).await.unwrap_err();
    assert_eq!(*seen.lock().unwrap(), [("first", 404), ("second", 404)]);
}

#[tokio::test]
async fn a_foreign_stack_gets_nothing_added() {
    let echo = tower::service_fn(|request: Request<Body>| async move {
        assert!(request.headers().is_empty());
        assert_eq!(request.uri(), "/v1/x");
        Ok::<_, BoxError>(Response::builder().status(404).body(String::from(r#"{"detail": "no x"}"#)).unwrap())
    });
    let error = Transport::from_service(echo).json::<Value>(read()).await.unwrap_err();
    assert_eq!(error.to_string(), "x.get: 404 Not Found: no x");
}

#[tokio::test]
async fn a_server_that_repeats_the_key_or_a_signature_does_not_make_an_error_show_it() {
    let said = [
        Status(401, &[], r#"{"detail": "no such key: canary-key"}"#),
        Status(400, &[], r#"{"object": "error", "message": {"got": "Bearer canary-key"}, "x": "canary-key"}"#),
        Status(404, &[], "GET /f?se=1&sig=canary-sig HTTP/1.1\nauthorization: Bearer canary-key"),
        Status(404, &[], r#"{"message": "https:\/\/b.example\/f?sig=canary-sig"#),
        Status(307, &[("location", "/canary-key")], ""),
        Status(200, &[], r#"["Bearer canary-key"]"#),
        Status(200, &[], r#"{"x": "canary-key"#),
    ];
    for answer in said {
        let answer = match answer {
            Status(status, headers, body) => headers
                .iter()
                .fold(Response::builder().status(status), |answer, (name, value)| answer.header(*name, *value))
                .body(body),
            _ => unreachable!(),
        };
        let answer = answer.unwrap();
        let service = tower::service_fn(move |_: Request<Body>| {
            let answer = answer.clone().map(Body::from);
            async { Ok::<_, BoxError>(answer) }
        });
        let transport = Transport::builder(ApiKey::new("canary-key").unwrap()).http(service).build().unwrap();
        let error = transport.json::<std::collections::BTreeMap<String, u8>>(read()).await.unwrap_err();
        let raw = error.raw_body().map(|raw| String::from_utf8_lossy(raw).replace("canary-sig", ""));
        let body = error.body().and_then(|body| body.message()).unwrap_or_default().replace("canary-sig", "");
        let shown = format!("{error} {error:?} {error:#?} {raw:?} {body}");
        assert!(!shown.contains("canary") && shown.contains("x.get"), "{shown}");
    }
}

#[tokio::test]
async fn the_key_shows_nowhere() {
    let (transport, _) = scripted([Status(401, &[], r#"{"detail": "Unauthorized"}"#)]);
    let error = transport.json::<Value>(read()).await.unwrap_err();
    let builder = Transport::builder(ApiKey::new("canary").unwrap());
    let shown = format!("{error} {error:?} {transport:?} {builder:?} {:?}", error.advice());
    assert!(!shown.contains("canary"), "{shown}");
}
