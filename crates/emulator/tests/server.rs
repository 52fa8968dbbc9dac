//! The emulator on a port.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use mistral_emulator::Emulator;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
    emulator: Emulator,
}

fn serve() -> Server {
    serve_with("{\"faults\": []}")
}

fn serve_with(faults: &str) -> Server {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let emulator = Emulator::builder().faults(faults.parse().unwrap()).build().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let served = emulator.clone();
    let shutdown = async { drop(stopped.await) };
    let task = tokio::spawn(async move { served.serve(listener, shutdown).await });
    Server { address, stop, task, emulator }
}

/// Sends bytes and reads until the server closes; a plain socket shows what is really on the wire.
async fn talk(address: SocketAddr, request: String) -> String {
    let (answer, end) = talk_to_the_end(address, request).await;
    end.unwrap();
    answer
}

/// The same, whether the end is a farewell or an error.
async fn talk_to_the_end(address: SocketAddr, request: String) -> (String, std::io::Result<usize>) {
    let talk = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let end = stream.read_to_end(&mut answer);
        (String::from_utf8(answer).unwrap(), end)
    };
    tokio::task::spawn_blocking(talk).await.unwrap()
}

fn request(line: &str, body: &str) -> String {
    format!(
        "{line} HTTP/1.1\r\nHost: here.example:81\r\nAuthorization: Bearer key\r\nConnection: close\r\n\
         Content-Type: multipart/form-data; boundary=edge\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

const FORM: &str =
    "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nhello\r\n--edge--\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_up_and_comes_down_by_its_signed_url() {
    let server = serve();
    let uploaded = talk(server.address, request("POST /v1/files", FORM)).await;
    assert!(uploaded.starts_with("HTTP/1.1 200 OK\r\n"), "{uploaded}");
    assert!(uploaded.contains("x-emulator: mistral-emulator/"), "{uploaded}");
    let id = uploaded.split("\"id\":\"").nth(1).unwrap().get(..36).unwrap().to_owned();

    let signed = talk(server.address, request(&format!("GET /v1/files/{id}/url"), "")).await;
    let url = signed.split("\"url\":\"").nth(1).unwrap().trim_end_matches("\"}");
    let path = url.strip_prefix("http://here.example:81").unwrap();
    let content = talk(server.address, format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")).await;
    assert!(content.ends_with("\r\n\r\nhello"), "{content}");
    assert!(content.to_ascii_lowercase().contains("content-length: 5\r\n"), "{content}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_refused_in_the_middle_of_its_upload_still_reads_why() {
    let server = serve();
    let body = "x".repeat(20 << 20);
    let answer = talk(server.address, request("POST /v1/files", &body).replace("Bearer key", "")).await;
    assert!(answer.starts_with("HTTP/1.1 401 Unauthorized\r\n"), "{answer}");
    assert_eq!(server.emulator.ledger().entries()[0].body_bytes, 20 << 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_ends_the_server_and_frees_the_port() {
    let server = serve();
    assert!(talk(server.address, request("GET /v1/models", "")).await.starts_with("HTTP/1.1 200"));
    // An idle connection does not hold it up.
    let _idle = TcpStream::connect(server.address).unwrap();
    server.stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(5), server.task).await.unwrap().unwrap().unwrap();
    TcpListener::bind(server.address).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_cannot_be_read_is_refused() {
    let server = serve();
    let answer = talk(server.address, "nonsense\r\n\r\n".to_owned()).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}

#[tokio::test]
async fn an_address_that_others_can_reach_is_refused_unless_allowed() {
    let listener = || TcpListener::bind(("0.0.0.0", 0)).unwrap();
    let refused = Emulator::new().unwrap().serve(listener(), std::future::ready(())).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
    assert!(refused.to_string().contains("can be reached from other machines"), "{refused}");
    let open = Emulator::builder().allow_remote(true).build().unwrap();
    open.serve(listener(), std::future::ready(())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_script_breaks_the_connection_itself() {
    let fault =
        |delivery: &str| format!("{{\"faults\": [{{\"operation\": \"models.list\", \"delivery\": {delivery}}}]}}");
    let broken = async |delivery: &str| {
        let server = serve_with(&fault(delivery));
        let (answer, end) = talk_to_the_end(server.address, request("GET /v1/models", "")).await;
        assert_eq!(server.emulator.ledger().unused_faults(), []);
        (answer, end.map_err(|error| error.kind()).err())
    };
    let reset = Some(std::io::ErrorKind::ConnectionReset);
    assert_eq!(broken("\"close\"").await, (String::new(), None));
    assert_eq!(broken("\"reset\"").await, (String::new(), reset));
    assert_eq!(broken("{\"cut_head\": 12}").await, ("HTTP/1.1 200".to_owned(), None));
    let (answer, end) = broken("{\"cut\": 9}").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\n{\"data\":["), "{answer}");
    assert_eq!(end, None);
    assert_eq!(broken("{\"reset_after\": 9}").await.1, reset);
}
