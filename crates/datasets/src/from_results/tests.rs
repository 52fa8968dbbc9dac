use std::io::{BufReader, Cursor};

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::training::{Options, Severity, check};

fn joined(requests: &str, results: &[&str]) -> (Joined, String, Vec<String>) {
    let (mut out, mut left_out) = (Vec::new(), Vec::new());
    let mut results: Vec<_> = results.iter().map(|text| BufReader::with_capacity(16, Cursor::new(*text))).collect();
    let joined = join(requests.as_bytes(), &mut results, &mut out, |left| {
        left_out.push(left.to_string());
        Ok(())
    });
    (joined.unwrap(), String::from_utf8(out).unwrap(), left_out)
}

fn request(id: &str, body: &Json) -> String {
    format!("{}\n", json!({"custom_id": id, "body": body}))
}

fn asked(text: &str) -> Json {
    json!({"messages": [{"role": "user", "content": text}]})
}

fn result(id: &str, finish_reason: &str, message: &Json) -> String {
    let choices = json!([{"index": 0, "finish_reason": finish_reason, "message": message}]);
    format!(
        "{}\n",
        json!({"id": "x", "custom_id": id, "response": {"status_code": 200, "body": {"choices": choices}}, "error": null})
    )
}

fn said(text: &str) -> Json {
    json!({"role": "assistant", "content": text, "tool_calls": null})
}

#[test]
fn calls_tools_and_answers_that_were_begun() {
    let tools =
        json!([{"type": "function", "function": {"name": "f", "description": "", "parameters": {"type": "object"}}}]);
    let mut with_tools = asked("Call f");
    with_tools["tools"] = tools;
    let mut begun = asked("Say it");
    begun["messages"].as_array_mut().unwrap().push(json!({"role": "assistant", "content": "It is", "prefix": true}));
    let call = json!({"id": "aB3dE5gH7", "function": {"name": "f", "arguments": "{}"}});
    let requests = request("a", &with_tools) + &request("b", &begun) + &request("c", &begun);
    let results = result("a", "tool_calls", &json!({"role": "assistant", "content": "", "tool_calls": [call]}))
        + &result("b", "stop", &said(" so."))
        + &result("c", "stop", &said("It is so."));
    let (joined, out, left_out) = joined(&requests, &[&results]);
    assert_eq!((joined.samples, left_out.len()), (3, 0), "{left_out:?}");
    insta::assert_snapshot!(out);
}

#[test]
fn what_gives_no_sample_is_named_and_counted() {
    let bodies = [json!({"input": "x"}), json!({"messages": [{"role": "robot", "content": "x"}]})];
    let requests: String = ["cut", "failed", "refused", "bare", "other", "empty", "missing", "odd"]
        .into_iter()
        .map(|id| request(id, &asked(id)))
        .chain([request("vector", &bodies[0]), request("role", &bodies[1]), "nonsense\n".into(), "\n".into()])
        .collect();
    let body = json!({"object": "error", "message": "made up"});
    let fail = |id, response: Json, error: Json| {
        format!("{}\n", json!({"custom_id": id, "response": response, "error": error}))
    };
    let output = result("cut", "length", &said("To begin"))
        + &result("other", "error", &said("x"))
        + &result("empty", "stop", &said(""))
        + &result("role", "stop", &said("x"))
        + &result("vector", "stop", &said("x"))
        + &result("stray", "stop", &said("x"))
        + &result("cut", "stop", &said("again"))
        + "not JSON\n{\"custom_id\": null}\n\n";
    let errors = fail("failed", json!({"status_code": 422, "body": body}), Json::Null)
        + &fail("refused", Json::Null, json!("rate limited"))
        + &fail("bare", Json::Null, Json::Null)
        + &fail("odd", json!({"status_code": 200, "body": {"data": []}}), Json::Null);
    let (joined, out, left_out) = joined(&requests, &[&output, &errors]);
    assert_eq!(out, "");
    assert_eq!((joined.requests, joined.strays, joined.repeated, joined.unreadable), (11, 1, 1, 2));
    insta::assert_snapshot!(left_out.join("\n"));
}

proptest! {
    #[test]
    fn the_order_of_the_results_makes_no_difference(
        order in Just((0..30_usize).collect::<Vec<_>>()).prop_shuffle(),
        missing in proptest::collection::btree_set(0_usize..30, 0..10),
    ) {
        let requests: String = (0..30).map(|at| request(&at.to_string(), &asked(&at.to_string()))).collect();
        let answered = order.iter().filter(|at| !missing.contains(at));
        let results: Vec<String> = answered.map(|at| result(&at.to_string(), "stop", &said(&format!("{at}!")))).collect();
        let (first, second) = results.split_at(results.len() / 2);
        let (joined, out, _) = joined(&requests, &[&first.concat(), &second.concat()]);
        prop_assert_eq!((joined.samples, joined.strays), (results.len() as u64, 0));
        prop_assert_eq!(joined.left_out.get(&Reason::Missing).copied().unwrap_or(0), missing.len() as u64);
        let expected: Vec<usize> = (0..30).filter(|at| !missing.contains(at)).collect();
        for (line, at) in out.lines().zip(&expected) {
            let sample: Json = serde_json::from_str(line).unwrap();
            prop_assert_eq!(&sample["messages"][0]["content"], &at.to_string());
            prop_assert_eq!(&sample["messages"][1]["content"], &format!("{at}!"));
        }
        prop_assert_eq!(out.lines().count(), expected.len());
        let report = check(out.as_bytes(), Options::default()).unwrap();
        prop_assert_eq!(report.total(Severity::Error), 0);
    }
}
