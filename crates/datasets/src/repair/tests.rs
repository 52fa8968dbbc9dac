use proptest::prelude::*;

use super::*;
use crate::change::{ChangeCode, Effect};
use crate::training::{Options, Severity, check};

fn run(repair: &Repair, text: &[u8]) -> (Rewrite, String, Vec<Change>) {
    let (mut out, mut changes) = (Vec::new(), Vec::new());
    let done = repair.run(text, &mut out, |change| {
        changes.push(change.clone());
        Ok(())
    });
    (done.unwrap(), String::from_utf8(out).unwrap(), changes)
}

/// What becomes of one sample, and the codes of what was done.
fn repaired(sample: &str) -> (String, Vec<ChangeCode>) {
    let (_, out, changes) = run(&Repair::new(), sample.as_bytes());
    (out, changes.iter().map(|change| change.code).collect())
}

/// A conversation around one message.
fn around(message: &str) -> String {
    format!(r#"{{"messages":[{{"role":"user","content":"a"}},{message}]}}"#)
}

#[test]
fn what_surrounds_samples_is_cleaned_and_samples_keep_their_bytes() {
    let sample = around(r#"{"role":"assistant", "content":"\u00e9","n":1.0e2}"#);
    let text = format!("\u{feff}{sample}\r\n\n \r\n{sample}");
    let (done, out, changes) = run(&Repair::new(), text.as_bytes());
    assert_eq!(out, format!("{sample}\n{sample}"));
    // Files that were put together have marks in the middle, and some writers end lines twice.
    let (_, again, _) = run(&Repair::new(), format!("\n\u{feff}\u{feff}{sample}\r\r\n").as_bytes());
    assert_eq!(again, format!("{sample}\n"));
    let told: Vec<_> = changes.iter().map(|change| (change.line, change.code.as_str())).collect();
    assert_eq!(told, [(1, "byte-order-mark"), (1, "carriage-return"), (2, "blank-line"), (3, "blank-line")]);
    assert_eq!((done.samples, done.changed, done.unchanged), (2, 1, 1));
}

#[test]
fn old_functions_become_tools() {
    let cases = [
        (r#""functions":[{"name":"f"}]"#, r#""tools":[{"type":"function","function":{"name":"f"}}]"#),
        (r#""tools":[{"name":"f"}]"#, r#""tools":[{"type":"function","function":{"name":"f"}}]"#),
    ];
    for (old, new) in cases {
        let message = r#"{"role":"assistant","content":"b"}"#;
        let sample = |tools: &str| format!(r#"{{{tools},"messages":[{{"role":"user","content":"a"}},{message}]}}"#);
        let (out, codes) = repaired(&sample(old));
        assert_eq!((out, codes[..].contains(&ChangeCode::Functions)), (sample(new), true));
    }
    let (out, codes) =
        repaired(r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"functions":[]}"#);
    assert_eq!((out, codes), (around(r#"{"role":"assistant","content":"b"}"#), vec![ChangeCode::Functions]));
}

#[test]
fn arguments_become_a_string_that_holds_them() {
    let call = |arguments: &str| {
        around(&format!(
            r#"{{"role":"assistant","tool_calls":[{{"id":"aB3dE5gH7","type":"function","function":{{"name":"f"{arguments}}}}}]}}"#
        ))
    };
    let cases = [
        (r#","arguments":{"a": 1.50}"#, r#","arguments":"{\"a\": 1.50}""#),
        (r#","arguments":null"#, r#","arguments":"{}""#),
        (r#","arguments":"""#, r#","arguments":"{}""#),
        ("", r#","arguments":"{}""#),
    ];
    for (old, new) in cases {
        assert_eq!(repaired(&call(old)).0, call(new));
    }
}

#[test]
fn an_id_is_the_same_at_the_call_and_at_its_answer_and_no_two_calls_share_one() {
    let turn = r#"{"role":"assistant","tool_calls":[{"id":"1","function":{"name":"f","arguments":"{}"}},{"id":"2","function":{"name":"g","arguments":"{}"}}]},{"role":"tool","tool_call_id":"2","content":"x"},{"role":"tool","tool_call_id":"1","content":"x"}"#;
    let text = format!(
        r#"{{"messages":[{{"role":"user","content":"a"}},{turn},{turn},{{"role":"assistant","content":"b"}}]}}"#
    );
    let (out, _) = repaired(&text);
    let sample: serde_json::Value = serde_json::from_str(&out).unwrap();
    let id = |message: usize, call: usize| sample["messages"][message]["tool_calls"][call]["id"].as_str().unwrap();
    let answers = |message: usize| sample["messages"][message]["tool_call_id"].as_str().unwrap();
    for first in [1, 4] {
        assert_eq!((answers(first + 1), answers(first + 2)), (id(first, 1), id(first, 0)));
    }
    let ids: std::collections::BTreeSet<_> = [id(1, 0), id(1, 1), id(4, 0), id(4, 1)].into();
    assert!(ids.len() == 4 && ids.iter().all(|id| id.len() == 9), "{ids:?}");
}

#[test]
fn an_answer_without_an_id_goes_to_the_call_of_its_name() {
    let calls = r#"{"role":"assistant","tool_calls":[{"id":"aB3dE5gH7","function":{"name":"f","arguments":"{}"}},{"id":"bB3dE5gH7","function":{"name":"g","arguments":"{}"}}]}"#;
    let answers = r#"{"role":"tool","name":"g","content":"x"},{"role":"tool","content":"y"}"#;
    let (out, _) = repaired(&around(&format!("{calls},{answers},{}", r#"{"role":"assistant","content":"b"}"#)));
    assert!(out.contains(r#""content":"x","tool_call_id":"bB3dE5gH7"}"#), "{out}");
    assert!(out.contains(r#""content":"y","tool_call_id":"aB3dE5gH7"}"#), "{out}");
}

#[test]
fn content_beside_calls_is_removed_if_empty_and_said_first_if_not() {
    let calls = r#""tool_calls":[{"id":"aB3dE5gH7","function":{"name":"f","arguments":"{}"}}]"#;
    for empty in ["null", r#""""#, "[]"] {
        let (out, codes) = repaired(&around(&format!(r#"{{"role":"assistant","content":{empty},{calls}}}"#)));
        assert_eq!(out, around(&format!(r#"{{"role":"assistant",{calls}}}"#)));
        assert_eq!(codes[0], ChangeCode::EmptyContent);
    }
    let (out, _) = repaired(&around(&format!(r#"{{"role":"assistant","content":"Wait.",{calls}}}"#)));
    assert_eq!(out, around(&format!(r#"{{"role":"assistant","content":"Wait."}},{{"role":"assistant",{calls}}}"#)));
    let (out, codes) = repaired(&around(r#"{"role":"assistant","content":"b","tool_calls":null}"#));
    assert_eq!((out, codes), (around(r#"{"role":"assistant","content":"b"}"#), vec![ChangeCode::EmptyCalls]));
}

#[test]
fn what_is_classified_may_end_with_a_question() {
    let labelled = r#"{"messages":[{"role":"user","content":"a"}],"labels":{"mood":"good"}}"#;
    assert_eq!(repaired(labelled), (labelled.to_owned(), vec![]));
}

#[test]
fn what_cannot_be_used_stays_in_or_goes_and_its_reason_is_told() {
    let lines: [(&[u8], &str); 6] = [
        (b"nope", "T108"),
        (b"[1]", "T109"),
        (b"{\"text\":\"\xff\"}", "not UTF-8 from byte 10"),
        (br#"{"messages":[{"role":"user","content":"a"}]}"#, "no message of the assistant"),
        (br#"{"messages":[{"role":"assistant","content":"a"},{"content":"b"}]}"#, "a message without a role"),
        (
            br#"{"messages":[{"role":"tool","content":"a"},{"role":"assistant","content":"b"}]}"#,
            "the answer to no call",
        ),
    ];
    for (line, reason) in lines {
        let mut kept = Vec::new();
        let mut told = Vec::new();
        let mut tell = |change: &Change| {
            told.push((change.code, change.message.clone()));
            Ok(())
        };
        let done = Repair::new().run(line, &mut kept, &mut tell).unwrap();
        assert_eq!((kept.as_slice(), done.unusable), (line, 1));
        let done = Repair::new().drop_unusable(true).run(line, std::io::sink(), &mut tell).unwrap();
        assert_eq!((done.dropped, done.written()), (1, 0));
        assert_eq!([told[0].0, told[1].0], [ChangeCode::SampleUnusable, ChangeCode::SampleDropped]);
        assert!(told.iter().all(|(_, message)| message.contains(reason)), "{told:?}");
    }
}

#[test]
fn an_error_of_the_report_ends_the_repair() {
    let refused = Repair::new().run(&b"\n"[..], std::io::sink(), |_| Err(io::Error::other("full"))).unwrap_err();
    assert_eq!(refused.to_string(), "full");
}

proptest! {
    #[test]
    fn any_bytes_are_repaired_without_loss_and_only_once(lines in proptest::collection::vec(
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..20),
            "(\u{feff}|\r| |x){0,5}".prop_map(String::into_bytes),
            r#"\{"messages":\[\{"role":"(user|assistant|tool)","content":("[a-z]{0,2}"|null|\{\})\}(,\{"role":"assistant","content":"b"\})?\]\}"#.prop_map(String::into_bytes),
        ], 0..8)) {
        let text = lines.join(&b"\n"[..]);
        let (mut once, mut twice) = (Vec::new(), Vec::new());
        let done = Repair::new().run(&text[..], &mut once, |_| Ok(())).unwrap();
        prop_assert_eq!(done.dropped, 0);
        let again = Repair::new().run(&once[..], &mut twice, |_| Ok(())).unwrap();
        prop_assert_eq!(&twice, &once);
        prop_assert_eq!(again.samples, done.samples);
        prop_assert!(again.changes.keys().all(|code| code.effect() == Effect::Unusable), "{:?}", again.changes);

        let mut dropped = Vec::new();
        Repair::new().drop_unusable(true).run(&text[..], &mut dropped, |_| Ok(())).unwrap();
        let report = check(&dropped[..], Options::default()).unwrap();
        let errors = report.problems().iter().filter(|problem| problem.severity() == Severity::Error);
        prop_assert!(errors.clone().all(|problem| problem.line.is_none()), "{:?}", errors.collect::<Vec<_>>());
    }
}
