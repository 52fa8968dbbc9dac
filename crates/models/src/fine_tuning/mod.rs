//! Fine-tuning jobs: what is asked for, and what becomes of it.

mod create;
mod creation;
mod estimate;
mod hyperparameters;
mod integration;
mod job;
mod list_fine_tuning_jobs;
mod progress;
mod repository;
mod target;
mod training_file;

pub use create::CreateFineTuningJob;
pub use creation::FineTuningCreation;
pub use estimate::{DryRun, FineTuningJobMetadata};
pub use hyperparameters::Hyperparameters;
pub use integration::{Integration, JobIntegration, WandbIntegration, WandbRun};
pub use job::{FineTuningJob, FineTuningJobStatus, FineTuningJobType};
pub use list_fine_tuning_jobs::ListFineTuningJobs;
pub use progress::{Checkpoint, FineTuningEvent, Metrics};
pub use repository::{GithubRepository, JobRepository, TrainedRepository};
pub use target::{ClassifierTarget, LossFunction};
pub use training_file::TrainingFile;
