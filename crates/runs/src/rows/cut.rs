use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use mistral_models::BatchRequest;
use mistral_transport::{Body, BoxError, Error, ErrorKind, Failure, Reach, Result};
use serde_json::value::RawValue;

use mistral_datasets::batch::Request;

use super::{Rows, Source, changed, id_of, sent};
use crate::blocking::blocking;
use crate::part::Part;

/// How much is sent at a time.
const BLOCK: usize = 256 << 10;

/// A part as it is sent, cut from the input block by block. At its end it must have been what was planned.
#[derive(Debug)]
pub(crate) struct Cutter {
    rows: Rows,
    source: Source,
    part: Arc<Part>,
    hasher: blake3::Hasher,
    length: u64,
    ended: bool,
}

impl Cutter {
    pub(crate) fn new(source: &Source, part: &Arc<Part>) -> Result<Self> {
        Ok(Self {
            rows: Rows::of(source, part)?,
            source: source.clone(),
            part: part.clone(),
            hasher: blake3::Hasher::new(),
            length: 0,
            ended: false,
        })
    }

    /// The next block; `None` at the end.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InputChanged`] in place of the last block if the input is not what it was.
    pub(crate) fn block(&mut self) -> Result<Option<Bytes>> {
        if self.ended {
            return Ok(None);
        }
        let mut block = BytesMut::with_capacity(BLOCK);
        // The last block is known to be the last, so that it is never sent before all is known to be right.
        while block.len() < BLOCK || self.length + block.len() as u64 >= self.part.bytes {
            let Some(row) = self.rows.next()? else {
                self.ended = true;
                break;
            };
            block.extend_from_slice(&sent(&row, &self.source)?);
            block.extend_from_slice(b"\n");
        }
        self.hasher.update(&block);
        self.length += block.len() as u64;
        if self.length > self.part.bytes || (self.ended && !self.is_whole()) {
            return Err(changed());
        }
        Ok((!block.is_empty()).then(|| block.freeze()))
    }

    fn is_whole(&self) -> bool {
        self.length == self.part.bytes && *self.hasher.finalize().to_hex() == *self.part.digest
    }
}

/// The part as the content of an upload.
pub(crate) fn body(source: Source, part: Arc<Part>) -> Body {
    let length = part.bytes;
    let blocks = stream::try_unfold(None, move |cutter: Option<Cutter>| {
        let (source, part) = (source.clone(), part.clone());
        async move {
            let next = blocking(move || {
                let mut cutter = match cutter {
                    Some(cutter) => cutter,
                    None => Cutter::new(&source, &part)?,
                };
                Ok(cutter.block()?.map(|block| (block, Some(cutter))))
            });
            next.await.map_err(permanent)
        }
    });
    Body::stream(blocks).with_length(length)
}

/// Nothing about this machine gets better by trying the network again.
fn permanent(error: Error) -> BoxError {
    let kind = if error.kind() == ErrorKind::InputChanged { error.kind() } else { ErrorKind::LocalIo };
    Failure::permanent(kind, Reach::Unknown, error.to_string()).caused_by(error).into()
}

/// The part as requests of a job's creation. It is small.
///
/// # Errors
///
/// [`ErrorKind::InputChanged`] if the input is not what it was.
pub(crate) fn requests(source: &Source, part: &Arc<Part>) -> Result<Vec<BatchRequest>> {
    let mut cutter = Cutter::new(source, part)?;
    while cutter.block()?.is_some() {}
    let (mut rows, mut requests) = (Rows::of(source, part)?, Vec::new());
    while let Some(row) = rows.next()? {
        let body = Request::parse(row.bytes).map_err(|_| changed())?.body;
        let body: &RawValue = serde_json::from_str(body).map_err(|_| changed())?;
        requests.push(BatchRequest::new(id_of(&row)?, body).map_err(|_| changed())?);
    }
    Ok(requests)
}
