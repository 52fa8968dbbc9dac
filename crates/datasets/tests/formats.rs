//! Every format, as the service's documents write it, is taken and counted.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "everything here is test code")]

use std::collections::BTreeMap;
use std::path::Path;

use mistral_datasets::training::{self, Code, Format, Options, Report};

const INSTRUCT: &str = r#"{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello."}]}"#;
const FUNCTION_CALLING: &str = r#"{"messages":[{"role":"user","content":"Lyon?"},{"role":"assistant","tool_calls":[{"id":"aB3dE5gH7","type":"function","function":{"name":"get_weather","arguments":"{\"city\": \"Lyon\"}"}}]},{"role":"tool","content":"Sun","tool_call_id":"aB3dE5gH7"},{"role":"assistant","content":"Sun."}],"tools":[{"type":"function","function":{"name":"get_weather","description":"The weather","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}]}"#;
const VISION: &str = r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":"data:image/png;base64,AA=="},{"type":"text","text":"What?"}]},{"role":"assistant","content":"A dot."}]}"#;
const PRETRAIN: &str = r#"{"text":"Once upon a time"}"#;
const CLASSIFIER_TEXT: &str = r#"{"text":"I like it","labels":{"mood":"good","languages":["en"]}}"#;
const CLASSIFIER_CHAT: &str = r#"{"messages":[{"role":"user","content":"I like it"}],"labels":{"mood":"good"}}"#;

const EACH: [(Format, &str); 6] = [
    (Format::Instruct, INSTRUCT),
    (Format::FunctionCalling, FUNCTION_CALLING),
    (Format::Vision, VISION),
    (Format::Pretrain, PRETRAIN),
    (Format::ClassifierText, CLASSIFIER_TEXT),
    (Format::ClassifierChat, CLASSIFIER_CHAT),
];

fn check(file: &str) -> Report {
    training::check(file.as_bytes(), Options::default().validation()).unwrap()
}

#[test]
fn every_format_is_recognised_and_taken() {
    for (format, line) in EACH {
        let report = check(line);
        assert_eq!(report.format(), Some(format));
        assert!(report.problems().is_empty(), "{format}: {:#?}", report.problems());
    }
}

#[test]
fn formats_of_a_family_stand_together_and_others_do_not() {
    for (one, first) in EACH {
        for (other, second) in EACH {
            let report = check(&format!("{first}\n{second}\n"));
            let refused = report.count(Code::FormatDiffers) + report.count(Code::LabelsMissing);
            assert_eq!(refused == 0, one.family() == other.family(), "{one} and {other}");
        }
    }
}

#[test]
fn a_format_that_is_asked_for_goes_before_the_first_sample() {
    let options = Options::default().validation().format(Format::Instruct);
    let report = training::check(format!("{PRETRAIN}\n{VISION}\n").as_bytes(), options).unwrap();
    assert_eq!(report.format(), Some(Format::Instruct));
    let lines: Vec<_> = report.problems().iter().map(|problem| (problem.code, problem.line)).collect();
    assert_eq!(lines, [(Code::FormatDiffers, Some(1))]);
}

#[test]
fn what_is_in_a_file_is_counted() {
    let report = check(&format!("{INSTRUCT}\n{FUNCTION_CALLING}\n\n{VISION}"));
    let statistics = report.statistics();
    assert_eq!((statistics.lines, statistics.samples, statistics.messages), (4, 3, 9));
    let roles = statistics.roles;
    assert_eq!((roles.system, roles.user, roles.assistant, roles.tool), (1, 3, 4, 1));
    assert_eq!((statistics.tools, statistics.tool_calls, statistics.images), (1, 1, 1));
    assert_eq!(
        statistics.formats,
        BTreeMap::from([(Format::Instruct, 1), (Format::FunctionCalling, 1), (Format::Vision, 1)])
    );
    let tools = FUNCTION_CALLING.split("\"tools\":").nth(1).unwrap().len() - 1;
    let texts = "Be brief.HiHello.Lyon?{\"city\": \"Lyon\"}SunSun.What?A dot.";
    assert_eq!(statistics.characters, (texts.chars().count() + tools) as u64);
    let answers = [("Hello.", 2), ("{\"city\": \"Lyon\"}", 4), ("Sun.", 1), ("A dot.", 2)];
    assert_eq!(statistics.learnt_tokens, answers.iter().map(|(_, tokens)| tokens + 4).sum::<u64>());
    let longest = statistics.longest.unwrap();
    assert_eq!((longest.line, longest.bytes), (2, FUNCTION_CALLING.len() as u64));
}

#[test]
fn labels_are_counted_by_target() {
    let other = CLASSIFIER_TEXT.replace("like", "hate").replace("good", "bad");
    let report = check(&format!("{CLASSIFIER_TEXT}\n{other}\n{}\n", other.replace("hate", "loathe")));
    let counts = |labels: &[(&str, u64)]| labels.iter().map(|(label, count)| ((*label).to_owned(), *count)).collect();
    assert_eq!(report.statistics().labels["mood"], counts(&[("bad", 2), ("good", 1)]));
    assert_eq!(report.statistics().labels["languages"], counts(&[("en", 3)]));
}

/// The examples of the contract, where they are at hand.
#[test]
fn the_documents_own_examples_are_taken() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/wire/jsonl");
    let Ok(files) = folder.read_dir() else { return };
    let mut taken = 0;
    for file in files {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        let Some(kind) = name.strip_prefix("dataset.") else { continue };
        let report = check(&std::fs::read_to_string(file.path()).unwrap());
        assert!(report.is_valid(), "{name}: {:#?}", report.problems());
        let format = report.format().unwrap().as_str().replace('-', "_");
        let expected = kind.trim_end_matches(".jsonl");
        let kinds = ["classifier_multi_label", "classifier_multi_target", "classifier_single_target"];
        assert_eq!(format, if kinds.contains(&expected) { "classifier_text" } else { expected }, "{name}");
        taken += 1;
    }
    assert!(taken >= 7, "{taken} examples");
}
