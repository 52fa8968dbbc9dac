//! Bounded decompression: what it asks for, what it unfolds, and that a bomb goes off in a small room.

#![cfg(feature = "gzip")]
#![allow(clippy::unwrap_used, reason = "test helpers stand outside of test functions")]

use std::convert::Infallible;
use std::io::Write as _;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use flate2::write::GzEncoder;
use flate2::{Compress, Compression, FlushCompress};
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, Full};
use mistral_transport::layers::DecompressLayer;
use mistral_transport::{ApiKey, Body, Call, ErrorKind, Failure, Transport};
use serde_json::{Value, json};
use tower::{BoxError, Layer as _, ServiceExt as _, service_fn};

const LIMIT: usize = 1 << 20;

fn folded(plain: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap().into()
}

fn answer(encoding: &str, body: Bytes) -> Response<Full<Bytes>> {
    Response::builder()
        .header("content-encoding", encoding)
        .header("content-length", body.len())
        .body(Full::new(body))
        .unwrap()
}

/// What becomes of this answer to a request below the layer, and the headers of what was asked.
async fn ask(request: Request<()>, answer: Response<Full<Bytes>>) -> (Response<Body>, HeaderMap) {
    let asked = Arc::new(Mutex::new(HeaderMap::new()));
    let seen = asked.clone();
    let service = service_fn(move |request: Request<()>| {
        *seen.lock().unwrap() = request.headers().clone();
        std::future::ready(Ok::<_, Infallible>(answer.clone()))
    });
    let answer = DecompressLayer::new(LIMIT).layer(service).oneshot(request).await.unwrap();
    let asked = asked.lock().unwrap().clone();
    (answer, asked)
}

async fn read(answer: Response<Full<Bytes>>) -> Result<Bytes, BoxError> {
    let (answer, _) = ask(Request::new(()), answer).await;
    Ok(answer.into_body().collect().await?.to_bytes())
}

#[tokio::test]
async fn gzip_is_asked_for_and_unfolded() {
    let (answer, asked) = ask(Request::new(()), answer("gzip", folded(b"hello"))).await;
    assert_eq!(asked["accept-encoding"], "gzip");
    assert!(!answer.headers().contains_key("content-encoding") && !answer.headers().contains_key("content-length"));
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "hello");
}

#[tokio::test]
async fn a_request_for_a_range_is_left_alone_and_so_is_its_answer() {
    let request = Request::builder().header("range", "bytes=3-").body(()).unwrap();
    let (answer, asked) = ask(request, answer("gzip", folded(b"hello"))).await;
    assert!(!asked.contains_key("accept-encoding"));
    assert_eq!(answer.headers()["content-encoding"], "gzip");
}

#[tokio::test]
async fn what_unfolds_to_the_limit_passes_and_one_byte_more_fails() {
    let plain = vec![b'x'; LIMIT];
    assert_eq!(read(answer("gzip", folded(&plain))).await.unwrap().len(), LIMIT);
    let error = read(answer("gzip", folded(&[&plain[..], b"x"].concat()))).await.unwrap_err();
    let failure = Failure::find(&*error).unwrap();
    assert_eq!((failure.kind(), failure.is_transient()), (ErrorKind::TooLarge, false));
    assert_eq!(failure.to_string(), "the answer unfolds to more than 1048576 bytes");
}

#[tokio::test]
async fn a_plain_answer_passes_whatever_its_size() {
    let plain = Response::new(Full::from(vec![b'x'; 3 * LIMIT]));
    let (answer, _) = ask(Request::new(()), plain.clone()).await;
    assert_eq!(http_body::Body::size_hint(answer.body()).exact(), Some(3 * LIMIT as u64));
    assert_eq!(read(plain).await.unwrap().len(), 3 * LIMIT);
}

#[tokio::test]
async fn cut_gzip_is_an_error() {
    let whole = folded(&[b'x'; 1000]);
    for cut in [whole.len() - 1, whole.len() / 2, 1] {
        assert!(read(answer("gzip", whole.slice(..cut))).await.is_err(), "{cut}");
    }
}

#[tokio::test]
async fn a_second_member_is_an_error_and_not_lost_in_silence() {
    for second in [folded(b"world"), Bytes::from_static(b"x")] {
        let both = [folded(b"hello"), second].concat();
        let error = read(answer("gzip", both.into())).await.unwrap_err();
        assert!(error.to_string().contains("extra bytes"), "{error}");
    }
}

#[tokio::test]
async fn in_our_stack_it_sits_below_the_layer_that_refuses_encodings() {
    let service = service_fn(|request: Request<Body>| async move {
        let encoding = request.headers().get("accept-encoding").map(|value| value.to_str().unwrap().to_owned());
        Ok::<_, Infallible>(match encoding.as_deref() {
            Some("gzip") => answer("gzip", folded(br#"{"a": 1}"#)),
            _ => answer("br", Bytes::from_static(b"?")),
        })
    });
    let call = || Call::get("x.get", &["v1", "x"]);
    let with = DecompressLayer::new(LIMIT).layer(service);
    let with = Transport::builder(ApiKey::new("k").unwrap()).http(with).build().unwrap();
    assert_eq!(with.json::<Value>(call()).await.unwrap(), json!({"a": 1}));
    let without = Transport::builder(ApiKey::new("k").unwrap()).http(service).build().unwrap();
    assert_eq!(without.json::<Value>(call()).await.unwrap_err().kind(), ErrorKind::UnsupportedEncoding);
}

/// A body of 10 MB that unfolds to 10 GB, and how much of it was taken.
#[derive(Clone)]
struct Bomb {
    part: Bytes,
    taken: Arc<AtomicU64>,
}

impl Bomb {
    const PARTS: u64 = 1_000;

    fn new() -> Self {
        // After a full flush nothing refers to what came before, so a part that is folded once can come a thousand times.
        let mut deflate = Compress::new(Compression::best(), false);
        let mut part = Vec::with_capacity(32 << 10);
        for n in 0..10_000 {
            let flush = if n == 9_999 { FlushCompress::Full } else { FlushCompress::None };
            deflate.compress_vec(&[b' '; 1_000], &mut part, flush).unwrap();
        }
        assert_eq!(deflate.total_in(), 10_000_000);
        let total = part.len() as u64 * Self::PARTS;
        assert!((9_000_000..11_000_000).contains(&total), "{total}");
        Self { part: part.into(), taken: Arc::default() }
    }

    fn answer(&self) -> Response<Fuse> {
        const HEAD: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
        let head = Some(Bytes::from_static(HEAD));
        let fuse = Fuse { head, part: self.part.clone(), left: Self::PARTS, taken: self.taken.clone() };
        Response::builder().header("content-encoding", "gzip").body(fuse).unwrap()
    }
}

struct Fuse {
    head: Option<Bytes>,
    part: Bytes,
    left: u64,
    taken: Arc<AtomicU64>,
}

impl http_body::Body for Fuse {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(head) = self.head.take() {
            return Poll::Ready(Some(Ok(Frame::data(head))));
        }
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        self.taken.fetch_add(self.part.len() as u64, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Frame::data(self.part.clone()))))
    }
}

/// The most memory this process has had, in KiB.
#[cfg(target_os = "linux")]
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[cfg(not(target_os = "linux"))]
fn peak_memory() -> u64 {
    0
}

/// What a call comes to when a bomb answers it, and how much of that was taken.
async fn blown<T>(bomb: Bomb, limit: usize, call: impl AsyncFnOnce(Transport) -> T) -> (T, u64) {
    let taken = bomb.taken.clone();
    let service = service_fn(move |_: Request<Body>| std::future::ready(Ok::<_, Infallible>(bomb.answer())));
    let http = DecompressLayer::new(limit).layer(service);
    let transport = Transport::builder(ApiKey::new("k").unwrap()).http(http).build().unwrap();
    (call(transport).await, taken.load(Ordering::Relaxed))
}

#[tokio::test]
async fn f48_a_bomb_of_ten_gigabytes_stays_bounded() {
    let (one, two) = (Bomb::new(), Bomb::new());
    let before = peak_memory();

    // As JSON, by the limit of the layer.
    let (outcome, taken) =
        blown(one, LIMIT, async |transport| transport.json::<Value>(Call::get("x.get", &["v1", "x"])).await).await;
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::TooLarge);
    assert!(taken <= 64 << 10, "{taken} bytes taken");

    // As a stream, which has no other limit than this.
    let (read, taken) = blown(two, 64 << 20, async |transport| {
        let call = Call::get("x.content", &["v1", "x"]).bytes();
        let mut body = transport.stream(call).await.unwrap().into_body();
        let mut read = 0;
        loop {
            match body.frame().await.unwrap() {
                Ok(frame) => read += frame.into_data().unwrap().len(),
                Err(error) => break (read, Failure::find(&*error).unwrap().kind()),
            }
        }
    })
    .await;
    assert_eq!(read, (64 << 20, ErrorKind::TooLarge));
    assert!(taken <= 128 << 10, "{taken} bytes taken");

    let grown = peak_memory() - before;
    assert!(grown <= 16 << 10, "memory grew by {grown} KiB");
}
