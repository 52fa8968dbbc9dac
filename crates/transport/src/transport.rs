use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, Response};
use http_body::Body as HttpBody;
use http_body_util::BodyExt as _;
use mistral_models::{ErrorBody, SignedUrl};
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use tower::retry::budget::Budget;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Layer, Service, ServiceExt as _};

use crate::Body;
use crate::builder::Builder;
use crate::call::Call;
use crate::credentials::Credentials;
use crate::download::Download;
use crate::error::{Error, ErrorKind, Result};
use crate::layers::SentKey;
use crate::operation::Operation;
use crate::redact::clean;
use crate::retry::RetryBudget;
use crate::signed::SignedStack;
use crate::source::Source;

type Stack = BoxCloneSyncService<Request<Body>, Response<Body>, BoxError>;
type Inspector = Arc<dyn Fn(&Operation, &http::response::Parts) + Send + Sync>;

/// Sends calls through one stack of layers and decodes the answers.
///
/// Cheap to clone; clones share connections and the retry budget. Making one neither connects nor spawns, so it can be
/// made anywhere and used on any tokio runtime. It is a [`tower::Service`] itself and can sit in another stack.
///
/// ```
/// use mistral_models::{List, Model};
/// use mistral_transport::{Call, Transport};
///
/// # async fn demo(transport: Transport) -> mistral_transport::Result<()> {
/// let models: List<Model> = transport.json(Call::get("models.list", &["v1", "models"])).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Transport {
    stack: Arc<Stack>,
    signed: Option<Arc<SignedStack>>,
    /// What the stack's retries are paid from.
    budget: Option<Arc<RetryBudget>>,
    /// Where the stack sends calls, if it is known.
    base_uri: Option<Arc<str>>,
    timeout: Option<Duration>,
    max_attempts: Option<u32>,
    inspector: Option<Inspector>,
}

impl Transport {
    /// The default stack, with these credentials.
    pub fn builder(credentials: impl Credentials) -> Builder {
        Builder::new(credentials)
    }

    /// Any service that answers HTTP, with nothing added: no base URI, no key, no retries, no limits.
    ///
    /// Requests arrive with a path and no host, and with their [`Operation`] in the extensions.
    ///
    /// ```
    /// use http::{Request, Response};
    /// use mistral_transport::{Body, Transport};
    ///
    /// let transport = Transport::from_service(tower::service_fn(|request: Request<Body>| async move {
    ///     assert_eq!(request.uri().host(), None);
    ///     Ok::<_, std::io::Error>(Response::new(Body::from("{}")))
    /// }));
    /// # let _ = transport;
    /// ```
    pub fn from_service<S, B>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let service = service.map_response(|answer: Response<B>| answer.map(erase)).map_err(Into::into);
        Self {
            stack: Arc::new(Stack::new(service)),
            signed: None,
            budget: None,
            base_uri: None,
            timeout: None,
            max_attempts: None,
            inspector: None,
        }
    }

    pub(crate) fn with_budget(self, budget: Arc<RetryBudget>) -> Self {
        Self { budget: Some(budget), ..self }
    }

    pub(crate) fn with_base_uri(self, base: String) -> Self {
        Self { base_uri: Some(base.into()), ..self }
    }

    /// The address the calls go to, as [`Builder::base_uri`] was given it; `None` where the stack is somebody else's.
    pub fn base_uri(&self) -> Option<&str> {
        self.base_uri.as_deref()
    }

    pub(crate) fn with_signed_stack(self, stack: SignedStack) -> Self {
        Self { signed: Some(stack.into()), ..self }
    }

    /// The same transport with a layer above its stack, which sees each call once; what goes to signed URLs it does not
    /// see.
    #[must_use]
    pub fn layer<L, B>(self, layer: L) -> Self
    where
        L: Layer<Self>,
        L::Service: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request<Body>>>::Error: Into<BoxError>,
        <L::Service as Service<Request<Body>>>::Future: Send + 'static,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let options = self.clone();
        Self { stack: Self::from_service(layer.layer(self)).stack, ..options }
    }

    /// A copy whose calls each end after `limit`, attempts and waits included.
    #[must_use]
    pub fn with_timeout(&self, limit: Duration) -> Self {
        Self { timeout: Some(limit), ..self.clone() }
    }

    /// A copy that tries each call so many times at the most; 1 never retries.
    #[must_use]
    pub fn with_max_attempts(&self, attempts: u32) -> Self {
        Self { max_attempts: Some(attempts), ..self.clone() }
    }

    /// A copy that shows the head of every answer, good or bad, to `inspect` before the call returns.
    ///
    /// Status, headers and the server's name for the request are reachable this way for every method of every handle. Those
    /// who were shown it before go on being so, and first.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use http::{Request, Response};
    /// use mistral_transport::{Body, Call, Transport};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> mistral_transport::Result<()> {
    /// let stack = tower::service_fn(|_: Request<Body>| async {
    ///     Response::builder().header("x-request-id", "r-1").body(Body::from("{}"))
    /// });
    /// let id = Arc::new(Mutex::new(None));
    /// let seen = id.clone();
    /// let transport = Transport::from_service(stack).with_inspector(move |operation, head| {
    ///     if let Ok(mut seen) = seen.lock() {
    ///         *seen = Some((operation.name(), head.headers["x-request-id"].clone()));
    ///     }
    /// });
    /// transport.json::<serde_json::Value>(Call::get("files.list", &["v1", "files"])).await?;
    /// # assert!(id.lock().unwrap().as_ref().is_some_and(|(name, id)| *name == "files.list" && id == "r-1"));
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_inspector(&self, inspect: impl Fn(&Operation, &http::response::Parts) + Send + Sync + 'static) -> Self {
        let before = self.inspector.clone();
        let inspector: Inspector = Arc::new(move |operation, head| {
            if let Some(before) = &before {
                before(operation, head);
            }
            inspect(operation, head);
        });
        Self { inspector: Some(inspector), ..self.clone() }
    }

    /// Sends a call and reads its JSON answer.
    ///
    /// A read whose answer is empty, cut or not what the API describes is asked for once more, in one attempt that is
    /// paid for like any retry; a web page in its place is not.
    ///
    /// # Errors
    ///
    /// Everything in [`ErrorKind`] that concerns single calls.
    pub async fn json<T: DeserializeOwned>(&self, call: Call) -> Result<T> {
        let again = if call.is_read() { call.try_clone() } else { None };
        let operation = call.operation().clone();
        let started = Instant::now();
        let error = match self.json_once(call, started).await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        if !matches!(error.kind(), ErrorKind::Decode | ErrorKind::UnexpectedResponse) {
            return Err(error);
        }
        let left = self.timeout.map(|limit| limit.saturating_sub(started.elapsed()));
        let allowed = self.max_attempts.is_none_or(|most| operation.attempts().max(1) < most)
            && left.is_none_or(|left| !left.is_zero());
        // The policy has judged by the status, and took the answer for a good one.
        self.budget().inspect(|budget| budget.forfeit());
        let pays = || self.budget().is_none_or(Budget::withdraw);
        let Some(call) = again.filter(|_| allowed && pays()) else { return Err(error) };
        let second = Self { timeout: left, max_attempts: Some(1), ..self.clone() }.json_once(call, started).await;
        match (&self.budget, &second) {
            (Some(budget), Ok(_)) => budget.refund(),
            (Some(budget), Err(error)) if error.status().is_some_and(|status| status.is_success()) => budget.forfeit(),
            _ => {}
        }
        second
    }

    /// What retries are paid from, which attempts that only we see to be ones take part in.
    pub(crate) fn budget(&self) -> Option<&RetryBudget> {
        self.budget.as_deref()
    }

    async fn json_once<T: DeserializeOwned>(&self, call: Call, started: Instant) -> Result<T> {
        let (answer, operation) = self.send(call, started).await?;
        let (parts, body) = answer.into_parts();
        // The collect layer has read the body already; a foreign stack may not have one.
        let bytes = match body.as_bytes() {
            Some(bytes) => bytes.clone(),
            None => match body.collect().await {
                Ok(collected) => collected.to_bytes(),
                Err(error) => return Err(Error::from_failure(&operation, started.elapsed(), error)),
            },
        };
        let content_type = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("of no type");
        let key = parts.extensions.get::<SentKey>();
        decode(&bytes, content_type, |text| clean(text, key))
            .map_err(|(kind, message)| Error::from_success(&operation, started.elapsed(), parts, kind, message))
    }

    /// Sends a call and returns its answer as soon as the head is there; the body is read by the caller.
    ///
    /// # Errors
    ///
    /// As [`json`](Self::json), up to the head of the answer; what breaks later comes out of the body.
    pub async fn stream(&self, call: Call) -> Result<Response<Body>> {
        self.send(call, Instant::now()).await.map(|(answer, _)| answer)
    }

    /// Sends a call and reads its answer as a stream of bytes that resumes where it breaks off.
    ///
    /// The whole is meant: a call with a `Range` of its own belongs to [`stream`](Self::stream).
    ///
    /// # Errors
    ///
    /// As [`stream`](Self::stream), and [`UnexpectedResponse`](ErrorKind::UnexpectedResponse) for an answer other than 200,
    /// such as a part of the content.
    pub async fn download(&self, call: Call) -> Result<Download> {
        Download::open(Source::new(self.clone(), call)).await
    }

    /// Reads the file behind a signed URL as a stream of bytes that resumes where it breaks off.
    ///
    /// The URL is fetched by a client of its own: no key, no client certificate, no header that the API gets; over `https`
    /// and from public addresses only, checked when names have been looked up and at each of three redirects. If the API
    /// is on this very machine, so may the file be, over plain `http` even. Of a URL nothing is shown but what stands
    /// before its query. Behind a proxy it is the proxy that looks names up, and its rules that hold.
    ///
    /// `sign` makes the URL; it is called again when the URL is no longer accepted (403), twice at the most.
    ///
    /// ```no_run
    /// # use mistral_models::{FileId, SignedUrl};
    /// # use mistral_transport::{Call, Download, Result, Transport};
    /// # async fn demo(transport: Transport, id: FileId) -> Result<Download> {
    /// let api = transport.clone();
    /// let sign = move || {
    ///     let (api, id) = (api.clone(), id.clone());
    ///     async move { api.json::<SignedUrl>(Call::get("files.signed_url", &["v1", "files", id.as_str(), "url"])).await }
    /// };
    /// transport.download_signed("files.download_signed", sign).await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) if the transport has no client for signed URLs
    /// ([`Builder::signed_url_http`](crate::Builder::signed_url_http)), [`Redirect`](ErrorKind::Redirect) for a URL that
    /// points elsewhere than it may, whatever `sign` returns, and as [`stream`](Self::stream).
    pub async fn download_signed<F, S>(&self, operation: &'static str, sign: F) -> Result<Download>
    where
        F: Fn() -> S + Send + Sync + 'static,
        S: Future<Output = Result<SignedUrl>> + Send + 'static,
    {
        let Some(signed) = &self.signed else {
            let message = "there is no client for signed URLs; the one for the API must not fetch them";
            return Err(Error::config(message).during(operation));
        };
        let signed = signed.transport().map_err(|error| error.during(operation))?;
        let transport = Self { stack: signed.stack, ..self.clone() };
        Download::open(Source::signed(transport, operation, sign).await?).await
    }

    /// Sends a call through the stack and lets only a success pass.
    async fn send(&self, call: Call, started: Instant) -> Result<(Response<Body>, Operation)> {
        let call = call.with_options(self.timeout, self.max_attempts);
        let operation = call.operation().clone();
        let request = call.into_request()?;
        let stack = (*self.stack).clone();
        let answer = match stack.oneshot(request).await {
            Ok(answer) => answer,
            Err(error) => return Err(Error::from_failure(&operation, started.elapsed(), error)),
        };
        let (mut parts, body) = answer.into_parts();
        if let Some(inspect) = &self.inspector {
            inspect(&operation, &parts);
        }
        if parts.status.is_success() {
            return Ok((Response::from_parts(parts, body), operation));
        }
        let said = match parts.extensions.remove::<ErrorBody>() {
            Some(said) => said,
            None => ErrorBody::parse(&beginning(body).await),
        };
        Err(Error::from_status(&operation, started.elapsed(), parts, said))
    }
}

/// Makes any body ours; one that is ours already stays as it is.
fn erase<B>(body: B) -> Body
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let mut slot = Some(body);
    let any: &mut dyn std::any::Any = &mut slot;
    match any.downcast_mut::<Option<Body>>().and_then(Option::take) {
        Some(body) => body,
        None => slot.map_or_else(Body::empty, Body::new),
    }
}

/// What a foreign stack's refusal says, within the bounds our own would keep.
async fn beginning(mut body: Body) -> Vec<u8> {
    let limits = crate::layers::CollectLimits::default();
    let mut read = Vec::new();
    let reading = async {
        while let Some(Ok(frame)) = body.frame().await {
            let Ok(data) = frame.into_data() else { continue };
            read.extend_from_slice(&data[..data.len().min(limits.error - read.len())]);
            if read.len() == limits.error {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(limits.error_time, reading).await;
    read
}

/// Reads JSON, or says what stands in its place.
fn decode<T: DeserializeOwned>(
    bytes: &[u8],
    content_type: &str,
    clean: impl Fn(&str) -> String,
) -> Result<T, (ErrorKind, String)> {
    const SHOWN: usize = 200;
    // More than is shown, for secrets that are cut in half cannot be found.
    const CLEANED: usize = 64 << 10;
    let beginning = &bytes[..bytes.len().min(CLEANED)];
    let excerpt = || clean(&String::from_utf8_lossy(beginning)).chars().take(SHOWN).collect::<String>();
    // Checked once here, the text is not checked again string by string.
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_ascii(),
        Err(error) => return Err((ErrorKind::Decode, format!("not UTF-8 at byte {}", error.valid_up_to()))),
    };
    if text.is_empty() {
        return Err((ErrorKind::UnexpectedResponse, "the answer is empty where JSON must come".into()));
    }
    if text.starts_with('<') {
        return Err((
            ErrorKind::UnexpectedContent,
            format!("a page ({content_type}) came where JSON must come: {}", excerpt()),
        ));
    }
    serde_json::from_str(text).map_err(|_| {
        // Only a failure pays for knowing where it happened.
        let problem = match serde_path_to_error::deserialize::<_, T>(&mut serde_json::Deserializer::from_str(text)) {
            Ok(_) => "more than one value".to_owned(),
            // Texts that have the wrong place are quoted, and a signed URL is a text.
            Err(error) => clean(&format!("at {}: {}", error.path(), error.inner())),
        };
        (ErrorKind::Decode, format!("the answer cannot be read: {problem}; it begins with {}", excerpt()))
    })
}

impl Service<Request<Body>> for Transport {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = tower::util::Oneshot<Stack, Request<Body>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        // Each call makes a copy of the stack and waits for that to be ready.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        if let Some(operation) = request.extensions_mut().remove::<Operation>() {
            // What the request has come with was set nearer to the call: by a transport above this one, say.
            let (timeout, attempts) = (operation.timeout(), operation.max_attempts());
            let operation = operation.with_options(timeout.or(self.timeout), attempts.or(self.max_attempts));
            request.extensions_mut().insert(operation);
        }
        (*self.stack).clone().oneshot(request)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stack: _, signed: _, budget: _, base_uri, timeout, max_attempts, inspector: _ } = self;
        f.debug_struct("Transport")
            .field("base_uri", base_uri)
            .field("timeout", timeout)
            .field("max_attempts", max_attempts)
            .finish_non_exhaustive()
    }
}
