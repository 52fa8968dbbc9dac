//! Fine-tuning jobs and fine-tuned models of the Mistral AI API.
//!
//! The vendor retired hosted fine-tuning jobs in August 2026: its own service answers every call of [`Jobs`] with 410 Gone.
//! That is an error of its own kind, [`is_gone`](mistral_transport::Error::is_gone), and its text says so. Private deployments
//! and gateways that still speak the protocol can be used by their own base URL. Fine-tuned models outlived the jobs:
//! [`Models`] lists, renames, archives and deletes them everywhere.
//!
//! [`Jobs`] has one method an endpoint, and two that see a job through: [`wait`](Jobs::wait) and [`watch`](Jobs::watch).
//!
//! ```no_run
//! use futures_util::TryStreamExt as _;
//! use mistral_fine_tuning::{Jobs, Progress, Until};
//! use mistral_models::{CreateFineTuningJob, FineTuningJobStatus, Hyperparameters};
//! use mistral_transport::{ApiKey, Poll, Transport};
//!
//! # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
//! let transport = Transport::builder(ApiKey::from_env()?).base_uri("https://mistral.example.com").build()?;
//! let jobs = Jobs::new(transport);
//! let job = CreateFineTuningJob::new("ministral-8b-latest")
//!     .training_file("0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d")
//!     .hyperparameters(Hyperparameters::default().training_steps(100))
//!     .auto_start(false);
//! let job = jobs.create(&job).await?;
//!
//! // With `auto_start(false)` the job waits when its data is good and its cost known.
//! let job = jobs.wait(&job.id, Until::Validated, Poll::default()).await?;
//! if job.status == FineTuningJobStatus::Validated {
//!     println!("{:?}", job.metadata);
//!     jobs.start(&job.id).await?;
//! }
//!
//! let mut progress = jobs.watch(&job.id, Poll::default());
//! while let Some(news) = progress.try_next().await? {
//!     match news {
//!         Progress::Checkpoint(checkpoint) => println!("{}: {:?}", checkpoint.step_number, checkpoint.metrics.train_loss),
//!         Progress::Status(job) => println!("{}: {:?}", job.status, job.fine_tuned_model),
//!         _ => {}
//!     }
//! }
//! # Ok(()) }
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

mod create;
mod jobs;
mod models;
mod progress;
mod refusal;
mod start;
mod until;

pub use jobs::Jobs;
pub use models::Models;
pub use progress::Progress;
pub use until::Until;
