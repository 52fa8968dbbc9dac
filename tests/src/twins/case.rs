//! Calls to be made by both.

use fastrand::Rng;
use serde_json::{Map, Value};

use super::generation::Generation;
use super::operations::{OPERATIONS, Operation};

/// A call: an operation and its parameters, named as on the wire.
#[derive(Debug, Clone)]
pub struct Case {
    /// What is called.
    pub operation: &'static Operation,
    /// What it is given.
    pub parameters: Map<String, Value>,
}

impl Case {
    /// What of it a generation can say; `None` if that is not a call.
    pub fn spoken_by(&self, generation: &Generation) -> Option<Self> {
        if !self.operation.spoken.by(generation) {
            return None;
        }
        let mut parameters = self.parameters.clone();
        for parameter in self.operation.parameters {
            if !parameter.spoken.by(generation) {
                parameters.remove(parameter.name);
            }
            let (python, typescript) = parameter.required_before;
            let missing = parameters.get(parameter.name).is_none_or(Value::is_null);
            if missing && !generation.since(python, typescript) {
                return None;
            }
        }
        // A list of statuses was a single status once.
        if self.operation.name == "batch.jobs.list" && !generation.since((1, 7, 0), (1, 6, 0)) {
            let status = parameters.get("status").and_then(Value::as_array).map(|all| all.first().cloned());
            match status {
                Some(Some(first)) => drop(parameters.insert("status".to_owned(), first)),
                Some(None) => drop(parameters.remove("status")),
                None => {}
            }
        }
        Some(Self { operation: self.operation, parameters })
    }
}

/// Each operation with nothing but what it needs, with each value of each parameter alone, and with all at once.
pub fn rich_cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for operation in OPERATIONS {
        let needed = Case { operation, parameters: needed(operation) };
        cases.push(needed.clone());
        let mut all = needed.clone();
        for parameter in operation.parameters {
            let name = parameter.name.to_owned();
            let mut values = parameter.kind.examples();
            if parameter.nullable {
                values.push(Value::Null);
            }
            for value in values {
                let mut case = needed.clone();
                case.parameters.insert(name.clone(), value);
                cases.push(case);
            }
            if let Some(last) = parameter.kind.examples().into_iter().nth(1) {
                all.parameters.insert(name, last);
            }
        }
        cases.push(all);
    }
    cases
}

/// Calls of all operations with parameters, without end and the same for the same seed.
pub fn seeded_cases(seed: u64) -> impl Iterator<Item = Case> {
    let mut rng = Rng::with_seed(seed);
    let with_parameters: Vec<_> = OPERATIONS.iter().filter(|operation| operation.parameters.len() > 1).collect();
    std::iter::repeat_with(move || {
        let operation = with_parameters[rng.usize(..with_parameters.len())];
        let mut parameters = Map::new();
        for parameter in operation.parameters {
            let ever = parameter.required_before != ((0, 0, 0), (0, 0, 0));
            if !ever && rng.u8(0..5) < 2 {
                continue;
            }
            let null = parameter.nullable && rng.u8(0..10) == 0;
            let value = if null { Value::Null } else { parameter.kind.random(&mut rng) };
            parameters.insert(parameter.name.to_owned(), value);
        }
        Case { operation, parameters }
    })
}

fn needed(operation: &Operation) -> Map<String, Value> {
    let needed = operation.parameters.iter().filter(|parameter| parameter.required_before != ((0, 0, 0), (0, 0, 0)));
    needed
        .filter_map(|parameter| Some((parameter.name.to_owned(), parameter.kind.examples().into_iter().last()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_generation_makes_sixty_written_calls_at_least() {
        for name in ["python-1.2.6", "python-2.5.1", "python-3.7.0", "ts-1.10.0", "ts-2.7.0"] {
            let generation = Generation::parse(name).unwrap();
            let spoken = rich_cases().iter().filter_map(|case| case.spoken_by(&generation)).count();
            assert!(spoken >= 60, "{name}: {spoken}");
        }
    }

    #[test]
    fn a_seed_makes_the_same_calls_again_and_another_makes_others() {
        let calls = |seed| seeded_cases(seed).take(50).map(|case| case.parameters).collect::<Vec<_>>();
        assert_eq!(calls(1), calls(1));
        assert_ne!(calls(1), calls(2));
    }

    #[test]
    fn what_a_generation_cannot_say_is_left_out_or_not_called() {
        let old = Generation::parse("python-1.2.6").unwrap();
        let operation = |name: &str| OPERATIONS.iter().find(|operation| operation.name == name).unwrap();
        let given = |text: &str| serde_json::from_str::<Map<String, Value>>(text).unwrap();
        let case = Case {
            operation: operation("batch.jobs.list"),
            parameters: given(r#"{"status": ["QUEUED", "RUNNING"], "order_by": "created"}"#),
        };
        assert_eq!(case.spoken_by(&old).unwrap().parameters, given(r#"{"status": "QUEUED"}"#));
        let inline =
            Case { operation: operation("batch.jobs.create"), parameters: given(r#"{"endpoint": "/v1/embeddings"}"#) };
        assert!(inline.spoken_by(&old).is_none());
    }
}
