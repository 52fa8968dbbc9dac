//! Creating a job over a service that does not refuse similar ones, or lists strangely, on a paused clock.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "everything here is test code")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use http::{Method, Request, Response};
use http_body_util::BodyExt as _;
use mistral_fine_tuning::Jobs;
use mistral_models::{
    CreateFineTuningJob, FineTuningJob, FineTuningJobStatus, FineTuningJobType, GithubRepository, Hyperparameters,
    JobRepository, List, TrainedRepository, UnixTime,
};
use mistral_transport::{ApiKey, Body, BoxError, Error, ErrorKind, Failure, Reach, Transport};

/// What becomes of one POST. `Lost` has created the job or not.
#[derive(Clone, Copy)]
enum Post {
    Good,
    Lost { created: bool },
    Refused(u16),
}

#[derive(Default)]
struct State {
    posts: VecDeque<Post>,
    jobs: Vec<FineTuningJob>,
    posted: usize,
    cancelled: Vec<String>,
}

#[derive(Clone, Default)]
struct Api(Arc<Mutex<State>>);

/// The time of the service: Fri, 15 Jan 2027 08:00:00 GMT.
const NOW: i64 = 1_800_000_000;
const DATE: &str = "Fri, 15 Jan 2027 08:00:00 GMT";
const FILE: &str = "0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d";

fn wanted() -> CreateFineTuningJob {
    CreateFineTuningJob::new("m").training_file(FILE).hyperparameters(Hyperparameters::default().training_steps(10))
}

/// The wanted job as a listing shows it, with what the service fills in, made so many seconds ago.
fn listed(id: &str, age: i64) -> FineTuningJob {
    let mut job = FineTuningJob::new(id, FineTuningJobType::Completion, "m", UnixTime::from_secs(NOW - age));
    job.training_files = vec![FILE.into()];
    job.hyperparameters = Hyperparameters::default().training_steps(10).weight_decay(0.1).fim_ratio(0.9);
    job
}

impl Api {
    fn new(posts: impl IntoIterator<Item = Post>, jobs: impl IntoIterator<Item = FineTuningJob>) -> Self {
        let (posts, jobs) = (posts.into_iter().collect(), jobs.into_iter().collect());
        Self(Arc::new(Mutex::new(State { posts, jobs, ..State::default() })))
    }

    async fn create(&self) -> Result<FineTuningJob, Error> {
        self.create_job(&wanted()).await
    }

    async fn create_job(&self, job: &CreateFineTuningJob) -> Result<FineTuningJob, Error> {
        let this = self.clone();
        let http = tower::service_fn(move |request: Request<Body>| {
            let this = this.clone();
            async move { this.answer(request).await }
        });
        let transport = Transport::builder(ApiKey::new("k").unwrap()).http(http).build().unwrap();
        Jobs::new(transport).create(job).await
    }

    async fn answer(&self, request: Request<Body>) -> Result<Response<Body>, BoxError> {
        let (parts, body) = request.into_parts();
        body.collect().await?;
        let mut state = self.0.lock().unwrap();
        let answer = |status: u16, body: String| {
            Ok(Response::builder().status(status).header("date", DATE).body(Body::from(body)).unwrap())
        };
        if parts.method == Method::GET {
            let first_page = parts.uri.query().unwrap().contains("page=0");
            let mut page = if first_page { state.jobs.clone() } else { Vec::new() };
            page.reverse();
            return answer(200, serde_json::to_string(&List::new(page)).unwrap());
        }
        if parts.uri.path().ends_with("/cancel") {
            let id = parts.uri.path().split('/').nth(4).unwrap().to_owned();
            let job = state.jobs.iter().find(|job| job.id.as_str() == id).unwrap().clone();
            state.cancelled.push(id);
            return answer(200, serde_json::to_string(&job).unwrap());
        }
        state.posted += 1;
        let post = state.posts.pop_front().expect("more posts than the script has");
        let job = listed(&format!("00000000-0000-4000-8000-{:012}", state.posted), 0);
        if matches!(post, Post::Good | Post::Lost { created: true }) {
            state.jobs.push(job.clone());
        }
        match post {
            Post::Good => answer(200, serde_json::to_string(&job).unwrap()),
            Post::Refused(status) => answer(status, r#"{"detail": "no"}"#.into()),
            Post::Lost { .. } => Err(Failure::transient(ErrorKind::Interrupted, Reach::Unknown, "broke").into()),
        }
    }

    fn posted(&self) -> usize {
        self.0.lock().unwrap().posted
    }

    fn cancelled(&self) -> Vec<String> {
        self.0.lock().unwrap().cancelled.clone()
    }
}

const FIRST: &str = "00000000-0000-4000-8000-000000000001";
const SECOND: &str = "00000000-0000-4000-8000-000000000002";

#[tokio::test(start_paused = true)]
async fn of_two_jobs_that_the_service_took_the_younger_is_cancelled() {
    let api = Api::new([Post::Lost { created: true }, Post::Good], []);
    assert_eq!(api.create().await.unwrap().id.as_str(), FIRST);
    assert_eq!((api.posted(), api.cancelled()), (2, vec![SECOND.to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn what_a_user_tried_before_is_not_taken_for_the_job() {
    let mut failed = listed("earlier", 120);
    failed.status = FineTuningJobStatus::Failed;
    let mut other_model = listed("other-model", 0);
    other_model.model = "other".into();
    let mut other_rate = listed("other-rate", 0);
    other_rate.hyperparameters.learning_rate = 0.5;
    let mut other_suffix = listed("other-suffix", 0);
    other_suffix.suffix = Some("theirs".into());
    let mut more_data = listed("more-data", 0);
    more_data.training_files.push("5a4b3c2d-1e0f-4a9b-8c7d-6e5f4a3b2c1d".into());
    let hours_ago = listed("hours-ago", 7_200);
    let others = [hours_ago, failed, other_model, other_rate, other_suffix, more_data];
    let api = Api::new([Post::Lost { created: false }, Post::Good], others.clone());
    assert_eq!(api.create().await.unwrap().id.as_str(), SECOND);
    assert_eq!(api.cancelled(), Vec::<String>::new());

    // Nor is one of them given out when the service refuses a similar job, and the list does not say which it means.
    let api = Api::new([Post::Lost { created: false }, Post::Refused(409)], others);
    let error = api.create().await.unwrap_err();
    assert!(error.is_maybe_created(), "{error}");
    assert!(error.to_string().contains("a similar job is under way"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn no_job_is_cancelled_for_one_that_was_there_before_the_first_attempt() {
    // Alike in all that a list tells; the service took both, so to it they are two.
    let api = Api::new([Post::Lost { created: false }, Post::Good], [listed("a-minute-ago", 60)]);
    assert_eq!(api.create().await.unwrap().id.as_str(), SECOND);
    assert_eq!(api.cancelled(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn where_nothing_was_created_no_job_from_before_or_of_other_settings_is_given_out() {
    let lost = || [Post::Lost { created: false }; 3];
    let mut as_many_steps_as_the_service_likes = listed("other-steps", 0);
    as_many_steps_as_the_service_likes.hyperparameters.training_steps = None;
    let mut on_a_repository = listed("repository", 0);
    on_a_repository.repositories = vec![JobRepository::Github(TrainedRepository::new("me", "one", "0".repeat(40)))];
    let others = [listed("a-minute-ago", 60), as_many_steps_as_the_service_likes, on_a_repository.clone()];
    let api = Api::new(lost(), others.clone());
    let error = api.create().await.unwrap_err();
    assert!(error.is_maybe_created(), "{error}");
    assert_eq!(api.posted(), 3);

    let with = |name| wanted().repository(GithubRepository::new("me", name, "t"));
    assert!(Api::new(lost(), others.clone()).create_job(&with("two")).await.unwrap_err().is_maybe_created());
    assert_eq!(Api::new(lost(), others).create_job(&with("one")).await.unwrap().id, on_a_repository.id);
}

#[tokio::test(start_paused = true)]
async fn a_job_is_found_by_file_ids_in_upper_case_and_an_empty_suffix() {
    let api = Api::new([Post::Lost { created: true }, Post::Refused(409)], []);
    let mut wanted = wanted().suffix("");
    wanted.training_files = Some(vec![FILE.to_uppercase().into()]);
    assert_eq!(api.create_job(&wanted).await.unwrap().id.as_str(), FIRST);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_ended_since_the_attempt_is_the_one() {
    let mut ended = listed("ended", 0);
    ended.status = FineTuningJobStatus::FailedValidation;
    let api = Api::new([Post::Lost { created: false }, Post::Refused(422)], [ended]);
    assert_eq!(api.create().await.unwrap().id.as_str(), "ended");
    assert_eq!(api.posted(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_after_a_lost_attempt_is_final_if_no_job_is_there() {
    let api = Api::new([Post::Lost { created: false }, Post::Refused(422)], []);
    let error = api.create().await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(422));
    assert!(!error.is_maybe_created());
}
