//! Cases of the rules beyond one sample a code: what belongs together, what does not follow from it, and where it is.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "everything here is test code")]

use mistral_datasets::training::{self, Options, Report};

fn check(file: &str) -> Report {
    training::check(file.as_bytes(), Options::default().validation()).unwrap()
}

/// The problems of a file, each as its code and its path, in the order of their places.
fn found(file: &str) -> Vec<String> {
    let report = check(file);
    let shown = report.problems().iter();
    shown.map(|problem| format!("{} {}", problem.code.name(), problem.path.as_deref().unwrap_or_default())).collect()
}

/// The problems of a conversation.
fn chat(messages: &str) -> Vec<String> {
    found(&format!(r#"{{"messages":[{messages}]}}"#))
}

/// The problems of a tool's parameters, with the way to them cut off.
fn schema(parameters: &str) -> Vec<String> {
    let tools = format!(r#"[{{"function":{{"name":"f","description":"","parameters":{parameters}}}}}]"#);
    let found = found(&format!(
        r#"{{"messages":[{{"role":"user","content":"a"}},{{"role":"assistant","content":"b"}}],"tools":{tools}}}"#
    ));
    found.into_iter().map(|problem| problem.replace("tool-schema $.tools[0].function.parameters", "")).collect()
}

const NOTHING: [&str; 0] = [];

#[test]
fn an_invalid_sample_counts_once_however_many_errors_it_has() {
    let lines = [
        r#"{"text":"a"}"#,
        r#"{"messages":[{"role":"bot","content":""},{"content":"c"}]}"#,
        "nope",
        "",
        r#"{"text":"a","topic":"b"}"#,
        r#"{"text":""}"#,
    ];
    let report = check(&format!("\u{feff}{}", lines.join("\n")));
    assert_eq!((report.invalid_samples(), report.statistics().samples), (4, 5), "{:?}", report.problems());
    assert_eq!(check("\u{feff}\n{\"text\":\"a\"}").invalid_samples(), 0, "a blank line is no sample");
    assert_eq!(check(&"nope\n".repeat(1000)).invalid_samples(), 1000, "more than are kept");
}

#[test]
fn other_names_and_nulls_are_taken() {
    let lines = [
        r#"{"interactions":[{"role":"user","text":"a"},{"role":"assistant","text":"b"}]}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","weight":1.0,"tool_calls":null,"prefix":false}],"tools":null,"labels":null}"#,
        r#"{"system_prompt":"a","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"available_tools":[],"only_last":true}"#,
        r#"{"content":"a"}"#,
    ];
    for line in lines {
        assert_eq!(found(line), NOTHING, "{line}");
    }
}

#[test]
fn one_mistake_is_reported_once() {
    assert_eq!(
        chat(r#"{"role":"user","content":7},{"role":"assistant","content":"b"}"#),
        ["wrong-type $.messages[0].content"]
    );
    assert_eq!(
        chat(r#"{"role":"gpt","content":"a","weight":1},{"role":"assistant","content":"b"}"#),
        ["role-unknown $.messages[0].role"]
    );
    assert_eq!(
        chat(r#"{"role":"user","content":"a"},{"role":"assistant","function_call":{"name":"f","arguments":"{}"}}"#),
        ["old-functions $.messages[1].function_call"]
    );
    assert_eq!(found(r#"{"messages":"a"}"#), ["wrong-type $.messages"]);
    assert_eq!(found(r#"{"text":1}"#), ["wrong-type $.text"]);
    assert_eq!(found(r#"{"text":"a","labels":["b"]}"#), ["wrong-type $.labels"]);
}

#[test]
fn every_mistake_of_a_sample_is_reported() {
    assert_eq!(
        chat(
            r#"{"role":"system","content":"s"},{"role":"tool","content":""},"x",{"content":[]},{"role":"user","content":[{"type":"text"}]}"#
        ),
        [
            "answer-without-id $.messages[1]",
            "answers-too-many $.messages[1]",
            "role-order $.messages[1].role",
            "empty-content $.messages[1].content",
            "wrong-type $.messages[2]",
            "role-missing $.messages[3]",
            "empty-content $.messages[3].content",
            "last-not-assistant $.messages[4]",
            "empty-content $.messages[4].content",
            "chunk-incomplete $.messages[4].content[0]",
        ]
    );
}

#[test]
fn a_system_prompt_beside_the_messages_counts_as_one() {
    let line = r#"{"system_prompt":"a","messages":[{"role":"system","content":"b"},{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#;
    assert_eq!(found(line), ["several-system-prompts $.messages[0]"]);
}

#[test]
fn a_classified_conversation_may_end_with_the_user() {
    let line = r#"{"messages":[{"role":"user","content":"a"}],"labels":{"mood":"good"}}"#;
    assert_eq!(found(line), NOTHING);
    assert_eq!(found(&line.replace("\"a\"", "\"\"")), ["empty-content $.messages[0].content"]);
    assert_eq!(found(&line.replace("user", "human")), ["role-unknown $.messages[0].role"]);
}

#[test]
fn a_text_of_a_classifier_stands_under_text() {
    assert_eq!(found(r#"{"content":"a","labels":{"mood":"good"}}"#), ["unknown-format $"]);
}

#[test]
fn labels_are_looked_at_one_by_one() {
    assert_eq!(
        found(r#"{"text":"a","labels":{"":"b","c":["d",""," ",1,["e"]],"f":{}}}"#),
        [
            r#"label-empty $.labels[""]"#,
            "label-empty $.labels.c[1]",
            "label-empty $.labels.c[2]",
            "label-type $.labels.c[3]",
            "label-type $.labels.c[4]",
            "label-type $.labels.f",
        ]
    );
}

#[test]
fn the_shapes_of_a_schema_are_those_of_draft_7() {
    let good = [
        "{}",
        r#"{"type":["object"],"properties":{},"required":[]}"#,
        r#"{"items":[{"type":"null"},true],"additionalItems":false,"uniqueItems":true,"minItems":0,"maxItems":3.0}"#,
        r##"{"anyOf":[{"$ref":"#/definitions/a"}],"definitions":{"a":{"not":{"const":1}}},"if":{},"then":true,"else":{}}"##,
        r#"{"minimum":-1.5,"exclusiveMaximum":7,"multipleOf":0.1,"pattern":"(","format":"x","default":null,"examples":[1]}"#,
        r#"{"dependencies":{"a":["b"],"c":{"type":"string"}},"propertyNames":{"maxLength":3},"x-own":{"type":1}}"#,
        r#"{"properties":{"type":{"type":"string"},"required":{"enum":[1,1]}}}"#,
    ];
    for parameters in good {
        assert_eq!(schema(parameters), NOTHING, "{parameters}");
    }
    let bad = [
        ("[]", ""),
        ("true", ""),
        (r#""object""#, ""),
        (r#"{"type":null}"#, ".type"),
        (r#"{"type":[]}"#, ".type"),
        (r#"{"type":["string","string"]}"#, ".type"),
        (r#"{"type":["string","text"]}"#, ".type[1]"),
        (r#"{"properties":["a"]}"#, ".properties"),
        (r#"{"properties":{"a":"string"}}"#, ".properties.a"),
        (r#"{"properties":{"a":{"required":true}}}"#, ".properties.a.required"),
        (r#"{"required":["a","a"]}"#, ".required"),
        (r#"{"required":[1]}"#, ".required[0]"),
        (r#"{"enum":"a"}"#, ".enum"),
        (r#"{"allOf":[]}"#, ".allOf"),
        (r#"{"items":[1]}"#, ".items[0]"),
        (r#"{"multipleOf":0}"#, ".multipleOf"),
        (r#"{"minLength":1.5}"#, ".minLength"),
        (r#"{"dependencies":{"a":[1]}}"#, ".dependencies.a[0]"),
        (r#"{"description":1}"#, ".description"),
    ];
    for (parameters, place) in bad {
        assert_eq!(schema(parameters), [place], "{parameters}");
    }
}

#[test]
fn tools_that_are_right_once_are_right_again_and_wrong_ones_wrong_again() {
    let sample = |name: &str, number: usize| {
        format!(
            r#"{{"messages":[{{"role":"user","content":"{number}"}},{{"role":"assistant","content":"b"}}],"tools":[{{"function":{{"name":"{name}","description":"","parameters":{{}}}}}}]}}"#
        )
    };
    let file = [sample("f", 0), sample("f", 1), sample("f f", 2), sample("f f", 3), sample("f", 4)].join("\n");
    let lines: Vec<_> = check(&file).problems().iter().map(|problem| (problem.code.name(), problem.line)).collect();
    assert_eq!(lines, [("tool-name", Some(3)), ("tool-name", Some(4))]);
}

#[test]
fn a_place_is_counted_in_characters_and_without_the_mark() {
    let file =
        "\u{feff}{\"messages\":[{\"role\":\"user\",\"content\":\"é🙂\"},\t{\"role\":\"bot\",\"content\":\"b\"}]}";
    let report = check(file);
    let role = report.problems().iter().find(|problem| problem.code.name() == "role-unknown").unwrap();
    assert_eq!((role.line, role.column), (Some(1), Some(54)));
    assert_eq!(
        role.at("train.jsonl"),
        "train.jsonl:1:54: error[T303]: the role is \"bot\"; expected system, user, assistant or tool ($.messages[1].role)"
    );
}

#[test]
fn nesting_is_bounded_everywhere() {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(found(&format!(r#"{{"text":"a","x":{}}}"#, deep(100))), ["unknown-key $.x"]);
    assert_eq!(found(&format!(r#"{{"text":"a","x":{}}}"#, deep(100_000))), ["invalid-json "]);
    let nested = format!("{}{{}}{}", r#"{"not":"#.repeat(1000), "}".repeat(1000));
    let line = format!(r#"{{"messages":[],"tools":[{{"function":{{"name":"f","parameters":{nested}}}}}]}}"#);
    let report = check(&line);
    assert_eq!(report.problems()[0].code.name(), "invalid-json");
    assert!(report.problems()[0].message.starts_with("not JSON: nested deeper than 128 levels"), "{report:?}");
}
