//! The work on a job's requests, as far as its pace allows.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use mistral_models::{BatchEndpoint, BatchJobId, ModelId};
use serde_json::{Map, Value, json};

use super::input::{InputLine, Lines, Position};
use super::line::Line;
use super::results::{RequestName, Results};
use crate::api::Api;
use crate::clock::unix_time;
use crate::engine::{Answer, Inference};
use crate::ids::number;
use crate::lock::lock;
use crate::random::shuffle;
use crate::store::Content;

/// Results leave in a random order within so many lines: the service promises none.
const WINDOW: usize = 64;

/// A window of long lines is shorter.
const WINDOW_BYTES: usize = 1024 * 1024;

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
    pub(super) results: Results,
}

impl Run {
    pub(super) fn new(api: &Api) -> io::Result<Self> {
        Ok(Self {
            position: Position::default(),
            read: 0,
            window: VecDeque::new(),
            results: Results::new(&api.folder)?,
        })
    }

    /// Answers requests until `due` are done.
    pub(super) fn work(&mut self, api: &Api, files: &[Arc<Content>], common: &Common<'_>, due: u64) -> io::Result<()> {
        let mut lines = Lines::new(files.to_vec(), self.position);
        while self.results.done() < due {
            if self.window.is_empty() {
                self.fill(&mut lines, common.job)?;
            }
            let Some((place, line)) = self.window.pop_front() else {
                return Err(io::Error::other("the input is shorter than when it was checked"));
            };
            self.answer(api, common, place, &line)?;
        }
        self.position = lines.position();
        self.results.pause()
    }

    fn fill(&mut self, lines: &mut Lines, job: &BatchJobId) -> io::Result<()> {
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
        let request = Line::parse(&line.bytes).map_err(|fault| fault.since_checked())?;
        let name = RequestName::new(common.job, place);
        let answer = infer(api, common, &name.of_inference(), request.body);
        self.results.add(&name, request.custom_id.as_deref(), answer.status, &answer.body)
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
