//! A server that does no more than it must, in a process of its own so that it counts neither as our memory nor as our
//! processor time.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustls::pki_types::PrivateKeyDer;

use crate::replies;

/// The length of every content: 512 MB.
pub(crate) const CONTENT: u64 = 512_000_000;

/// The server's process; it ends with this value.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) base: String,
    /// The certificate to trust, in PEM, if it speaks TLS.
    pub(crate) root: Option<String>,
}

impl Server {
    pub(crate) fn start(tls: bool) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["serve", if tls { "tls" } else { "plain" }])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let (base, root) = serde_json::from_str(&said).unwrap();
        Self { child, base, root }
    }

    /// Asks for a path and returns the body of the answer.
    pub(crate) fn ask(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.base.trim_start_matches("http://")).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What all connections know.
#[derive(Debug, Default)]
struct Shared {
    open: AtomicUsize,
    most_open: AtomicUsize,
    jobs_done: AtomicBool,
}

/// Serves until whoever started it is gone.
pub(crate) fn run(tls: bool) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (base, tls) = if tls {
        let (config, root) = certified();
        ((format!("https://localhost:{port}"), Some(root)), Some(config))
    } else {
        ((format!("http://127.0.0.1:{port}"), None), None)
    };
    println!("{}", serde_json::to_string(&base).unwrap());
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let shared = Arc::new(Shared::default());
    for stream in listener.incoming().flatten() {
        let (shared, tls) = (shared.clone(), tls.clone());
        std::thread::spawn(move || {
            stream.set_nodelay(true).unwrap();
            let open = 1 + shared.open.fetch_add(1, Ordering::SeqCst);
            shared.most_open.fetch_max(open, Ordering::SeqCst);
            // What goes wrong on a connection is the client's to see.
            let _ = match tls {
                Some(tls) => {
                    let session = rustls::ServerConnection::new(tls).unwrap();
                    serve(rustls::StreamOwned::new(session, stream), &shared)
                }
                None => serve(stream, &shared),
            };
            shared.open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

/// What proves who the server is, and the certificate that vouches for it.
fn certified() -> (Arc<rustls::ServerConfig>, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (Arc::new(config), made.cert.pem())
}

/// Answers one request after the other.
fn serve(mut stream: impl Read + Write, shared: &Shared) -> std::io::Result<()> {
    let mut block = vec![b'x'; 256 << 10];
    loop {
        let (mut read, mut head) = (0, None);
        while head.is_none() {
            let count = stream.read(&mut block[read..])?;
            if count == 0 {
                return Ok(());
            }
            read += count;
            head = block[..read].windows(4).position(|window| window == b"\r\n\r\n");
        }
        let end = head.unwrap_or_default() + 4;
        let text = String::from_utf8_lossy(&block[..end]).into_owned();
        let length =
            text.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let length: u64 = length.unwrap_or(0);
        let mut left = length - (read - end) as u64;
        while left > 0 {
            let most = block.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let count = stream.read(&mut block[..most])?;
            if count == 0 {
                return Ok(());
            }
            left -= count as u64;
        }
        let path = text.split(' ').nth(1).unwrap_or_default();
        match path {
            "/finish" => {
                shared.jobs_done.store(true, Ordering::SeqCst);
                stream.write_all(&replies::json("200 OK", "{}"))?;
            }
            "/connections" => {
                // Not counting the one that asks.
                let most = shared.most_open.load(Ordering::SeqCst) - 1;
                stream.write_all(&replies::json("200 OK", &most.to_string()))?;
            }
            "/v1/files" => stream.write_all(&replies::json("200 OK", &replies::file(length)))?,
            path if path.ends_with("/content") => {
                let head = format!("HTTP/1.1 200 OK\r\netag: \"a\"\r\ncontent-length: {CONTENT}\r\n\r\n");
                stream.write_all(head.as_bytes())?;
                let mut left = CONTENT;
                while left > 0 {
                    let most = block.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    stream.write_all(&block[..most])?;
                    left -= most as u64;
                }
            }
            _ => {
                let done = shared.jobs_done.load(Ordering::SeqCst);
                let job = replies::job(if done { "SUCCESS" } else { "RUNNING" });
                stream.write_all(&replies::json("200 OK", &job))?;
            }
        }
        stream.flush()?;
        if text.contains("connection: close") {
            return Ok(());
        }
    }
}
