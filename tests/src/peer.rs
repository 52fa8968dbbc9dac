//! Peers on plain sockets, for what no HTTP server can be made to do.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A server that does with each connection what it is told.
#[derive(Debug)]
pub struct Peer {
    /// Where it listens.
    pub base: String,
    connections: Arc<AtomicUsize>,
}

impl Peer {
    /// Calls `handle` with each connection and its number, counted from 0.
    pub async fn start<F>(handle: impl Fn(usize, TcpStream) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = counted.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(handle(number, stream));
            }
        });
        Self { base, connections }
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// Reads one request: its head, and as much of a body as it announces. `None` if the client has gone.
pub async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut read = read_head(stream).await?;
    let head = read.to_ascii_lowercase();
    let length = head.split_once("content-length: ").and_then(|(_, rest)| rest.split_once('\r')?.0.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    read += &String::from_utf8_lossy(&body);
    Some(read)
}

/// Reads the head of a request and not a byte more.
pub async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        read.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(read).ok()
}

/// A whole answer of JSON; more of the head can follow the status.
pub async fn answer(stream: &mut TcpStream, status: &str, json: &str) {
    let answer =
        format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{json}", json.len());
    // The client may be gone already, which is its business.
    let _ = stream.write_all(answer.as_bytes()).await;
}

/// Ends a connection with a reset.
pub fn reset(stream: TcpStream) {
    stream.set_zero_linger().unwrap();
    drop(stream);
}

/// An address at which connections are neither taken nor refused, for as long as the result lives.
pub async fn black_hole() -> (String, Vec<TcpStream>, TcpListener) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    let limit = std::time::Duration::from_millis(200);
    // The queue of those who wait to be accepted fills up, and then the system answers nobody.
    while let Ok(Ok(stream)) = tokio::time::timeout(limit, TcpStream::connect(address)).await {
        waiting.push(stream);
    }
    (format!("http://{address}"), waiting, listener)
}
