use std::collections::HashMap;

use serde::Serialize;

/// Failures by what caused them.
#[derive(Debug, Default)]
pub(crate) struct Causes {
    groups: HashMap<String, Cause>,
    /// Failures beyond the groups that are told apart.
    others: u64,
}

/// Failures with one cause.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Cause {
    /// What the first of them said.
    pub(crate) message: String,
    pub(crate) count: u64,
    /// The id of the first of them.
    #[serde(rename = "first_custom_id")]
    pub(crate) first: Option<String>,
    /// The row of the first of them; results come in any order.
    #[serde(skip)]
    row: usize,
}

/// Groups that are told apart; a service that words every failure differently must not fill the memory.
const MAX_GROUPS: usize = 1000;
/// Characters of a message that are kept.
const MAX_MESSAGE: usize = 500;

impl Causes {
    /// Counts a failure. Messages that differ in numbers alone, such as a count of tokens or an id, are one cause.
    pub(super) fn add(&mut self, message: &str, custom_id: Option<&str>, row: usize) {
        let message: String = message.chars().take(MAX_MESSAGE).collect();
        let key = without_numbers(&message);
        if !self.groups.contains_key(&key) && self.groups.len() == MAX_GROUPS {
            self.others += 1;
            return;
        }
        let cause = self.groups.entry(key).or_insert_with(|| Cause { row: usize::MAX, ..Cause::default() });
        cause.count += 1;
        if row < cause.row {
            *cause = Cause { message, count: cause.count, first: custom_id.map(str::to_owned), row };
        }
    }

    /// The causes, the most frequent first, and how many failures had further ones.
    pub(crate) fn sorted(&self) -> (Vec<Cause>, u64) {
        let mut causes: Vec<_> = self.groups.values().cloned().collect();
        causes.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.message.cmp(&b.message)));
        (causes, self.others)
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
        causes.add("422: body.messages: Field required", Some("q-1"), 0);
        for (id, row) in [("q-3", 2), ("q-2", 1), ("q-4", 3)] {
            causes.add(&format!("400: {}00 tokens are too many (request 3f9a-{id})", &id[2..]), Some(id), row);
        }
        causes.add("500: body.messages: Field required", None, 4);
        let (sorted, others) = causes.sorted();
        assert_eq!(others, 0);
        assert_eq!(
            sorted.iter().map(|cause| (cause.count, cause.first.as_deref())).collect::<Vec<_>>(),
            [(3, Some("q-2")), (1, Some("q-1")), (1, None)]
        );
        assert_eq!(sorted[0].message, "400: 200 tokens are too many (request 3f9a-q-2)");
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
            causes.add(&format!("{name} {}", "x".repeat(10_000)), None, number);
        }
        let (sorted, others) = causes.sorted();
        assert_eq!((sorted.len(), others), (MAX_GROUPS, 5));
        assert!(sorted.iter().all(|cause| cause.message.len() <= MAX_MESSAGE));
    }
}
