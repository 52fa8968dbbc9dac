use mistral_datasets::Lines;
use mistral_datasets::batch::{Checker, Code, Options, Report};

use super::shown;

fn check(options: Options, files: &[(&str, &str)]) -> (Vec<(u64, String, bool)>, Report) {
    let mut checker = Checker::new(options);
    let mut rows = Vec::new();
    for (name, file) in files {
        checker.begin(*name);
        let mut lines = Lines::new(file.as_bytes());
        while let Some(line) = lines.read().unwrap() {
            if let Some(row) = checker.line(&line).unwrap() {
                rows.push((row.row, row.custom_id.into_owned(), row.generated));
            }
        }
    }
    (rows, checker.finish().unwrap())
}

#[test]
fn rows_and_duplicates_go_over_all_files_and_lines_begin_anew() {
    let a = "{\"custom_id\":\"x\",\"body\":{}}\n\n{\"body\":{}}\n";
    let b = "nope\n{\"custom_id\":\"x\",\"body\":{}}\n{\"custom_id\":null,\"body\":{}}\n";
    let (rows, report) = check(Options::default().generate_ids(true), &[("a.jsonl", a), ("b.jsonl", b)]);
    let expected = [(0, "x", false), (1, "row-2", true), (3, "x", false), (4, "row-5", true)];
    assert_eq!(rows, expected.map(|(row, id, generated)| (row, id.to_owned(), generated)));
    assert_eq!(
        shown(&report),
        [
            "b.jsonl:1:2: error[B202]: not JSON: expected true, false or null, near \"ope\"; expected one JSON object a line",
            "b.jsonl:2: error[B305]: the custom_id is that of a.jsonl:1; expected one that no other line has",
        ]
    );
    let files = report.statistics().files.iter().map(|file| (file.name.as_str(), file.lines, file.rows, file.bytes));
    assert_eq!(files.collect::<Vec<_>>(), [("a.jsonl", 3, 2, a.len() as u64), ("b.jsonl", 3, 3, b.len() as u64)]);
    assert_eq!(report.statistics().bytes, (a.len() + b.len()) as u64);
}

#[test]
fn problems_are_kept_by_file_and_line_whenever_they_are_found() {
    let a = "{\"custom_id\":\"x\",\"body\":{}}\n{\"custom_id\":\"x\",\"body\":{}}\n";
    let files = [("a.jsonl", a), ("b.jsonl", "1\n2\n3\n"), ("c.jsonl", "")];
    let (_, report) = check(Options::default().kept(2), &files);
    let places: Vec<_> = report.problems().iter().map(|problem| (problem.file.as_deref(), problem.line)).collect();
    assert_eq!(places, [(Some("a.jsonl"), Some(2)), (Some("b.jsonl"), Some(1))]);
    assert_eq!((report.total(), report.count(Code::NoRequests)), (5, 1));
    let (_, none) = check(Options::default().kept(0), &files);
    assert_eq!((none.total(), none.problems().len()), (5, 0));
}

#[test]
fn one_hopeless_file_does_not_hide_the_next() {
    let files = [("a.jsonl", "[\n1\n]\n"), ("b.jsonl", "{\"custom_id\":\"x\"}\n")];
    let (_, report) = check(Options::default(), &files);
    assert_eq!(report.counts().keys().collect::<Vec<_>>(), [&Code::JsonArray, &Code::BodyMissing]);
}

#[test]
fn what_is_in_the_input_is_added_up() {
    let line =
        |row: u32| format!("{{\"custom_id\":\"{row}\",\"body\":{{\"model\":\"m{row}\",\"max_tokens\":{row}}}}}\n");
    let file: String = (0..600).map(line).collect();
    let (_, report) = check(Options::default(), &[("a.jsonl", &file)]);
    let statistics = report.statistics();
    assert_eq!((statistics.models.len(), statistics.further_models), (500, 100));
    assert_eq!((statistics.limited, statistics.max_tokens), (600, 599 * 300));
    assert_eq!(statistics.row_bytes, file.len() as u64);
    let longest = statistics.longest.as_ref().unwrap();
    assert_eq!((longest.place.line, longest.bytes), (101, line(100).len() as u64 - 1));
    let bodies: usize = file.lines().map(|line| line[line.find(",\"body\":").unwrap() + 8..].len() - 1).sum();
    assert_eq!(statistics.body_bytes, bodies as u64);
}
