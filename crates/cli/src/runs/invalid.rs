//! Requests that cannot be sent as they are.

use mistral_sdk::datasets::batch::{Problem, Report};

use crate::failure::Failure;
use crate::shell::quoted;

/// What is wrong with the input: each place as `file:line:column`, its code, what is wrong and what was expected, then what to
/// do about each kind.
pub(crate) fn invalid(report: &Report) -> Failure {
    let (total, statistics) = (report.total(), report.statistics());
    let of = match statistics.files.as_slice() {
        [file] => file.name.clone(),
        files => format!("{} files", files.len()),
    };
    let problems = if total == 1 { "1 problem".to_owned() } else { format!("{total} problems") };
    let lines = if statistics.lines == 1 { "1 line".to_owned() } else { format!("{} lines", statistics.lines) };
    let mut failure = Failure::input(format!("{of}: {problems} in {lines}; nothing was sent"));
    for found in report.problems() {
        failure = failure.line(problem(found));
    }
    let more = total - report.problems().len() as u64;
    if more > 0 {
        let codes: Vec<_> = report.counts().iter().map(|(code, count)| format!("{count} × {code}")).collect();
        failure = failure.line(format!("… and {more} more; in all: {}", codes.join(", ")));
    }
    let mut said: Vec<&str> = Vec::new();
    for found in report.problems() {
        if !said.contains(&found.advice()) {
            said.push(found.advice());
            failure = failure.help(advice(found));
        }
    }
    failure
}

/// A problem on one line.
pub(crate) fn problem(problem: &Problem) -> String {
    let mut place = problem.file.clone().unwrap_or_else(|| "all files".to_owned());
    for number in [problem.line, problem.column].into_iter().flatten() {
        place.push_str(&format!(":{number}"));
    }
    format!("{place}: {} {}; expected {}", problem.code, problem.what, problem.expected())
}

/// What to do, with the file as a shell takes it.
pub(crate) fn advice(problem: &Problem) -> String {
    let file = problem.file.as_deref().map_or_else(|| "FILE".to_owned(), quoted);
    problem.advice().replace("FILE", &file)
}

#[cfg(test)]
mod tests {
    use mistral_sdk::datasets::batch::{Options, check};

    use super::*;

    #[test]
    fn advice_names_the_file_as_a_shell_takes_it_and_once_a_kind() {
        let text = b"{\"custom_id\":\"\xff\"}\n{\"custom_id\":\"\xff\"}\n".as_slice();
        let report = invalid(&check(text, Options::default().name("my in.jsonl")).unwrap()).to_string();
        assert!(report.contains("'my in.jsonl'") && report.matches("help: ").count() == 1, "{report}");
    }

    #[test]
    fn all_are_counted_and_ten_are_shown() {
        let text = "{\"custom_id\":\"a\"}\n".repeat(25);
        let report = invalid(&check(text.as_bytes(), Options::default().name("in.jsonl")).unwrap()).to_string();
        assert!(report.starts_with("in.jsonl: 25 problems in 25 lines; nothing was sent\n"), "{report}");
        assert!(report.contains("in.jsonl:10: B401 ") && !report.contains("in.jsonl:11:"), "{report}");
        assert!(report.contains("… and 15 more; in all: 25 × B401\nhelp: "), "{report}");
    }
}
