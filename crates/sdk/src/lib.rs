//! Batch jobs, fine-tuning, files and models of the Mistral AI API, in one client.
//!
//! ```no_run
//! use mistral_sdk::{BatchEndpoint, Client, CreateBatchJob, FilePurpose, Poll, Upload};
//!
//! # async fn demo() -> mistral_sdk::Result<()> {
//! let client = Client::from_env()?;
//! let file = client.files().upload(Upload::path("requests.jsonl"), FilePurpose::Batch).await?;
//! let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions)
//!     .model("mistral-small-latest")
//!     .input_file(&file.id);
//! let job = client.batch().jobs().create(&job).await?;
//! let job = client.batch().jobs().wait(&job.id, Poll::default()).await?;
//! if let Some(output) = &job.output_file {
//!     client.files().download(output).await?.save("results.jsonl").await?;
//! }
//! # Ok(()) }
//! ```
//!
//! The client only puts together what the crates below offer, each usable on its own: the types of [`models`], the tower
//! stack of [`transport`], and the handles [`Files`], [`Jobs`], [`FineTuningJobs`] and [`Models`]. Whoever has a stack of their
//! own makes a [`Transport`] of it and the client of that:
//!
//! ```
//! use mistral_sdk::transport::Body;
//! use mistral_sdk::{Client, ListModels, Transport};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> mistral_sdk::Result<()> {
//! let stack = tower::service_fn(|_: http::Request<Body>| async {
//!     Ok::<_, std::io::Error>(http::Response::new(Body::from(r#"{"object": "list", "data": []}"#)))
//! });
//! let client = Client::from(Transport::from_service(stack));
//! assert!(client.models().list(&ListModels::default()).await?.data.is_empty());
//! # Ok(()) }
//! ```
//!
//! # Fine-tuning
//!
//! The vendor retired hosted fine-tuning jobs in August 2026 and answers them with 410 Gone; private deployments may still
//! offer them. Fine-tuned models are managed everywhere.
//!
//! ```no_run
//! use mistral_sdk::{Client, CreateFineTuningJob, Poll, Until};
//!
//! # async fn demo(client: Client) -> mistral_sdk::Result<()> {
//! let job = CreateFineTuningJob::new("ministral-8b-latest").training_file("0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d");
//! match client.fine_tuning().jobs().create(&job.auto_start(true)).await {
//!     Ok(job) => {
//!         let job = client.fine_tuning().jobs().wait(&job.id, Until::Done, Poll::default()).await?;
//!         println!("{}: {:?}", job.status, job.fine_tuned_model);
//!     }
//!     Err(error) if error.is_gone() => println!("{error}"),
//!     Err(error) => return Err(error),
//! }
//! # Ok(()) }
//! ```
//!
//! # Features
//!
//! * `rustls-ring` (default): a socket client with TLS by rustls on ring.
//! * `rustls-aws-lc`: the same on aws-lc-rs.
//! * `webpki-roots`: Mozilla's trusted authorities, compiled in, for machines without a trust store.
//! * `http2`: HTTP/2 for small harmless calls, if the settings ask for it.
//! * `csv`, `parquet`: rows of tables, to make requests of.
//! * `gzip`: a layer that unfolds gzip within a cap, for those who put it into their stack.
//!
//! Without either there is no socket client, and [`Transport::builder`] must be given one.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod address;
mod batch;
mod client;
mod fine_tuning;

pub use mistral_datasets as datasets;
pub use mistral_models as models;
pub use mistral_runs as runs;
pub use mistral_transport as transport;

pub use address::Address;
pub use batch::Batch;
pub use client::Client;
pub use fine_tuning::FineTuning;
pub use mistral_batch::{Jobs, Line, Lines, Marker, MissingResults, Outcome, ResultLine, UnreadableLine};
pub use mistral_files::{Download, Files, Upload};
pub use mistral_fine_tuning::{Jobs as FineTuningJobs, Models, Progress, Until};
pub use mistral_models::*;
pub use mistral_runs::{Input, Run, Runs, Spec};
pub use mistral_transport::{ApiKey, Credentials, Error, ErrorKind, Poll, Result, Transport};
