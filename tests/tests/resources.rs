//! Nothing is left behind: files, tasks and memory go back to where they were, however calls end.
//!
//! The system counts for a whole process, so this is one test in a program of its own.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "everything here is test code")]

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use mistral_sdk::{Client, ErrorKind, FilePurpose, Upload};
use tests::peer::{self, Peer};
use tests::rig::{self, ABSENT};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Handle};

const MODEL: &str = r#"{"id": "m", "object": "model", "capabilities": {}}"#;
const MEBIBYTE: u64 = 1 << 20;

/// Made once: what the allocator keeps of many large pieces would be taken for a leak.
static CONTENT: LazyLock<Bytes> = LazyLock::new(|| vec![b'x'; 8 << 20].into());

/// Does with each request what the last part of its path says.
async fn serve(mut stream: TcpStream) {
    loop {
        let Some(request) = peer::read_head(&mut stream).await else { return };
        let path = request.split(' ').nth(1).unwrap_or_default();
        match path.rsplit('/').next().unwrap_or_default() {
            "good" => peer::answer(&mut stream, "200 OK", MODEL).await,
            "refused" => peer::answer(&mut stream, "404 Not Found", r#"{"detail": "no"}"#).await,
            "reset" => return peer::reset(stream),
            "cut" => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{").await;
                return;
            }
            "gzip" => peer::answer(&mut stream, "200 OK\r\ncontent-encoding: gzip", MODEL).await,
            "nested" => peer::answer(&mut stream, "200 OK", &"[".repeat(1_000_000)).await,
            "endless-refusal" => return endless(stream, "500 Internal Server Error").await,
            "endless-json" | "content" => return endless(stream, "200 OK").await,
            // Says nothing and reads slowly, for as long as the client stays.
            _ => {
                let mut block = vec![0; 64 << 10];
                while stream.read(&mut block).await.is_ok_and(|bytes| bytes > 0) {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                return;
            }
        }
    }
}

/// An answer that goes on until nobody reads it.
async fn endless(mut stream: TcpStream, status: &str) {
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n\"");
    let mut sent = stream.write_all(head.as_bytes()).await;
    let block = vec![b'x'; 64 << 10];
    while sent.is_ok() {
        sent = stream.write_all(&block).await;
    }
}

fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// A figure of `/proc/self/status`, in bytes.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    1024 * line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap()
}

/// Waits until `what` is at most `bound`, but not for ever.
async fn settles(what: impl Fn() -> usize, bound: usize, named: &str) {
    let started = Instant::now();
    while what() > bound {
        assert!(started.elapsed() < Duration::from_secs(5), "{} {named} are left of {bound}", what());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Calls that end in every way, those among them that nobody waits for.
async fn calls(client: &Client) {
    let models = client.models();
    models.get("good").await.unwrap();
    assert!(models.get("refused").await.unwrap_err().is_not_found());
    for broken in ["reset", "cut"] {
        assert_eq!(models.get(broken).await.unwrap_err().kind(), ErrorKind::Interrupted);
    }
    assert_eq!(models.get("gzip").await.unwrap_err().kind(), ErrorKind::UnsupportedEncoding);
    let soon = Duration::from_millis(10);
    assert!(tokio::time::timeout(soon, models.get("silent")).await.is_err());
    let files = client.files();
    let upload = files.upload(Upload::bytes("a", CONTENT.clone()), FilePurpose::Batch);
    assert!(tokio::time::timeout(soon, upload).await.is_err());
    let mut download = files.download(ABSENT).await.unwrap();
    assert!(download.try_next().await.unwrap().is_some());
}

/// By how much memory grows at the most, and how long it takes, while a hostile answer is read.
async fn hostile(client: &Client, path: &str, kind: ErrorKind) -> (u64, Duration) {
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let (before, started) = (memory("VmRSS"), Instant::now());
    let error = client.models().get(path).await.unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    (memory("VmHWM").saturating_sub(before), started.elapsed())
}

#[tokio::test]
async fn u4_u5_files_tasks_and_memory_return_to_where_they_were() {
    // The server has a runtime of its own, so that its tasks are not taken for the client's.
    let server = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let peer = server.spawn(Peer::start(|_, stream| serve(stream))).await.unwrap();
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let base = (open_files(), tasks());
    let client = rig::client(&peer.base);
    calls(&client).await;

    let before = memory("VmRSS");
    for _ in 0..50 {
        calls(&client).await;
    }
    let grown = memory("VmRSS").saturating_sub(before);
    assert!(grown <= 16 * MEBIBYTE, "{grown} bytes");
    // What stays are two idle connections at the most: both ends of each are files of this process.
    settles(open_files, base.0 + 2 * 2, "open files").await;
    settles(tasks, base.1 + 2, "tasks").await;

    let cases = [
        ("endless-refusal", ErrorKind::Api, 64 << 10, 4),
        ("endless-json", ErrorKind::TooLarge, 16 * MEBIBYTE, 1),
        ("nested", ErrorKind::Decode, MEBIBYTE, 2),
        ("gzip", ErrorKind::UnsupportedEncoding, 0, 1),
    ];
    for (path, kind, cap, attempts) in cases {
        let (grown, took) = hostile(&client, path, kind).await;
        assert!(grown <= cap + 16 * MEBIBYTE, "{path}: {grown} bytes");
        assert!(took <= attempts * Duration::from_secs(2), "{path}: {took:?}");
    }

    drop(client);
    settles(open_files, base.0, "open files").await;
    settles(tasks, base.1, "tasks").await;
    // It may not be dropped here, where nothing may block.
    server.shutdown_background();
}
