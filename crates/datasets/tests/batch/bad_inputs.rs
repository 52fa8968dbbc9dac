//! The bad inputs of the list, each by its number. Those above a file, a missing path say, are for who opens it.

use mistral_datasets::batch::{Code, Format, Options};

use super::{check, check_with, shown};

const GOOD: &str = r#"{"custom_id":"a","body":{}}"#;

#[test]
fn b24_no_requests() {
    for file in ["", "\n\n", " \r\n", "\u{feff}"] {
        assert_eq!(shown(&check(file)), ["in.jsonl: error[B104]: no requests in the file; expected at least one"]);
    }
}

#[test]
fn b25_not_json_is_shown_with_its_place_and_all_are_counted() {
    let report = check(format!("{GOOD}\n{}", "{\"é\": nope}\n".repeat(25)));
    assert_eq!(report.total(), 25);
    assert_eq!(report.problems().len(), 10);
    assert_eq!(
        shown(&report)[0],
        "in.jsonl:2:8: error[B202]: not JSON: expected true, false or null, near \"ope}\"; expected one JSON object a line"
    );
    assert_eq!(report.problems()[9].line, Some(11));
}

#[test]
fn b26_arrays() {
    let whole = "in.jsonl: error[B102]: the file is one JSON array; expected one JSON object a line";
    assert_eq!(shown(&check(format!("[\n  {GOOD},\n  {GOOD}\n]\n"))), [whole]);
    assert_eq!(shown(&check(format!("[{GOOD}]\n"))), [whole]);
    assert_eq!(shown(&check(format!("\n[{GOOD},\n{GOOD}]\n"))), [whole]);
    let lines = check("[1]\n[2]\n");
    assert_eq!(lines.count(Code::NotAnObject), 2);
    assert!(shown(&lines)[1].starts_with("in.jsonl:2: error[B203]: the line is an array"), "{lines:?}");
    assert!(lines.problems()[0].advice().contains("one object on one line"));
}

#[test]
fn b27_objects_over_many_lines_are_told_once() {
    let report = check("{\n  \"custom_id\": \"a\",\n  \"body\": {}\n}\n".repeat(9));
    assert_eq!(
        shown(&report),
        ["in.jsonl: error[B103]: an object is spread over several lines; expected one JSON object a line"]
    );
    assert_eq!(report.problems()[0].advice(), "Write each object on one line: jq -c . FILE > requests.jsonl");
    assert_eq!((report.statistics().lines, report.statistics().rows), (36, 1));
    let cut = check(r#"{"custom_id":"#);
    assert_eq!(cut.count(Code::InvalidJson), 1, "a line that was cut off is no layout");
}

#[test]
fn b28_a_mark_is_dropped_and_noted() {
    let report = check(format!("\u{feff}{GOOD}\n"));
    assert!(report.is_valid() && report.statistics().files[0].mark);
    assert_eq!(report.statistics().bytes, GOOD.len() as u64 + 4);
}

#[test]
fn b29_utf_16_is_named() {
    let text: Vec<u8> = format!("\u{feff}{GOOD}\n{GOOD}\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [&text[..], &text[2..]] {
        assert_eq!(
            shown(&check(bytes)),
            ["in.jsonl: error[B101]: the file is in UTF-16; expected JSON lines in UTF-8"]
        );
    }
}

#[test]
fn b30_compression_is_named() {
    let report = check(b"\x1f\x8b\x08\0\0\n\0\n");
    assert_eq!(shown(&report), ["in.jsonl: error[B101]: the file is compressed (gzip); expected JSON lines in UTF-8"]);
    assert_eq!(report.problems()[0].format, Some(Format::Gzip));
    assert_eq!(report.problems()[0].advice(), "Unpack it first: gunzip -k FILE");
    assert_eq!(check(b"PK\x03\x04\n").problems()[0].format, Some(Format::Zip));
}

#[test]
fn b31_crlf_and_blank_lines_are_fine() {
    let report = check(format!("{GOOD}\r\n\r\n  \n{}", GOOD.replace('a', "b")));
    assert!(report.is_valid());
    let statistics = report.statistics();
    assert_eq!((statistics.rows, statistics.blank_lines, statistics.lines), (2, 2, 4));
}

#[test]
fn b32_an_id_is_missed_or_given() {
    let file = format!("{GOOD}\n\n{{\"body\":{{}}}}\n");
    assert_eq!(
        shown(&check(&file)),
        ["in.jsonl:3: error[B301]: custom_id is missing; expected a string that no other line has"]
    );
    let given = check_with(&file, Options::default().generate_ids(true));
    assert!(given.is_valid());
    assert_eq!(given.statistics().generated_ids, 1);
    let taken = check_with(file.replace("\"a\"", "\"row-2\""), Options::default().generate_ids(true));
    assert_eq!(
        shown(&taken),
        ["in.jsonl:3: error[B305]: the custom_id is that of line 1; expected one that no other line has"]
    );
}

#[test]
fn b33_the_type_of_an_id_is_told() {
    let report = check("{\"custom_id\":null,\"body\":{}}\n{\"custom_id\":[1],\"body\":{}}\n");
    assert_eq!(
        shown(&report),
        [
            "in.jsonl:1:14: error[B302]: custom_id is null; expected a string",
            "in.jsonl:2:14: error[B302]: custom_id is an array; expected a string",
        ]
    );
}

#[test]
fn b34_all_duplicates_are_counted_and_both_lines_named() {
    let report = check(format!("{GOOD}\n").repeat(30));
    assert_eq!(report.count(Code::DuplicateCustomId), 29);
    assert_eq!(report.problems().len(), 10);
    let last = &shown(&report)[9];
    assert_eq!(last, "in.jsonl:11: error[B305]: the custom_id is that of line 1; expected one that no other line has");
}

#[test]
fn b35_empty_ids() {
    let report = check("{\"custom_id\":\"\",\"body\":{}}\n{\"custom_id\":\"\\t \",\"body\":{}}\n");
    assert_eq!(report.count(Code::CustomIdEmpty), 2);
}

#[test]
fn b36_control_characters_are_data_and_never_shown() {
    assert!(check("{\"custom_id\":\"\\u001b[2J\\u0000\",\"body\":{}}").is_valid());
    let report = check("\u{1b}[31mred\n{\"custom_id\":\"a\",\"body\":{},\u{1b}]0;x}");
    assert_eq!(report.total(), 2);
    assert!(shown(&report).iter().all(|problem| !problem.contains('\u{1b}')), "{:?}", shown(&report));
}

#[test]
fn b37_b38_bodies() {
    let report =
        check("{\"custom_id\":\"a\"}\n{\"custom_id\":\"b\",\"body\":[]}\n{\"custom_id\":\"c\",\"body\":null}\n");
    let found: Vec<_> = report.problems().iter().map(|problem| (problem.line, problem.what.as_str())).collect();
    assert_eq!(found, [(Some(1), "body is missing"), (Some(2), "body is an array"), (Some(3), "body is null")]);
}

#[test]
fn b39_streams_are_refused() {
    let report = check(r#"{"custom_id":"a","body":{"stream": true}}"#);
    assert_eq!(
        shown(&report),
        ["in.jsonl:1:36: error[B404]: body.stream is true; expected no stream: a batch answers whole"]
    );
}

#[test]
fn b40_models_are_counted_or_refused() {
    let file =
        ["m", "m", "n"].map(|model| format!("{{\"body\":{{\"model\":\"{model}\"}}}}\n")).concat() + "{\"body\":{}}\n";
    let options = Options::default().generate_ids(true).model(Some("m"));
    let report = check_with(&file, options.clone());
    assert!(report.is_valid());
    let statistics = report.statistics();
    assert_eq!(
        statistics.models.iter().map(|(model, count)| (model.as_str(), *count)).collect::<Vec<_>>(),
        [("m", 2), ("n", 1)]
    );
    assert_eq!(statistics.without_model, 1);
    assert_eq!(statistics.first_without_model.as_ref().map(ToString::to_string).as_deref(), Some("in.jsonl:4"));
    let strict = check_with(&file, options.strict(true));
    assert_eq!(
        shown(&strict),
        ["in.jsonl:3: error[B405]: the model is \"n\", and that of the job \"m\"; expected the job's model"]
    );
}

#[test]
fn b41_another_vendors_format_is_recognised() {
    let report = check(r#"{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{}}"#);
    assert_eq!(report.count(Code::OtherVendor), 1);
    assert!(report.problems()[0].advice().contains("jq -c '{custom_id, body}' FILE"));
}

#[test]
fn b42_a_long_line_is_measured_and_not_kept() {
    let options = Options::default().max_line_bytes(GOOD.len() as u64);
    let report = check_with(format!("{GOOD} \n{}\r\n{}\n", GOOD.replace('a', "b"), "x".repeat(1000)), options);
    assert_eq!(
        shown(&report),
        [
            "in.jsonl:1: error[B204]: the line has 28 bytes, over the limit of 27; expected a shorter line",
            "in.jsonl:3: error[B204]: the line has 1000 bytes, over the limit of 27; expected a shorter line",
        ]
    );
}

// B43 and B44 have gigabytes and a million lines: the catalogue has them, made as they are read.

#[test]
fn b45_a_comma_too_many_and_a_comment() {
    let report = check("{\"custom_id\":\"a\",\"body\":{},}\n{\"custom_id\":\"b\",\"body\":{}} // why\n");
    let found: Vec<_> = report.problems().iter().map(|problem| (problem.line, problem.column)).collect();
    assert_eq!(found, [(Some(1), Some(28)), (Some(2), Some(29))], "{:?}", shown(&report));
}
