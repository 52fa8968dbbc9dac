//! Two readings of one answer.

use serde_json::{Map, Value, json};

use super::generate::{Answer, Oddity};
use crate::twins::case::Case;
use crate::twins::driver::Reply;
use crate::twins::generation::Generation;
use crate::twins::json::{is_free, same, without_nulls};
use crate::twins::outcome::Outcome;

/// An answer that one side read otherwise than the other.
#[derive(Debug)]
pub struct Misread {
    /// Who the other side was.
    pub generation: Generation,
    /// The operation that was answered.
    pub operation: &'static str,
    /// The answer.
    pub answer: Answer,
    /// What differs: a JSON path, or who refused.
    pub what: String,
    /// The facade's reading or refusal.
    pub ours: Value,
    /// The official client's.
    pub theirs: Value,
    /// Whether the official client handed something over as unknown.
    pub wrapped: bool,
    /// Why that is as it should be; `None` if nobody knows.
    pub why: Option<&'static Leniency>,
}

/// One reason why an answer is read otherwise.
#[derive(Debug)]
pub struct Leniency {
    /// Its name in the table.
    pub name: &'static str,
    /// Why the facade is right, or at least not wrong.
    pub why: &'static str,
    holds: fn(&Misread) -> bool,
}

const HERE: &str = "refused here";
const THERE: &str = "refused there";

/// Every reason.
pub const LENIENCIES: &[Leniency] = &[
    Leniency {
        name: "`object` is not read",
        why: "it says nothing that the operation does not; a gateway that spells it otherwise costs nobody their answer",
        holds: |misread| {
            let odd = |odd: &Oddity| matches!(odd, Oddity::WrongType("object") | Oddity::Null("object"));
            (accepted_here(misread) || misread.what.ends_with(".object")) && has(misread, odd)
        },
    },
    Leniency {
        name: "a card that cannot be read is kept as it came",
        why: "one odd card must not cost the listing, nor its own id and what else is in it",
        holds: |misread| misread.operation.starts_with("models.") && misread.what != HERE && has(misread, |_| true),
    },
    Leniency {
        name: "what kind of model it is decides what is read",
        why: "the clients before 1.7 have one shape for all; classifiers' targets are not in it",
        holds: |misread| {
            let in_targets = misread.answer.body.get("classifier_targets").is_some() && has(misread, |_| true);
            let apart = misread.what.ends_with(".classifier_targets") || misread.what == HERE && in_targets;
            apart && !misread.generation.since((1, 7, 0), (1, 7, 0))
        },
    },
    Leniency {
        name: "an unreadable job is refused with the place of the fault",
        why: "the clients since 2.0 hand it over as unknown, and whoever waits for it finds no status in it",
        holds: |misread| misread.wrapped && misread.what == HERE && has(misread, |_| true),
    },
    Leniency {
        name: "what is not in order is read as far as it goes",
        why: "the clients since 2.0 hand the whole over as unknown",
        holds: |misread| misread.wrapped && misread.what != HERE && has(misread, |_| true),
    },
    Leniency {
        name: "what came with an event is kept as it came",
        why: "nobody fixed what an event tells; the clients before 2.0 demand an object",
        holds: |misread| {
            let event = |odd: &Oddity| matches!(odd, Oddity::WrongType("data"));
            accepted_here(misread) && misread.operation.starts_with("fine_tuning.") && has(misread, event)
        },
    },
    Leniency {
        name: "null is the default",
        why: "null and absent say the same in every answer",
        holds: |misread| misread.theirs.is_null() && has(misread, |odd| matches!(odd, Oddity::Null(_))),
    },
    Leniency {
        name: "a fault in the estimate is an error",
        why: "the Python clients drop the whole estimate without a word",
        holds: |misread| {
            let estimate = ["cost", "token", "expected_duration", "estimated_start"];
            let odd = |odd: &Oddity| matches!(odd, Oddity::WrongType(name) if estimate.iter().any(|part| name.contains(part)));
            misread.generation.python && misread.what == HERE && has(misread, odd)
        },
    },
    Leniency {
        name: "an integration that cannot be read is kept as it came",
        why: "it is shown, not used",
        holds: |misread| {
            let odd = |odd: &Oddity| {
                let (Oddity::WrongType(name) | Oddity::Missing(name) | Oddity::Null(name) | Oddity::UnknownValue(name)) =
                    odd;
                ["type", "url", "name", "run_name", "project"].contains(name)
            };
            accepted_here(misread) && misread.answer.body.to_string().contains("wandb") && has(misread, odd)
        },
    },
    Leniency {
        name: "the default of an older client",
        why: "capabilities are false unless the service says otherwise, as all clients have it since Python 1.10",
        holds: |misread| {
            let old = !misread.generation.since((1, 10, 0), (1, 12, 0));
            old && misread.theirs == json!(true) && misread.what.contains(".capabilities.")
        },
    },
    Leniency {
        name: "null in the place of a word is refused",
        why: "the Python clients take it by accident: their open enums let any value through, none included",
        holds: |misread| {
            let word = |odd: &Oddity| {
                matches!(odd, Oddity::Null("status" | "purpose" | "source" | "sample_type" | "loss_function"))
            };
            misread.what == HERE && misread.generation.python && has(misread, word)
        },
    },
    Leniency {
        name: "an unknown value is kept",
        why: "a job must not become unreadable because the service has learnt a word",
        holds: |misread| accepted_here(misread) && has(misread, |odd| matches!(odd, Oddity::UnknownValue(_))),
    },
    Leniency {
        name: "a missing or null field is borne",
        why: "fields whose absence costs nothing are optional: the published examples leave some out",
        holds: |misread| {
            accepted_here(misread) && has(misread, |odd| matches!(odd, Oddity::Missing(_) | Oddity::Null(_)))
        },
    },
];

/// The fields of an operation's answer whose keys are not fixed.
fn free(operation: &str) -> &'static [&'static str] {
    if operation.starts_with("batch.") { &["metadata", "outputs"] } else { &["data"] }
}

/// Compares what both made of an answer.
pub(super) fn misread(
    generation: &Generation,
    case: &Case,
    answer: &Answer,
    ours: &Outcome,
    theirs: &Reply,
) -> Vec<Misread> {
    let refusal = |refused: &Option<String>| json!(refused.as_deref().unwrap_or("refused"));
    let apart = match (&ours.read, &theirs.read) {
        (None, None) => Vec::new(),
        (None, Some(read)) => vec![(HERE.to_owned(), refusal(&ours.refused), read.clone())],
        (Some(read), None) => vec![(THERE.to_owned(), read.clone(), refusal(&theirs.refused))],
        (Some(ours), Some(theirs)) => {
            let mut apart = Vec::new();
            let free = free(case.operation.name);
            let (ours, body) = (shaped(ours, generation, free), shaped(&answer.body, generation, free));
            disagreements(&ours, &without_nulls(&known(theirs, free), free), &body, "$", &mut apart);
            apart
        }
    };
    let read = theirs.read.as_ref().map(Value::to_string).unwrap_or_default();
    let wrapped = ["\"is_unknown\":true", "\"isUnknown\":true"].iter().any(|mark| read.contains(mark));
    let one = |(what, ours, theirs)| {
        let (operation, answer) = (case.operation.name, answer.clone());
        let mut misread =
            Misread { generation: *generation, operation, answer, what, ours, theirs, wrapped, why: None };
        misread.why = LENIENCIES.iter().find(|leniency| (leniency.holds)(&misread));
        misread
    };
    apart.into_iter().map(one).collect()
}

type Apart = (String, Value, Value);

/// Where two readings part: what they read must be read here too, and what is read here must be theirs or the answer's.
fn disagreements(ours: &Value, theirs: &Value, answer: &Value, path: &str, apart: &mut Vec<Apart>) {
    let nothing = Value::Null;
    match (ours, theirs) {
        (Value::Object(left), Value::Object(right)) => {
            for name in left.keys().chain(right.keys().filter(|name| !left.contains_key(*name))) {
                let path = format!("{path}.{name}");
                let answered = answer.get(name).unwrap_or(&nothing);
                match (left.get(name), right.get(name)) {
                    (Some(left), Some(right)) => disagreements(left, right, answered, &path, apart),
                    // A field their generation does not know.
                    (Some(left), None) if same(left, answered) => {}
                    // A list that is not there is an empty one, and a flag that is not there is not set.
                    (Some(left), None) if *left == json!([]) || *left == json!(false) => {}
                    (None, Some(right)) if *right == json!(false) => {}
                    (left, right) => {
                        let value = |side: Option<&Value>| side.cloned().unwrap_or_default();
                        apart.push((path, value(left), value(right)));
                    }
                }
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (at, (left, right)) in left.iter().zip(right).enumerate() {
                let answered = answer.get(at).unwrap_or(&nothing);
                disagreements(left, right, answered, &format!("{path}[{at}]"), apart);
            }
        }
        (Value::String(left), Value::String(right)) if path.ends_with(".deprecation") => {
            let moment = |text: &str| text.parse::<jiff::Timestamp>().ok();
            if moment(left) != moment(right) {
                apart.push((path.to_owned(), ours.clone(), theirs.clone()));
            }
        }
        _ if same(ours, theirs) => {}
        _ => apart.push((path.to_owned(), ours.clone(), theirs.clone())),
    }
}

/// What the newer clients wrap because they do not know it, as it came.
fn known(value: &Value, free: &[&str]) -> Value {
    match value {
        Value::Object(fields) if fields.get("isUnknown") == Some(&Value::Bool(true)) => camelled(&value["raw"], free),
        Value::Object(fields) if fields.get("is_unknown") == Some(&Value::Bool(true)) => value["raw"].clone(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), known(value, free))).collect::<Map<_, _>>().into()
        }
        Value::Array(items) => items.iter().map(|item| known(item, free)).collect(),
        other => other.clone(),
    }
}

/// The value with keys as the client's language has them.
fn shaped(value: &Value, generation: &Generation, free: &[&str]) -> Value {
    let value = without_nulls(value, free);
    if generation.python { value } else { camelled(&value, free) }
}

fn camelled(value: &Value, free: &[&str]) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| camelled(item, free)).collect(),
        Value::Object(fields) => {
            let renamed = fields.iter().map(|(name, value)| {
                let own = is_free(name, value, free);
                let name = if name == "bytes" { "sizeBytes".to_owned() } else { camel(name) };
                (name, if own { value.clone() } else { camelled(value, free) })
            });
            renamed.collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let mut camel = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        camel.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        camel.push_str(letters.as_str());
    }
    camel
}

fn accepted_here(misread: &Misread) -> bool {
    misread.what == THERE
}

fn has(misread: &Misread, odd: impl Fn(&Oddity) -> bool) -> bool {
    misread.answer.oddities.iter().any(odd)
}

impl Misread {
    /// A few lines for a person.
    pub fn line(&self) -> String {
        let Self { generation, operation, answer, what, ours, theirs, .. } = self;
        let odd = &answer.oddities;
        let shown = [&answer.body, ours, theirs].map(|value| value.to_string());
        let [body, ours, theirs] = shown;
        format!("{generation} {operation}: {what} {odd:?}\n    answer {body}\n    ours   {ours}\n    theirs {theirs}")
    }
}
