//! The socket client and how it connects.

mod http;
mod proxy;
mod tls;

use std::time::Duration;

pub use http::HttpClient;
pub use proxy::ProxySettings;
pub use tls::TlsSettings;

use crate::addresses::AddressPolicy;

/// How the socket client connects.
///
/// ```
/// use std::time::Duration;
/// use mistral_transport::{HttpClientSettings, ProxySettings, TlsSettings};
///
/// # fn demo(company_roots: &[u8]) -> mistral_transport::Result<()> {
/// let settings = HttpClientSettings::default()
///     .connect_timeout(Duration::from_secs(2))
///     .proxy(ProxySettings::to("http://proxy.example.com:3128")?.except("localhost,.example.com"))
///     .tls(TlsSettings::default().add_roots(company_roots)?);
/// # let _ = settings;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct HttpClientSettings {
    /// The longest a TCP connection may take. Default 5 s.
    pub connect_timeout: Duration,
    /// The longest name look-up, TCP, proxy and TLS may take together. Default 10 s.
    pub handshake_timeout: Duration,
    /// How long an idle connection is kept. Default 15 s.
    pub pool_idle_timeout: Duration,
    /// How many idle connections are kept a host. Default 32.
    pub pool_max_idle_per_host: usize,
    /// Which proxy to go through. Default: what the environment says.
    pub proxy: ProxySettings,
    /// Whom to trust, and who we are. Default: the platform's trust store, and no certificate of our own.
    pub tls: TlsSettings,
    /// Which addresses to connect to. Default: all. See [`addresses`](Self::addresses).
    pub addresses: AddressPolicy,
    /// Offers HTTP/2 for small calls that may be sent twice. Default off. See [`http2`](Self::http2).
    #[cfg(feature = "http2")]
    pub http2: bool,
}

impl Default for HttpClientSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            handshake_timeout: Duration::from_secs(10),
            pool_idle_timeout: Duration::from_secs(15),
            pool_max_idle_per_host: 32,
            proxy: ProxySettings::default(),
            tls: TlsSettings::default(),
            addresses: AddressPolicy::default(),
            #[cfg(feature = "http2")]
            http2: false,
        }
    }
}

impl HttpClientSettings {
    /// The longest a TCP connection may take.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// The longest name look-up, TCP, proxy and TLS may take together.
    #[must_use]
    pub fn handshake_timeout(mut self, limit: Duration) -> Self {
        self.handshake_timeout = limit;
        self
    }

    /// How long an idle connection is kept.
    #[must_use]
    pub fn pool_idle_timeout(mut self, limit: Duration) -> Self {
        self.pool_idle_timeout = limit;
        self
    }

    /// How many idle connections are kept a host.
    #[must_use]
    pub fn pool_max_idle_per_host(mut self, connections: usize) -> Self {
        self.pool_max_idle_per_host = connections;
        self
    }

    /// Which proxy to go through.
    #[must_use]
    pub fn proxy(mut self, proxy: ProxySettings) -> Self {
        self.proxy = proxy;
        self
    }

    /// Whom to trust, and who we are.
    #[must_use]
    pub fn tls(mut self, tls: TlsSettings) -> Self {
        self.tls = tls;
        self
    }

    /// Which addresses to connect to: checked when a name has been looked up, so that no name can stand for a forbidden
    /// one, and before anything is sent there.
    ///
    /// Behind a proxy it is the proxy that looks names up, and its rules that hold; of the policy there remains what a URL
    /// says itself. The proxy's own address is not held to it.
    #[must_use]
    pub fn addresses(mut self, policy: AddressPolicy) -> Self {
        self.addresses = policy;
        self
    }

    /// The same way into the network, for URLs that somebody else signed: no client certificate, no forbidden address.
    pub(crate) fn for_signed_urls(&self, policy: AddressPolicy) -> Self {
        Self { tls: self.tls.anonymous(), ..self.clone() }.addresses(policy)
    }

    /// Offers HTTP/2 for small calls that may be sent twice, so that many of them share one connection; the server
    /// chooses, by ALPN.
    ///
    /// Transfers stay on HTTP/1.1, where they are faster, and so do creates, which have a connection of their own.
    #[cfg(feature = "http2")]
    #[must_use]
    pub fn http2(mut self, offered: bool) -> Self {
        self.http2 = offered;
        self
    }
}
