//! Through proxies.

use std::net::SocketAddr;

use mistral_transport::{ErrorKind, HttpClientSettings, ProxySettings};

use super::authority::Authority;
use super::proxy::Proxy;
use super::server::Server;
use super::{CANARY, get, trusting};

/// A name that only a proxy can make something of.
const API: &str = "api.example.test";

/// The settings with this proxy.
fn through(settings: HttpClientSettings, scheme: &str, user: &str, proxy: SocketAddr) -> HttpClientSettings {
    settings.proxy(ProxySettings::to(format!("{scheme}://{user}{proxy}")).unwrap())
}

#[tokio::test]
async fn an_http_proxy_is_asked_for_a_tunnel_and_reads_nothing_in_it() {
    let authority = Authority::new();
    let server = Server::secure(authority.issue(API).tls()).await;
    let proxy = Proxy::http(server.address).await;
    let settings = through(trusting(&authority.pem), "http", "me:pass%20word@", proxy.address);
    get(&format!("https://{API}"), settings).await.unwrap();
    let asked = proxy.asked();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].starts_with("CONNECT api.example.test:443 HTTP/1.1\r\n"), "{asked:?}");
    assert!(asked[0].contains("Proxy-Authorization: Basic bWU6cGFzcyB3b3Jk\r\n"), "{asked:?}");
    assert!(server.requests()[0].contains(CANARY) && !server.requests()[0].contains("proxy-authorization"));
    assert!(!proxy.read().contains(CANARY) && !proxy.read().contains("Bearer"));
}

#[tokio::test]
async fn a_proxy_can_have_tls_of_its_own() {
    let authority = Authority::new();
    let server = Server::secure(authority.issue(API).tls()).await;
    let proxy = Proxy::https(server.address, authority.issue("127.0.0.1").tls()).await;
    get(&format!("https://{API}"), through(trusting(&authority.pem), "https", "", proxy.address)).await.unwrap();
    assert_eq!(server.requests().len(), 1);
    assert!(proxy.asked()[0].starts_with("CONNECT api.example.test:443 "));
}

#[tokio::test]
async fn a_proxy_that_cannot_be_trusted_is_named() {
    let proxy = Proxy::https(SocketAddr::from(([127, 0, 0, 1], 1)), Authority::new().issue("127.0.0.1").tls()).await;
    let settings = through(trusting(&Authority::new().pem), "https", "", proxy.address);
    let error = get(&format!("https://{API}"), settings).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Tls, 1));
    assert!(error.to_string().contains(&format!("no secure connection to the proxy {}", proxy.address)), "{error}");
}

#[tokio::test]
async fn f8_proxy_answers_connect_with_407() {
    let proxy = Proxy::refusing(407).await;
    let user = format!("me:{CANARY}@");
    let settings = through(trusting(&Authority::new().pem), "http", &user, proxy.address);
    let error = get(&format!("https://{API}"), settings).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), proxy.asked().len()), (ErrorKind::Proxy, 1, 1));
    let text = error.to_string();
    assert!(text.contains(&format!("the proxy {} does not accept a user name and password", proxy.address)), "{text}");
    assert!(!proxy.read().contains("Bearer"));
}

#[tokio::test]
async fn f8_proxy_answers_connect_with_502() {
    let proxy = Proxy::refusing(502).await;
    let error =
        get(&format!("https://{API}"), through(trusting(&Authority::new().pem), "http", "", proxy.address)).await;
    let error = error.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), proxy.asked().len()), (ErrorKind::Connect, 4, 4));
    let text = error.to_string();
    assert!(text.contains(&format!("the proxy {} has no connection to {API}:443", proxy.address)), "{text}");
    assert!(text.contains("502") && text.contains("nothing was sent"), "{text}");
    assert!(!proxy.read().contains("Bearer"));
}

#[tokio::test]
async fn a_proxy_whose_rules_forbid_it_is_not_asked_again() {
    let proxy = Proxy::refusing(403).await;
    let settings = through(trusting(&Authority::new().pem), "http", "", proxy.address);
    let error = get(&format!("https://{API}"), settings).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), proxy.asked().len()), (ErrorKind::Proxy, 1, 1));
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named() {
    let settings = trusting(&Authority::new().pem).proxy(ProxySettings::to("http://127.0.0.1:1").unwrap());
    let error = get(&format!("https://{API}"), settings).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connect, 4));
    assert!(error.to_string().contains("no connection to the proxy 127.0.0.1:1: "), "{error}");
}

#[tokio::test]
async fn plain_http_goes_through_a_tunnel_too() {
    let server = Server::plain().await;
    let proxy = Proxy::http(server.address).await;
    get(&format!("http://{API}"), through(super::settings(), "http", "", proxy.address)).await.unwrap();
    assert!(proxy.asked()[0].starts_with("CONNECT api.example.test:80 "), "{:?}", proxy.asked());
    assert!(server.requests()[0].starts_with("GET /v1/x "));
}

#[tokio::test]
async fn a_host_among_the_exceptions_is_reached_without_the_proxy() {
    let server = Server::plain().await;
    for (except, asked) in [("127.0.0.0/8", 0), ("*", 0), (".example.com, 127.0.0.1", 0), ("10.0.0.0/8", 1)] {
        let proxy = Proxy::http(server.address).await;
        let url = format!("http://{}", proxy.address);
        let settings = super::settings().proxy(ProxySettings::to(url).unwrap().except(except));
        get(&format!("http://{}", server.address), settings).await.unwrap();
        assert_eq!(proxy.asked().len(), asked, "{except}");
    }
}

#[tokio::test]
async fn a_socks_proxy_looks_the_name_up() {
    let authority = Authority::new();
    let server = Server::secure(authority.issue(API).tls()).await;
    for scheme in ["socks5", "socks5h"] {
        let proxy = Proxy::socks(server.address, "me", "pass word").await;
        let settings = through(trusting(&authority.pem), scheme, "me:pass%20word@", proxy.address);
        get(&format!("https://{API}"), settings).await.unwrap();
        assert_eq!(proxy.asked(), ["api.example.test:443"]);
        assert!(!proxy.read().contains(CANARY));
    }
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_socks_proxy_is_told_the_port_of_plain_http() {
    let server = Server::plain().await;
    let proxy = Proxy::socks(server.address, "me", "p").await;
    get(&format!("http://{API}"), through(super::settings(), "socks5", "me:p@", proxy.address)).await.unwrap();
    assert_eq!(proxy.asked(), ["api.example.test:80"]);
}

#[tokio::test]
async fn a_socks_proxy_that_does_not_accept_the_password_is_not_asked_again() {
    for user in [format!("me:{CANARY}@"), String::new()] {
        let proxy = Proxy::socks(SocketAddr::from(([127, 0, 0, 1], 1)), "me", "p").await;
        let settings = through(trusting(&Authority::new().pem), "socks5", &user, proxy.address);
        let error = get(&format!("https://{API}"), settings).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts(), proxy.asked().len()), (ErrorKind::Proxy, 1, 1), "{error}");
        assert!(error.to_string().contains("a user name and password"), "{error}");
    }
}
