//! Makes training data of the answers of a batch job: what one model said, for another to learn.
//!
//! A batch job gives its answers in any order and without the questions. Here each request of the input file is joined
//! with its answer by `custom_id`: the sample is the request's messages, its tools, and the answer. Samples come in the
//! order of the requests.
//!
//! Left out, counted and named are answers that failed, that were cut off, that are empty, that never came, and samples
//! that the service would not take. Ids, arguments and empty fields are [repaired](crate::repair) on the way.
//!
//! ```
//! use std::io::Cursor;
//! use mistral_datasets::from_results::{self, Reason};
//!
//! let requests = r#"{"custom_id":"1","body":{"messages":[{"role":"user","content":"Hi"}]}}
//! {"custom_id":"2","body":{"messages":[{"role":"user","content":"Tell me everything"}]}}"#;
//! let results = r#"{"custom_id":"2","response":{"status_code":200,"body":{"choices":[{"finish_reason":"length",
//!   "message":{"role":"assistant","content":"To begin with,"}}]}},"error":null}
//! {"custom_id":"1","response":{"status_code":200,"body":{"choices":[{"finish_reason":"stop",
//!   "message":{"role":"assistant","content":"Hello.","tool_calls":null}}]}},"error":null}"#.replace("\n  ", "");
//! let mut samples = Vec::new();
//! let joined = from_results::join(requests.as_bytes(), &mut [Cursor::new(results)], &mut samples, |_| Ok(()))?;
//! assert_eq!(
//!     String::from_utf8_lossy(&samples),
//!     "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":\"Hello.\"}]}\n"
//! );
//! assert_eq!((joined.samples, joined.left_out[&Reason::CutOff]), (1, 1));
//! # Ok::<(), std::io::Error>(())
//! ```

mod answer;
mod index;
mod left_out;
mod request;

use std::collections::BTreeMap;
use std::io::{self, BufRead, Seek, Write};

use serde::Serialize;

use crate::Lines;
use crate::edit::{Object, Value};
use crate::repair::repair;
use crate::rewrite::{Changes, Inspector, Unusable};
use answer::Answer;
use index::Index;
use request::Request;

pub use left_out::{LeftOut, Reason};

/// What came of a join.
///
/// In JSON, fields are only ever added.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Joined {
    /// Requests of the input.
    pub requests: u64,
    /// Samples that were written.
    pub samples: u64,
    /// How many requests gave no sample, and why.
    pub left_out: BTreeMap<Reason, u64>,
    /// Results that belong to no request of the input.
    pub strays: u64,
    /// Results whose id another result before them has. They are not used.
    pub repeated: u64,
    /// Lines of the results that name no request.
    pub unreadable: u64,
}

/// Reads the requests of a batch job and the files of its results, and writes samples. `report` is called for every request
/// that gives none.
///
/// Memory: 16 bytes a result, one request and one answer. The results are read twice, the second time in the order of the
/// requests.
///
/// # Errors
///
/// What the readers, the writer or `report` say, and more than 65 536 files of results or one of over 256 TiB
/// ([`InvalidInput`](io::ErrorKind::InvalidInput)). The output is incomplete then.
pub fn join<R: BufRead + Seek>(
    requests: impl BufRead,
    results: &mut [R],
    mut output: impl Write,
    mut report: impl FnMut(&LeftOut) -> io::Result<()>,
) -> io::Result<Joined> {
    let (mut index, mut joined) = (Index::read(results)?, Joined::default());
    (joined.repeated, joined.unreadable) = (index.repeated, index.unreadable);
    let (mut used, mut result, mut lines) = (0, Vec::new(), Lines::new(requests));
    let mut inspector = Inspector::new();
    while let Some(line) = lines.read()? {
        if line.is_blank() {
            continue;
        }
        joined.requests += 1;
        let request = Request::read(&line);
        let id = request.as_ref().ok().map(|request| request.custom_id.clone().into_owned());
        let found = match &id {
            Some(id) => index.find(id, results, &mut result)?,
            None => false,
        };
        used += u64::from(found);
        let sample = request.and_then(|request| match found {
            true => sample(request, &result, &mut inspector),
            false => Err((Reason::Missing, "no result has this id".to_owned())),
        });
        match sample {
            Ok(sample) => {
                joined.samples += 1;
                output.write_all(sample.as_bytes())?;
                output.write_all(b"\n")?;
            }
            Err((reason, message)) => {
                *joined.left_out.entry(reason).or_default() += 1;
                report(&LeftOut { line: line.number, custom_id: id, reason, message })?;
            }
        }
    }
    joined.strays = index.len().saturating_sub(joined.repeated).saturating_sub(used);
    output.flush()?;
    Ok(joined)
}

/// Why there is no sample, and more about it.
type No = (Reason, String);

fn sample(request: Request<'_>, result: &[u8], inspector: &mut Inspector) -> Result<String, No> {
    let Request { messages, tools, .. } = request;
    let mut messages = messages.ok_or_else(|| (Reason::NotChat, "the body has no messages".to_owned()))?;
    let answer = Answer::read(result)?.after(&mut messages);
    messages.change().push(Value::Object(answer));
    let mut sample = Object::new();
    sample.set("messages", Value::Array(messages));
    if let Some(tools) = tools {
        sample.set("tools", Value::Raw(tools));
    }
    let unusable = |Unusable { path, message }: Unusable| {
        let path = path.map(|path| format!(" ({path})")).unwrap_or_default();
        (Reason::Unusable, message + &path)
    };
    repair(&mut sample, &mut Changes::default()).map_err(unusable)?;
    let sample = sample.to_json();
    inspector.error_in(&sample).map_or(Ok(sample), |error| Err(unusable(error)))
}

#[cfg(test)]
mod tests;
