use mistral_files::Files;
use mistral_transport::{ApiKey, Credentials, Result, Transport};

use crate::{Batch, Models};

/// Hands out the handles of the API, all over one [`Transport`].
///
/// Cheap to clone; clones share connections and the retry budget. Making one neither connects nor spawns.
#[derive(Debug, Clone)]
pub struct Client {
    transport: Transport,
}

impl Client {
    /// The environment variable that names another address of the API.
    pub const BASE_URL_VARIABLE: &'static str = "MISTRAL_BASE_URL";

    /// A client with the key in `MISTRAL_API_KEY`, at the address in `MISTRAL_BASE_URL` if that is set.
    ///
    /// The only function that reads the environment.
    ///
    /// # Errors
    ///
    /// [`Config`](mistral_transport::ErrorKind::Config) for a missing or unusable key or address.
    pub fn from_env() -> Result<Self> {
        let mut builder = Transport::builder(ApiKey::from_env()?);
        if let Some(base) = std::env::var(Self::BASE_URL_VARIABLE).ok().filter(|base| !base.trim().is_empty()) {
            builder = builder.base_uri(base);
        }
        builder.build().map(Self::from)
    }

    /// A client with these credentials and the default stack. [`Transport::builder`] has the settings.
    ///
    /// # Errors
    ///
    /// [`Config`](mistral_transport::ErrorKind::Config) if there is no usable HTTP client.
    pub fn new(credentials: impl Credentials) -> Result<Self> {
        Transport::builder(credentials).build().map(Self::from)
    }

    /// The files of the workspace.
    pub fn files(&self) -> Files {
        Files::new(self.transport.clone())
    }

    /// The batch part of the API.
    pub fn batch(&self) -> Batch {
        Batch::new(self.transport.clone())
    }

    /// The models the workspace can use.
    pub fn models(&self) -> Models {
        Models::new(self.transport.clone())
    }

    /// What sends the calls; for an endpoint that has no method yet.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }
}

impl From<Transport> for Client {
    fn from(transport: Transport) -> Self {
        Self { transport }
    }
}
