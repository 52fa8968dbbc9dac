//! What must hold whatever is in a file and however its bytes come.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "everything here is test code")]

use std::fmt::Write as _;
use std::io::BufReader;

use mistral_datasets::training::{self, Code, Options, Report};
use proptest::prelude::*;
use serde_json::Value;

fn check(file: &[u8]) -> Report {
    training::check(file, Options::default()).unwrap()
}

fn shown(report: &Report) -> String {
    serde_json::to_string(report).unwrap()
}

/// Pieces that make half-valid lines when they are put together.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(r#"{"messages":["#.to_owned()),
        Just(r#"{"role":"user","content":"é\n"},"#.to_owned()),
        Just(r#"{"role":"assistant","content":[{"type":"text","text":"a"}]}"#.to_owned()),
        Just(r#"{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}}]},"#.to_owned()),
        Just(r#"{"role":"tool","tool_call_id":"a","content":null}"#.to_owned()),
        Just(r#"],"tools":[{"function":{"name":"f","parameters":{"type":"#.to_owned()),
        Just(r#""labels":{"a":["b","b"],"":1}"#.to_owned()),
        Just(r#"{"text":"a","labels":{"x":"y"}}"#.to_owned()),
        Just(r#"{"text":"#.to_owned()),
        Just("]}\n".to_owned()),
        Just("\r\n".to_owned()),
        "[\\[\\]{},:\"\\\\ue0-9a-z \u{feff}\u{2028}]{0,6}",
        any::<char>().prop_map(String::from),
    ]
}

/// A sample that is right, and one that is not an object.
fn lines() -> impl Strategy<Value = Vec<bool>> {
    proptest::collection::vec(any::<bool>(), 0..40)
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-c\"\\\\\né🙂]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-c]{1,2}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// The same value in other words: keys backwards, spaces between, every character of a string escaped.
fn reworded(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at > 0 { " , " } else { " " });
                reworded(item, text);
            }
            text.push(']');
        }
        Value::Object(members) => {
            text.push('{');
            for (at, (key, member)) in members.iter().rev().enumerate() {
                text.push_str(if at > 0 { " , " } else { " " });
                reworded(&Value::from(key.as_str()), text);
                text.push_str(" : ");
                reworded(member, text);
            }
            text.push('}');
        }
        Value::String(string) => {
            text.push('"');
            string.encode_utf16().for_each(|unit| write!(text, "\\u{unit:04x}").unwrap());
            text.push('"');
        }
        scalar => write!(text, "{scalar}").unwrap(),
    }
}

proptest! {
    #[test]
    fn no_bytes_upset_the_checker(file in proptest::collection::vec(any::<u8>(), 0..300)) {
        let report = check(&file);
        prop_assert_eq!(report.statistics().bytes, file.len() as u64);
    }

    #[test]
    fn no_text_upsets_the_checker(pieces in proptest::collection::vec(piece(), 0..30)) {
        let file = pieces.concat();
        let report = check(file.as_bytes());
        let lines: Vec<&str> = file.split('\n').collect();
        for problem in report.problems() {
            prop_assert!(report.count(problem.code) > 0);
            if let (Some(line), Some(column)) = (problem.line, problem.column) {
                let line = lines[line as usize - 1];
                prop_assert!(column <= line.chars().count() as u64 + 1, "{problem} in {line:?}");
            }
        }
    }

    #[test]
    fn how_the_bytes_come_makes_no_difference(
        pieces in proptest::collection::vec(piece(), 0..30),
        capacity in 1_usize..50,
    ) {
        let file = pieces.concat();
        let pieces = BufReader::with_capacity(capacity, file.as_bytes());
        let report = training::check(pieces, Options::default()).unwrap();
        prop_assert_eq!(shown(&report), shown(&check(file.as_bytes())));
    }

    #[test]
    fn every_bad_line_is_named_by_its_number(lines in lines(), capacity in 1_usize..50) {
        let mut file = String::from("{\"text\":\"first\"}\n");
        for (number, good) in lines.iter().enumerate() {
            if *good { writeln!(file, "{{\"text\":\"{number}\"}}").unwrap() } else { writeln!(file, "\t[{number}]").unwrap() }
        }
        let options = Options::default().kept_per_code(1000);
        let report = training::check(BufReader::with_capacity(capacity, file.as_bytes()), options).unwrap();
        let found: Vec<_> = report.problems().iter().filter(|problem| problem.code == Code::NotAnObject).collect();
        let expected: Vec<u64> = lines.iter().zip(2..).filter(|(good, _)| !**good).map(|(_, line)| line).collect();
        prop_assert_eq!(found.iter().filter_map(|problem| problem.line).collect::<Vec<_>>(), expected);
        prop_assert!(found.iter().all(|problem| problem.column == Some(2)));
    }

    #[test]
    fn a_sample_in_other_words_is_the_same(value in value()) {
        let sample = serde_json::json!({"text": "a", "meta": value});
        let mut again = String::new();
        reworded(&sample, &mut again);
        prop_assert_eq!(&serde_json::from_str::<Value>(&again).unwrap(), &sample);
        let report = check(format!("{sample}\n{again}\n").as_bytes());
        prop_assert_eq!(report.count(Code::DuplicateSample), 1);
    }

    #[test]
    fn different_samples_are_not_the_same(one in value(), other in value()) {
        prop_assume!(one != other);
        let file = format!("{}\n{}\n", serde_json::json!({"text": "a", "x": one}), serde_json::json!({"text": "a", "x": other}));
        prop_assert_eq!(check(file.as_bytes()).count(Code::DuplicateSample), 0);
    }

    #[test]
    fn all_problems_are_counted_and_some_are_kept(bad in 0_u64..60, kept in 0_usize..30) {
        let file = "[]\n".repeat(bad as usize);
        let file = format!("{{\"text\":\"a\"}}\n{file}");
        let report = training::check(file.as_bytes(), Options::default().validation().kept_per_code(kept)).unwrap();
        prop_assert_eq!(report.count(Code::NotAnObject), bad);
        prop_assert_eq!(report.problems().len() as u64, bad.min(kept as u64));
    }
}
