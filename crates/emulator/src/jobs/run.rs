//! The work on a job's requests, as far as its pace allows.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use mistral_models::{BatchEndpoint, BatchError, BatchJobId, ErrorBody, ModelId};
use serde_json::{Map, Value, json};

use super::input::{InputLine, Lines, Position};
use super::line::Line;
use crate::api::Api;
use crate::clock::unix_time;
use crate::engine::{Answer, Inference};
use crate::ids::{hex, number, uuid};
use crate::lock::lock;
use crate::random::shuffle;
use crate::store::{Content, ContentWriter};

/// Results leave in a random order within so many lines: the service promises none.
const WINDOW: usize = 64;

/// A window of long lines is shorter.
const WINDOW_BYTES: usize = 1024 * 1024;

/// How many messages the summary of failures tells apart.
const MESSAGES: usize = 100;

/// What every request of a job has in common.
pub(super) struct Common<'a> {
    pub(super) job: &'a BatchJobId,
    pub(super) endpoint: &'a BatchEndpoint,
    /// The job's model, or its agent.
    pub(super) model: Option<&'a ModelId>,
    pub(super) agent: Option<&'a str>,
    pub(super) started: Duration,
}

/// A job at work: how far it has read, and what it has written.
pub(super) struct Run {
    position: Position,
    read: u64,
    window: VecDeque<(u64, InputLine)>,
    results: ContentWriter,
    failures: ContentWriter,
    messages: BTreeMap<String, u64>,
    pub(super) succeeded: u64,
    pub(super) failed: u64,
}

impl Run {
    pub(super) fn new(api: &Api) -> io::Result<Self> {
        Ok(Self {
            position: Position::default(),
            read: 0,
            window: VecDeque::new(),
            results: ContentWriter::create(&api.folder)?,
            failures: ContentWriter::create(&api.folder)?,
            messages: BTreeMap::new(),
            succeeded: 0,
            failed: 0,
        })
    }

    pub(super) fn done(&self) -> u64 {
        self.succeeded + self.failed
    }

    /// Answers requests until `due` are done.
    pub(super) fn work(&mut self, api: &Api, files: &[Arc<Content>], common: &Common<'_>, due: u64) -> io::Result<()> {
        let mut lines = Lines::new(files, self.position);
        while self.done() < due {
            if self.window.is_empty() {
                self.fill(&mut lines, common.job)?;
            }
            let Some((place, line)) = self.window.pop_front() else {
                return Err(io::Error::other("the input is shorter than when it was checked"));
            };
            self.answer(api, common, place, &line)?;
        }
        self.position = lines.position();
        self.results.pause()?;
        self.failures.pause()
    }

    fn fill(&mut self, lines: &mut Lines<'_>, job: &BatchJobId) -> io::Result<()> {
        let mut bytes = 0;
        let seed = number(&[job.as_str().as_bytes(), &self.read.to_le_bytes()]);
        while self.window.len() < WINDOW && bytes < WINDOW_BYTES {
            let Some(line) = lines.next()? else { break };
            self.read += 1;
            bytes += line.bytes.len();
            self.window.push_back((self.read, line));
        }
        shuffle(self.window.make_contiguous(), seed);
        Ok(())
    }

    fn answer(&mut self, api: &Api, common: &Common<'_>, place: u64, line: &InputLine) -> io::Result<()> {
        // The whole input was checked before; a line that has changed since would be a fault of the disk.
        let request = Line::parse(&line.bytes).map_err(|fault| io::Error::other(fault.describe("A line")))?;
        let job = common.job.as_str();
        let place = place.to_string();
        let id = [job.as_bytes(), place.as_bytes()];
        let answer = infer(api, common, &hex(&id, 16), request.body);
        let result = json!({
            "id": format!("batch-{}-{place}-{}", job.get(..8).unwrap_or(job), uuid(&id)),
            "custom_id": request.custom_id,
            "response": {"status_code": answer.status, "body": answer.body},
            "error": null,
        });
        let line = format!("{result}\n");
        if (200..300).contains(&answer.status) {
            self.results.write(line.as_bytes())?;
            self.succeeded += 1;
        } else {
            self.failures.write(line.as_bytes())?;
            self.failed += 1;
            self.count(&answer);
        }
        Ok(())
    }

    fn count(&mut self, answer: &Answer) {
        let said = ErrorBody::parse(answer.body.to_string().as_bytes()).message();
        let message = said.unwrap_or_else(|| format!("Status {}", answer.status));
        let known = self.messages.contains_key(&message) || self.messages.len() < MESSAGES;
        *self.messages.entry(if known { message } else { "Other errors".to_owned() }).or_default() += 1;
    }

    /// What went wrong with requests, summed up by message.
    pub(super) fn errors(&self) -> Vec<BatchError> {
        self.messages.iter().map(|(message, count)| BatchError::new(message.clone(), *count)).collect()
    }

    /// What was written: results, and failed requests.
    pub(super) fn finish(self) -> io::Result<(Content, Content)> {
        Ok((self.results.finish()?, self.failures.finish()?))
    }
}

/// Asks the engine, as the endpoint would be asked.
///
/// A model in the body goes before the job's. Which of them the service prefers is not documented.
fn infer(api: &Api, common: &Common<'_>, id: &str, body: &str) -> Answer {
    let body: Map<String, Value> = match serde_json::from_str(body) {
        Ok(body) => body,
        Err(error) => {
            return Answer::refused(400, format!("The body cannot be read: {error}"), "invalid_request_error");
        }
    };
    let model = match body.get("model") {
        None | Some(Value::Null) => common.model.map(ModelId::as_str),
        Some(Value::String(model)) => Some(model.as_str()),
        Some(_) => return Answer::invalid(json!(["body", "model"]), "Input should be a valid string", "string_type"),
    };
    let agent = common.agent.or_else(|| body.get("agent_id").and_then(Value::as_str));
    if let Some(model) = model {
        if lock(&api.models).find(model).is_none() {
            return Answer::refused(400, format!("Invalid model: {model}"), "invalid_model");
        }
    }
    let Some(model) = model.or(agent) else {
        return Answer::invalid(json!(["body", "model"]), "Field required", "missing");
    };
    let created = unix_time(common.started);
    let inference = Inference { endpoint: common.endpoint, model, id, created, body: &body };
    // An engine of somebody else's must not take the job down in the middle of a line.
    catch_unwind(AssertUnwindSafe(|| api.engine.answer(&inference)))
        .unwrap_or_else(|_| Answer::refused(500, "The engine panicked.", "server_error"))
}
