use std::fmt;
use std::task::{Context, Poll};

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Request, Uri};
use tower::{Layer, Service};

use crate::error::{Error, Result};

/// Where the API is: scheme, host, port, and perhaps a path of a proxy in front of it.
///
/// ```
/// use mistral_transport::layers::BaseUri;
///
/// assert_eq!(BaseUri::parse("https://gateway.example.com/mistral/v1/")?.to_string(), "https://gateway.example.com/mistral");
/// assert!(BaseUri::parse("api.mistral.ai").is_err());
/// # Ok::<(), mistral_transport::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUri {
    scheme: Scheme,
    authority: Authority,
    /// Without a slash at the end; empty at the root.
    prefix: Box<str>,
}

impl BaseUri {
    /// The vendor's address.
    pub const DEFAULT: &'static str = "https://api.mistral.ai";

    /// Reads an address with or without a path, a slash or `/v1` at the end.
    ///
    /// # Errors
    ///
    /// [`Config`](crate::ErrorKind::Config) for anything that is not an absolute `http` or `https` address, and for a
    /// query, a fragment or a user name in it.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong =
            |problem: &str| Error::config(format!("the base URL {problem}; expected a form such as {}", Self::DEFAULT));
        let text = text.trim();
        if text.contains('#') {
            return Err(wrong("must not have a fragment (#)"));
        }
        let known = |scheme: &str| scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
        if text.split_once("://").is_some_and(|(scheme, _)| !known(scheme)) {
            return Err(wrong("must begin with https://"));
        }
        if !text.is_empty() && !text.contains("://") {
            return Err(wrong("lacks its scheme (https://)"));
        }
        let uri: Uri = text.parse().map_err(|_| wrong("cannot be read"))?;
        let parts = uri.into_parts();
        let scheme = match parts.scheme {
            Some(scheme) => scheme,
            None => return Err(wrong("lacks its scheme (https://)")),
        };
        let authority = match parts.authority {
            Some(authority) if !authority.host().is_empty() => authority,
            _ => return Err(wrong("lacks a host")),
        };
        if authority.as_str().contains('@') {
            return Err(wrong("must not have a user name or password"));
        }
        let written = authority.as_str().rsplit_once(':').map(|(_, port)| port).filter(|port| !port.contains(']'));
        if written.is_some() && authority.port_u16().is_none() {
            return Err(wrong("has a port that is none"));
        }
        let path = parts.path_and_query.unwrap_or_else(|| PathAndQuery::from_static("/"));
        if path.query().is_some() {
            return Err(wrong("must not have a query (?)"));
        }
        let prefix = path.path().trim_end_matches('/');
        let prefix = prefix.strip_suffix("/v1").unwrap_or(prefix).trim_end_matches('/');
        Ok(Self { scheme, authority, prefix: prefix.into() })
    }

    /// The origin: whom the key may be shown to.
    pub fn origin(&self) -> Origin {
        Origin::new(&self.scheme, &self.authority)
    }

    /// Whether what is sent there cannot be read on the way: `https`, or a host that is this very machine.
    pub fn is_confidential(&self) -> bool {
        self.scheme == Scheme::HTTPS || self.is_loopback()
    }

    /// Whether the host is this very machine.
    pub fn is_loopback(&self) -> bool {
        let host = self.authority.host();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost")
            || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// The absolute form of a path with its query.
    fn join(&self, target: &Uri) -> Result<Uri, http::Error> {
        let target = target.path_and_query().map_or("/", PathAndQuery::as_str);
        let builder = Uri::builder().scheme(self.scheme.clone()).authority(self.authority.clone());
        if self.prefix.is_empty() {
            return builder.path_and_query(target).build();
        }
        builder.path_and_query([&*self.prefix, target].concat()).build()
    }
}

impl fmt::Display for BaseUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.prefix)
    }
}

/// A scheme, a host and a port: whom a key may be shown to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    scheme: Scheme,
    /// In lower case.
    host: Box<str>,
    port: u16,
}

impl Origin {
    fn new(scheme: &Scheme, authority: &Authority) -> Self {
        let default = if *scheme == Scheme::HTTPS { 443 } else { 80 };
        Self {
            scheme: scheme.clone(),
            host: authority.host().to_ascii_lowercase().into(),
            port: authority.port_u16().unwrap_or(default),
        }
    }

    /// The origin of an absolute URI.
    pub fn of(uri: &Uri) -> Option<Self> {
        Some(Self::new(uri.scheme()?, uri.authority()?))
    }

    /// Whether `uri` is absolute and has this origin.
    pub fn contains(&self, uri: &Uri) -> bool {
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else { return false };
        let default = if *scheme == Scheme::HTTPS { 443 } else { 80 };
        *scheme == self.scheme
            && authority.host().eq_ignore_ascii_case(&self.host)
            && authority.port_u16().unwrap_or(default) == self.port
    }
}

/// Joins the path of each request to the [`BaseUri`].
///
/// Sits above the retry layer: the layers below see real URIs. A request that is absolute already is left alone.
#[derive(Debug, Clone)]
pub struct BaseUriLayer {
    base: BaseUri,
}

impl BaseUriLayer {
    /// A layer for this address.
    pub fn new(base: BaseUri) -> Self {
        Self { base }
    }
}

impl<S> Layer<S> for BaseUriLayer {
    type Service = JoinBaseUri<S>;

    fn layer(&self, inner: S) -> JoinBaseUri<S> {
        JoinBaseUri { inner, base: self.base.clone() }
    }
}

/// The service of [`BaseUriLayer`].
#[derive(Debug, Clone)]
pub struct JoinBaseUri<S> {
    inner: S,
    base: BaseUri,
}

impl<S, B> Service<Request<B>> for JoinBaseUri<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        if request.uri().authority().is_none() {
            // Only a target beyond the length of a URI cannot be joined; without a host it goes nowhere.
            if let Ok(uri) = self.base.join(request.uri()) {
                *request.uri_mut() = uri;
            }
        }
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(base: &str) -> String {
        BaseUri::parse(base).unwrap().join(&"/v1/files?page=0".parse().unwrap()).unwrap().to_string()
    }

    #[test]
    fn a_slash_or_v1_at_the_end_makes_no_difference() {
        for base in ["https://h", "HTTPS://h", "https://h/", "https://h/v1", "https://h/v1/", " https://h "] {
            assert_eq!(joined(base), "https://h/v1/files?page=0", "{base}");
        }
        for base in ["http://h:8/proxy", "http://h:8/proxy/", "http://h:8/proxy/v1"] {
            assert_eq!(joined(base), "http://h:8/proxy/v1/files?page=0", "{base}");
        }
    }

    #[test]
    fn what_is_not_an_address_of_an_api_is_refused() {
        for (base, reason) in [
            ("api.mistral.ai", "lacks its scheme"),
            ("api.mistral.ai/v1", "lacks its scheme"),
            ("user:secret@localhost:8787/v1", "lacks its scheme"),
            ("", "cannot be read"),
            ("ftp://h", "must begin with https://"),
            ("file:///etc/passwd", "must begin with https://"),
            ("https://h?x=1", "must not have a query"),
            ("https://h/#f", "must not have a fragment"),
            ("https://user:secret@h", "must not have a user name"),
            ("https://", "cannot be read"),
            ("https://h:99999", "has a port that is none"),
            ("https://h:", "has a port that is none"),
        ] {
            let error = BaseUri::parse(base).unwrap_err().to_string();
            assert!(error.contains(reason), "{base}: {error}");
            assert!(!error.contains("secret"));
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let origin = BaseUri::parse("https://API.example.com").unwrap().origin();
        let same = |uri: &str| origin.contains(&uri.parse().unwrap());
        assert!(same("https://api.example.com/v1") && same("https://api.example.com:443/"));
        assert!(!same("http://api.example.com/") && !same("https://api.example.com:444/"));
        assert!(
            !same("https://api.example.com.evil.com/") && !same("https://evil.com/api.example.com") && !same("/v1")
        );
    }

    proptest::proptest! {
        #[test]
        fn no_other_host_port_or_scheme_is_the_same_origin(host in "[a-z]{1,8}(\\.[a-z]{2,5}){0,2}", port in 1..65_535_u16, plain: bool) {
            let scheme = if plain { "http" } else { "https" };
            let origin = BaseUri::parse(&format!("{scheme}://{host}:{port}")).unwrap().origin();
            let same = |uri: String| origin.contains(&uri.parse().unwrap());
            let shouted = format!("{scheme}://{}:{port}/v1", host.to_uppercase());
            proptest::prop_assert!(same(shouted));
            let other_scheme = if plain { "https" } else { "http" };
            for elsewhere in [
                format!("{other_scheme}://{host}:{port}/"),
                format!("{scheme}://{host}:{}/", port % 65_535 + 1),
                format!("{scheme}://{host}.evil.example:{port}/"),
                format!("{scheme}://evil{host}:{port}/"),
            ] {
                proptest::prop_assert!(!same(elsewhere.clone()), "{elsewhere}");
            }
        }
    }

    #[test]
    fn plain_http_is_confidential_only_on_this_machine() {
        let confidential = |base: &str| BaseUri::parse(base).unwrap().is_confidential();
        assert!(confidential("https://h") && confidential("http://127.0.0.1:1") && confidential("http://[::1]:1"));
        assert!(confidential("http://localhost:8787"));
        assert!(
            !confidential("http://h") && !confidential("http://127.0.0.1.evil.com") && !confidential("http://10.0.0.1")
        );
    }
}
