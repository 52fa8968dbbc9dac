use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::script::{Fault, FaultScript};
use crate::lock::lock;

/// The faults of an emulator and how far each has come. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults(Arc<Mutex<Vec<Row>>>);

#[derive(Debug)]
struct Row {
    fault: Arc<Fault>,
    /// How many requests of its operation came.
    seen: u64,
    delivered: Arc<AtomicU64>,
}

/// How much of a fault was really delivered.
///
/// A cut counts when the connection breaks, not when the answer begins: a body that was shorter has not met it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FaultUse {
    /// Its place in the script, counted from 0.
    pub index: usize,
    /// The operation it waits for.
    pub operation: String,
    /// How often it was to be delivered; `None` for always.
    pub times: Option<u64>,
    /// How often it was.
    pub delivered: u64,
}

impl FaultUse {
    /// Whether it was delivered as often as it was to be; once at least, if always.
    pub fn is_used_up(&self) -> bool {
        self.delivered >= self.times.unwrap_or(1)
    }
}

impl fmt::Display for FaultUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "faults[{}] on {}: delivered {}", self.index, self.operation, self.delivered)?;
        self.times.map_or(Ok(()), |times| write!(f, " of {times}"))
    }
}

impl Faults {
    /// Begins another script from its start.
    pub(crate) fn set(&self, script: FaultScript) {
        let row = |fault| Row { fault: Arc::new(fault), seen: 0, delivered: Arc::default() };
        *lock(&self.0) = script.into_faults().into_iter().map(row).collect();
    }

    /// Counts a request, and finds the fault that is due for it.
    pub(crate) fn next(&self, operation: Option<&str>) -> Option<Playing> {
        let mut due = None;
        for (index, row) in lock(&self.0).iter_mut().enumerate() {
            if !row.fault.matches(operation) {
                continue;
            }
            row.seen += 1;
            if due.is_none() && row.fault.is_due(row.seen) {
                due = Some(Playing {
                    index,
                    fault: Arc::clone(&row.fault),
                    delivered: Arc::clone(&row.delivered),
                    counted: AtomicBool::new(false),
                });
            }
        }
        due
    }

    pub(crate) fn uses(&self) -> Vec<FaultUse> {
        let rows = lock(&self.0);
        let uses = rows.iter().enumerate().map(|(index, row)| FaultUse {
            index,
            operation: row.fault.operation.clone(),
            times: row.fault.times,
            delivered: row.delivered.load(Ordering::Relaxed),
        });
        uses.collect()
    }
}

/// A fault being played to one request.
#[derive(Debug)]
pub(crate) struct Playing {
    index: usize,
    pub(super) fault: Arc<Fault>,
    delivered: Arc<AtomicU64>,
    counted: AtomicBool,
}

impl Playing {
    /// Its place in the script.
    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// Whether the request takes effect.
    pub(crate) fn commits(&self) -> bool {
        self.fault.commits
    }

    /// Counts it as delivered, once.
    pub(super) fn delivered(&self) {
        if !self.counted.swap(true, Ordering::Relaxed) {
            self.delivered.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_counts_the_requests_of_its_operation_and_the_first_due_is_played() {
        let faults = Faults::default();
        faults.set(
            FaultScript::parse(
                r#"{"faults": [
                    {"operation": "files.get", "nth": 2, "delivery": "close"},
                    {"operation": "*", "nth": 2, "times": 2, "delivery": "hold"}
                ]}"#,
            )
            .unwrap(),
        );
        let requests = [Some("files.get"), Some("files.get"), None, Some("files.get")];
        let played: Vec<_> = requests.map(|operation| faults.next(operation).map(|due| due.index())).into();
        assert_eq!(played, [None, Some(0), Some(1), None]);
    }

    #[test]
    fn a_fault_is_used_up_when_it_was_delivered_often_enough() {
        let faults = Faults::default();
        let script = r#"{"faults": [{"operation": "*", "times": 2, "delivery": "close"}]}"#;
        faults.set(FaultScript::parse(script).unwrap());
        for used_up in [false, true] {
            let playing = faults.next(None).unwrap();
            playing.delivered();
            playing.delivered();
            assert_eq!(faults.uses()[0].is_used_up(), used_up, "{}", faults.uses()[0]);
        }
    }
}
