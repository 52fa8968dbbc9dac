//! What a job writes: a line for each request that was answered.

use std::collections::BTreeMap;
use std::io;

use mistral_models::{BatchError, BatchJobId, ErrorBody};
use serde::Serialize;

use crate::ids::Digest;
use crate::store::{Content, ContentWriter, Folder};

/// How many messages the summary of failures tells apart.
const MESSAGES: usize = 100;

/// The results of a job so far: what succeeded in one file, what failed in another.
pub(super) struct Results {
    successes: ContentWriter,
    failures: ContentWriter,
    messages: BTreeMap<String, u64>,
    /// Where each line is put together.
    line: Vec<u8>,
    pub(super) succeeded: u64,
    pub(super) failed: u64,
}

impl Results {
    pub(super) fn new(folder: &Folder) -> io::Result<Self> {
        Ok(Self {
            successes: ContentWriter::create(folder)?,
            failures: ContentWriter::create(folder)?,
            messages: BTreeMap::new(),
            line: Vec::new(),
            succeeded: 0,
            failed: 0,
        })
    }

    pub(super) fn done(&self) -> u64 {
        self.succeeded + self.failed
    }

    /// Writes the answer to one request.
    pub(super) fn add<B: Serialize>(
        &mut self,
        name: &RequestName,
        custom_id: Option<&str>,
        status: u16,
        body: &B,
    ) -> io::Result<()> {
        let response = ResponseLine { body, status_code: status };
        self.line.clear();
        serde_json::to_writer(&mut self.line, &ResultLine { custom_id, error: None, id: name.of_result(), response })?;
        self.line.push(b'\n');
        if (200..300).contains(&status) {
            self.successes.write(&self.line)?;
            self.succeeded += 1;
        } else {
            self.failures.write(&self.line)?;
            self.failed += 1;
            self.count(status, &serde_json::to_vec(body)?);
        }
        Ok(())
    }

    fn count(&mut self, status: u16, body: &[u8]) {
        let message = ErrorBody::parse(body).message().unwrap_or_else(|| format!("Status {status}"));
        let known = self.messages.contains_key(&message) || self.messages.len() < MESSAGES;
        *self.messages.entry(if known { message } else { "Other errors".to_owned() }).or_default() += 1;
    }

    /// Puts everything on disk, and holds no open file until the next line.
    pub(super) fn pause(&mut self) -> io::Result<()> {
        self.successes.pause()?;
        self.failures.pause()
    }

    /// What went wrong with requests, summed up by message.
    pub(super) fn errors(&self) -> Vec<BatchError> {
        self.messages.iter().map(|(message, count)| BatchError::new(message.clone(), *count)).collect()
    }

    /// What succeeded, and what failed.
    pub(super) fn finish(self) -> io::Result<(Content, Content)> {
        Ok((self.successes.finish()?, self.failures.finish()?))
    }
}

/// What a request goes by: a function of its job and its place in the input.
pub(super) struct RequestName {
    job: String,
    place: u64,
    digest: Digest,
}

impl RequestName {
    pub(super) fn new(job: &BatchJobId, place: u64) -> Self {
        let job = job.as_str();
        let digest = Digest::of(&[job.as_bytes(), place.to_string().as_bytes()]);
        Self { job: job.get(..8).unwrap_or(job).to_owned(), place, digest }
    }

    /// Its name on the way to an endpoint.
    pub(super) fn of_inference(&self) -> String {
        self.digest.hex(16)
    }

    /// The name of its result.
    fn of_result(&self) -> String {
        format!("batch-{}-{}-{}", self.job, self.place, self.digest.uuid())
    }
}

/// A result as it stands on its line.
#[derive(Serialize)]
struct ResultLine<'a, B> {
    custom_id: Option<&'a str>,
    error: Option<()>,
    id: String,
    response: ResponseLine<'a, B>,
}

#[derive(Serialize)]
struct ResponseLine<'a, B> {
    body: &'a B,
    status_code: u16,
}
