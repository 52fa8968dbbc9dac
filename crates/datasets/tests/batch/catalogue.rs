use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, BufReader, Read as _};

use mistral_datasets::Lines;
use mistral_datasets::batch::{self, Checker, Code, Options, Report};

use super::check_with;

/// A problem, an input that has it, and one like it that has not.
struct Case {
    code: Code,
    fail: Vec<u8>,
    pass: Vec<u8>,
}

const GOOD: &str = r#"{"custom_id":"a","body":{}}"#;

fn cases() -> Vec<Case> {
    let case = |code, fail: &[u8], pass: &str| Case { code, fail: fail.to_vec(), pass: pass.as_bytes().to_vec() };
    let line = |code, fail: &str, pass: &str| case(code, fail.as_bytes(), pass);
    vec![
        case(Code::OtherFormat, b"\x1f\x8b\x08\0\n", GOOD),
        line(Code::JsonArray, &format!("[\n{GOOD}\n]"), GOOD),
        line(Code::PrettyPrinted, "{\n\"custom_id\": \"a\",\n\"body\": {}}", r#"{ "custom_id": "a", "body": {} }"#),
        line(Code::NoRequests, "\n  \n", &format!("\n  \n{GOOD}")),
        case(Code::NotUtf8, b"{\"custom_id\":\"\xe9\",\"body\":{}}", r#"{"custom_id":"é","body":{}}"#),
        line(Code::InvalidJson, r#"{"custom_id":"a","body":{},}"#, GOOD),
        line(Code::NotAnObject, r#""a""#, GOOD),
        line(Code::LineTooLong, &format!("{GOOD}{}", " ".repeat(100)), GOOD),
        line(Code::KeyTwice, r#"{"custom_id":"a","custom_id":"b","body":{}}"#, GOOD),
        line(Code::OtherVendor, r#"{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{}}"#, GOOD),
        line(Code::CustomIdMissing, r#"{"body":{}}"#, GOOD),
        line(Code::CustomIdType, r#"{"custom_id":7,"body":{}}"#, r#"{"custom_id":"7","body":{}}"#),
        line(
            Code::CustomIdNotUnicode,
            r#"{"custom_id":"\ud83d","body":{}}"#,
            r#"{"custom_id":"\ud83d\ude42","body":{}}"#,
        ),
        line(Code::CustomIdEmpty, r#"{"custom_id":" ","body":{}}"#, r#"{"custom_id":" a","body":{}}"#),
        line(
            Code::DuplicateCustomId,
            &format!("{GOOD}\n{}", GOOD.replace('a', "\\u0061")),
            &format!("{GOOD}\n{}", GOOD.replace('a', "A")),
        ),
        line(Code::BodyMissing, r#"{"custom_id":"a"}"#, GOOD),
        line(Code::BodyType, r#"{"custom_id":"a","body":"{}"}"#, GOOD),
        line(
            Code::BodyKeyTwice,
            r#"{"custom_id":"a","body":{"model":"m","model":"m"}}"#,
            r#"{"custom_id":"a","body":{"model":"own","x":{"model":1}}}"#,
        ),
        line(
            Code::Streams,
            r#"{"custom_id":"a","body":{"stream":true}}"#,
            r#"{"custom_id":"a","body":{"stream":false}}"#,
        ),
        line(
            Code::OtherModel,
            r#"{"custom_id":"a","body":{"model":"other"}}"#,
            r#"{"custom_id":"a","body":{"model":"own"}}"#,
        ),
        line(Code::TooManyRequests, "", GOOD),
        line(Code::TooLarge, "", GOOD),
    ]
}

fn options() -> Options {
    Options::default().model(Some("own")).strict(true).max_line_bytes(100)
}

/// The reports of the failing inputs; two are too large to be written down.
fn failing() -> Vec<(Code, Report)> {
    let reports = cases().into_iter().map(|Case { code, fail, .. }| {
        let report = match code {
            Code::TooManyRequests => too_many_requests(),
            Code::TooLarge => {
                let endless = io::repeat(b'x').take(Checker::MAX_BYTES + 1);
                let options = options().single_job(true).name("in.jsonl");
                batch::check(BufReader::with_capacity(1 << 20, endless), options).unwrap()
            }
            _ => check_with(fail, options()),
        };
        (code, report)
    });
    reports.collect()
}

fn too_many_requests() -> Report {
    let mut checker = Checker::new(Options::default().single_job(true).generate_ids(true));
    checker.begin("in.jsonl");
    // One line that is read again and again: what a line is called makes no difference.
    for _ in 0..=Checker::MAX_REQUESTS {
        let mut lines = Lines::new(&b"{\"body\":{}}"[..]);
        checker.line(&lines.read().unwrap().unwrap()).unwrap();
    }
    checker.finish().unwrap()
}

#[test]
fn every_code_has_a_case() {
    let covered: BTreeSet<Code> = cases().iter().map(|case| case.code).collect();
    let missing: Vec<_> = Code::ALL.iter().filter(|code| !covered.contains(code)).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

#[test]
fn the_passing_input_shows_nothing() {
    for Case { code, pass, .. } in cases() {
        let report = check_with(pass, options().single_job(true));
        assert!(report.is_valid(), "{} {:#?}", code.name(), report.problems());
    }
}

#[test]
fn the_failing_input_shows_the_problem_and_no_other_in_the_words_as_reviewed() {
    let mut all = String::new();
    for (code, report) in failing() {
        // Half a gigabyte in lines of a sensible length would take too long.
        let also = (code == Code::TooLarge).then_some(Code::LineTooLong);
        let expected: Vec<_> = also.into_iter().chain([code]).map(|code| (code, 1)).collect();
        let found: Vec<_> = report.counts().iter().map(|(code, count)| (*code, *count)).collect();
        assert_eq!(found, expected, "{} {:#?}", code.name(), report.problems());
        let problem = &report.problems()[0];
        let words = (code.name(), code.meaning(), problem.advice());
        writeln!(all, "{code} {}: {}\n  {problem}\n  help: {}\n", words.0, words.1, words.2).unwrap();
    }
    insta::assert_snapshot!(all);
}
