//! The one place that names hyper, and so the one that tells how far an attempt got.

use std::error::Error as StdError;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::future::{Either, poll_fn, select};
use http::header::{HOST, PROXY_AUTHORIZATION};
use http::{Request, Response, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::client::legacy::connect::proxy::SocksV5;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector, capture_connection};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::{ClientConfig, ProtocolVersion};
use tokio::net::TcpStream;
use tower::{BoxError, Service};

use super::proxy::{ProxyAddress, ProxyKind, ProxyRules, host_and_port};
use super::{HttpClientSettings, tls};
use crate::addresses::AddressPolicy;
use crate::error::Result;
use crate::failure::{Failure, Reach, causes};
use crate::operation::Operation;
#[cfg(feature = "http2")]
use crate::operation::OperationKind;
use crate::watched::Progress;
use crate::{Body, ErrorKind};

/// A pooled client on hyper, with TLS by rustls and the platform's trust store.
///
/// What must not be sent twice goes out on a connection opened for it: a pooled one may die at the very moment of
/// sending, and then nobody knows whether the request was read. Errors are [`Failure`]s that say how far the attempt got.
///
/// Usable alone below any stack; it takes requests with absolute URIs. It speaks HTTP/1.1, unless the settings offer
/// HTTP/2 for small calls.
#[derive(Debug, Clone)]
pub struct HttpClient {
    pooled: Client<Connector, Body>,
    fresh: Client<Connector, Body>,
    #[cfg(feature = "http2")]
    control: Option<Client<Connector, Body>>,
}

impl HttpClient {
    /// A client with these settings. Nothing connects yet.
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) if a proxy in the environment cannot be one, or the crypto provider supports no
    /// version of TLS in use.
    pub fn new(settings: &HttpClientSettings) -> Result<Self> {
        let tls = settings.tls.config()?;
        let route = Route::new(settings, tls.clone())?;
        let connector = |http2| Connector::new(settings, &route, &tls, http2);
        let builder = || {
            let mut builder = Client::builder(TokioExecutor::new());
            builder.pool_timer(TokioTimer::new()).pool_idle_timeout(settings.pool_idle_timeout);
            builder
        };
        let pooled = builder().pool_max_idle_per_host(settings.pool_max_idle_per_host).build(connector(false));
        let fresh = builder().pool_max_idle_per_host(0).retry_canceled_requests(false).build(connector(false));
        #[cfg(feature = "http2")]
        let control = settings.http2.then(|| {
            let mut builder = builder();
            // All calls share the connection, so one that is dead must be found out before each has waited in vain.
            builder
                .timer(TokioTimer::new())
                .http2_keep_alive_interval(Duration::from_secs(10))
                .http2_keep_alive_timeout(Duration::from_secs(10))
                .pool_max_idle_per_host(settings.pool_max_idle_per_host);
            builder.build(connector(true))
        });
        Ok(Self {
            pooled,
            fresh,
            #[cfg(feature = "http2")]
            control,
        })
    }

    fn choose(&self, request: &Request<Body>) -> &Client<Connector, Body> {
        let operation = request.extensions().get::<Operation>();
        let harmless = operation.map_or(request.method().is_idempotent(), Operation::is_idempotent);
        if !harmless {
            return &self.fresh;
        }
        #[cfg(feature = "http2")]
        if operation.is_some_and(|operation| operation.kind() == OperationKind::Control) {
            return self.control.as_ref().unwrap_or(&self.pooled);
        }
        &self.pooled
    }
}

impl Service<Request<Body>> for HttpClient {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let host = host_shown(request.uri());
        let progress = request.extensions().get::<Progress>().cloned();
        let connection = capture_connection(&mut request);
        let answer = self.choose(&request).request(request);
        Box::pin(async move {
            match answer.await {
                Ok(answer) => {
                    // Whoever answers before the end of the request may not read on to the next one, whatever is said.
                    if progress.is_some_and(|progress| progress.is_sending()) {
                        connection.connection_metadata().iter().for_each(Connected::poison);
                    }
                    Ok(answer.map(Body::new))
                }
                Err(error) => Err(classify(&host, error).into()),
            }
        })
    }
}

/// The host and port of an address as they are named in errors: without a user and a password before them.
fn host_shown(uri: &Uri) -> String {
    uri.authority().and_then(|authority| authority.as_str().rsplit('@').next()).unwrap_or_default().to_owned()
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
        return not_connected(host, error.into());
    }
    let refused = causes(&error).find_map(tls::refusal).map(|refusal| tls::explain(&refusal.0));
    if let Some(refused) = refused {
        return insecure(host, &refused).caused_by(error);
    }
    #[cfg(feature = "http2")]
    if causes(&error).any(was_not_taken) {
        let message = format!("{host} is closing the connection and has not taken the request; nothing was processed");
        return Failure::transient(ErrorKind::Interrupted, Reach::NotSent, message).caused_by(error);
    }
    // Neither "incomplete message" nor a reset says whether the peer has read the request.
    let message = format!("the connection to {host} broke before an answer came: {}", reason(&error));
    Failure::transient(ErrorKind::Interrupted, Reach::Unknown, message).caused_by(error)
}

/// Whether an HTTP/2 server said that it has not processed the request: it refused the stream, or goes away in good order
/// with a last stream below ours. Streams that it did take do not end with that error.
#[cfg(feature = "http2")]
fn was_not_taken(cause: &(dyn StdError + 'static)) -> bool {
    let Some(error) = cause.downcast_ref::<h2::Error>().filter(|error| error.is_remote()) else { return false };
    match error.reason() {
        Some(h2::Reason::NO_ERROR) => error.is_go_away(),
        Some(h2::Reason::REFUSED_STREAM) => error.is_reset(),
        _ => false,
    }
}

/// There is no connection to `host`, a server or a proxy.
fn not_connected(host: &str, error: BoxError) -> Failure {
    let problem = causes(&*error).find_map(tls::problem).map(tls::explain);
    if let Some(problem) = problem {
        return insecure(host, &problem).caused_by(error);
    }
    let message = format!("no connection to {host}: {}; nothing was sent", reason(&*error));
    Failure::transient(ErrorKind::Connect, Reach::NotSent, message).caused_by(error)
}

fn insecure(host: &str, problem: &str) -> Failure {
    let message = format!("no secure connection to {host}: {problem}");
    Failure::permanent(ErrorKind::Tls, Reach::NotSent, message)
}

/// The innermost cause, which is the one that says something.
fn reason(error: &(dyn StdError + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// Bytes to the server or to a proxy; in the latter case perhaps with TLS of the proxy's own.
type Leg = MaybeHttpsStream<TokioIo<TcpStream>>;

/// Connects within bounds; with TLS where the scheme asks for it.
#[derive(Clone)]
struct Connector {
    route: Route,
    tls: Result<HttpsConnector<Route>, Arc<str>>,
    limit: Duration,
}

impl Connector {
    fn new(settings: &HttpClientSettings, route: &Route, tls: &Result<ClientConfig, Arc<str>>, http2: bool) -> Self {
        let tls = tls.clone().map(|tls| secure(tls, route.clone(), http2));
        Self { route: route.clone(), tls, limit: settings.handshake_timeout }
    }
}

impl Service<Uri> for Connector {
    type Response = Wire;
    type Error = BoxError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let limit = self.limit;
        let proxy = self.route.proxy(&uri).map_or(String::new(), |(proxy, _)| format!(" through {proxy}"));
        let host = host_shown(&uri);
        let connecting: Connecting<MaybeHttpsStream<Leg>> = match (uri.scheme_str(), &mut self.tls) {
            (Some("https"), Ok(tls)) => tls.call(uri),
            (Some("https"), Err(reason)) => {
                let failure = no_trust(&host, reason);
                return Box::pin(std::future::ready(Err(failure.into())));
            }
            _ => {
                let connecting = self.route.call(uri);
                Box::pin(async move { Ok(MaybeHttpsStream::Http(connecting.await?)) })
            }
        };
        Box::pin(async move {
            let connected = tokio::time::timeout(limit, connecting).await.unwrap_or_else(|_| {
                let message =
                    format!("no connection to {host}{proxy} within {} s; nothing was sent", limit.as_secs_f64());
                Err(Failure::transient(ErrorKind::Connect, Reach::NotSent, message).into())
            });
            Ok(Wire { stream: connected?, heard: false })
        })
    }
}

/// A connection that knows whether the server may still be at its handshake.
struct Wire {
    stream: MaybeHttpsStream<Leg>,
    /// Whether anything came from the server since we took the handshake for done.
    heard: bool,
}

impl Wire {
    fn shaking_hands(&self) -> bool {
        let MaybeHttpsStream::Https(stream) = &self.stream else { return false };
        let (_, tls) = stream.inner().get_ref();
        !self.heard && tls.protocol_version() == Some(ProtocolVersion::TLSv1_3) && tls.tls13_tickets_received() == 0
    }

    fn told<T>(&self, outcome: io::Result<T>) -> io::Result<T> {
        if self.shaking_hands() { outcome.map_err(tls::in_handshake) } else { outcome }
    }
}

impl Connection for Wire {
    fn connected(&self) -> Connected {
        self.stream.connected()
    }
}

impl Read for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let outcome = ready!(Pin::new(&mut self.stream).poll_read(cx, buffer));
        let outcome = self.told(outcome);
        self.heard |= outcome.is_ok();
        Poll::Ready(outcome)
    }
}

impl Write for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes));
        Poll::Ready(self.told(outcome))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = ready!(Pin::new(&mut self.stream).poll_flush(cx));
        Poll::Ready(self.told(outcome))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, pieces));
        Poll::Ready(self.told(outcome))
    }
}

/// TLS on top of `inner`, for whatever `inner` reaches.
fn secure<C>(tls: ClientConfig, inner: C, http2: bool) -> HttpsConnector<C> {
    let builder = HttpsConnectorBuilder::new().with_tls_config(tls).https_only();
    #[cfg(feature = "http2")]
    if http2 {
        return builder.enable_all_versions().wrap_connector(inner);
    }
    let _ = http2;
    builder.enable_http1().wrap_connector(inner)
}

fn no_trust(host: &str, reason: &str) -> Failure {
    insecure(
        host,
        &format!(
            "no trusted certificates on this machine ({reason}); install them (ca-certificates), give some to the client with \
             TlsSettings::add_roots, or build with the feature webpki-roots"
        ),
    )
}

/// Brings bytes to a server: straight, or through a proxy.
#[derive(Clone)]
struct Route {
    /// To servers, as far as the policy goes.
    tcp: HttpConnector<Resolver>,
    /// To proxies, which whoever runs us has chosen.
    proxy_tcp: HttpConnector<Resolver>,
    addresses: AddressPolicy,
    tls: Result<HttpsConnector<HttpConnector<Resolver>>, Arc<str>>,
    rules: Arc<ProxyRules>,
    matcher: Arc<Matcher>,
}

impl Route {
    fn new(settings: &HttpClientSettings, tls: Result<ClientConfig, Arc<str>>) -> Result<Self> {
        let tcp = |addresses| {
            let mut tcp = HttpConnector::new_with_resolver(Resolver { system: GaiResolver::new(), addresses });
            tcp.enforce_http(false);
            tcp.set_nodelay(true);
            tcp.set_connect_timeout(Some(settings.connect_timeout));
            tcp
        };
        let addresses = settings.addresses;
        let (tcp, proxy_tcp) = (tcp(addresses), tcp(AddressPolicy::Any));
        let tls = tls.map(|tls| secure(tls, proxy_tcp.clone(), false));
        let rules = settings.proxy.rules(|name| std::env::var(name).ok())?;
        let matcher = Matcher::builder().http(rules.http_url()).https(rules.https_url()).no(&rules.except).build();
        Ok(Self { tcp, proxy_tcp, addresses, tls, rules: Arc::new(rules), matcher: Arc::new(matcher) })
    }

    /// The proxy to `target`, and what it is to be told of us.
    fn proxy(&self, target: &Uri) -> Option<(ProxyAddress, Intercept)> {
        let address = self.rules.candidate(target)?;
        Some((address.clone(), self.matcher.intercept(target)?))
    }
}

impl Service<Uri> for Route {
    type Response = Leg;
    type Error = BoxError;
    type Future = Connecting<Leg>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        // A host that is an address already never gets to the resolver; one behind a proxy does not either.
        if let Err(failure) = self.addresses.check_host(&target) {
            return Box::pin(std::future::ready(Err(failure.into())));
        }
        let Some((proxy, us)) = self.proxy(&target) else {
            let connecting = self.tcp.call(target);
            return Box::pin(async { Ok(MaybeHttpsStream::Http(connecting.await?)) });
        };
        let connecting: Self::Future = match (proxy.kind, &mut self.tls) {
            (ProxyKind::Https, Ok(tls)) => tls.call(proxy.endpoint.clone()),
            (ProxyKind::Https, Err(reason)) => {
                let failure = no_trust(&proxy.to_string(), reason);
                return Box::pin(std::future::ready(Err(failure.into())));
            }
            _ => {
                let connecting = self.proxy_tcp.call(proxy.endpoint.clone());
                Box::pin(async { Ok(MaybeHttpsStream::Http(connecting.await?)) })
            }
        };
        Box::pin(async move {
            let leg = connecting.await.map_err(|error| not_connected(&proxy.to_string(), error))?;
            let leg = match proxy.kind {
                ProxyKind::Socks => socks(leg, &proxy, us, &target).await?,
                ProxyKind::Http | ProxyKind::Https => tunnel(leg, &proxy, us, &target).await?,
            };
            Ok(leg)
        })
    }
}

/// Asks an HTTP proxy for a tunnel to `target`.
async fn tunnel(leg: Leg, proxy: &ProxyAddress, us: Intercept, target: &Uri) -> Result<Leg, Failure> {
    let broken = |error: hyper::Error| {
        let message = format!("{proxy} broke off: {}; nothing was sent", reason(&error));
        Failure::transient(ErrorKind::Connect, Reach::NotSent, message).caused_by(error)
    };
    let target = host_and_port(target);
    let mut request = Request::connect(&*target).header(HOST, &*target);
    if let Some(password) = us.basic_auth() {
        request = request.header(PROXY_AUTHORIZATION, password);
    }
    let request = request.body(Body::empty()).map_err(|error| {
        Failure::permanent(ErrorKind::Config, Reach::NotSent, format!("{target} cannot be asked for")).caused_by(error)
    })?;
    // Some proxies know header names by their capitals only.
    let mut builder = hyper::client::conn::http1::Builder::new();
    let (mut sender, mut connection) = builder.title_case_headers(true).handshake(leg).await.map_err(broken)?;
    // Driven here rather than by a task, so that it ends when nobody waits for it any more.
    let driver = poll_fn(|cx| connection.poll_without_shutdown(cx));
    let answer = match select(pin!(sender.send_request(request)), pin!(driver)).await {
        Either::Left((answer, _)) => answer,
        Either::Right((_, answer)) => answer.await,
    };
    let status = answer.map_err(broken)?.status();
    if !status.is_success() {
        return Err(proxy.refusal(&target, status));
    }
    let parts = connection.into_parts();
    if !parts.read_buf.is_empty() {
        let message = format!("{proxy} sent something before it was asked; nothing was sent");
        return Err(Failure::transient(ErrorKind::Connect, Reach::NotSent, message));
    }
    Ok(parts.io)
}

/// Asks a SOCKS proxy for a connection to `target`, whose name it looks up itself.
async fn socks(leg: Leg, proxy: &ProxyAddress, us: Intercept, target: &Uri) -> Result<Leg, Failure> {
    let mut leg = Some(leg);
    let given = tower::service_fn(move |_: Uri| {
        let leg = leg.take().ok_or_else(|| io::Error::from(io::ErrorKind::NotConnected));
        std::future::ready(leg)
    });
    let mut handshake = SocksV5::new(proxy.endpoint.clone(), given);
    if let Some((user, password)) = us.raw_auth() {
        handshake = handshake.with_auth(user.to_owned(), password.to_owned());
    }
    let name = host_and_port(target);
    // The port has to be in it: the handshake would take 443 for granted.
    let target = Uri::builder().scheme("https").authority(&*name).path_and_query("/").build();
    let target = target.map_err(|error| {
        Failure::permanent(ErrorKind::Config, Reach::NotSent, format!("{name} cannot be asked for")).caused_by(error)
    })?;
    handshake.call(target).await.map_err(|error| proxy.socks_refusal(&name, &error.to_string()).caused_by(error))
}

/// Looks names up, says which it was that could not be, and keeps to itself the addresses that must not be connected to.
#[derive(Clone)]
struct Resolver {
    system: GaiResolver,
    addresses: AddressPolicy,
}

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = BoxError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.system.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let shown = name.to_string();
        let looking = self.system.call(name);
        let addresses = self.addresses;
        Box::pin(async move {
            match looking.await {
                Ok(found) => {
                    let found: Vec<_> = found.filter(|found| addresses.allows(found.ip())).collect();
                    if found.is_empty() { Err(addresses.refusal(&shown).into()) } else { Ok(found.into_iter()) }
                }
                Err(error) => {
                    let message = format!("no address for the name {shown}: {error}; nothing was sent");
                    Err(Failure::transient(ErrorKind::Connect, Reach::NotSent, message).caused_by(error).into())
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_in_an_address_is_not_shown() {
        let mut client =
            HttpClient::new(&HttpClientSettings::default().proxy(super::super::ProxySettings::none())).unwrap();
        for scheme in ["http", "https"] {
            let request = Request::get(format!("{scheme}://me:canary@127.0.0.1:1/")).body(Body::empty()).unwrap();
            let error = client.call(request).await.unwrap_err();
            let shown = causes(&*error).map(|cause| format!("{cause} {cause:?}")).collect::<String>();
            assert!(shown.contains("127.0.0.1:1") && !shown.contains("canary"), "{shown}");
        }
    }

    #[tokio::test]
    async fn a_name_that_stands_for_a_forbidden_address_is_not_resolved() {
        let look_up = |addresses| {
            let mut resolver = Resolver { system: GaiResolver::new(), addresses };
            resolver.call("localhost".parse().unwrap())
        };
        for allowed in [AddressPolicy::Any, AddressPolicy::PublicOrLoopback] {
            assert!(look_up(allowed).await.unwrap().all(|found| found.ip().is_loopback()));
        }
        let error = look_up(AddressPolicy::Public).await.unwrap_err();
        let failure = Failure::find(&*error).unwrap();
        assert_eq!(
            (failure.kind(), failure.reach(), failure.is_transient()),
            (ErrorKind::Redirect, Reach::NotSent, false)
        );
    }
}
