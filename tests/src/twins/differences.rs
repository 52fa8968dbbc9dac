//! Where the facade means to differ from an official client, and why.
//!
//! A difference holds only if it accounts for the whole of a mismatch: beside it, the two sides must be equal.

use serde_json::Value;

use super::json::{same, without_nulls};
use super::wire::Mismatch;

/// One reason why two sides differ.
#[derive(Debug)]
pub struct Difference {
    /// Its name in the table.
    pub name: &'static str,
    /// Why the facade is right, or at least not wrong.
    pub why: &'static str,
    holds: fn(&Mismatch) -> bool,
}

impl PartialEq for Difference {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// Every difference on what is sent.
pub const ON_THE_WIRE: &[Difference] = &[
    Difference {
        name: "null left out of a create",
        why: "absent says the same as null in what is created; only an update tells them apart",
        holds: |mismatch| {
            let create = mismatch.case.operation.name.ends_with(".create") && mismatch.what == "body";
            create && same(&without_nulls(&mismatch.ours, &["body"]), &without_nulls(&mismatch.theirs, &["body"]))
        },
    },
    Difference {
        name: "the same moment",
        why: "the facade sends a date as it was written, zone and fraction included; the clients rewrite it",
        holds: |mismatch| {
            mismatch.what == "query" && {
                // JavaScript's dates end at the millisecond.
                let unit = if mismatch.generation.python { 1 } else { 1000 };
                let (ours, theirs) = (moments(&mismatch.ours, unit), moments(&mismatch.theirs, unit));
                ours.is_some() && ours == theirs
            }
        },
    },
    Difference {
        name: "a date without a zone is refused",
        why: "the service would have to guess the zone",
        holds: |mismatch| {
            refused_here(mismatch, "date") && {
                let dates = ["created_after", "created_before"];
                let given = dates.iter().filter_map(|name| mismatch.case.parameters.get(*name)?.as_str());
                given.into_iter().any(|date| date.parse::<jiff::Timestamp>().is_err())
            }
        },
    },
    Difference {
        name: "a suffix of more than 18 characters is refused",
        why: "the API says so, and would say it after the upload",
        holds: |mismatch| {
            let suffix = mismatch.case.parameters.get("suffix").and_then(Value::as_str);
            refused_here(mismatch, "suffix") && suffix.is_some_and(|suffix| suffix.chars().count() > 18)
        },
    },
    Difference {
        name: "a job with nothing to train on is refused",
        why: "it can only fail, and the service would say so after the fact",
        holds: |mismatch| refused_here(mismatch, "training_files") && mismatch.given_list("training_files").is_empty(),
    },
    Difference {
        name: "targets and repositories of weight 1 are sent",
        why: "the Python clients since 1.7 drop the whole list if one entry leaves its weight at the default",
        holds: |mismatch| {
            let lists = ["classifier_targets", "repositories"];
            let unweighted = |name: &&str| mismatch.given_list(name).iter().any(|entry| entry.get("weight").is_none());
            let (mut ours, theirs) = (without_nulls(&mismatch.ours, &[]), without_nulls(&mismatch.theirs, &[]));
            if let Value::Object(body) = &mut ours {
                body.retain(|name, _| !lists.iter().filter(|list| unweighted(list)).any(|list| list == name));
            }
            mismatch.generation.python && mismatch.what == "body" && same(&ours, &theirs)
        },
    },
    Difference {
        name: "a note named like a parameter is refused",
        why: "the official clients send the note in the parameter's place, so the wrong page comes back",
        holds: |mismatch| {
            refused_here(mismatch, "metadata")
                && mismatch.given("metadata").is_some_and(|notes| {
                    let names = mismatch.case.operation.parameters.iter().map(|parameter| parameter.name);
                    names.into_iter().any(|name| notes.contains_key(name))
                })
        },
    },
];

/// The first difference that accounts for the mismatch.
pub fn explain(mismatch: &Mismatch) -> Option<&'static Difference> {
    ON_THE_WIRE.iter().find(|difference| (difference.holds)(mismatch))
}

/// Whether the facade refused what the client sent, for a reason that names `field`.
fn refused_here(mismatch: &Mismatch, field: &str) -> bool {
    mismatch.what == "refused" && mismatch.ours.as_str().is_some_and(|why| why.contains(field))
}

/// The query's pairs with their dates as moments, counted in so many microseconds. `None` if a date cannot be read.
fn moments(query: &Value, unit: i64) -> Option<Vec<(String, String)>> {
    let pairs = query.as_array()?.iter().filter_map(|pair| Some((pair[0].as_str()?, pair[1].as_str()?)));
    pairs
        .map(|(name, value)| match name {
            "created_after" | "created_before" => {
                let moment: jiff::Timestamp = value.parse().ok()?;
                Some((name.to_owned(), moment.as_microsecond().div_euclid(unit).to_string()))
            }
            _ => Some((name.to_owned(), value.to_owned())),
        })
        .collect()
}
