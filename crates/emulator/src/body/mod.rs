//! Bodies: what the emulator answers with, and what it is asked with.

mod file;
mod request;

pub(crate) use request::RequestBody;

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::faults::FaultyBody;
use crate::store::Content;
use file::FileBody;

/// The body of an answer: bytes at hand, or a file read from disk as it is sent.
#[derive(Debug)]
pub struct Body(Kind);

#[derive(Debug)]
enum Kind {
    Bytes(Bytes),
    File(FileBody),
    Faulty(Box<FaultyBody>),
}

impl Body {
    /// The content of a file, read in blocks while it is sent.
    pub(crate) fn file(content: Arc<Content>) -> io::Result<Self> {
        Ok(Self(Kind::File(FileBody::open(content)?)))
    }

    /// A body with trouble on its way.
    pub(crate) fn faulty(body: FaultyBody) -> Self {
        Self(Kind::Faulty(Box::new(body)))
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self(Kind::Bytes(text.into()))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match &mut self.0 {
            Kind::Bytes(bytes) if bytes.is_empty() => Poll::Ready(None),
            Kind::Bytes(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Kind::File(file) => file.poll_block(cx).map_ok(Frame::data),
            Kind::Faulty(body) => body.poll(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.size_hint().exact() == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Bytes(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::File(file) => SizeHint::with_exact(file.left()),
            Kind::Faulty(body) => body.size_hint(),
        }
    }
}
