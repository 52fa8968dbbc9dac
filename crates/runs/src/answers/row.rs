use std::fmt;

use futures_core::Stream;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use mistral_models::BatchResult;
use mistral_transport::Result;
use serde::de::DeserializeOwned;

use super::merged::{Answer, Merged};
use crate::Class;
use crate::blocking::blocking;
use crate::journal::State;
use crate::rows::Source;

/// A row of a run and what became of it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Row<T> {
    /// Its number, counted from 0 over all inputs.
    pub number: u64,
    /// Its id.
    pub custom_id: String,
    /// Whether the answer stops where its length was used up.
    pub cut_off: bool,
    /// The answer's body, or why there is none.
    pub answer: std::result::Result<T, Failed>,
}

/// Why a row has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failed {
    /// Whether it is worth sending again.
    pub class: Class,
    /// The status the endpoint answered with, if any.
    pub status: Option<u16>,
    /// What was said, the status in front.
    pub message: String,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failed {}

/// Rows that are read before somebody else has a turn, at the most, and bytes of their answers.
const CHUNK: usize = 256;
const CHUNK_BYTES: usize = 256 << 10;

/// All rows in their order, read as they are asked for.
pub(crate) fn rows<T: DeserializeOwned + Send + 'static>(
    source: Source,
    state: State,
) -> impl Stream<Item = Result<Row<T>>> + Send {
    // Nothing is begun before somebody asks.
    let first = async { blocking(move || Merged::new(&source, &state)).await };
    stream::once(first).map_ok(chunks).try_flatten()
}

fn chunks<T: DeserializeOwned + Send + 'static>(merged: Merged) -> impl Stream<Item = Result<Row<T>>> + Send {
    let chunks = stream::unfold(Some(merged), |merged| async {
        let merged = merged?;
        match blocking(move || Ok(chunk(merged))).await {
            Ok((chunk, merged)) => (!chunk.is_empty()).then_some((chunk, merged)),
            Err(error) => Some((vec![Err(error)], None)),
        }
    });
    chunks.map(stream::iter).flatten().boxed()
}

/// The next rows, up to an error; and what there is to go on with.
fn chunk<T: DeserializeOwned>(mut merged: Merged) -> (Vec<Result<Row<T>>>, Option<Merged>) {
    let (mut chunk, mut bytes) = (Vec::new(), 0);
    while chunk.len() < CHUNK && bytes < CHUNK_BYTES {
        match merged.next() {
            Ok(Some(answer)) => {
                bytes += answer.line.len();
                chunk.push(Ok(row(answer)));
            }
            Ok(None) => return (chunk, None),
            Err(error) => {
                chunk.push(Err(error));
                return (chunk, None);
            }
        }
    }
    (chunk, Some(merged))
}

fn row<T: DeserializeOwned>(answer: Answer<'_>) -> Row<T> {
    let Answer { row: number, class, line } = answer;
    let failed = |status, message| Err(Failed { class, status, message });
    let result: BatchResult = match serde_json::from_slice(line) {
        Ok(result) => result,
        Err(error) => {
            let answer = failed(None, error.to_string());
            return Row { number, custom_id: String::new(), cut_off: false, answer };
        }
    };
    let answer = match (class.is_success(), result.body()) {
        (true, Some(body)) => body.decode().map_err(|error| Failed {
            class: Class::Unreadable,
            status: result.status_code(),
            message: format!("the answer is not what was asked for: {error}"),
        }),
        (true, None) => failed(result.status_code(), "the answer has no body".to_owned()),
        (false, _) => failed(result.status_code(), result.failure().unwrap_or_default()),
    };
    Row { number, cut_off: class == Class::CutOff, answer, custom_id: result.custom_id.unwrap_or_default() }
}
