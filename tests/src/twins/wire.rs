//! What both sent, compared.

use std::io;

use serde_json::{Map, Value, json};

use super::case::Case;
use super::differences::{self, Difference};
use super::driver::Driver;
use super::generation::Generation;
use super::json::{first_difference, same};
use super::outcome::Outcome;
use super::{call, driver::Reply};
use crate::recorder::{Part, Sent};

/// A case that one side sent otherwise than the other.
#[derive(Debug)]
pub struct Mismatch {
    /// Who the other side was.
    pub generation: Generation,
    /// The call.
    pub case: Case,
    /// What differs: `method`, `path`, `query`, `accept`, `authorization`, `content-type`, `body`, `form` or `refused`.
    pub what: &'static str,
    /// The facade's side.
    pub ours: Value,
    /// The official client's side.
    pub theirs: Value,
    /// Why that is as it should be; `None` if nobody knows.
    pub why: Option<&'static Difference>,
}

/// What came of comparing one generation.
#[derive(Debug, Default)]
pub struct Compared {
    /// Cases that both made or refused.
    pub cases: usize,
    /// Where they differ.
    pub mismatches: Vec<Mismatch>,
}

/// Makes every case that the driver's generation can say on both sides and compares what went out.
///
/// # Errors
///
/// When the official client cannot be driven.
pub async fn compare(driver: &Driver, cases: &[Case]) -> io::Result<Compared> {
    let generation = driver.generation;
    let calls: Vec<_> = cases.iter().filter_map(|case| Some((case.spoken_by(&generation)?, None))).collect();
    let replies = driver.make(&calls)?;
    let mut compared = Compared::default();
    for ((case, _), reply) in calls.into_iter().zip(replies) {
        let theirs = theirs(reply)?;
        let ours = call::make(&case, &generation, json!({})).await;
        compared.cases += 1;
        for (what, ours, theirs) in mismatches(&ours, &theirs).await {
            let mut mismatch = Mismatch { generation, case: case.clone(), what, ours, theirs, why: None };
            mismatch.why = differences::explain(&mismatch);
            compared.mismatches.push(mismatch);
        }
    }
    Ok(compared)
}

fn theirs(reply: Reply) -> io::Result<Outcome> {
    let sent = reply.sent()?;
    Ok(Outcome { sent, read: reply.read, refused: reply.refused })
}

type Side = (&'static str, Value, Value);

async fn mismatches(ours: &Outcome, theirs: &Outcome) -> Vec<Side> {
    let (left, right) = match (&ours.sent, &theirs.sent) {
        (Some(left), Some(right)) => (left, right),
        (None, None) => return Vec::new(),
        (left, right) => {
            let side = |sent: &Option<Sent>, refused: &Option<String>| match sent {
                Some(_) => Value::Null,
                None => json!(refused.as_deref().unwrap_or("nothing was sent")),
            };
            return vec![("refused", side(left, &ours.refused), side(right, &theirs.refused))];
        }
    };
    let pairs = |sent: &Sent| {
        let mut pairs = sent.query.clone();
        pairs.sort();
        json!(pairs)
    };
    let kind = |sent: &Sent| json!(sent.header("content-type").and_then(|kind| kind.split(';').next()));
    let mut sides = vec![
        ("method", json!(left.method.as_str()), json!(right.method.as_str())),
        ("path", json!(left.decoded_path()), json!(right.decoded_path())),
        ("query", pairs(left), pairs(right)),
        ("accept", json!(left.header("accept")), json!(right.header("accept"))),
        ("authorization", json!(left.header("authorization")), json!(right.header("authorization"))),
        ("content-type", kind(left), kind(right)),
    ];
    let form = |sent: &Sent| sent.header("content-type").is_some_and(|kind| kind.starts_with("multipart/"));
    if form(left) && form(right) {
        sides.push(("form", parts(&left.parts().await), parts(&right.parts().await)));
    } else {
        sides.push(("body", body(left), body(right)));
    }
    sides.retain(|(_, ours, theirs)| !same(ours, theirs));
    sides
}

fn body(sent: &Sent) -> Value {
    match sent.body.is_empty() {
        true => Value::Null,
        false => serde_json::from_slice(&sent.body).unwrap_or_else(|_| json!(String::from_utf8_lossy(&sent.body))),
    }
}

fn parts(parts: &[Part]) -> Value {
    let part = |part: &Part| {
        let Part { name, filename, content_type, content } = part;
        json!({"name": name, "filename": filename, "content_type": content_type, "content": content})
    };
    parts.iter().map(part).collect()
}

impl Mismatch {
    /// One line for a person.
    pub fn line(&self) -> String {
        let Self { generation, case, what, ours, theirs, .. } = self;
        let at = first_difference(ours, theirs).unwrap_or_default();
        let given = Value::Object(case.parameters.clone());
        format!(
            "{generation} {}: {what} differs at {at}\n    given  {given}\n    ours   {ours}\n    theirs {theirs}",
            case.operation.name
        )
    }

    /// The parameter of the case with this name; empty if it is no list.
    pub fn given_list(&self, name: &str) -> &[Value] {
        self.case.parameters.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The parameter of the case with this name, if it is an object.
    pub fn given(&self, name: &str) -> Option<&Map<String, Value>> {
        self.case.parameters.get(name)?.as_object()
    }
}
