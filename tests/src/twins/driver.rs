//! An official client in a process of its own.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Deserialize;
use serde_json::{Value, json};

use super::case::Case;
use super::generation::Generation;
use crate::recorder::Sent;

/// A command that makes calls through one generation of an official client.
///
/// It reads a call a line and writes a [`Reply`] a line, as `xtask/conformance/client.py` describes.
#[derive(Debug, Clone)]
pub struct Driver {
    /// Which client it drives.
    pub generation: Generation,
    command: Vec<String>,
}

/// What became of a call.
#[derive(Debug, Clone, Deserialize)]
pub struct Reply {
    sent: Option<RawSent>,
    /// What the client made of the answer.
    pub read: Option<Value>,
    /// Why it would not send the call or read the answer.
    pub refused: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct RawSent {
    method: String,
    path: String,
    query: String,
    headers: std::collections::BTreeMap<String, Option<String>>,
    body: String,
}

impl Driver {
    /// Runs `command`, a program and its arguments.
    pub fn new(generation: Generation, command: Vec<String>) -> Self {
        Self { generation, command }
    }

    /// Makes every call in turn, each answered with the answer beside it, if any.
    ///
    /// # Errors
    ///
    /// When the process cannot be run, or does not answer line for line.
    pub fn make(&self, calls: &[(Case, Option<Value>)]) -> io::Result<Vec<Reply>> {
        let (program, arguments) = self.command.split_first().ok_or_else(|| io::Error::other("an empty command"))?;
        let mut child = Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut stdin = child.stdin.take().ok_or_else(|| io::Error::other("no stdin"))?;
        let stdout = child.stdout.take().ok_or_else(|| io::Error::other("no stdout"))?;
        let lines: String = calls.iter().map(|(case, answer)| format!("{}\n", line(case, answer.as_ref()))).collect();
        // Written beside the reading: each side would wait for the other once the pipes are full.
        let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
        let mut replies = Vec::with_capacity(calls.len());
        for line in BufReader::new(stdout).lines() {
            replies.push(serde_json::from_str(&line?)?);
        }
        let status = child.wait()?;
        let written = writer.join().map_err(|_| io::Error::other("the writer panicked"))?;
        if !status.success() || replies.len() != calls.len() {
            let counts = format!("{} replies to {} calls", replies.len(), calls.len());
            return Err(io::Error::other(format!("{}: {status}, {counts}", self.generation)));
        }
        written.map(|()| replies)
    }
}

fn line(case: &Case, answer: Option<&Value>) -> Value {
    let mut line = json!({"operation": case.operation.name, "parameters": case.parameters});
    if let Some(body) = answer {
        line["answer"] = json!({"status": 200, "body": body});
    }
    line
}

impl Reply {
    /// The request that went out, if one did.
    ///
    /// # Errors
    ///
    /// When the process described it in a way that is no request.
    pub fn sent(&self) -> io::Result<Option<Sent>> {
        let Some(raw) = &self.sent else { return Ok(None) };
        let mut headers = HeaderMap::new();
        for (name, value) in &raw.headers {
            if let Some(value) = value {
                let name = HeaderName::from_bytes(name.as_bytes()).map_err(io::Error::other)?;
                headers.insert(name, HeaderValue::from_str(value).map_err(io::Error::other)?);
            }
        }
        Ok(Some(Sent {
            method: Method::from_bytes(raw.method.as_bytes()).map_err(io::Error::other)?,
            path: raw.path.clone(),
            query: form_urlencoded::parse(raw.query.as_bytes()).into_owned().collect(),
            headers,
            body: Bytes::from(STANDARD.decode(&raw.body).map_err(io::Error::other)?),
        }))
    }
}
