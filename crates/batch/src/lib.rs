//! Creates, watches and reads the batch jobs of the Mistral AI API.
//!
//! [`Jobs`] has one method an endpoint, and three that see a job through: [`wait`](Jobs::wait), [`watch`](Jobs::watch) and
//! [`results`](Jobs::results).
//!
//! ```no_run
//! use futures_util::TryStreamExt as _;
//! use mistral_batch::{Jobs, Outcome};
//! use mistral_models::{BatchEndpoint, BatchRequest, CreateBatchJob};
//! use mistral_transport::{ApiKey, Poll, Transport};
//!
//! # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
//! let jobs = Jobs::new(Transport::builder(ApiKey::from_env()?).build()?);
//! let job = CreateBatchJob::new(BatchEndpoint::Embeddings)
//!     .model("mistral-embed")
//!     .request(BatchRequest::new("first", &serde_json::json!({"input": "one string"}))?);
//! let job = jobs.create(&job).await?;
//! let job = jobs.wait(&job.id, Poll::default()).await?;
//! let mut outcomes = jobs.results(&job);
//! while let Some(outcome) = outcomes.try_next().await? {
//!     match outcome {
//!         Outcome::Result(result) => println!("{:?}: {:?}", result.custom_id, result.failure()),
//!         Outcome::Unreadable(line) => println!("line {} cannot be read: {}", line.line, line.reason),
//!     }
//! }
//! # Ok(()) }
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

mod jobs;
mod lines;
mod marker;
mod once;
mod reading;
mod results;

pub use jobs::Jobs;
pub use lines::{Line, Lines};
pub use marker::Marker;
pub use results::{MissingResults, Outcome, ResultLine, UnreadableLine};
