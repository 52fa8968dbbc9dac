//! HTTP/2, where the settings offer it and the server takes it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mistral_transport::{Call, Failure, HttpClient, Reach};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tower::ServiceExt as _;

use super::authority::Authority;
use super::{transport, trusting};

/// The first bytes of a connection after the handshake.
async fn preface(call: Call, offered: bool) -> String {
    let authority = Authority::new();
    let tls = authority.issue("127.0.0.1").tls_speaking(&["h2", "http/1.1"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    let calling = tokio::spawn(async move {
        let _ = transport(&base, trusting(&authority.pem).http2(offered)).json::<Value>(call).await;
    });
    let mut stream = tls.accept(listener.accept().await.unwrap().0).await.unwrap();
    let mut start = [0; 14];
    stream.read_exact(&mut start).await.unwrap();
    calling.abort();
    String::from_utf8_lossy(&start).into_owned()
}

#[tokio::test]
async fn small_calls_speak_it_and_what_moves_bytes_or_costs_money_does_not() {
    let read = || Call::get("x.get", &["v1", "x"]);
    assert_eq!(preface(read(), true).await, "PRI * HTTP/2.0");
    assert_eq!(preface(read(), false).await, "GET /v1/x HTTP");
    assert_eq!(preface(read().transfers(), true).await, "GET /v1/x HTTP");
    assert_eq!(preface(Call::post("x.create", &["v1", "x"]).creates(), true).await, "POST /v1/x HTT");
}

const SETTINGS: u8 = 4;
const HEADERS: u8 = 1;
const END_OF_STREAM: u8 = 1;
const END_OF_HEADERS: u8 = 4;

/// What a server does with the requests of one connection.
#[derive(Debug, Clone, Copy)]
enum Turn {
    /// Answers the first with an empty JSON object, and says that no others are processed.
    AnswersOneAndGoes,
    /// Takes none: `GOAWAY` with 0 as the last stream.
    TakesNone,
    /// Refuses the first stream (`RST_STREAM` with `REFUSED_STREAM`) and answers all others.
    RefusesTheStream,
    /// Answers all.
    Answers,
    /// Closes the connection.
    Breaks,
    /// Says that it goes away after this very request, and closes the connection before it has answered.
    TakesItAndBreaks,
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// `GOAWAY` in good order, with the last stream that is processed.
fn goaway(last: u32) -> Vec<u8> {
    frame(7, 0, 0, &[last.to_be_bytes(), [0; 4]].concat())
}

/// Speaks HTTP/2 by hand, because no server library can be made to go away in the middle of a request.
async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, turn: Turn, requests: &AtomicUsize) -> Option<()> {
    stream.read_exact(&mut [0; 24]).await.ok()?;
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).await.ok()?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        stream.read_exact(&mut vec![0; length as usize]).await.ok()?;
        let id = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        let answers = match head[3] {
            SETTINGS if head[4] == 0 => frame(SETTINGS, 1, 0, &[]),
            HEADERS => {
                requests.fetch_add(1, Ordering::Relaxed);
                // The status 200 has a number of its own.
                let answer = [frame(HEADERS, END_OF_HEADERS, id, &[0x88]), frame(0, END_OF_STREAM, id, b"{}")].concat();
                match turn {
                    Turn::Answers => answer,
                    Turn::RefusesTheStream if id > 1 => answer,
                    Turn::AnswersOneAndGoes if id == 1 => answer,
                    Turn::AnswersOneAndGoes => goaway(1),
                    Turn::TakesNone => goaway(0),
                    Turn::RefusesTheStream => frame(3, 0, id, &[0, 0, 0, 7]),
                    Turn::Breaks => return None,
                    Turn::TakesItAndBreaks => {
                        stream.write_all(&goaway(id)).await.ok()?;
                        return stream.shutdown().await.ok();
                    }
                }
            }
            _ => Vec::new(),
        };
        stream.write_all(&answers).await.ok()?;
    }
}

/// A server that does this on its connections, one after the other, and the last of it from there on; its address, what
/// to trust, and how many requests it saw.
async fn server(turns: &'static [Turn]) -> (String, String, Arc<AtomicUsize>) {
    let authority = Authority::new();
    let tls = authority.issue("127.0.0.1").tls_speaking(&["h2"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = requests.clone();
    tokio::spawn(async move {
        for turn in turns.iter().chain(std::iter::repeat(turns.last().unwrap())) {
            let (stream, _) = listener.accept().await.unwrap();
            let (tls, requests) = (tls.clone(), counted.clone());
            tokio::spawn(async move { serve(tls.accept(stream).await.unwrap(), *turn, &requests).await });
        }
    });
    (base, authority.pem, requests)
}

#[tokio::test]
async fn f21_goaway_below_our_stream() {
    const TURNED_AWAY: [&[Turn]; 3] = [
        &[Turn::TakesNone, Turn::Answers],
        &[Turn::RefusesTheStream, Turn::Answers],
        &[Turn::AnswersOneAndGoes, Turn::Answers],
    ];
    for turns in TURNED_AWAY {
        let (base, pem, requests) = server(turns).await;
        let transport = transport(&base, trusting(&pem).http2(true));
        let seen = |expected| assert_eq!(requests.swap(0, Ordering::Relaxed), expected, "{turns:?}");
        if let [Turn::AnswersOneAndGoes, ..] = turns {
            transport.json::<Value>(Call::get("x.get", &["v1", "x"])).await.unwrap();
            seen(1);
        }
        let post = Call::post("x.cancel", &["v1", "x"]).idempotent();
        transport.json::<Value>(post).await.unwrap();
        // Once in vain, and once more.
        seen(2);
        transport.json::<Value>(Call::get("x.get", &["v1", "x"])).await.unwrap();
        seen(1);
    }
}

/// How far the attempt got, for which the server did this.
async fn reach(turn: &'static [Turn]) -> Reach {
    let (base, pem, _) = server(turn).await;
    let client = HttpClient::new(&trusting(&pem).http2(true)).unwrap();
    let call = Call::post("x.cancel", &["v1", "x"]).idempotent();
    let mut request = call.into_request().unwrap();
    *request.uri_mut() = format!("{base}/v1/x").parse().unwrap();
    let error = client.oneshot(request).await.unwrap_err();
    Failure::find(&*error).unwrap().reach()
}

#[tokio::test]
async fn only_what_the_server_says_it_has_not_taken_counts_as_not_sent() {
    assert_eq!(reach(&[Turn::TakesNone]).await, Reach::NotSent);
    assert_eq!(reach(&[Turn::RefusesTheStream]).await, Reach::NotSent);
    assert_eq!(reach(&[Turn::Breaks]).await, Reach::Unknown);
    assert_eq!(reach(&[Turn::TakesItAndBreaks]).await, Reach::Unknown);
}
