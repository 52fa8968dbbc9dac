//! Traffic on file: recorded once, answered from ever after.

mod exchange;
mod file;
mod record;
mod replay;

pub use record::{Record, RecordLayer};
pub use replay::Replay;

use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::ErrorKind;
use crate::error::{Error, Result};

use exchange::Exchange;

/// Requests and the answers they got, to be replayed in tests without a network.
///
/// Record once against the real API, look at the file, keep it beside the test:
///
/// ```no_run
/// # #[cfg(feature = "client")] {
/// use mistral_transport::layers::Cassette;
/// use mistral_transport::{ApiKey, HttpClient, HttpClientSettings, Transport};
/// use tower::ServiceBuilder;
///
/// # async fn demo() -> mistral_transport::Result<()> {
/// let cassette = Cassette::new();
/// let client = HttpClient::new(&HttpClientSettings::default())?;
/// let http = ServiceBuilder::new().layer(cassette.recorder()).service(client);
/// let transport = Transport::builder(ApiKey::from_env()?).http(http).build()?;
/// // … calls …
/// cassette.save("tests/cassettes/list.json")?;
/// # Ok(()) }
/// # }
/// ```
///
/// and answer from it:
///
/// ```
/// use mistral_models::{List, Model};
/// use mistral_transport::layers::Cassette;
/// use mistral_transport::{ApiKey, Call, Transport};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> mistral_transport::Result<()> {
/// let cassette = Cassette::parse(r#"{
///     "version": 1,
///     "exchanges": [{
///         "request": {"method": "GET", "uri": "https://api.mistral.ai/v1/models"},
///         "response": {"status": 200, "body": {"json": {"object": "list", "data": []}}}
///     }]
/// }"#)?;
/// let replay = cassette.replay();
/// let transport = Transport::builder(ApiKey::new("any")?).http(replay.clone()).build()?;
/// let models: List<Model> = transport.json(Call::get("models.list", &["v1", "models"])).await?;
/// assert!(models.data.is_empty() && replay.unused().is_empty());
/// # Ok(()) }
/// ```
///
/// # What is kept and what is not
///
/// Methods, addresses, headers and bodies. A body is kept as JSON (`json`, byte for byte as it came), else as text
/// (`text`), else with `\xNN` for each byte that is not ASCII (`escaped`).
///
/// Never kept: the values of sensitive headers (`Authorization`, cookies, and whatever is marked or named as a secret),
/// the same values wherever else they turn up in the exchange, and the signatures and tokens of signed URLs in addresses,
/// headers and bodies. `REDACTED` stands in their place. What people wrote is kept as it is: prompts and files are the
/// content of a recording, so look at a cassette before you share it.
///
/// A failure without an answer leaves no trace, and a random multipart boundary is replaced by a fixed one, so that an
/// upload can be recognised.
#[derive(Clone, Default)]
pub struct Cassette {
    exchanges: Arc<Mutex<Vec<Exchange>>>,
}

impl Cassette {
    /// An empty cassette. Clones share what is recorded.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a cassette from JSON, such as `include_str!` gives.
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) with the place if it is not a cassette of this version.
    pub fn parse(json: &str) -> Result<Self> {
        let exchanges = file::read(json).map_err(|problem| Error::config(format!("not a cassette: {problem}")))?;
        Ok(Self { exchanges: Arc::new(Mutex::new(exchanges)) })
    }

    /// Reads a cassette from a file.
    ///
    /// # Errors
    ///
    /// [`LocalIo`](ErrorKind::LocalIo) if the file cannot be read, else as [`parse`](Self::parse); both name it.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let json = fs::read_to_string(path).map_err(|error| local("read", path, error))?;
        let exchanges = file::read(&json)
            .map_err(|problem| Error::config(format!("{} is not a cassette: {problem}", path.display())))?;
        Ok(Self { exchanges: Arc::new(Mutex::new(exchanges)) })
    }

    /// Writes the cassette to a file, in place of what is there. The file is whole at any moment.
    ///
    /// # Errors
    ///
    /// [`LocalIo`](ErrorKind::LocalIo) if it cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let mut aside = path.as_os_str().to_owned();
        aside.push(format!(".{:08x}.part", fastrand::u32(..)));
        let written = fs::File::create_new(&aside).and_then(|file| {
            let mut file = io::BufWriter::new(file);
            self.write_to(&mut file)?;
            file.into_inner()?.sync_all()?;
            fs::rename(&aside, path)
        });
        written.map_err(|error| {
            // What was begun is of no use; that it may not exist does not matter.
            let _ = fs::remove_file(&aside);
            local("write", path, error)
        })
    }

    /// Writes the cassette as JSON.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_to(&self, writer: impl Write) -> io::Result<()> {
        file::write(writer, &self.lock())
    }

    /// A layer that records onto this cassette.
    pub fn recorder(&self) -> RecordLayer {
        RecordLayer::new(self.clone())
    }

    /// A service that answers from what is on the cassette at this moment.
    pub fn replay(&self) -> Replay {
        Replay::new(self.lock().clone())
    }

    /// How many exchanges it holds.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    fn push(&self, exchange: Exchange) {
        self.lock().push(exchange);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Exchange>> {
        // Exchanges are pushed whole, so a panic elsewhere spoils nothing.
        self.exchanges.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Cassette {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cassette").field("exchanges", &self.len()).finish()
    }
}

fn local(verb: &str, path: &Path, error: io::Error) -> Error {
    Error::new(ErrorKind::LocalIo, format!("cannot {verb} the cassette {}: {error}", path.display())).caused_by(error)
}
