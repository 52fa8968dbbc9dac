use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::training::{Code, Options, Severity, check};

fn convert(text: &str) -> (Rewrite, String, Vec<String>) {
    let (mut out, mut changes) = (Vec::new(), Vec::new());
    let done = from_openai(text.as_bytes(), &mut out, |change| {
        changes.push(change.to_string());
        Ok(())
    });
    (done.unwrap(), String::from_utf8(out).unwrap(), changes)
}

/// What becomes of one sample, as a text for a snapshot.
fn shown(sample: &Value) -> String {
    let (_, out, changes) = convert(&format!("{sample}\n"));
    format!("{out}{}", changes.join("\n"))
}

#[test]
fn what_is_in_the_form_already_stays_byte_for_byte() {
    let text =
        "{\"messages\": [ {\"role\":\"user\",\"content\":\"\\u00e9\"},{\"role\":\"assistant\",\"content\":\"b\"}]}\n";
    let (done, out, _) = convert(text);
    assert_eq!((out.as_str(), done.unchanged, done.is_unchanged()), (text, 1, true));
}

#[test]
fn roles_names_weights_and_settings() {
    let sample = json!({
        "messages": [
            {"role": "developer", "content": "Be brief."},
            {"role": "system", "content": "Be kind.", "name": "rules"},
            {"role": "user", "content": "Hi", "name": "Ann"},
            {"role": "assistant", "content": "Hello.", "weight": 0, "refusal": null, "audio": null},
            {"role": "user", "content": "Say something bad"},
            {"role": "assistant", "content": null, "refusal": "I would rather not.", "weight": 1},
            {"role": "user", "content": "Bye"},
        ],
        "parallel_tool_calls": false,
        "metadata": {"source": "chat"},
    });
    insta::assert_snapshot!(shown(&sample));
}

#[test]
fn functions_calls_and_their_ids() {
    let sample = json!({
        "messages": [
            {"role": "user", "content": "Weather and time in Lyon?"},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "call_x1", "type": "function", "function": {"name": "weather", "arguments": "{\"city\": \"Lyon\"}"}},
                {"id": "call_x2", "type": "function", "function": {"name": "time", "arguments": ""}},
            ]},
            {"role": "tool", "tool_call_id": "call_x2", "content": "noon"},
            {"role": "tool", "tool_call_id": "call_x1", "content": "clear"},
            {"role": "assistant", "content": "Clear, and it is noon."},
            {"role": "user", "content": "And now?"},
            {"role": "assistant", "content": "Let me see.", "function_call": {"name": "time", "arguments": "{}"}},
            {"role": "function", "name": "time", "content": "one"},
            {"role": "assistant", "content": "One."},
        ],
        "tools": [
            {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}, "strict": true}},
            {"type": "function", "function": {"name": "time", "description": "The time"}},
        ],
    });
    insta::assert_snapshot!(shown(&sample));
}

#[test]
fn pieces_of_content() {
    let sample = json!({
        "messages": [
            {"role": "user", "content": [
                {"type": "text", "text": "What is it?"},
                {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}},
                {"type": "image_url", "image_url": {"url": "https://example.com/b.png", "detail": "auto"}},
            ]},
            {"role": "assistant", "content": [{"type": "refusal", "refusal": "I cannot see it."}]},
        ],
    });
    insta::assert_snapshot!(shown(&sample));
}

#[test]
fn what_has_no_counterpart_is_dropped_with_its_reason() {
    let user = |content: Value| json!({"messages": [{"role": "user", "content": content}, {"role": "assistant", "content": "b"}]});
    let samples = [
        user(json!([{"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}])),
        user(json!([{"type": "file", "file": {"file_id": "file-1"}}])),
        json!({"input": {"messages": []}, "preferred_output": [], "non_preferred_output": []}),
        json!({"prompt": "a", "completion": "b"}),
        json!({"messages": []}),
        json!({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": null}]}),
        json!({"messages": [{"role": "system", "content": "a"}, {"role": "user", "content": "a"}]}),
        json!([1]),
    ];
    let text: String = samples.iter().map(|sample| format!("{sample}\n")).collect();
    let (done, out, changes) = convert(&text);
    assert_eq!((out.as_str(), done.dropped), ("", samples.len() as u64));
    insta::assert_snapshot!(changes.join("\n"));
}

/// Samples as other writers make them, mistakes included.
fn sample() -> impl Strategy<Value = Value> {
    let text = || prop_oneof![Just(json!(null)), Just(json!("")), "[a-zé\"\\\\ ]{1,8}".prop_map(Value::from)];
    let id = || {
        prop_oneof![
            Just(json!(null)),
            Just(json!("call_1")),
            Just(json!("aB3dE5gH7")),
            "[a-z0-9]{9}".prop_map(Value::from)
        ]
    };
    let arguments = prop_oneof![Just(json!("{}")), Just(json!({"a": 1})), Just(json!(null)), Just(json!("{\"a\": 1}"))];
    let call = (id(), arguments, "[fg]").prop_map(|(id, arguments, name)| {
        json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}})
    });
    let message = prop_oneof![
        3 => ("(user|system|developer)", text()).prop_map(|(role, content)| json!({"role": role, "content": content, "name": "n"})),
        4 => (text(), text(), proptest::option::of(0_u8..2)).prop_map(|(content, refusal, weight)| {
            json!({"role": "assistant", "content": content, "refusal": refusal, "weight": weight})
        }),
        2 => (text(), proptest::collection::vec(call, 0..3)).prop_map(|(content, calls)| {
            json!({"role": "assistant", "content": content, "tool_calls": calls})
        }),
        2 => (id(), text()).prop_map(|(id, content)| json!({"role": "tool", "tool_call_id": id, "content": content})),
        1 => text().prop_map(|content| json!({"role": "function", "name": "f", "content": content})),
        1 => Just(json!({"role": "assistant", "function_call": {"name": "f", "arguments": {}}})),
    ];
    let function = |name: &str| json!({"name": name, "parameters": {"type": "object"}});
    let both = vec![function("f"), function("g")];
    (proptest::collection::vec(message, 0..6), any::<bool>()).prop_map(move |(messages, functions)| {
        let tools: Vec<_> = both.iter().map(|function| json!({"type": "function", "function": function})).collect();
        if functions {
            json!({"messages": messages, "functions": both})
        } else {
            json!({"messages": messages, "tools": tools})
        }
    })
}

proptest! {
    #[test]
    fn what_is_written_passes_the_check_and_stays_as_it_is(samples in proptest::collection::vec(sample(), 1..8)) {
        let text: String = samples.iter().map(|sample| format!("{sample}\n")).collect();
        let (done, out, _) = convert(&text);
        prop_assert_eq!(done.written() + done.dropped, samples.len() as u64);
        let report = check(out.as_bytes(), Options::default()).unwrap();
        for problem in report.problems() {
            let expected = problem.severity() < Severity::Error || problem.code == Code::NoSamples && done.written() == 0;
            prop_assert!(expected, "{problem}\n{out}");
        }
        let (again, same, _) = convert(&out);
        prop_assert_eq!(same, out);
        prop_assert!(again.is_unchanged());
    }

    #[test]
    fn repairing_twice_is_repairing_once(samples in proptest::collection::vec(sample(), 1..8), drop: bool) {
        let text: String = samples.iter().map(|sample| format!("{sample}\r\n")).collect();
        let repair = |text: &str| {
            let mut out = Vec::new();
            let done = crate::repair::Repair::new().drop_unusable(drop).run(text.as_bytes(), &mut out, |_| Ok(())).unwrap();
            (done, String::from_utf8(out).unwrap())
        };
        let (_, once) = repair(&text);
        let (done, twice) = repair(&once);
        prop_assert_eq!(&twice, &once);
        prop_assert!(done.is_unchanged() && done.dropped == 0, "{:?}", done);
    }
}
