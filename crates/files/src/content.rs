//! What a file part holds.

use std::fmt;
use std::fs::{File, Metadata};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http_body_util::BodyExt as _;
use mistral_transport::{Body, BoxError, Error, ErrorKind, Failure, Reach, Result};

use crate::save::blocking;

/// How much of a file is read at a time. Smaller blocks spend more time changing threads than reading.
const BLOCK: usize = 256 << 10;

/// Where the bytes come from.
pub(crate) enum Content {
    Path(PathBuf),
    Bytes(Bytes),
    Stream { length: u64, body: Body },
    Made { length: u64, make: Arc<dyn Fn() -> Body + Send + Sync> },
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Self::Bytes(bytes) => f.debug_tuple("Bytes").field(&bytes.len()).finish(),
            Self::Stream { length, .. } => f.debug_tuple("Stream").field(length).finish(),
            Self::Made { length, .. } => f.debug_tuple("Made").field(length).finish(),
        }
    }
}

/// Bytes of a known number, and what makes them.
pub(crate) struct Opened {
    pub(crate) length: u64,
    pub(crate) source: Source,
}

/// What makes the bytes: again and again, or once.
pub(crate) enum Source {
    Again(Arc<dyn Fn() -> Body + Send + Sync>),
    Once(Body),
}

impl Content {
    /// The name of the file at the path.
    pub(crate) fn filename(&self) -> Option<String> {
        match self {
            Self::Path(path) => Some(path.file_name()?.to_string_lossy().into_owned()),
            Self::Bytes(_) | Self::Stream { .. } | Self::Made { .. } => None,
        }
    }

    /// Finds out how many bytes there are.
    pub(crate) async fn open(self) -> Result<Opened> {
        match self {
            Self::Bytes(bytes) => {
                let length = bytes.len() as u64;
                Ok(Opened { length, source: Source::Again(Arc::new(move || Body::from(bytes.clone()))) })
            }
            Self::Made { length, make } => {
                Ok(Opened { length, source: Source::Again(Arc::new(move || exactly(length, make()))) })
            }
            Self::Stream { length, body } => Ok(Opened { length, source: Source::Once(exactly(length, body)) }),
            Self::Path(path) => {
                let path: Arc<Path> = path.into();
                let identity =
                    Identity::of(path.clone()).await.map_err(|error| Error::from_boxed("files.upload", error))?;
                let length = identity.length;
                Ok(Opened { length, source: Source::Again(Arc::new(move || read(path.clone(), identity))) })
            }
        }
    }
}

/// What tells whether a file is still the same: its length, and when it was last written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity {
    length: u64,
    modified: Option<SystemTime>,
}

impl Identity {
    async fn of(path: Arc<Path>) -> Result<Self, BoxError> {
        blocking(move || {
            let metadata = path.metadata().map_err(|error| unreadable(&path, error))?;
            if !metadata.is_file() {
                return Err(unreadable(&path, "it is not a file"));
            }
            Ok(Self::from(&metadata))
        })
        .await
    }
}

impl From<&Metadata> for Identity {
    fn from(metadata: &Metadata) -> Self {
        Self { length: metadata.len(), modified: metadata.modified().ok() }
    }
}

/// The content of the file at the path, as long as it stays the one that was announced.
fn read(path: Arc<Path>, identity: Identity) -> Body {
    let blocks = stream::try_unfold(None, move |state: Option<(File, u64)>| {
        let path = path.clone();
        async move {
            if state.as_ref().is_some_and(|(_, left)| *left == 0) {
                return Ok::<_, BoxError>(None);
            }
            blocking(move || next_block(&path, identity, state)).await.map(Some)
        }
    });
    Body::stream(blocks).with_length(identity.length)
}

fn next_block(
    path: &Path,
    identity: Identity,
    state: Option<(File, u64)>,
) -> Result<(Bytes, Option<(File, u64)>), BoxError> {
    let io = |error: std::io::Error| unreadable(path, error);
    let (mut file, left) = match state {
        Some(state) => state,
        None => (File::open(path).map_err(io)?, identity.length),
    };
    let size = usize::try_from(left).map_or(BLOCK, |left| left.min(BLOCK));
    let mut block = BytesMut::zeroed(size);
    let mut filled = 0;
    while filled < size {
        match file.read(&mut block[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(io(error)),
        }
    }
    let left = left - size as u64;
    if filled < size || (left == 0 && Identity::from(&file.metadata().map_err(io)?) != identity) {
        let message = format!("{} changed while it was being sent; upload it again", path.display());
        return Err(Failure::permanent(ErrorKind::InputChanged, Reach::Unknown, message).into());
    }
    Ok((block.freeze(), Some((file, left))))
}

/// A stream held to the number of bytes that was announced.
fn exactly(length: u64, body: Body) -> Body {
    let frames = stream::try_unfold((body, length), move |(mut body, left)| async move {
        let wrong = |problem: String| -> BoxError {
            Failure::permanent(ErrorKind::InputChanged, Reach::Unknown, problem).into()
        };
        loop {
            match body.frame().await {
                Some(frame) => {
                    let Ok(data) = frame?.into_data() else { continue };
                    let Some(left) = left.checked_sub(data.len() as u64) else {
                        return Err(wrong(format!("the stream has more than the {length} bytes that were announced")));
                    };
                    return Ok(Some((data, (body, left))));
                }
                None if left == 0 => return Ok(None),
                None => {
                    let sent = length - left;
                    return Err(wrong(format!(
                        "the stream ended after {sent} of the {length} bytes that were announced"
                    )));
                }
            }
        }
    });
    Body::stream(frames).with_length(length)
}

fn unreadable(path: &Path, reason: impl std::fmt::Display) -> BoxError {
    let message = format!("{} cannot be read: {reason}", path.display());
    Failure::permanent(ErrorKind::LocalIo, Reach::Unknown, message).into()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    async fn sent(content: Content) -> Result<Bytes, BoxError> {
        let body = match content.open().await?.source {
            Source::Again(make) => make(),
            Source::Once(body) => body,
        };
        Ok(body.collect().await?.to_bytes())
    }

    fn kind(error: &BoxError) -> Option<ErrorKind> {
        Failure::find(&**error).map(Failure::kind)
    }

    #[tokio::test]
    async fn a_file_of_many_blocks_arrives_whole() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let content: Vec<u8> = (0..3 * BLOCK + 17).map(|at| (at % 251) as u8).collect();
        file.write_all(&content).unwrap();
        assert_eq!(sent(Content::Path(file.path().into())).await.unwrap(), content);
    }

    #[tokio::test]
    async fn an_empty_file_is_empty() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(sent(Content::Path(file.path().into())).await.unwrap(), "");
    }

    #[tokio::test]
    async fn a_file_that_grows_or_shrinks_is_noticed() {
        for length in [1, 2 * BLOCK as u64] {
            let file = tempfile::NamedTempFile::new().unwrap();
            file.as_file().set_len(BLOCK as u64).unwrap();
            let opened = Content::Path(file.path().into()).open().await.unwrap();
            file.as_file().set_len(length).unwrap();
            let Source::Again(make) = opened.source else { unreachable!() };
            let error = make().collect().await.unwrap_err();
            assert_eq!(kind(&error), Some(ErrorKind::InputChanged), "{length}");
        }
    }

    #[tokio::test]
    async fn a_stream_is_held_to_its_length() {
        for (length, good) in [(4, false), (5, true), (6, false)] {
            let stream = stream::iter(["he", "llo"].map(|part| Ok::<_, BoxError>(Bytes::from(part))));
            let sent = sent(Content::Stream { length, body: Body::stream(stream) }).await;
            assert_eq!(sent.is_ok(), good, "{length}");
            if let Err(error) = sent {
                assert_eq!(kind(&error), Some(ErrorKind::InputChanged));
            }
        }
    }
}
