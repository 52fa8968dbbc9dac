//! A store of one file, as it stands behind signed URLs: it knows parts and tags, and breaks off as it is told.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::peer::{self, Peer};

/// A server of one file on a socket of its own.
#[derive(Debug)]
pub struct Blob {
    peer: Peer,
    seen: Arc<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    heads: Mutex<Vec<String>>,
    sent: AtomicU64,
}

/// What becomes of one request.
#[derive(Debug, Clone)]
pub enum Turn {
    /// The file, or the part that was asked for.
    File {
        /// The content.
        content: Bytes,
        /// Its tag, quotes included.
        etag: &'static str,
        /// Whether parts are given; otherwise `Range` is passed over.
        ranges: bool,
        /// Where in the file the connection ends before its time, and how.
        cut: Option<(usize, Cut)>,
    },
    /// An answer word for word.
    Raw(String),
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// In good order, as if all had been said.
    Fin,
    /// With a reset.
    Reset,
}

impl Turn {
    /// The file or the part asked for, whole.
    pub fn file(content: &Bytes) -> Self {
        Self::File { content: content.clone(), etag: "\"1\"", ranges: true, cut: None }
    }

    /// The same, cut at this byte of the file.
    pub fn cut(content: &Bytes, at: usize, how: Cut) -> Self {
        Self::File { content: content.clone(), etag: "\"1\"", ranges: true, cut: Some((at, how)) }
    }

    /// A refusal as the storage words it, in XML.
    pub fn expired() -> Self {
        let xml = "<?xml version=\"1.0\"?><Error><Code>AuthenticationFailed</Code><Message>Signature not valid in the \
                   specified time frame</Message></Error>";
        Self::Raw(format!(
            "HTTP/1.1 403 Forbidden\r\ncontent-type: application/xml\r\ncontent-length: {}\r\nconnection: \
             close\r\n\r\n{xml}",
            xml.len()
        ))
    }

    /// A redirect.
    pub fn redirect(to: &str) -> Self {
        Self::Raw(format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"))
    }
}

impl Blob {
    /// Answers each request as `turn` says, which gets its number from 0 and its head.
    pub async fn start(turn: impl Fn(usize, &str) -> Turn + Send + Sync + 'static) -> Self {
        let seen = Arc::new(Seen::default());
        let (turn, keeps) = (Arc::new(turn), Arc::clone(&seen));
        let peer = Peer::start(move |_, mut stream| {
            let (turn, seen) = (Arc::clone(&turn), Arc::clone(&keeps));
            async move {
                let Some(head) = peer::read_request(&mut stream).await else { return };
                let turn = {
                    let mut heads = seen.heads.lock().unwrap();
                    heads.push(head.clone());
                    turn(heads.len() - 1, &head)
                };
                answer(stream, &head, turn, &seen.sent).await;
            }
        })
        .await;
        Self { peer, seen }
    }

    /// A URL of the file, with this signature.
    pub fn url(&self, signature: &str) -> String {
        format!("{}/store/file?sig={signature}", self.peer.base)
    }

    /// The heads of the requests so far.
    pub fn heads(&self) -> Vec<String> {
        self.seen.heads.lock().unwrap().clone()
    }

    /// The parts that were asked for.
    pub fn ranges(&self) -> Vec<String> {
        self.heads().iter().filter_map(|head| header(head, "range")).collect()
    }

    /// How many bytes of the file were sent.
    pub fn sent(&self) -> u64 {
        self.seen.sent.load(Ordering::Relaxed)
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        self.peer.connections()
    }
}

/// The value of a header in a head.
pub fn header(head: &str, name: &str) -> Option<String> {
    let mut pairs = head.lines().filter_map(|line| line.split_once(": "));
    pairs.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
}

async fn answer(mut stream: TcpStream, head: &str, turn: Turn, sent: &AtomicU64) {
    let (content, etag, ranges, cut) = match turn {
        Turn::File { content, etag, ranges, cut } => (content, etag, ranges, cut),
        Turn::Raw(raw) => {
            // The client may be gone already, which is its business.
            let _ = stream.write_all(raw.as_bytes()).await;
            return;
        }
    };
    let asked = header(head, "range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let same = header(head, "if-range").is_none_or(|tag| tag == etag);
    let start: usize = asked.filter(|_| ranges && same).unwrap_or(0);
    let total = content.len();
    let status = if start > 0 {
        format!("206 Partial Content\r\ncontent-range: bytes {start}-{}/{total}", total - 1)
    } else {
        "200 OK".to_owned()
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/octet-stream\r\netag: {etag}\r\ncontent-length: \
         {}\r\nconnection: close\r\n\r\n",
        total - start
    );
    let end = cut.map_or(total, |(at, _)| at.clamp(start, total));
    let body = content.slice(start..end);
    if stream.write_all(head.as_bytes()).await.is_err() || stream.write_all(&body).await.is_err() {
        return;
    }
    sent.fetch_add(body.len() as u64, Ordering::Relaxed);
    if cut.is_some_and(|(_, how)| how == Cut::Reset) {
        peer::reset(stream);
    }
}
