use mistral_files::Files;
use mistral_fine_tuning::Models;
use mistral_runs::Runs;
use mistral_transport::{Credentials, Result, Transport, credentials};

use crate::{Address, Batch, FineTuning};

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

    /// A client as the environment describes it.
    ///
    /// * `MISTRAL_SA_TOKEN_PATH` names a file with the key, read again when it changes; without it, `MISTRAL_API_KEY` is the
    ///   key. The order is that of the official Python client.
    /// * `MISTRAL_BASE_URL` is the address of the API; without it, `MISTRAL_REGION` says which of the vendor's addresses it
    ///   is: `global` (the default), `eu` or `us`. [`Address::from_env`] reads them and says more.
    ///
    /// An empty path, address or region counts as not set. Proxies are read from the environment by every client, unless its
    /// settings say otherwise.
    ///
    /// # Errors
    ///
    /// [`Config`](mistral_transport::ErrorKind::Config) for a missing or unusable key, address or region.
    pub fn from_env() -> Result<Self> {
        Transport::builder(credentials::from_env()?).base_uri(Address::from_env()?.url()).build().map(Self::from)
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

    /// The fine-tuning part of the API, which the vendor's own service retired in August 2026.
    pub fn fine_tuning(&self) -> FineTuning {
        FineTuning::new(self.transport.clone())
    }

    /// The models the workspace can use, fine-tuned ones included.
    pub fn models(&self) -> Models {
        Models::new(self.transport.clone())
    }

    /// Whole batch workloads over the files and jobs of the workspace: submitted once, resumed after whatever happened.
    ///
    /// ```no_run
    /// use mistral_sdk::{BatchEndpoint, Client, CreateBatchJob, Input, Spec};
    ///
    /// # async fn demo(client: Client) -> mistral_sdk::Result<()> {
    /// let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions).model("mistral-small-latest");
    /// let run = client.runs().start("night.run", Input::file("questions.jsonl"), Spec::new(job)).await?;
    /// println!("{} answered", run.finish().await?.tally.succeeded);
    /// # Ok(()) }
    /// ```
    pub fn runs(&self) -> Runs {
        Runs::new(self.transport.clone())
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
