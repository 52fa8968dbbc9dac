//! What must hold of every run, judged by the emulator's ledger and by what is on disk.

use std::collections::HashSet;
use std::path::Path;

use mistral_emulator::Ledger;
use mistral_sdk::Marker;
use mistral_sdk::runs::{Report, Status};
use serde_json::{Value, json};

use super::Played;
use super::case::Case;
use super::endpoint::Endpoint;

/// A run that is done has one outcome a row, whatever they are.
pub(super) fn outcomes(case: &Case, report: &Report, output: &Path, played: &mut Played) {
    let tally = &report.tally;
    if tally.rows() != case.rows.len() as u64 {
        played.problems.push(format!("{} outcomes of {} rows", tally.rows(), case.rows.len()));
    }
    let lines = lines(output);
    let good = lines.iter().filter(|line| line["response"]["status_code"] == 200).count() as u64;
    if good != tally.succeeded {
        played.problems.push(format!("{good} good lines, and the report counts {}", tally.succeeded));
    }
    compare_ids(case, &lines, played);
}

/// At the end every row has its own answer, and every part had one job.
pub(super) fn end(
    case: &Case,
    endpoint: &Endpoint,
    status: &Status,
    ledger: &Ledger,
    output: &Path,
    played: &mut Played,
) {
    let lines = lines(output);
    for (number, (row, line)) in case.rows.iter().zip(&lines).enumerate() {
        let answer = endpoint.last_word(&row.question);
        let response = json!({"status_code": answer.status, "body": answer.body});
        let expected = json!({"custom_id": id(case, number), "response": response, "error": null});
        if *line != expected {
            played.lost += 1;
            if played.problems.len() < 3 {
                played.problems.push(format!("row {number} is {line} and not {expected}"));
            }
        }
    }
    let jobs = ledger.jobs_created_with(Marker::KEY);
    played.duplicate_jobs += jobs.values().sum::<u64>() - jobs.len() as u64;
    let parts = status.parts.len() as u64;
    let all = ledger.jobs_created() - u64::from(case.foreign > 0);
    if all != parts || jobs.len() as u64 != parts {
        played.problems.push(format!("{all} jobs with {} markers, {parts} parts", jobs.len()));
    }
    if case.pending < ledger.peak_pending_requests() {
        played.problems.push(format!("{} requests were pending", ledger.peak_pending_requests()));
    }
}

fn compare_ids(case: &Case, lines: &[Value], played: &mut Played) {
    let (rows, mut seen) = (case.rows.len(), HashSet::new());
    played.lost += rows.saturating_sub(lines.len()) as u64;
    played.doubled += lines.iter().filter(|line| !seen.insert(line["custom_id"].as_str().unwrap())).count() as u64;
    played.doubled += lines.len().saturating_sub(rows) as u64;
    for (number, line) in lines.iter().enumerate().take(rows) {
        if line["custom_id"] != id(case, number) {
            played.problems.push(format!("line {number} is of {}", line["custom_id"]));
            return;
        }
    }
}

/// The lines of the output. The name that the service gave a result is left out: it tells of its job.
fn lines(output: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(output).unwrap_or_default();
    let without_name = |line| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        line.as_object_mut().unwrap().remove("id");
        line
    };
    text.split_inclusive('\n').map(without_name).collect()
}

/// The id of a row, its own or the one it is given.
fn id(case: &Case, number: usize) -> String {
    case.rows[number].id.clone().unwrap_or_else(|| format!("row-{}", number + 1))
}
