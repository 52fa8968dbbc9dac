//! Creating a job once over a service that loses answers, on a paused clock.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "everything here is test code")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use http::{Method, Request, Response};
use http_body_util::BodyExt as _;
use mistral_batch::{Jobs, Marker};
use mistral_models::{BatchEndpoint, BatchJob, BatchJobStatus, CreateBatchJob, List, UnixTime};
use mistral_transport::{ApiKey, Body, BoxError, ErrorKind, Failure, Reach, Transport};
use tokio::time::Instant;

/// What becomes of one POST.
#[derive(Clone, Copy)]
enum Post {
    Good,
    /// Created, and then this.
    Created(Loss),
    /// Not created, and then this.
    Lost(Loss),
    Refused(u16),
}

#[derive(Clone, Copy)]
enum Loss {
    Cut,
    Status(u16),
    Unreadable,
    NotSent,
}

#[derive(Default)]
struct State {
    posts: VecDeque<Post>,
    jobs: Vec<BatchJob>,
    posted: Vec<Instant>,
    listed: usize,
    cancelled: usize,
    /// The listing answers 503 from now on.
    down: bool,
    /// The listing shows no metadata.
    blind: bool,
    /// The listing is oldest first, whatever was asked for.
    backwards: bool,
    /// The first job shows up in the listing only so long after its creation.
    lag: Duration,
}

#[derive(Clone, Default)]
struct Api(Arc<Mutex<State>>);

const NOW: i64 = 1_800_000_000;

impl Api {
    fn new(posts: impl IntoIterator<Item = Post>) -> Self {
        let api = Self::default();
        api.0.lock().unwrap().posts = posts.into_iter().collect();
        api
    }

    fn set(self, change: impl FnOnce(&mut State)) -> Self {
        change(&mut self.0.lock().unwrap());
        self
    }

    fn jobs(&self) -> Jobs {
        let this = self.clone();
        let http = tower::service_fn(move |request: Request<Body>| {
            let this = this.clone();
            async move { this.answer(request).await }
        });
        Jobs::new(Transport::builder(ApiKey::new("k").unwrap()).http(http).build().unwrap())
    }

    async fn answer(&self, request: Request<Body>) -> Result<Response<Body>, BoxError> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let mut state = self.0.lock().unwrap();
        let date = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(NOW as u64));
        let answer = |status: u16, body: String| {
            Ok(Response::builder().status(status).header("date", &date).body(Body::from(body)).unwrap())
        };
        if parts.method == Method::GET {
            state.listed += 1;
            if state.down {
                return answer(503, String::new());
            }
            let lag = state.lag;
            let late = usize::from(state.posted[0].elapsed() < lag);
            let first_page = parts.uri.query().unwrap().contains("page=0");
            let mut page: Vec<BatchJob> =
                if first_page { state.jobs.iter().skip(late).cloned().collect() } else { vec![] };
            if !state.backwards {
                page.reverse();
            }
            for job in &mut page {
                job.metadata = job.metadata.take().filter(|_| !state.blind);
            }
            return answer(200, serde_json::to_string(&List::new(page)).unwrap());
        }
        if parts.uri.path().ends_with("/cancel") {
            state.cancelled += 1;
            let id = parts.uri.path().split('/').nth(4).unwrap().to_owned();
            let job = state.jobs.iter_mut().find(|job| job.id.as_str() == id).unwrap();
            job.status = BatchJobStatus::CancellationRequested;
            return answer(200, serde_json::to_string(job).unwrap());
        }
        state.posted.push(Instant::now());
        let create: CreateBatchJob = serde_json::from_slice(&body).unwrap();
        let post = state.posts.pop_front().expect("more posts than the script has");
        let mut job = BatchJob::new(
            format!("00000000-0000-4000-8000-{:012}", state.jobs.len()),
            create.endpoint,
            UnixTime::from_secs(NOW),
        );
        job.metadata = create.metadata.map(|notes| notes.into_iter().map(|(key, value)| (key, value.into())).collect());
        job.model = create.model;
        if matches!(post, Post::Good | Post::Created(_)) {
            state.jobs.push(job.clone());
        }
        match post {
            Post::Good => answer(200, serde_json::to_string(&job).unwrap()),
            Post::Refused(status) => answer(status, String::new()),
            Post::Created(loss) | Post::Lost(loss) => match loss {
                Loss::Cut => Err(Failure::transient(ErrorKind::Interrupted, Reach::Unknown, "broke").into()),
                Loss::NotSent => Err(Failure::transient(ErrorKind::Connect, Reach::NotSent, "refused").into()),
                Loss::Status(status) => answer(status, "<html>bad gateway</html>".into()),
                Loss::Unreadable => answer(200, "{\"id\": ".into()),
            },
        }
    }

    /// How many posts came, and how many jobs are live.
    fn counts(&self) -> (usize, usize) {
        let state = self.0.lock().unwrap();
        let live = state.jobs.iter().filter(|job| job.status == BatchJobStatus::Queued).count();
        (state.posted.len(), live)
    }
}

fn job() -> CreateBatchJob {
    CreateBatchJob::new(BatchEndpoint::Embeddings).model("m").metadata("team", "blue")
}

async fn created(api: &Api) -> Result<BatchJob, mistral_transport::Error> {
    api.jobs().create_once(&job(), &Marker::new("m-1")).await
}

#[tokio::test(start_paused = true)]
async fn a_good_answer_needs_no_look() {
    let api = Api::new([Post::Good]);
    let made = created(&api).await.unwrap();
    assert!(Marker::new("m-1").is_on(&made));
    assert_eq!(made.metadata.unwrap()["team"], "blue");
    assert_eq!((api.counts(), api.0.lock().unwrap().listed), ((1, 1), 0));
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_answer_was_lost_is_found() {
    for loss in [Loss::Cut, Loss::Status(502), Loss::Status(500), Loss::Unreadable] {
        let api = Api::new([Post::Created(loss)]);
        assert_eq!(created(&api).await.unwrap().id.as_str(), "00000000-0000-4000-8000-000000000000");
        assert_eq!(api.counts(), (1, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_was_not_made_is_posted_again_only_after_the_whole_schedule() {
    let api = Api::new([Post::Lost(Loss::Cut), Post::Good]);
    created(&api).await.unwrap();
    assert_eq!(api.counts(), (2, 1));
    let posted = api.0.lock().unwrap().posted.clone();
    assert!(posted[1] - posted[0] >= Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_have_been_processed_is_posted_again_without_a_look() {
    let api = Api::new([Post::Lost(Loss::NotSent), Post::Refused(429), Post::Good]);
    created(&api).await.unwrap();
    assert_eq!((api.counts(), api.0.lock().unwrap().listed), ((3, 1), 0));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_returned_as_it_is() {
    let api = Api::new([Post::Refused(422)]);
    assert!(!created(&api).await.unwrap_err().is_maybe_created());
    assert_eq!((api.counts(), api.0.lock().unwrap().listed), ((1, 0), 0));
}

#[tokio::test(start_paused = true)]
async fn three_posts_are_the_most() {
    let api = Api::new([Post::Lost(Loss::Status(500)); 3]);
    let error = created(&api).await.unwrap_err();
    assert!(error.is_maybe_created());
    assert!(error.to_string().contains("mistral_sdk_once=m-1"), "{error}");
    assert_eq!(api.counts(), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_down_after_the_post_leaves_it_open_and_a_later_look_finds_the_job() {
    let api = Api::new([Post::Created(Loss::Cut)]).set(|state| state.down = true);
    assert!(created(&api).await.unwrap_err().is_maybe_created());
    assert_eq!(api.counts(), (1, 1));
    let api = api.set(|state| state.down = false);
    let found = api.jobs().find(&Marker::new("m-1"), UnixTime::from_secs(NOW - 60)).await.unwrap();
    assert!(found.is_some());
    assert_eq!(api.jobs().find(&Marker::new("m-2"), UnixTime::from_secs(NOW - 60)).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_listing_without_metadata_decides_nothing() {
    let api = Api::new([Post::Created(Loss::Cut)]).set(|state| state.blind = true);
    assert!(created(&api).await.unwrap_err().is_maybe_created());
    assert_eq!(api.counts(), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn who_looks_later_is_not_told_that_there_is_no_job_where_nobody_can_tell() {
    let find = |change: fn(&mut State)| async move {
        let api = Api::new([Post::Created(Loss::Cut), Post::Good]);
        let made = created(&api).await.unwrap();
        let another = CreateBatchJob::new(BatchEndpoint::Embeddings).model("m");
        api.jobs().create(&another).await.unwrap();
        api.0.lock().unwrap().jobs[0].created_at = UnixTime::from_secs(NOW - 3_600);
        let api = api.set(change);
        let since = UnixTime::from_secs(NOW - 60);
        let found = api.jobs().find(&Marker::new("m-1"), since).await;
        found.map(|found| assert!(found.is_none_or(|found| found.id == made.id)))
    };
    find(|_| ()).await.unwrap();
    // Without metadata, a job of another endpoint can still be told from the one that was to be created.
    let api = Api::new([Post::Good]).set(|state| state.blind = true);
    api.jobs().create(&CreateBatchJob::new(BatchEndpoint::Embeddings).model("m")).await.unwrap();
    let (marker, since) = (Marker::new("m-1"), UnixTime::from_secs(NOW - 60));
    let like = CreateBatchJob::new(BatchEndpoint::ChatCompletions).model("m");
    assert_eq!(api.jobs().search(&like, &marker, since).await.unwrap(), None);
    assert!(api.jobs().find(&marker, since).await.unwrap_err().is_maybe_created());
    for change in [|state: &mut State| state.blind = true, |state: &mut State| state.backwards = true] {
        assert!(find(change).await.unwrap_err().is_maybe_created());
    }
}

#[tokio::test(start_paused = true)]
async fn who_looks_later_is_not_kept_by_a_listing_whose_pages_come_in_turn() {
    let jobs: Vec<BatchJob> = (0..2)
        .map(|number| {
            let id = format!("00000000-0000-4000-8000-{number:012}");
            let mut job = BatchJob::new(id, BatchEndpoint::Embeddings, UnixTime::from_secs(NOW));
            job.metadata = Some(Default::default());
            job
        })
        .collect();
    let listed = Arc::new(Mutex::new(0));
    let count = listed.clone();
    let stack = tower::service_fn(move |_: Request<Body>| {
        let mut listed = count.lock().unwrap();
        let page = List::new(vec![jobs[*listed % 2].clone()]);
        *listed += 1;
        std::future::ready(Ok::<_, BoxError>(Response::new(Body::from(serde_json::to_string(&page).unwrap()))))
    });
    let jobs = Jobs::new(Transport::from_service(stack));
    let found = jobs.find(&Marker::new("m-1"), UnixTime::from_secs(NOW - 60)).await.unwrap();
    assert_eq!((found, *listed.lock().unwrap()), (None, 3));
}

#[tokio::test(start_paused = true)]
async fn a_success_that_cannot_be_read_is_never_posted_again() {
    let api = Api::new([Post::Lost(Loss::Unreadable)]);
    assert!(created(&api).await.unwrap_err().is_maybe_created());
    assert_eq!(api.counts(), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn of_two_jobs_the_younger_is_cancelled() {
    let api = Api::new([Post::Created(Loss::Cut); 2]);
    let api = api.set(|state| state.lag = Duration::from_millis(30_500));
    let made = created(&api).await.unwrap();
    assert_eq!(made.id.as_str(), "00000000-0000-4000-8000-000000000000");
    let (posts, live) = api.counts();
    assert_eq!((posts, live), (2, 1));
    assert_eq!(api.0.lock().unwrap().cancelled, 1);
}
