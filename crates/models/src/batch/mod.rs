//! Batch jobs, and the lines of their files.

mod create;
mod job;
mod list_batch_jobs;
mod request;
mod result;

pub use create::CreateBatchJob;
pub use job::{BatchError, BatchJob, BatchJobStatus, DeletedBatchJob, GetBatchJob};
pub use list_batch_jobs::ListBatchJobs;
pub use request::BatchRequest;
pub use result::{BatchResponse, BatchResult};

use crate::open_enum::open_enum;

open_enum! {
    /// The endpoint every request of a batch job goes to.
    BatchEndpoint {
        /// Chat.
        ChatCompletions = "/v1/chat/completions",
        /// Embeddings.
        Embeddings = "/v1/embeddings",
        /// Fill-in-the-middle.
        FimCompletions = "/v1/fim/completions",
        /// Moderation of texts.
        Moderations = "/v1/moderations",
        /// Moderation of conversations.
        ChatModerations = "/v1/chat/moderations",
        /// Reading of documents.
        Ocr = "/v1/ocr",
        /// Classification of texts.
        Classifications = "/v1/classifications",
        /// Classification of conversations.
        ChatClassifications = "/v1/chat/classifications",
        /// Conversations with agents and tools.
        Conversations = "/v1/conversations",
        /// Transcription of recordings.
        AudioTranscriptions = "/v1/audio/transcriptions",
    }
}
