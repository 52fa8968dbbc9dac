use std::fmt;
use std::net::IpAddr;

use http::{StatusCode, Uri};

use crate::ErrorKind;
use crate::error::{Error, Result};
use crate::failure::{Failure, Reach};

/// Which proxy to go through, if any.
///
/// The default is the environment, read when the client is made: `HTTPS_PROXY` for `https`, `HTTP_PROXY` for `http`,
/// `ALL_PROXY` for both, and `NO_PROXY` for the hosts to reach without one; each also in lower case, the upper case
/// first, an empty value counting as none. This machine itself is then never reached through a proxy, and in a CGI
/// program (`REQUEST_METHOD` is set) `HTTP_PROXY` is left out, because a visitor can set it.
///
/// A proxy is `http://host:port`, `https://host:port` (TLS up to the proxy) or `socks5://host:port`; `socks5h` is the same, as
/// it is always the proxy that looks up names. `user:password@` before the host is sent to the proxy alone and shown
/// nowhere. HTTP proxies are asked for a tunnel (`CONNECT`) in every case, so they see no header of ours.
///
/// ```
/// use mistral_transport::ProxySettings;
///
/// let proxy = ProxySettings::to("http://me:secret@proxy.example.com:3128")?.except("localhost,.example.com,10.0.0.0/8");
/// assert!(!format!("{proxy:?}").contains("secret"));
/// # Ok::<(), mistral_transport::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxySettings(Choice);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Choice {
    Environment,
    Rules(Box<ProxyRules>),
}

/// What goes through which proxy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ProxyRules {
    pub(super) http: Option<ProxyAddress>,
    pub(super) https: Option<ProxyAddress>,
    /// Hosts to reach without a proxy, in the form of `NO_PROXY`.
    pub(super) except: String,
    /// Whether this machine is among them.
    pub(super) except_loopback: bool,
}

/// The address of a proxy, checked. `Display` names it as errors do, without its user.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct ProxyAddress {
    /// As given, perhaps with a user and password.
    url: String,
    pub(super) kind: ProxyKind,
    /// Where to connect: a host and a port.
    pub(super) endpoint: Uri,
    /// The variable it came from.
    source: Option<&'static str>,
}

/// What a proxy speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProxyKind {
    Http,
    /// HTTP under TLS of its own.
    Https,
    Socks,
}

impl Default for ProxySettings {
    fn default() -> Self {
        Self(Choice::Environment)
    }
}

impl ProxySettings {
    /// No proxy, whatever the environment says.
    pub fn none() -> Self {
        Self(Choice::Rules(Box::default()))
    }

    /// This proxy for everything, whatever the environment says.
    ///
    /// # Errors
    ///
    /// [`Config`](crate::ErrorKind::Config) for what is not the address of such a proxy; the error shows no password.
    pub fn to(url: impl AsRef<str>) -> Result<Self> {
        let address = ProxyAddress::read(url.as_ref(), None)?;
        let rules = ProxyRules { http: Some(address.clone()), https: Some(address), ..ProxyRules::default() };
        Ok(Self(Choice::Rules(rules.into())))
    }

    /// Hosts to reach without the given proxy: names with all that is below them, addresses, networks such as
    /// `10.0.0.0/8`, or `*`, with commas between them. The environment has `NO_PROXY` for that.
    #[must_use]
    pub fn except(mut self, hosts: impl Into<String>) -> Self {
        if let Choice::Rules(rules) = &mut self.0 {
            rules.except = hosts.into();
        }
        self
    }

    /// The rules, with the environment asked through `variable` if it has to be.
    pub(super) fn rules(&self, variable: impl Fn(&str) -> Option<String>) -> Result<ProxyRules> {
        match &self.0 {
            Choice::Rules(rules) => Ok((**rules).clone()),
            Choice::Environment => ProxyRules::from_env(variable),
        }
    }
}

impl ProxyRules {
    fn from_env(variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let first = |names: [&'static str; 2]| names.into_iter().find_map(|name| Some((name, set(name)?)));
        let address = |names| match first(names) {
            Some((name, url)) => ProxyAddress::read(&url, Some(name)).map(Some),
            None => Ok(None),
        };
        let all = address(["ALL_PROXY", "all_proxy"])?;
        let http = if set("REQUEST_METHOD").is_some() { ["http_proxy"; 2] } else { ["HTTP_PROXY", "http_proxy"] };
        Ok(Self {
            http: address(http)?.or_else(|| all.clone()),
            https: address(["HTTPS_PROXY", "https_proxy"])?.or(all),
            except: first(["NO_PROXY", "no_proxy"]).map(|(_, hosts)| hosts).unwrap_or_default(),
            except_loopback: true,
        })
    }

    /// The proxy for `target`, unless it is among the exceptions.
    pub(super) fn candidate(&self, target: &Uri) -> Option<&ProxyAddress> {
        let everything = self.except.split(',').any(|host| host.trim() == "*");
        if everything || (self.except_loopback && is_loopback(target)) {
            return None;
        }
        if target.scheme_str() == Some("https") { self.https.as_ref() } else { self.http.as_ref() }
    }

    pub(super) fn http_url(&self) -> &str {
        self.http.as_ref().map_or("", |address| &address.url)
    }

    pub(super) fn https_url(&self) -> &str {
        self.https.as_ref().map_or("", |address| &address.url)
    }
}

impl ProxyAddress {
    fn read(url: &str, source: Option<&'static str>) -> Result<Self> {
        let origin = source.map_or(String::new(), |source| format!(" in {source}"));
        let wrong = |problem: &str| {
            Error::config(format!("the proxy{origin} {problem}; expected a form such as http://proxy.example.com:3128"))
        };
        let unreadable = || wrong("cannot be read (in a password, all but letters and digits must be %-encoded)");
        let url = url.trim();
        let uri: Uri = url.parse().map_err(|_| unreadable())?;
        let (kind, port) = match uri.scheme_str() {
            None | Some("http") => (ProxyKind::Http, 80),
            Some("https") => (ProxyKind::Https, 443),
            Some("socks5" | "socks5h") => (ProxyKind::Socks, 1080),
            Some(_) => return Err(wrong("is of a kind not supported: http, https, socks5 and socks5h are")),
        };
        let Some(authority) = uri.authority().filter(|authority| !authority.host().is_empty()) else {
            return Err(wrong("lacks a host"));
        };
        let user = authority.as_str().rsplit_once('@').map_or("", |(user, _)| user);
        if user.contains('@') {
            return Err(unreadable());
        }
        // A SOCKS handshake has one byte for the length of each.
        if user.split(':').any(|part| part.len() > 255) {
            return Err(wrong("has a user name or password of more than 255 bytes"));
        }
        let scheme = if kind == ProxyKind::Https { "https" } else { "http" };
        let port = authority.port_u16().unwrap_or(port);
        let endpoint = Uri::builder().scheme(scheme).authority(format!("{}:{port}", authority.host()));
        let endpoint = endpoint.path_and_query("/").build().map_err(|_| unreadable())?;
        Ok(Self { url: url.to_owned(), kind, endpoint, source })
    }

    /// What an answer other than a success means.
    pub(super) fn refusal(&self, target: &str, status: StatusCode) -> Failure {
        if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Failure::permanent(ErrorKind::Proxy, Reach::NotSent, self.password_refused("407"));
        }
        let message = format!("{self} has no connection to {target} for us: {status}; nothing was sent");
        if status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429) {
            return Failure::transient(ErrorKind::Connect, Reach::NotSent, message);
        }
        Failure::permanent(ErrorKind::Proxy, Reach::NotSent, message)
    }

    /// What a SOCKS handshake that failed means; its error is known by its words alone.
    pub(super) fn socks_refusal(&self, target: &str, reason: &str) -> Failure {
        if reason.contains("credentials") || reason.contains("authentication") {
            return Failure::permanent(ErrorKind::Proxy, Reach::NotSent, self.password_refused(reason));
        }
        let message = format!("{self} has no connection to {target} for us: {reason}; nothing was sent");
        Failure::transient(ErrorKind::Connect, Reach::NotSent, message)
    }

    fn password_refused(&self, reason: &str) -> String {
        let what = if self.url.contains('@') { "does not accept" } else { "asks for" };
        format!("{self} {what} a user name and password ({reason}); they go before its host, as in user:password@host")
    }
}

impl fmt::Display for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoint = self.endpoint.authority().map_or("", |authority| authority.as_str());
        write!(f, "the proxy {endpoint}")?;
        self.source.map_or(Ok(()), |source| write!(f, " (from {source})"))
    }
}

impl fmt::Debug for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, kind, endpoint, source } = self;
        f.debug_struct("ProxyAddress")
            .field("kind", kind)
            .field("endpoint", endpoint)
            .field("user", &url.contains('@').then_some("[hidden]"))
            .field("source", source)
            .finish()
    }
}

/// The form that a proxy is asked for.
pub(super) fn host_and_port(target: &Uri) -> String {
    let port = target.port_u16().unwrap_or(if target.scheme_str() == Some("https") { 443 } else { 80 });
    format!("{}:{port}", target.host().unwrap_or_default())
}

fn is_loopback(target: &Uri) -> bool {
    let host = target.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(variables: &[(&str, &str)]) -> Result<ProxyRules> {
        ProxySettings::default()
            .rules(|name| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned()))
    }

    fn https(variables: &[(&str, &str)]) -> Option<String> {
        rules(variables).unwrap().https.map(|address| address.url)
    }

    #[test]
    fn the_environment_is_read_as_elsewhere() {
        assert_eq!(https(&[]), None);
        assert_eq!(https(&[("HTTPS_PROXY", "http://a:1"), ("ALL_PROXY", "http://b:1")]).as_deref(), Some("http://a:1"));
        assert_eq!(https(&[("HTTPS_PROXY", " "), ("all_proxy", "http://b:1")]).as_deref(), Some("http://b:1"));
        assert_eq!(https(&[("https_proxy", "a:1"), ("HTTP_PROXY", "http://b:1")]).as_deref(), Some("a:1"));
        assert_eq!(https(&[("HTTP_PROXY", "http://b:1")]), None);
        assert_eq!(rules(&[("no_proxy", "localhost")]).unwrap().except, "localhost");
    }

    #[test]
    fn this_machine_is_reached_without_a_proxy_from_the_environment() {
        let rules = rules(&[("ALL_PROXY", "http://a:1")]).unwrap();
        for target in ["http://localhost:8787/", "http://127.0.0.1/", "https://[::1]:8443/", "https://LOCALHOST/"] {
            assert_eq!(rules.candidate(&target.parse().unwrap()), None, "{target}");
        }
        assert!(rules.candidate(&"https://localhost.example.com/".parse().unwrap()).is_some());
    }

    #[test]
    fn a_visitor_of_a_cgi_program_cannot_choose_the_proxy() {
        let set = [("REQUEST_METHOD", "GET"), ("HTTP_PROXY", "http://evil:1")];
        assert_eq!(rules(&set).unwrap().http, None);
    }

    #[test]
    fn what_is_not_a_proxy_is_refused_by_its_variable_and_without_its_password() {
        for (url, reason) in [
            ("ftp://me:canary@h:1", "is of a kind not supported"),
            ("socks4://h:1", "is of a kind not supported"),
            ("http://me:can ary@h", "cannot be read"),
            ("http://", "cannot be read"),
            ("/path", "lacks a host"),
        ] {
            let text = rules(&[("HTTPS_PROXY", url)]).unwrap_err().to_string();
            assert!(text.starts_with("the proxy in HTTPS_PROXY ") && text.contains(reason), "{url}: {text}");
            assert!(!text.contains("canary"));
            assert!(ProxySettings::to(url).is_err());
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        for url in ["http://me:canary@h:1", "me:canary@h:1", "socks5://me:canary@h:1", "http://me:a@canary@h:1"] {
            let shown = match ProxySettings::to(url) {
                Ok(settings) => format!("{settings:?}"),
                Err(error) => format!("{error} {error:?} for h:1"),
            };
            assert!(shown.contains("h:1") && !shown.contains("canary"), "{shown}");
        }
    }
}
