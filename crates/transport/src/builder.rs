use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, HeaderValue, USER_AGENT};
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower::retry::RetryLayer;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Service, ServiceBuilder, ServiceExt as _};
use tower_http::set_header::SetRequestHeaderLayer;

use crate::addresses::AddressPolicy;
use crate::credentials::Credentials;
use crate::error::{Error, Result};
use crate::layers::{
    AttemptSpan, AttemptTimeoutLayer, AttemptTimeouts, AuthLayer, BaseUri, BaseUriLayer, CallTimeoutLayer,
    CallTimeouts, CollectLayer, CollectLimits, RedirectLayer,
};
use crate::retry::{RetryBudget, RetryPolicy, RetrySettings};
use crate::signed::{Client, SignedStack};
use crate::watched::Watched;
use crate::{Body, Transport};

pub(crate) type Http = BoxCloneSyncService<Request<Body>, Response<Body>, BoxError>;

/// The settings of the default stack.
///
/// ```
/// use std::time::Duration;
/// use mistral_transport::{ApiKey, Transport};
/// use mistral_transport::retry::RetrySettings;
///
/// # #[cfg(feature = "client")]
/// # fn demo() -> mistral_transport::Result<()> {
/// let transport = Transport::builder(ApiKey::from_env()?)
///     .base_uri("https://gateway.example.com/mistral")
///     .call_timeout(Duration::from_secs(30))
///     .retry(RetrySettings::default().max_attempts(2))
///     .build()?;
/// # Ok(()) }
/// ```
pub struct Builder {
    credentials: Arc<dyn Credentials>,
    base_uri: String,
    insecure_http: bool,
    user_agent: Option<String>,
    call_timeouts: CallTimeouts,
    attempt_timeouts: AttemptTimeouts,
    limits: CollectLimits,
    retry: RetrySettings,
    budget: Arc<RetryBudget>,
    #[cfg(feature = "client")]
    client: crate::HttpClientSettings,
    http: Option<Http>,
    signed_url_http: Option<Http>,
}

impl Builder {
    pub(crate) fn new(credentials: impl Credentials) -> Self {
        Self {
            credentials: Arc::new(credentials),
            base_uri: BaseUri::DEFAULT.to_owned(),
            insecure_http: false,
            user_agent: None,
            call_timeouts: CallTimeouts::default(),
            attempt_timeouts: AttemptTimeouts::default(),
            limits: CollectLimits::default(),
            retry: RetrySettings::default(),
            budget: Arc::default(),
            #[cfg(feature = "client")]
            client: crate::HttpClientSettings::default(),
            http: None,
            signed_url_http: None,
        }
    }

    /// Where the API is. Default [`https://api.mistral.ai`](BaseUri::DEFAULT); a slash or `/v1` at the end makes no
    /// difference.
    #[must_use]
    pub fn base_uri(mut self, uri: impl Into<String>) -> Self {
        self.base_uri = uri.into();
        self
    }

    /// Lets the key travel over plain `http` to another machine, where everybody on the way can read it.
    #[must_use]
    pub fn allow_insecure_http(mut self) -> Self {
        self.insecure_http = true;
        self
    }

    /// What goes before our own name in the `User-Agent` header, such as `my-app/1.2`.
    #[must_use]
    pub fn user_agent(mut self, product: impl Into<String>) -> Self {
        self.user_agent = Some(product.into());
        self
    }

    /// One limit for every call; attempts and waits count. Of a download it covers all but the content.
    #[must_use]
    pub fn call_timeout(self, limit: Duration) -> Self {
        self.call_timeouts(CallTimeouts::all(limit))
    }

    /// Limits for calls by what they do.
    #[must_use]
    pub fn call_timeouts(mut self, timeouts: CallTimeouts) -> Self {
        self.call_timeouts = timeouts;
        self
    }

    /// Limits for single attempts.
    #[must_use]
    pub fn attempt_timeouts(mut self, timeouts: AttemptTimeouts) -> Self {
        self.attempt_timeouts = timeouts;
        self
    }

    /// How much of an answer is read, and how slowly it may come.
    #[must_use]
    pub fn limits(mut self, limits: CollectLimits) -> Self {
        self.limits = limits;
        self
    }

    /// How often and how patiently to retry.
    #[must_use]
    pub fn retry(mut self, settings: RetrySettings) -> Self {
        self.retry = settings;
        self
    }

    /// A retry budget to be shared with other transports; by default each builder has its own.
    #[must_use]
    pub fn retry_budget(mut self, budget: Arc<RetryBudget>) -> Self {
        self.budget = budget;
        self
    }

    /// Settings of the socket client.
    #[cfg(feature = "client")]
    #[must_use]
    pub fn client(mut self, settings: crate::HttpClientSettings) -> Self {
        self.client = settings;
        self
    }

    /// Another HTTP client in place of ours. It sees each attempt as it would go out: absolute URI, all headers.
    ///
    /// It is not used for signed URLs, because it may add to what it sends; they need
    /// [`signed_url_http`](Self::signed_url_http) then.
    #[must_use]
    pub fn http<S, B>(mut self, service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        self.http = Some(erase(service));
        self
    }

    /// The HTTP client that fetches signed URLs ([`Transport::download_signed`]). Default: ours, without a client
    /// certificate and for public addresses only; none if [`http`](Self::http) replaces ours.
    ///
    /// It must add no header and no cookie, follow no redirect, and connect to no address that the rules forbid: what a
    /// URL says itself is checked above it, what a name resolves to only it can see.
    #[must_use]
    pub fn signed_url_http<S, B>(mut self, service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        self.signed_url_http = Some(erase(service));
        self
    }

    /// Puts the stack together. Nothing connects yet.
    ///
    /// # Errors
    ///
    /// [`Config`](crate::ErrorKind::Config) for a base URI that is not one, plain `http` to another machine, a user agent
    /// that cannot be a header, or a machine without trusted certificates.
    pub fn build(self) -> Result<Transport> {
        let base = BaseUri::parse(&self.base_uri)?;
        if !base.is_confidential() && !self.insecure_http {
            return Err(Error::config(format!(
                "{base} would carry the key in the clear; use https, or allow insecure http if the network is your own"
            )));
        }
        let ours = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
        let user_agent = self.user_agent.map_or(ours.to_owned(), |product| format!("{product} {ours}"));
        let user_agent = HeaderValue::try_from(user_agent)
            .map_err(|_| Error::config("the user agent holds a character that no header can"))?;
        let signed_client = match self.signed_url_http {
            Some(http) => Some(Client::Given(http)),
            #[cfg(feature = "client")]
            None if self.http.is_none() => Some(Client::Ours(Box::new(self.client.clone()))),
            None => None,
        };
        let signed = signed_client.map(|client| SignedStack {
            client,
            policy: if base.is_loopback() { AddressPolicy::PublicOrLoopback } else { AddressPolicy::Public },
            call_timeouts: self.call_timeouts,
            attempt_timeouts: self.attempt_timeouts,
            limits: self.limits,
            retry: self.retry,
            budget: self.budget.clone(),
            made: OnceLock::new(),
        });
        let http = match self.http {
            Some(http) => http,
            #[cfg(feature = "client")]
            None => Http::new(crate::HttpClient::new(&self.client)?),
            #[cfg(not(feature = "client"))]
            None => {
                return Err(Error::config("there is no HTTP client: give one, or switch on the feature `rustls-ring`"));
            }
        };
        let service = ServiceBuilder::new()
            .layer(CallTimeoutLayer::new(self.call_timeouts))
            .layer(BaseUriLayer::new(base.clone()))
            .layer(SetRequestHeaderLayer::if_not_present(USER_AGENT, user_agent))
            .layer(SetRequestHeaderLayer::if_not_present(ACCEPT, HeaderValue::from_static("application/json")))
            .layer(RetryLayer::new(RetryPolicy::with_budget(self.retry, self.budget.clone())))
            .layer(RedirectLayer::default())
            .layer(AttemptTimeoutLayer::new(self.attempt_timeouts))
            .layer(AttemptSpan::layer())
            .layer(AuthLayer::new(self.credentials, base.origin()))
            .layer(CollectLayer::new(self.limits))
            .map_request(|request: Request<Watched<Body>>| request.map(Body::from))
            .service(http);
        let transport = Transport::from_service(service).with_budget(self.budget).with_base_uri(base.to_string());
        Ok(match signed {
            Some(signed) => transport.with_signed_stack(signed),
            None => transport,
        })
    }
}

fn erase<S, B>(service: S) -> Http
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    Http::new(service.map_response(|answer: Response<B>| answer.map(Body::new)).map_err(Into::into))
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("base_uri", &BaseUri::parse(&self.base_uri).map(|base| base.to_string()).ok())
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}
