use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http::header::{CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use http_body::Body as _;
use http_body_util::BodyDataStream;
use tower::retry::budget::Budget;

use crate::Body;
use crate::error::{Error, ErrorKind, Result};
use crate::failure::Failure;
use crate::retry::Backoff;
use crate::source::Source;

/// Bytes on their way here, resumed where they break off.
///
/// A stream of bytes. If the connection breaks, the rest is asked for with `Range`, provided that the content has a strong
/// `ETag` to tell whether it is still the same; parts of two versions are never mixed. After three resumes in a row that
/// bring nothing, the error comes out and the stream ends. A resume that follows less than 64 KiB is paid from the retry
/// budget, and there are a hundred of those at the most, so that nobody can make a thousand requests of a thousand bytes. A
/// content that is shorter than announced is an error too.
///
/// A signed URL that is no longer accepted (403) is replaced by a new one, twice at the most in a download and its
/// restarts.
///
/// Nothing more than what is asked for is read.
pub struct Download {
    source: Source,
    state: State,
    length: Option<u64>,
    /// The strong tag of what is being read.
    etag: Option<HeaderValue>,
    received: u64,
    /// What a resumed answer repeats.
    skip: u64,
    /// Resumes since the last byte.
    stuck: u32,
    /// How much of the content the answer being read has brought.
    brought: u64,
    /// Resumes that followed too little.
    small: u32,
    /// What the retry budget paid for, to be given back at a good end.
    paid: u32,
}

type Opening = Pin<Box<dyn Future<Output = Result<(Source, Response<Body>)>> + Send>>;

enum State {
    Reading(BodyDataStream<Body>),
    Resuming(Opening),
    Ended,
}

/// Resumes in a row without a byte of progress.
const MAX_STUCK: u32 = 3;
/// What an answer has to bring for its resume to be no retry.
const PROGRESS: u64 = 64 << 10;
/// Resumes after less than that in a download.
const MAX_SMALL: u32 = 100;

impl Download {
    pub(crate) async fn open(source: Source) -> Result<Self> {
        let (source, answer) = source.open().await?;
        if answer.status() != StatusCode::OK {
            // A part would pass for the whole, and what follows it would be asked for from the wrong place.
            let message = format!("{} came where the whole content of a file must come", answer.status());
            return Err(Error::new(ErrorKind::UnexpectedResponse, message).during(source.operation()));
        }
        let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.starts_with("text/html") {
            let message = "a page came where the content of a file must come";
            return Err(Error::new(ErrorKind::UnexpectedContent, message).during(source.operation()));
        }
        let length = answer.body().size_hint().exact();
        let etag = strong(answer.headers());
        let state = State::Reading(BodyDataStream::new(answer.into_body()));
        Ok(Self { source, state, length, etag, received: 0, skip: 0, stuck: 0, brought: 0, small: 0, paid: 0 })
    }

    /// How many bytes came so far.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// How many bytes there are in all, if the server said.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The name of what is being done, as errors have it.
    pub fn operation(&self) -> &'static str {
        self.source.operation()
    }

    /// The same content from the beginning.
    ///
    /// # Errors
    ///
    /// As [`Transport::download`](crate::Transport::download).
    pub fn again(&self) -> impl Future<Output = Result<Self>> + Send + use<> {
        // Taken at once, because a reference to what is being read cannot go to another thread.
        let (source, paid) = (self.source.try_clone(), self.paid);
        async move { Ok(Self { paid, ..Self::open(source?).await? }) }
    }

    /// Takes the price of another attempt from the retry budget; false if there is too little in it.
    ///
    /// Asked before [`again`](Self::again) by who begins anew unasked after a failure, so that an outage in which contents
    /// break off is made no worse than any other. A content that comes whole in the end gives the price back.
    pub fn pay_for_another(&mut self) -> bool {
        let pays = self.source.budget().is_none_or(Budget::withdraw);
        self.paid += u32::from(pays);
        pays
    }

    fn ended_well(&mut self) {
        self.state = State::Ended;
        let paid = std::mem::take(&mut self.paid);
        if let Some(budget) = self.source.budget() {
            (0..paid).for_each(|_| budget.refund());
        }
    }

    fn error(&self, kind: ErrorKind, message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
        Error::new(kind, message).during(self.source.operation())
    }

    /// Asks for the rest, if what was read so far can be continued.
    fn resume(&mut self) -> Option<State> {
        let etag = self.etag.clone()?;
        if self.stuck >= MAX_STUCK {
            return None;
        }
        // Where much came, a resume asks for nothing twice; where little did, it is a retry like any other.
        if self.brought < PROGRESS {
            if self.small >= MAX_SMALL || !self.pay_for_another() {
                return None;
            }
            self.small += 1;
        }
        let delay = Backoff::default().delay(self.stuck);
        self.stuck += 1;
        let (source, start) = (self.source.try_clone().ok()?, self.received);
        let resuming = async move {
            tokio::time::sleep(delay).await;
            source.open_at(start, etag).await
        };
        Some(State::Resuming(Box::pin(resuming)))
    }

    /// Goes on with the answer to a resume: the rest, or the whole once more.
    fn resumed(&mut self, (source, answer): (Source, Response<Body>)) -> Result<State> {
        self.source = source;
        let same = strong(answer.headers()) == self.etag;
        let partial = answer.status() == StatusCode::PARTIAL_CONTENT;
        let (start, total) = if partial {
            part(answer.headers()).map_or((None, None), |(first, total)| (Some(first), total))
        } else {
            (Some(self.received), answer.body().size_hint().exact())
        };
        let as_long = total.is_none() || self.length.is_none() || total == self.length;
        if !same || start != Some(self.received) || !as_long {
            return Err(self.changed());
        }
        self.length = self.length.or(total);
        self.skip = if partial { 0 } else { self.received };
        self.brought = 0;
        Ok(State::Reading(BodyDataStream::new(answer.into_body())))
    }

    /// What the refusal of a resume means: nothing for a content of unknown length that broke off after its last byte.
    fn refused(&self, refusal: Error) -> Option<Error> {
        if refusal.status() != Some(StatusCode::RANGE_NOT_SATISFIABLE) {
            return Some(refusal);
        }
        let headers = refusal.headers();
        let total = headers.get(CONTENT_RANGE).and_then(|range| number(range.to_str().ok()?.strip_prefix("bytes */")?));
        let same = strong(headers).is_none_or(|etag| Some(etag) == self.etag);
        if same && self.length.is_none() && total == Some(self.received) {
            return None;
        }
        Some(self.changed().caused_by(refusal))
    }

    fn changed(&self) -> Error {
        self.error(ErrorKind::Integrity, "the content changed while it was read")
    }

    fn broken(&mut self, error: tower::BoxError) -> Option<Error> {
        if self.length == Some(self.received) {
            self.ended_well();
            return None;
        }
        // Its head was taken for a success.
        self.source.budget().inspect(|budget| budget.forfeit());
        let transient = Failure::find(&*error).is_none_or(Failure::is_transient);
        match transient.then(|| self.resume()).flatten() {
            Some(state) => {
                self.state = state;
                None
            }
            None => {
                self.state = State::Ended;
                Some(Error::from_boxed(self.source.operation(), error))
            }
        }
    }
}

impl Stream for Download {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let this = &mut *self;
        loop {
            match &mut this.state {
                State::Ended => return Poll::Ready(None),
                State::Resuming(answer) => {
                    let resumed = match ready!(answer.as_mut().poll(cx)) {
                        Ok(answer) => this.resumed(answer).map_err(Some),
                        Err(refusal) => Err(this.refused(refusal)),
                    };
                    match resumed {
                        Ok(state) => this.state = state,
                        Err(Some(error)) => {
                            this.state = State::Ended;
                            return Poll::Ready(Some(Err(error)));
                        }
                        Err(None) => this.ended_well(),
                    }
                }
                State::Reading(body) => match ready!(Pin::new(body).poll_next(cx)) {
                    Some(Ok(mut bytes)) => {
                        let repeated = this.skip.min(bytes.len() as u64);
                        this.skip -= repeated;
                        // Not more than the bytes at hand, so that it fits.
                        let bytes = bytes.split_off(repeated as usize);
                        if !bytes.is_empty() {
                            this.received += bytes.len() as u64;
                            this.stuck = 0;
                            this.brought += bytes.len() as u64;
                            if this.length.is_some_and(|length| this.received > length) {
                                this.state = State::Ended;
                                let message = "the content is longer than was announced";
                                return Poll::Ready(Some(Err(this.error(ErrorKind::Integrity, message))));
                            }
                            return Poll::Ready(Some(Ok(bytes)));
                        }
                    }
                    Some(Err(error)) => {
                        if let Some(error) = this.broken(error) {
                            return Poll::Ready(Some(Err(error)));
                        }
                    }
                    None => {
                        if this.length.is_none_or(|length| length == this.received) {
                            this.ended_well();
                            continue;
                        }
                        let message = format!(
                            "the content ended after {} of {} bytes",
                            this.received,
                            this.length.unwrap_or_default(),
                        );
                        let failure = Failure::transient(ErrorKind::Interrupted, crate::Reach::Unknown, message);
                        if let Some(error) = this.broken(failure.into()) {
                            return Poll::Ready(Some(Err(error)));
                        }
                    }
                },
            }
        }
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("received", &self.received)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// The tag that says "byte for byte the same", if there is one.
fn strong(headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get(ETAG).filter(|etag| etag.as_bytes().starts_with(b"\"")).cloned()
}

/// Where the part begins that came, and how long the whole is, as `Content-Range` has it.
fn part(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    content_range(headers.get(CONTENT_RANGE)?.to_str().ok()?)
}

/// The first byte and the total of `bytes 5-9/10`.
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last) = (number(first)?, number(last)?);
    let total = if total == "*" { None } else { Some(number(total)?) };
    (first <= last && total.is_none_or(|total| last < total)).then_some((first, total))
}

/// Digits and nothing else.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::{Arc, Mutex};

    use futures_util::{StreamExt as _, TryStreamExt as _, stream};
    use http::Request;
    use http::header::RANGE;

    use super::*;
    use crate::{Call, Transport};

    /// One answer: status, tag, `Content-Range`, announced length, bytes, and whether it breaks after them.
    struct Answer {
        status: u16,
        etag: &'static str,
        range: Option<&'static str>,
        length: Option<u64>,
        bytes: &'static str,
        breaks: bool,
    }

    fn whole(etag: &'static str, bytes: &'static str) -> Answer {
        Answer { status: 200, etag, range: None, length: Some(10), bytes, breaks: bytes.len() < 10 }
    }

    fn rest(range: &'static str, bytes: &'static str) -> Answer {
        Answer {
            status: 206,
            etag: "\"a\"",
            range: Some(range),
            length: Some(bytes.len() as u64),
            bytes,
            breaks: false,
        }
    }

    /// What is read, the ranges asked for, and how it ended.
    async fn read(answers: impl Into<VecDeque<Answer>>) -> (String, Vec<String>, Option<ErrorKind>) {
        let (answers, ranges) = (Arc::new(Mutex::new(answers.into())), Arc::new(Mutex::new(Vec::new())));
        let asked = ranges.clone();
        let stack = tower::service_fn(move |request: Request<Body>| {
            let range = request.headers().get(RANGE).map(|range| range.to_str().unwrap().to_owned());
            asked.lock().unwrap().extend(range);
            let answer = answers.lock().unwrap().pop_front().unwrap();
            let mut response = Response::builder().status(answer.status).header(ETAG, answer.etag);
            if let Some(range) = answer.range {
                response = response.header(CONTENT_RANGE, range);
            }
            let end = answer.breaks.then(|| Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)));
            let body = stream::iter([Ok(Bytes::from(answer.bytes))]).chain(stream::iter(end));
            let body = match answer.length {
                Some(length) => Body::stream(body).with_length(length),
                None => Body::stream(body),
            };
            std::future::ready(Ok::<_, tower::BoxError>(response.body(body).unwrap()))
        });
        let call = Call::get("x.read", &["v1", "x"]).bytes();
        let mut download = Transport::from_service(stack).download(call).await.unwrap();
        let mut text = String::new();
        let mut end = None;
        loop {
            match download.try_next().await {
                Ok(Some(bytes)) => text += std::str::from_utf8(&bytes).unwrap(),
                Ok(None) => break,
                Err(error) => end = Some(error.kind()),
            }
        }
        let ranges = ranges.lock().unwrap().clone();
        (text, ranges, end)
    }

    #[tokio::test(start_paused = true)]
    async fn the_rest_is_asked_for_and_joined() {
        let answers = [whole("\"a\"", "0123"), rest("bytes 4-9/10", "456789")];
        assert_eq!(read(answers).await, ("0123456789".into(), vec!["bytes=4-".into()], None));
    }

    #[tokio::test(start_paused = true)]
    async fn the_whole_once_more_is_not_taken_twice() {
        let answers = [whole("\"a\"", "0123"), whole("\"a\"", "0123456789")];
        assert_eq!(read(answers).await, ("0123456789".into(), vec!["bytes=4-".into()], None));
    }

    #[tokio::test(start_paused = true)]
    async fn parts_of_two_versions_are_never_mixed() {
        let other_tag = Answer { etag: "\"b\"", ..rest("bytes 4-9/10", "456789") };
        let others = [whole("\"b\"", "ABCDEFGHIJ"), rest("bytes 5-9/10", "56789"), rest("bytes 4-9/11", "456789")];
        for second in others.into_iter().chain([other_tag]) {
            let (text, _, end) = read([whole("\"a\"", "0123"), second]).await;
            assert_eq!((text.as_str(), end), ("0123", Some(ErrorKind::Integrity)));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_strong_tag_nothing_is_resumed() {
        for etag in ["W/\"a\"", "a"] {
            let (text, ranges, end) = read([whole(etag, "0123")]).await;
            assert_eq!((text.as_str(), ranges.len(), end), ("0123", 0, Some(ErrorKind::Interrupted)));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_break_after_the_last_byte_is_the_end() {
        let answer = Answer { breaks: true, ..whole("\"a\"", "0123456789") };
        assert_eq!(read([answer]).await, ("0123456789".into(), vec![], None));
    }

    #[tokio::test(start_paused = true)]
    async fn three_resumes_without_a_byte_are_enough() {
        let nothing = || Answer { breaks: true, length: Some(6), ..rest("bytes 4-9/10", "") };
        let (text, ranges, end) = read([whole("\"a\"", "0123"), nothing(), nothing(), nothing()]).await;
        assert_eq!((text.as_str(), ranges.len(), end), ("0123", 3, Some(ErrorKind::Interrupted)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_content_that_comes_byte_by_byte_is_left_after_a_hundred_resumes() {
        let asked = Arc::new(Mutex::new(0_u64));
        let count = asked.clone();
        let stack = tower::service_fn(move |_: Request<Body>| {
            let mut asked = count.lock().unwrap();
            let at = *asked;
            *asked += 1;
            let status = if at == 0 { StatusCode::OK } else { StatusCode::PARTIAL_CONTENT };
            let body = Body::stream(stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"x"))]));
            let answer = Response::builder().status(status).header(ETAG, "\"a\"");
            let answer = answer.header(CONTENT_RANGE, format!("bytes {at}-999999/1000000"));
            std::future::ready(answer.body(body.with_length(1_000_000 - at)))
        });
        let call = Call::get("x.read", &["v1", "x"]).bytes();
        let mut download = Transport::from_service(stack).download(call).await.unwrap();
        let error = loop {
            if let Err(error) = download.try_next().await {
                break error;
            }
        };
        assert_eq!((error.kind(), download.received()), (ErrorKind::Interrupted, 101));
        assert_eq!(*asked.lock().unwrap(), 101);
    }

    #[tokio::test(start_paused = true)]
    async fn a_content_that_comes_in_good_pieces_is_resumed_as_often_as_it_breaks() {
        const PIECE: u64 = PROGRESS;
        const PIECES: u64 = 150;
        let asked = Arc::new(Mutex::new(0));
        let count = asked.clone();
        let stack = tower::service_fn(move |_: Request<Body>| {
            let mut asked = count.lock().unwrap();
            let (at, total) = (*asked * PIECE, PIECES * PIECE);
            *asked += 1;
            let status = if at == 0 { StatusCode::OK } else { StatusCode::PARTIAL_CONTENT };
            let body = Body::stream(stream::iter([Ok::<_, std::io::Error>(Bytes::from(vec![0; PIECE as usize]))]));
            let answer = Response::builder().status(status).header(ETAG, "\"a\"");
            let answer = answer.header(CONTENT_RANGE, format!("bytes {at}-{}/{total}", total - 1));
            std::future::ready(answer.body(body.with_length(total - at)))
        });
        let call = Call::get("x.read", &["v1", "x"]).bytes();
        let mut download = Transport::from_service(stack).download(call).await.unwrap();
        while download.try_next().await.unwrap().is_some() {}
        assert_eq!((download.received(), *asked.lock().unwrap()), (PIECES * PIECE, PIECES));
    }

    #[tokio::test(start_paused = true)]
    async fn a_length_that_a_resume_tells_is_held_to() {
        let unknown = || Answer { length: None, ..whole("\"a\"", "0123") };
        // Ends as if all had been said, and lacks a byte.
        let short = || Answer { length: None, ..rest("bytes 4-9/10", "45678") };
        let (text, ranges, end) = read([unknown(), short(), rest("bytes 9-9/10", "9")]).await;
        assert_eq!((text.as_str(), ranges.len(), end), ("0123456789", 2, None));
        let again = Answer { length: None, breaks: false, ..whole("\"a\"", "0123456789!") };
        let (text, _, end) = read([whole("\"a\"", "0123"), again]).await;
        assert_eq!((text.as_str(), end), ("0123", Some(ErrorKind::Integrity)));
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_left_to_resume_is_the_end_only_if_all_is_here() {
        let unknown = || Answer { length: None, ..whole("\"a\"", "0123") };
        let nothing_left = |range| Answer { status: 416, range: Some(range), ..whole("\"a\"", "") };
        assert_eq!(read([unknown(), nothing_left("bytes */4")]).await, ("0123".into(), vec!["bytes=4-".into()], None));
        let other = Answer { etag: "\"b\"", ..nothing_left("bytes */4") };
        for refusal in [nothing_left("bytes */3"), nothing_left("bytes 0-3/4"), other] {
            assert_eq!(read([unknown(), refusal]).await.2, Some(ErrorKind::Integrity));
        }
        assert_eq!(read([whole("\"a\"", "0123"), nothing_left("bytes */4")]).await.2, Some(ErrorKind::Integrity));
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_is_not_taken_for_the_whole() {
        for status in [202, 204, 206] {
            let stack = tower::service_fn(move |_: Request<Body>| async move {
                Response::builder().status(status).header(CONTENT_RANGE, "bytes 0-3/10").body(Body::from("0123"))
            });
            let call = Call::get("x.read", &["v1", "x"]).bytes();
            let error = Transport::from_service(stack).download(call).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
        }
    }

    #[test]
    fn content_ranges_are_read_strictly() {
        assert_eq!(content_range("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(content_range("bytes 5-9/*"), Some((5, None)));
        for odd in [
            "",
            "bytes */10",
            "bytes 9-5/10",
            "bytes 5-10/10",
            "bytes +5-9/10",
            "bytes 5-9",
            "items 5-9/10",
            "bytes -9/10",
        ] {
            assert_eq!(content_range(odd), None, "{odd}");
        }
    }
}
