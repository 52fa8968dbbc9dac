use std::collections::HashMap;

use mistral_models::BatchResult;
use serde::{Deserialize, Serialize};

use crate::Class;

/// Failures by what caused them.
#[derive(Debug, Default)]
pub(crate) struct Causes {
    groups: HashMap<(Class, String), Cause>,
    /// Failures beyond the groups that are told apart.
    others: u64,
}

/// Failures with one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Cause {
    /// Whether it passes.
    pub class: Class,
    /// What the first of them said.
    pub message: String,
    /// How many rows failed of it.
    pub count: u64,
    /// The first rows that failed of it, at most three.
    pub samples: Vec<Sample>,
}

/// A row that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sample {
    /// Its number, counted from 0 over all inputs.
    pub row: u64,
    /// Its id.
    pub custom_id: String,
}

/// Groups that are told apart; a service that words every failure differently must not fill the memory.
const MAX_GROUPS: usize = 1000;
/// Groups that are kept in a report.
const REPORTED: usize = 100;
/// Characters of a message that are kept.
const MAX_MESSAGE: usize = 500;
/// Rows that are named of a cause.
const SAMPLES: usize = 3;

impl Causes {
    /// Counts a failure. Messages that differ in numbers alone, such as a count of tokens or an id, are one cause. Rows come
    /// in order.
    pub(crate) fn add(&mut self, class: Class, message: &str, row: u64, custom_id: &str) {
        let message: String = message.chars().take(MAX_MESSAGE).collect();
        let key = (class, without_numbers(&message));
        if !self.groups.contains_key(&key) && self.groups.len() == MAX_GROUPS {
            self.others += 1;
            return;
        }
        let cause = self.groups.entry(key).or_insert_with(|| Cause { class, message, count: 0, samples: Vec::new() });
        cause.count += 1;
        if cause.samples.len() < SAMPLES {
            let custom_id = custom_id.chars().take(MAX_MESSAGE).collect();
            cause.samples.push(Sample { row, custom_id });
        }
    }

    /// Counts an answer of a class that somebody is to be told of.
    pub(crate) fn count(&mut self, class: Class, row: u64, line: &[u8]) {
        let result: BatchResult = serde_json::from_slice(line).unwrap_or_default();
        let message = match class {
            Class::CutOff => "the answer stops where its length was used up".to_owned(),
            _ => result.failure().unwrap_or_default(),
        };
        self.add(class, &message, row, result.custom_id.as_deref().unwrap_or_default());
    }

    /// The causes, the most frequent first, and how many failures had further ones.
    pub(crate) fn sorted(self) -> (Vec<Cause>, u64) {
        let mut causes: Vec<_> = self.groups.into_values().collect();
        causes.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.message.cmp(&b.message)));
        let rest: u64 = causes.iter().skip(REPORTED).map(|cause| cause.count).sum();
        causes.truncate(REPORTED);
        (causes, self.others + rest)
    }
}

/// The message with every run of digits, and of hexadecimal digits that has one in it, made equal. The status in front
/// stays.
fn without_numbers(message: &str) -> String {
    let (status, rest) = match message.split_once(':') {
        Some((status, rest)) if status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit()) => (status, rest),
        _ => ("", message),
    };
    let mut key = String::with_capacity(message.len());
    key.push_str(status);
    for word in rest.split_inclusive(|char: char| !char.is_ascii_alphanumeric()) {
        let bare = word.trim_end_matches(|char: char| !char.is_ascii_alphanumeric());
        let is_number =
            bare.bytes().any(|byte| byte.is_ascii_digit()) && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
        key.push_str(if is_number { "#" } else { bare });
        key.push_str(&word[bare.len()..]);
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_grouped_by_cause_the_most_frequent_first() {
        let mut causes = Causes::default();
        causes.add(Class::Permanent, "422: body.messages: Field required", 0, "q-1");
        for row in 1..6 {
            let message = format!("400: {row}00 tokens are too many (request 3f9a-{row})");
            causes.add(Class::Permanent, &message, row, &format!("q-{row}"));
        }
        causes.add(Class::Retryable, "500: body.messages: Field required", 6, "q-6");
        let (sorted, others) = causes.sorted();
        assert_eq!(others, 0);
        assert_eq!(sorted.iter().map(|cause| cause.count).collect::<Vec<_>>(), [5, 1, 1]);
        assert_eq!(sorted[0].message, "400: 100 tokens are too many (request 3f9a-1)");
        assert_eq!(sorted[0].samples.iter().map(|sample| sample.row).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn ids_and_counts_are_no_causes_but_words_and_statuses_are() {
        assert_eq!(without_numbers("400: item 12 of 0d9c8b7a-6e5f is bad"), "400 item # of #-# is bad");
        assert_eq!(without_numbers("404: no"), "404 no");
        assert_eq!(without_numbers("a cafe, déjà vu"), "a cafe, déjà vu");
        assert_ne!(without_numbers("400: x"), without_numbers("500: x"));
    }

    #[test]
    fn endless_causes_are_counted_and_not_kept() {
        let mut causes = Causes::default();
        for number in 0..MAX_GROUPS + 5 {
            // Letters, because numbers would be one cause.
            let name: String = number.to_string().bytes().map(|digit| char::from(digit + 55)).collect();
            causes.add(Class::Permanent, &format!("{name} {}", "x".repeat(10_000)), number as u64, "q");
        }
        assert_eq!(causes.groups.len(), MAX_GROUPS);
        let (sorted, others) = causes.sorted();
        assert_eq!((sorted.len(), others as usize), (REPORTED, MAX_GROUPS - REPORTED + 5));
        assert!(sorted.iter().all(|cause| cause.message.len() <= MAX_MESSAGE));
    }
}
