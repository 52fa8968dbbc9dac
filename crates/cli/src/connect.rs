use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mistral_emulator::Emulator;
use mistral_sdk::Client;
use mistral_sdk::transport::{ApiKey, Credentials, Poll, Transport, credentials};

use crate::address::Address;
use crate::args::Global;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::terminal::Screen;

/// A client, and how patient to be with what is behind it.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) poll: Poll,
    /// Whether the service is in this process, and ends with it.
    pub(crate) embedded: bool,
}

/// More than any key has; a file that is larger is not the file that was meant.
const MAX_KEY_BYTES: u64 = 64 * 1024;

pub(crate) fn connect(global: &Global, screen: Screen) -> Result<Session> {
    if global.emulator {
        return embedded(screen);
    }
    let key = key(global.api_key_file.as_deref())?;
    let key_source = key.source().unwrap_or_default();
    let address = Address::of(global)?;
    address.check(global.allow_insecure_http)?;
    screen.detail(&format!("API: {}; key from {key_source}", address.url));
    let mut builder =
        Transport::builder(key).user_agent(concat!("mistral-jobs/", env!("CARGO_PKG_VERSION"))).base_uri(address.url);
    if global.allow_insecure_http {
        builder = builder.allow_insecure_http();
    }
    Ok(Session { client: builder.build()?.into(), poll: Poll::default(), embedded: false })
}

/// What to say to somebody who wants to give the key as an argument.
pub(crate) fn key_on_the_command_line() -> Failure {
    Failure::usage("--api-key is not taken: others can read a command line in the process list")
        .help("Put the key into the variable MISTRAL_API_KEY, or into a file and name it with --api-key-file.")
}

/// The emulator in this process, which needs no key and no socket.
pub(crate) fn embedded(screen: Screen) -> Result<Session> {
    let emulator = Emulator::new().map_err(|error| Failure::unexpected("the emulator cannot start").because(error))?;
    screen.note("emulator: the answers are made on this machine; no network, nothing is billed");
    let builder = Transport::builder(ApiKey::new("emulator")?).base_uri("http://127.0.0.1").http(emulator);
    // Nothing is spared by looking seldom.
    let poll = Poll::default().initial(Duration::from_millis(100)).max(Duration::from_secs(1));
    Ok(Session { client: builder.build()?.into(), poll, embedded: true })
}

/// A client for work that asks nothing of the service.
pub(crate) fn offline() -> Result<Client> {
    Ok(Transport::builder(ApiKey::new("none")?).base_uri("http://127.0.0.1:9").build()?.into())
}

/// The key of the file that was named, or else of the environment, which the library reads.
fn key(file: Option<&Path>) -> Result<Arc<dyn Credentials>> {
    let wrong = |what: String| Failure::new(ExitCode::Authentication, what);
    let key = match file {
        Some(path) => ApiKey::named(read_key(path)?, path.display().to_string()).map(|key| Arc::new(key) as _),
        None => credentials::from_env(),
    };
    key.map_err(|error| {
        wrong(error.to_string())
            .help("With a key: export MISTRAL_API_KEY=…, or name a file that holds it with --api-key-file.")
            .help("Without a key: add --emulator, which answers on this machine and bills nothing.")
    })
}

fn read_key(path: &Path) -> Result<String> {
    let unreadable = |error| {
        Failure::new(ExitCode::Authentication, format!("--api-key-file: {} cannot be read", path.display()))
            .because(error)
    };
    let mut text = String::new();
    File::open(path).and_then(|file| file.take(MAX_KEY_BYTES).read_to_string(&mut text)).map_err(unreadable)?;
    Ok(text)
}
