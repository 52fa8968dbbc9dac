use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use futures_core::Stream;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use mistral_models::BatchRequest;
use mistral_transport::{BoxError, Error, ErrorKind, Result};

use crate::blocking::blocking;
use crate::whole::Whole;

/// The rows of a run.
///
/// Files are read where they are, as often as it takes, and are not copied. What can be read only once is first written to
/// the folder of the run.
///
/// ```
/// use futures_util::stream;
/// use mistral_models::BatchRequest;
/// use mistral_runs::Input;
///
/// let files = Input::files(["monday.jsonl", "tuesday.jsonl"]);
/// let numbers = stream::iter(0..1_000_000_u32);
/// let requests = futures_util::StreamExt::map(numbers, |number| {
///     BatchRequest::new(format!("q-{number}"), &serde_json::json!({"input": format!("number {number}")}))
/// });
/// let typed = Input::requests(requests);
/// # let _ = (files, typed);
/// ```
pub struct Input {
    kind: Kind,
    /// What messages call rows that can be read only once.
    name: String,
}

enum Kind {
    Files(Vec<PathBuf>),
    Reader(Box<dyn Read + Send>),
    Requests(BoxStream<'static, std::result::Result<BatchRequest, BoxError>>),
}

/// A file of rows that can be read as often as it takes.
#[derive(Debug)]
pub(crate) struct Rereadable {
    /// Where it is found from anywhere.
    pub(crate) path: PathBuf,
    /// What messages call it: the path as it was given.
    pub(crate) name: String,
}

/// The name of the rows that could be read only once, in the folder of the run.
const SPOOLED: &str = "input.jsonl";
/// Requests that are written before somebody else has a turn.
const CHUNK: usize = 256;

impl Input {
    /// A JSONL file of requests.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::files([path])
    }

    /// JSONL files of requests, one after the other.
    pub fn files<P: Into<PathBuf>>(paths: impl IntoIterator<Item = P>) -> Self {
        Self::of(Kind::Files(paths.into_iter().map(Into::into).collect()))
    }

    /// JSON lines that can be read once, such as standard input.
    pub fn reader(reader: impl Read + Send + 'static) -> Self {
        Self::of(Kind::Reader(Box::new(reader)))
    }

    /// Requests made by the program.
    pub fn requests<S, E>(requests: S) -> Self
    where
        S: Stream<Item = std::result::Result<BatchRequest, E>> + Send + 'static,
        E: Into<BoxError> + 'static,
    {
        Self::of(Kind::Requests(requests.map_err(Into::into).boxed()))
    }

    /// What messages call rows that can be read only once, in the place of a path: `standard input`. `the input` unless set.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    fn of(kind: Kind) -> Self {
        Self { kind, name: "the input".to_owned() }
    }

    /// Files that can be read as often as it takes; made in `folder` if need be.
    pub(crate) async fn into_files(self, folder: &Path) -> Result<Vec<Rereadable>> {
        let path = folder.join(SPOOLED);
        match self.kind {
            Kind::Files(files) => return blocking(|| files.into_iter().map(Rereadable::file).collect()).await,
            Kind::Reader(mut reader) => {
                let path = path.clone();
                blocking(move || {
                    let mut whole = Whole::create(path)?;
                    let mut block = vec![0; 256 << 10];
                    loop {
                        match reader.read(&mut block) {
                            Ok(0) => return whole.finish(),
                            Ok(read) => whole.write(block.get(..read).unwrap_or_default())?,
                            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                            Err(error) => return Err(unreadable(error.into())),
                        }
                    }
                })
                .await?;
            }
            Kind::Requests(requests) => {
                let mut whole = Whole::create(&path)?;
                let mut chunks = requests.ready_chunks(CHUNK);
                while let Some(chunk) = chunks.next().await {
                    whole = blocking(move || {
                        for request in chunk {
                            let mut line = serde_json::to_vec(&request.map_err(unreadable)?)
                                .map_err(|error| unreadable(error.into()))?;
                            line.push(b'\n');
                            whole.write(&line)?;
                        }
                        Ok(whole)
                    })
                    .await?;
                }
                blocking(move || whole.finish()).await?;
            }
        }
        Ok(vec![Rereadable { path, name: self.name }])
    }
}

impl Rereadable {
    fn file(given: PathBuf) -> Result<Self> {
        let path = std::path::absolute(&given).map_err(|error| crate::blocking::unreadable(&given, error))?;
        Ok(Self { path, name: given.display().to_string() })
    }
}

fn unreadable(error: BoxError) -> Error {
    Error::new(ErrorKind::BadInput, format!("the requests cannot be read: {error}"))
        .during("runs.plan")
        .caused_by(error)
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Files(files) => f.debug_tuple("Files").field(files).finish(),
            Kind::Reader(_) => f.write_str("Reader"),
            Kind::Requests(_) => f.write_str("Requests"),
        }
    }
}
