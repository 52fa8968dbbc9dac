//! The socket client. The one place that names hyper, and so the one that tells how far an attempt got.

use std::error::Error as StdError;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tower::{BoxError, Service};

use crate::error::{Error, Result};
use crate::failure::{Failure, Reach, causes};
use crate::operation::Operation;
use crate::{Body, ErrorKind};

/// How the socket client connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpClientSettings {
    /// The longest a TCP connection may take. Default 5 s.
    pub connect_timeout: Duration,
    /// The longest name look-up, TCP and TLS may take together. Default 10 s.
    pub handshake_timeout: Duration,
    /// How long an idle connection is kept. Default 15 s.
    pub pool_idle_timeout: Duration,
    /// How many idle connections are kept a host. Default 32.
    pub pool_max_idle_per_host: usize,
}

impl Default for HttpClientSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            handshake_timeout: Duration::from_secs(10),
            pool_idle_timeout: Duration::from_secs(15),
            pool_max_idle_per_host: 32,
        }
    }
}

/// A pooled HTTP/1.1 client on hyper, with TLS by rustls and the platform's trust store.
///
/// What must not be sent twice goes out on a connection opened for it: a pooled one may die at the very moment of
/// sending, and then nobody knows whether the request was read. Errors are [`Failure`]s that say how far the attempt got.
///
/// Usable alone below any stack; it takes requests with absolute URIs.
#[derive(Debug, Clone)]
pub struct HttpClient {
    pooled: Client<Connector, Body>,
    fresh: Client<Connector, Body>,
}

impl HttpClient {
    /// A client with these settings. Nothing connects yet.
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) if the crypto provider supports no version of TLS in use.
    pub fn new(settings: &HttpClientSettings) -> Result<Self> {
        let connector = Connector::new(settings)?;
        let builder = || {
            let mut builder = Client::builder(TokioExecutor::new());
            builder.pool_timer(TokioTimer::new()).pool_idle_timeout(settings.pool_idle_timeout);
            builder
        };
        let pooled = builder().pool_max_idle_per_host(settings.pool_max_idle_per_host).build(connector.clone());
        let fresh = builder().pool_max_idle_per_host(0).retry_canceled_requests(false).build(connector);
        Ok(Self { pooled, fresh })
    }
}

impl Service<Request<Body>> for HttpClient {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<Response<Body>, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let harmless = match request.extensions().get::<Operation>() {
            Some(operation) => operation.is_idempotent(),
            None => request.method().is_idempotent(),
        };
        let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        let answer = if harmless { self.pooled.request(request) } else { self.fresh.request(request) };
        Box::pin(async move {
            match answer.await {
                Ok(answer) => Ok(answer.map(Body::new)),
                Err(error) => Err(classify(&host, error).into()),
            }
        })
    }
}

/// Finds out how far an attempt got, and why it ended.
fn classify(host: &str, error: hyper_util::client::legacy::Error) -> Failure {
    // A body that could not be read, or a connector of ours that gave up, has said so in its own words.
    if let Some(failure) = Failure::find(&error) {
        let message = failure.to_string();
        let copy = if failure.is_transient() {
            Failure::transient(failure.kind(), failure.reach(), message)
        } else {
            Failure::permanent(failure.kind(), failure.reach(), message)
        };
        return copy.caused_by(error);
    }
    if error.is_connect() {
        let tls = causes(&error).find_map(tls_problem);
        if let Some(tls) = tls {
            let message = format!("no secure connection to {host}: {tls}");
            return Failure::permanent(ErrorKind::Tls, Reach::NotSent, message).caused_by(error);
        }
        let reason = causes(&error).last().map(ToString::to_string).unwrap_or_default();
        let message = format!("no connection to {host}: {reason}; nothing was sent");
        return Failure::transient(ErrorKind::Connect, Reach::NotSent, message).caused_by(error);
    }
    // Neither "incomplete message" nor a reset says whether the peer has read the request.
    let reason = causes(&error).last().map(ToString::to_string).unwrap_or_default();
    let message = format!("the connection to {host} broke before an answer came: {reason}");
    Failure::transient(ErrorKind::Interrupted, Reach::Unknown, message).caused_by(error)
}

/// rustls hides in an `io::Error`, which does not count it among its sources.
fn tls_problem(cause: &(dyn StdError + 'static)) -> Option<String> {
    if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
        return Some(tls.to_string());
    }
    let inner = cause.downcast_ref::<io::Error>()?.get_ref()?;
    inner.downcast_ref::<rustls::Error>().map(ToString::to_string)
}

/// Connects within bounds; with TLS where the scheme asks for it.
#[derive(Clone)]
struct Connector {
    tcp: HttpConnector,
    tls: std::result::Result<HttpsConnector<HttpConnector>, Arc<str>>,
    limit: Duration,
}

impl Connector {
    fn new(settings: &HttpClientSettings) -> Result<Self> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(settings.connect_timeout));
        let tls = rustls::ClientConfig::builder_with_provider(Arc::new(provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::config("the crypto provider supports no version of TLS in use").caused_by(error))?;
        // A machine without trusted certificates can still talk to itself; whoever needs TLS there is told why not.
        let tls = rustls_platform_verifier::BuilderVerifierExt::with_platform_verifier(tls)
            .map(|tls| {
                HttpsConnectorBuilder::new()
                    .with_tls_config(tls.with_no_client_auth())
                    .https_only()
                    .enable_http1()
                    .wrap_connector(tcp.clone())
            })
            .map_err(|error| Arc::from(error.to_string()));
        Ok(Self { tcp, tls, limit: settings.handshake_timeout })
    }
}

/// Chosen in code: a process-wide default would panic where two are linked.
fn provider() -> rustls::crypto::CryptoProvider {
    #[cfg(feature = "rustls-aws-lc")]
    return rustls::crypto::aws_lc_rs::default_provider();
    #[cfg(not(feature = "rustls-aws-lc"))]
    return rustls::crypto::ring::default_provider();
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let limit = self.limit;
        let host = uri.authority().map(ToString::to_string).unwrap_or_default();
        let connecting: Self::Future = match (uri.scheme_str(), &mut self.tls) {
            (Some("https"), Ok(tls)) => Box::pin(tls.call(uri)),
            (Some("https"), Err(reason)) => {
                let message =
                    format!("no secure connection to {host}: no trusted certificates on this machine ({reason})");
                let failure = Failure::permanent(ErrorKind::Tls, Reach::NotSent, message);
                return Box::pin(std::future::ready(Err(failure.into())));
            }
            _ => {
                let connecting = self.tcp.call(uri);
                Box::pin(async move { Ok(MaybeHttpsStream::Http(connecting.await?)) })
            }
        };
        Box::pin(async move {
            tokio::time::timeout(limit, connecting).await.unwrap_or_else(|_| {
                let message = format!("no connection to {host} within {} s; nothing was sent", limit.as_secs_f64());
                Err(Failure::transient(ErrorKind::Connect, Reach::NotSent, message).into())
            })
        })
    }
}
