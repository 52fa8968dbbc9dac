use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};
use serde_json::value::RawValue;

use super::change::Change;
use crate::route::Route;

/// Faults to be played: which requests to meet, and what to do to them.
///
/// It is read from JSON, the same in a file for the command line and in a test:
///
/// ```
/// use mistral_emulator::{Emulator, FaultScript};
///
/// let script = FaultScript::parse(r#"{"faults": [
///     {"operation": "files.get", "times": 2, "answer": {"status": 503, "headers": {"retry-after": "1"}}},
///     {"operation": "batch.jobs.create", "commit": true, "delivery": "close"},
///     {"operation": "files.download", "nth": 3, "delivery": {"cut": 1000}}
/// ]}"#)?;
/// let emulator = Emulator::builder().faults(script).build()?;
/// assert_eq!(emulator.ledger().unused_faults().len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Which requests
///
/// | key | means |
/// |---|---|
/// | `operation` | The operation, dotted as in the SDK (`batch.jobs.create`), or `"*"` for every request. Needed. |
/// | `nth` | The first request to meet, counted from 1 among those of the operation. Default 1. |
/// | `every` | From there on, each so-manieth. Default 1. |
/// | `times` | How many to meet: a number, or `"always"`. Default 1. |
///
/// Each fault counts for itself. Where several are due at once, the first in the script is played, and the others have
/// missed their turn.
///
/// # What to do
///
/// | key | means |
/// |---|---|
/// | `commit` | Whether the request takes effect. Default: no if `answer` has a `status` or `delivery` is `close`, `reset` or `hold`, otherwise yes. |
/// | `delay_ms` | How long to wait before the answer begins, in milliseconds. |
/// | `answer` | What to change in the answer: `status` (200 to 599), `headers` (a text, a list of texts, or null to leave it out), `body` (a text; any other JSON value is sent as JSON), `patch` (an object laid over the JSON of the emulator's own answer, nested objects too; null stands for null). |
/// | `delivery` | How the answer travels; as it is, unless said. |
///
/// Without `body` a `status` of 400 or more has a refusal in the API's shape. Without the header `content-length` the
/// length of the body is not announced.
///
/// | delivery | means |
/// |---|---|
/// | `"whole"` | As it is. |
/// | `"close"` | No answer: the connection is closed. |
/// | `"reset"` | No answer: the connection is reset. |
/// | `"hold"` | No answer, for as long as the client waits. |
/// | `{"cut_head": N}` | The connection is closed after N bytes of the head. |
/// | `{"cut": N}` | The connection is closed after N bytes of the body. |
/// | `{"reset_after": N}` | The connection is reset after N bytes of the body, of which some may be lost. |
/// | `{"truncate": N}` | The body has N bytes and its announced length agrees. |
/// | `{"stall": {"after": N, "ms": T}}` | After N bytes of the body nothing comes for T milliseconds; for ever without `ms`. |
/// | `{"slow": {"bytes": N, "every_ms": T}}` | N bytes of the body every T milliseconds. |
/// | `{"endless": "text"}` | After the body comes this text, again and again. |
/// | `"gzip"` | The body is gzip, and says so. |
///
/// In the same process there is no connection. There the service fails in place of `close`, `reset` and `cut_head`, with
/// [`ConnectionAborted`](std::io::ErrorKind::ConnectionAborted) or
/// [`ConnectionReset`](std::io::ErrorKind::ConnectionReset), and so does the body in place of `cut` and `reset_after`.
/// Delays, stalls and slow bodies go by tokio's clock.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FaultScript {
    faults: Vec<Fault>,
}

impl FaultScript {
    /// Reads a script from JSON.
    ///
    /// # Errors
    ///
    /// Where it is wrong, and what is allowed there.
    pub fn parse(json: &str) -> Result<Self, FaultScriptError> {
        /// Faults are read one by one, so that what is wrong with one as a whole is told by its own place.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Script<'a> {
            #[serde(borrow)]
            faults: Vec<&'a RawValue>,
        }

        let script: Script<'_> = serde_json::from_str(json).map_err(|error| FaultScriptError::new(&error, "", 0))?;
        let fault = |raw: &RawValue| {
            let begins = raw.get().as_ptr() as usize - json.as_ptr() as usize;
            serde_json::from_str(raw.get()).map_err(|error| FaultScriptError::new(&error, json, begins))
        };
        Ok(Self { faults: script.faults.into_iter().map(fault).collect::<Result<_, _>>()? })
    }

    pub(super) fn into_faults(self) -> Vec<Fault> {
        self.faults
    }
}

impl FromStr for FaultScript {
    type Err = FaultScriptError;

    fn from_str(json: &str) -> Result<Self, FaultScriptError> {
        Self::parse(json)
    }
}

/// Why a fault script cannot be read: line, column, and what is allowed there.
#[derive(Debug)]
pub struct FaultScriptError {
    line: usize,
    column: usize,
    message: String,
}

impl FaultScriptError {
    /// The error in the part of `script` that begins at a byte.
    fn new(error: &serde_json::Error, script: &str, begins: usize) -> Self {
        let before = script.get(..begins).unwrap_or_default();
        let lines = before.matches('\n').count();
        let columns = before.len() - before.rfind('\n').map_or(0, |end| end + 1);
        let text = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        Self {
            // What concerns the whole part has no place of its own.
            line: lines + error.line().max(1),
            column: error.column().max(1) + if error.line() <= 1 { columns } else { 0 },
            message: text.strip_suffix(&place).unwrap_or(&text).to_owned(),
        }
    }

    /// The line, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column, counted from 1 in bytes.
    pub fn column(&self) -> usize {
        self.column
    }
}

impl fmt::Display for FaultScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for FaultScriptError {}

/// One fault of a script.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "FaultForm")]
pub(super) struct Fault {
    pub(super) operation: String,
    nth: u64,
    every: u64,
    /// `None` for always.
    pub(super) times: Option<u64>,
    pub(super) commits: bool,
    pub(super) delay: Duration,
    pub(super) change: Change,
    pub(super) delivery: Delivery,
}

impl Fault {
    pub(super) fn matches(&self, operation: Option<&str>) -> bool {
        self.operation == "*" || operation == Some(self.operation.as_str())
    }

    /// Whether it is the turn of the request with this number, counted from 1.
    pub(super) fn is_due(&self, number: u64) -> bool {
        let Some(past) = number.checked_sub(self.nth) else { return false };
        past % self.every == 0 && self.times.is_none_or(|times| past / self.every < times)
    }
}

/// How an answer travels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Delivery {
    /// As it is.
    #[default]
    Whole,
    Close,
    Reset,
    Hold,
    CutHead(u64),
    Cut(u64),
    ResetAfter(u64),
    Truncate(u64),
    Stall {
        after: u64,
        ms: Option<u64>,
    },
    Slow {
        bytes: NonZeroU64,
        every_ms: u64,
    },
    Endless(String),
    Gzip,
}

impl Delivery {
    fn answers(&self) -> bool {
        !matches!(self, Self::Close | Self::Reset | Self::Hold)
    }
}

/// A fault as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultForm {
    #[serde(deserialize_with = "operation")]
    operation: String,
    #[serde(default = "one")]
    nth: NonZeroU64,
    #[serde(default = "one")]
    every: NonZeroU64,
    #[serde(default)]
    times: Times,
    commit: Option<bool>,
    #[serde(default)]
    delay_ms: u64,
    #[serde(default)]
    answer: Change,
    #[serde(default)]
    delivery: Delivery,
}

impl TryFrom<FaultForm> for Fault {
    type Error = String;

    fn try_from(form: FaultForm) -> Result<Self, String> {
        let change = form.answer;
        let commits = form.commit.unwrap_or(change.status.is_none() && form.delivery.answers());
        if !commits && change.status.is_none() && form.delivery.answers() {
            return Err(
                "`commit: false` leaves no answer: give `answer` a `status`, or `delivery` \"close\", \"reset\" \
                        or \"hold\""
                    .to_owned(),
            );
        }
        if !commits && change.patch.is_some() {
            return Err("`patch` needs the emulator's own answer: add `commit: true`".to_owned());
        }
        Ok(Self {
            operation: form.operation,
            nth: form.nth.get(),
            every: form.every.get(),
            times: form.times.0,
            commits,
            delay: Duration::from_millis(form.delay_ms),
            change,
            delivery: form.delivery,
        })
    }
}

const fn one() -> NonZeroU64 {
    NonZeroU64::MIN
}

fn operation<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    if name == "*" || Route::OPERATIONS.contains(&name.as_str()) {
        return Ok(name);
    }
    Err(de::Error::custom(format_args!(
        "unknown operation {name:?}, expected \"*\" or one of {}",
        Route::OPERATIONS.join(", "),
    )))
}

/// How many requests to meet; `None` for all.
struct Times(Option<u64>);

impl Default for Times {
    fn default() -> Self {
        Self(Some(1))
    }
}

impl<'de> Deserialize<'de> for Times {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Times;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number from 1 on, or \"always\"")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Times, E> {
                if number == 0 {
                    return Err(E::invalid_value(de::Unexpected::Unsigned(0), &self));
                }
                Ok(Times(Some(number)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Times, E> {
                if text == "always" { Ok(Times(None)) } else { Err(E::invalid_value(de::Unexpected::Str(text), &self)) }
            }
        }
        deserializer.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(json: &str) -> Fault {
        FaultScript::parse(&format!("{{\"faults\": [{json}]}}")).unwrap().into_faults().remove(0)
    }

    #[test]
    fn the_turns_are_counted_from_the_nth_on() {
        let due = |json: &str| {
            let fault = fault(json);
            (1..=9).filter(|number| fault.is_due(*number)).collect::<Vec<_>>()
        };
        assert_eq!(due(r#"{"operation": "*"}"#), [1]);
        assert_eq!(due(r#"{"operation": "*", "nth": 3, "times": 2}"#), [3, 4]);
        assert_eq!(due(r#"{"operation": "*", "nth": 2, "every": 3, "times": 2}"#), [2, 5]);
        assert_eq!(due(r#"{"operation": "*", "every": 4, "times": "always"}"#), [1, 5, 9]);
    }

    #[test]
    fn what_gives_no_answer_of_its_own_does_not_commit_unless_told_to() {
        let commits = |rest: &str| fault(&format!(r#"{{"operation": "files.get", {rest}}}"#)).commits;
        assert!(!commits(r#""delivery": "close""#));
        assert!(!commits(r#""answer": {"status": 503}"#));
        assert!(commits(r#""answer": {"status": 503}, "commit": true"#));
        assert!(commits(r#""answer": {"headers": {"x": "y"}}"#));
        assert!(commits(r#""delivery": {"cut": 5}"#));
    }

    #[test]
    fn what_is_wrong_is_told_by_line_column_and_what_is_allowed() {
        let wrong = [
            r#"{"operation": "files.gett"}"#,
            r#"{"operation": "files.get", "when": 3}"#,
            r#"{"operation": "files.get", "delivery": "explode"}"#,
            r#"{"operation": "files.get", "delivery": {"cut": "half"}}"#,
            r#"{"operation": "files.get", "times": 0}"#,
            r#"{"operation": "files.get", "nth": 0}"#,
            r#"{"operation": "files.get", "answer": {"status": 99}}"#,
            r#"{"operation": "files.get", "answer": {"headers": {"a b": "c"}}}"#,
            r#"{"operation": "files.get", "answer": {"headers": {"a": 7}}}"#,
            r#"{"operation": "files.get", "commit": false}"#,
            r#"{"operation": "files.get", "answer": {"status": 500, "patch": {}}}"#,
            r#"{"operation": "files.get"},"#,
            r#"{"nth": 2}"#,
        ];
        let refusals = wrong.map(|fault| {
            let script = format!("{{\"faults\": [\n  {{\"operation\": \"*\"}},\n  {fault}\n]}}");
            let refusal = FaultScript::parse(&script).unwrap_err();
            assert!((3..=4).contains(&refusal.line()), "{refusal}");
            format!("{fault}\n{refusal}")
        });
        insta::assert_snapshot!(refusals.join("\n\n"));
    }
}
