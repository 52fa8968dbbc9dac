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
pub struct Input(Kind);

enum Kind {
    Files(Vec<PathBuf>),
    Reader(Box<dyn Read + Send>),
    Requests(BoxStream<'static, std::result::Result<BatchRequest, BoxError>>),
}

/// The name of the rows that could be read only once, in the folder of the run.
const SPOOLED: &str = "input.jsonl";
/// Requests that are written before somebody else has a turn.
const CHUNK: usize = 256;

impl Input {
    /// A JSONL file of requests.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Kind::Files(vec![path.into()]))
    }

    /// JSONL files of requests, one after the other.
    pub fn files<P: Into<PathBuf>>(paths: impl IntoIterator<Item = P>) -> Self {
        Self(Kind::Files(paths.into_iter().map(Into::into).collect()))
    }

    /// JSON lines that can be read once, such as standard input.
    pub fn reader(reader: impl Read + Send + 'static) -> Self {
        Self(Kind::Reader(Box::new(reader)))
    }

    /// Requests made by the program.
    pub fn requests<S, E>(requests: S) -> Self
    where
        S: Stream<Item = std::result::Result<BatchRequest, E>> + Send + 'static,
        E: Into<BoxError> + 'static,
    {
        Self(Kind::Requests(requests.map_err(Into::into).boxed()))
    }

    /// Files that can be read as often as it takes; made in `folder` if need be.
    pub(crate) async fn into_files(self, folder: &Path) -> Result<Vec<PathBuf>> {
        let path = folder.join(SPOOLED);
        match self.0 {
            Kind::Files(files) => return blocking(|| files.into_iter().map(absolute).collect()).await,
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
        Ok(vec![path])
    }
}

fn unreadable(error: BoxError) -> Error {
    Error::new(ErrorKind::BadInput, format!("the requests cannot be read: {error}"))
        .during("runs.plan")
        .caused_by(error)
}

/// The file where it is found from anywhere.
fn absolute(path: PathBuf) -> Result<PathBuf> {
    std::path::absolute(&path).map_err(|error| crate::blocking::unreadable(&path, error))
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Files(files) => f.debug_tuple("Files").field(files).finish(),
            Kind::Reader(_) => f.write_str("Reader"),
            Kind::Requests(_) => f.write_str("Requests"),
        }
    }
}
