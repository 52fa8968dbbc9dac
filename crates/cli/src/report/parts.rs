//! The sections of the page, each empty where there is nothing to say.

use std::fmt::Write as _;

use mistral_sdk::models::{FineTuningJob, FineTuningJobStatus};

use super::Report;
use super::chart::{Chart, Series};
use super::escape::escape;
use crate::commands::ft::job_view;
use crate::commands::ft::reason;
use crate::curve::{Point, grouped, in_order, lowest, number};
use crate::terminal::shorten;

/// What the page is about: the model that was made, or the one that was to be trained.
pub(super) fn name(job: &FineTuningJob) -> &str {
    job.fine_tuned_model.as_ref().map_or(job.model.as_str(), |model| model.as_str())
}

pub(super) fn header(job: &FineTuningJob) -> String {
    let (class, mark) = match job.status {
        FineTuningJobStatus::Success => ("good", '✓'),
        FineTuningJobStatus::Failed | FineTuningJobStatus::FailedValidation => ("bad", '✕'),
        FineTuningJobStatus::Cancelled | FineTuningJobStatus::CancellationRequested => ("still", '■'),
        FineTuningJobStatus::Running => ("busy", '▶'),
        _ => ("busy", '…'),
    };
    let status = escape(job.status.as_str());
    let mut html = format!(
        "<header>\n<p class=\"over\">Fine-tuning report</p>\n<h1>{}</h1>\n\
         <p class=\"state {class}\"><span aria-hidden=\"true\">{mark}</span> {status}</p>\n",
        escape(name(job))
    );
    if is_emulated(job) {
        html.push_str("<p class=\"state still\">Made on the emulator; no model was trained</p>\n");
    }
    if let Some(reason) = reason(job) {
        let _ = writeln!(html, "<div class=\"reason bad\"><b>Why</b><p>{}</p></div>", escape(&reason));
    }
    html + "</header>\n"
}

/// The emulator marks whatever it makes up, here in an event.
fn is_emulated(job: &FineTuningJob) -> bool {
    let notes = job.events.iter().filter_map(|event| event.data.as_ref()?.get("note")?.as_str());
    notes.into_iter().any(|note| note.starts_with("[emulator]"))
}

/// The few numbers people look for first.
pub(super) fn tiles(report: &Report<'_>) -> String {
    let mut tiles = Vec::new();
    let mut last = |name: &'static str, points: &[Point]| {
        if let Some(point) = points.last() {
            tiles.push((name, number(point.value), at_step(point)));
        }
    };
    last("Training loss", &report.curves.train);
    last("Validation loss", &report.curves.valid);
    last("Token accuracy", &report.curves.accuracy);
    // The last value says how the run ended, the lowest whether it should have ended earlier.
    let lowest = lowest(&report.curves.valid).filter(|low| Some(low) != report.curves.valid.last());
    if let Some(low) = lowest {
        tiles.push(("Lowest validation loss", number(low.value), at_step(&low)));
    }
    if let Some(tokens) = report.job.trained_tokens {
        tiles.push(("Trained tokens", grouped(tokens as f64), String::new()));
    }
    if tiles.is_empty() {
        return String::new();
    }
    let mut html = "<dl class=\"tiles\">\n".to_owned();
    for (name, value, note) in tiles {
        let note = if note.is_empty() { note } else { format!("<small>{note}</small>") };
        let _ = writeln!(html, "<div><dt>{name}</dt><dd>{value}{note}</dd></div>");
    }
    html + "</dl>\n"
}

fn at_step(point: &Point) -> String {
    format!("at step {}", grouped(point.step as f64))
}

pub(super) fn charts(report: &Report<'_>) -> String {
    let curves = &report.curves;
    let loss = Chart {
        id: "loss",
        title: "Loss",
        series: &[
            Series { class: "train", name: "training", points: &curves.train },
            Series { class: "valid", name: "validation", points: &curves.valid },
        ],
    };
    let accuracy = Chart {
        id: "accuracy",
        title: "Token accuracy",
        series: &[Series { class: "accuracy", name: "validation", points: &curves.accuracy }],
    };
    let charts: Vec<_> = [loss.html(), accuracy.html()].into_iter().filter(|chart| !chart.is_empty()).collect();
    let mut notes = Vec::new();
    if charts.is_empty() {
        notes.push(match report.job.status.is_final() {
            true => "The job left no measured values, so there are no curves.".to_owned(),
            false => "The job has measured nothing yet.".to_owned(),
        });
    }
    if curves.accuracy.iter().any(|point| point.value > 1.0) {
        notes.push("The service reports an accuracy above 1; it is shown as reported.".to_owned());
    }
    if curves.left_out > 0 {
        notes.push(format!("Too large to draw, and only in the table of checkpoints: {}.", curves.left_out));
    }
    let class = if charts.len() > 1 { "pair two" } else { "pair" };
    let notes: String = notes.iter().map(|note| format!("<p class=\"note\">{note}</p>\n")).collect();
    match charts.is_empty() {
        true => format!("<section>\n<h2>Curves</h2>\n{notes}</section>\n"),
        false => format!("<div class=\"{class}\">\n{}</div>\n{notes}", charts.concat()),
    }
}

pub(super) fn facts(job: &FineTuningJob) -> String {
    section("Job", &definitions(&job_view::fields(job)))
}

pub(super) fn hyperparameters(job: &FineTuningJob) -> String {
    section("Hyperparameters", &definitions(&job_view::hyperparameters(&job.hyperparameters)))
}

/// Characters of a value that one column has room for.
const LONG: usize = 22;

fn definitions(fields: &[(&str, String)]) -> String {
    if fields.is_empty() {
        return String::new();
    }
    let mut html = "<dl class=\"facts\">\n".to_owned();
    for (name, value) in fields {
        let class = if value.chars().count() > LONG { " class=\"long\"" } else { "" };
        let _ = writeln!(html, "<div{class}><dt>{}</dt><dd>{}</dd></div>", escape(name), shown(name, value));
    }
    html + "</dl>\n"
}

/// Counts are grouped as everywhere on the page.
fn shown(name: &str, value: &str) -> String {
    let counts = name.contains("tokens") || ["training steps", "sequence length"].contains(&name);
    match value.parse::<u64>() {
        Ok(count) if counts => grouped(count as f64),
        _ => breakable(value),
    }
}

/// A moment breaks between date and time where there is no room for both.
fn breakable(value: &str) -> String {
    let is_moment = value.len() == 20 && value.ends_with('Z') && value.as_bytes().get(10) == Some(&b'T');
    let value = escape(value);
    if is_moment { value.replacen('T', "T<wbr>", 1) } else { value }
}

/// What a classifier tells apart.
pub(super) fn targets(job: &FineTuningJob) -> String {
    let mut rows = String::new();
    for target in &job.classifier_targets {
        let labels: Vec<_> = target.labels.iter().map(|label| escape(label)).collect();
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"n\">{}</td></tr>",
            escape(&target.name),
            labels.join(", "),
            target.weight,
        );
    }
    section("Classifier targets", &table("Classifier targets", &["target", "labels", "#weight"], &rows))
}

/// Characters of an event that are shown at once; the rest unfolds.
const TOLD: usize = 300;

/// The newest first, as the service sends them.
pub(super) fn events(job: &FineTuningJob) -> String {
    let mut list = String::new();
    for event in &job.events {
        let time = escape(&event.created_at.to_string());
        let text = job_view::event(event);
        let told = match text.chars().count() > TOLD {
            true => format!("<details><summary>{}</summary>{}</details>", escape(&shorten(&text, TOLD)), escape(&text)),
            false => format!("<span>{}</span>", escape(&text)),
        };
        let _ = writeln!(list, "<li><time datetime=\"{time}\">{time}</time>{told}</li>");
    }
    let list = if list.is_empty() { list } else { format!("<ul class=\"events\">\n{list}</ul>\n") };
    section("Events", &list)
}

/// Rows at either end that a table of checkpoints shows.
const ROWS: usize = 100;

pub(super) fn checkpoints(job: &FineTuningJob) -> String {
    let all = in_order(&job.checkpoints);
    let value = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), number);
    let mut rows = String::new();
    for (at, checkpoint) in all.iter().enumerate() {
        if all.len() > 2 * ROWS && (ROWS..all.len() - ROWS).contains(&at) {
            if at == ROWS {
                let left = grouped((all.len() - 2 * ROWS) as f64);
                let _ = writeln!(rows, "<tr><td colspan=\"5\">… {left} more …</td></tr>");
            }
            continue;
        }
        let metrics = &checkpoint.metrics;
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\" class=\"n\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td><td>{}</td></tr>",
            grouped(checkpoint.step_number as f64),
            value(metrics.train_loss),
            value(metrics.valid_loss),
            value(metrics.valid_mean_token_accuracy),
            escape(&checkpoint.created_at.to_string()),
        );
    }
    let titles = ["#step", "#training loss", "#validation loss", "#token accuracy", "time"];
    let table = table("Checkpoints", &titles, &rows);
    if table.is_empty() {
        return table;
    }
    section("Checkpoints", &format!("<details><summary>The values of each step</summary>\n{table}</details>\n"))
}

/// A section under its title, or nothing.
pub(super) fn section(title: &str, body: &str) -> String {
    if body.is_empty() { String::new() } else { format!("<section>\n<h2>{title}</h2>\n{body}</section>\n") }
}

/// A table that scrolls within itself where it is too wide, or nothing. A title that begins with # is
/// that of a column of numbers.
pub(super) fn table(label: &str, titles: &[&str], rows: &str) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let title = |title: &&str| match title.strip_prefix('#') {
        Some(title) => format!("<th scope=\"col\" class=\"n\">{title}</th>"),
        None => format!("<th scope=\"col\">{title}</th>"),
    };
    let titles: String = titles.iter().map(title).collect();
    format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\"><table>\n\
         <thead><tr>{titles}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}

#[cfg(test)]
mod tests {
    use mistral_sdk::models::{FineTuningEvent, FineTuningJobType, UnixTime};
    use serde_json::json;

    use super::*;

    fn job() -> FineTuningJob {
        FineTuningJob::new("job", FineTuningJobType::Completion, "m", UnixTime::from_secs(0))
    }

    #[test]
    fn a_long_event_unfolds() {
        let mut job = job();
        let event = |text: &str| FineTuningEvent::new("note", Some(json!({"text": text})), UnixTime::from_secs(0));
        job.events = vec![event("short")];
        assert!(events(&job).contains("<span>note · text: short</span>"), "{}", events(&job));
        job.events = vec![event(&"<x>".repeat(200))];
        let html = events(&job);
        assert!(html.contains("<details><summary>note") && html.contains("…</summary>"), "{html}");
        assert!(html.contains(&"&lt;x&gt;".repeat(200)) && !html.contains("<x>"), "{html}");
    }

    #[test]
    fn a_job_of_the_emulator_says_that_nothing_was_trained() {
        let mut job = job();
        let mark = "no model was trained";
        assert!(!header(&job).contains(mark));
        let note = json!({"note": "[emulator] No model is trained.", "status": "QUEUED"});
        job.events = vec![FineTuningEvent::new("status-updated", Some(note), UnixTime::from_secs(0))];
        assert!(header(&job).contains(mark), "{}", header(&job));
    }

    #[test]
    fn counts_are_grouped_and_a_name_of_digits_is_not() {
        assert_eq!(shown("trained tokens", "1638400"), "1\u{202f}638\u{202f}400");
        assert_eq!(shown("suffix", "1638400"), "1638400");
    }

    #[test]
    fn a_moment_breaks_between_date_and_time_and_nothing_else_does() {
        assert_eq!(breakable("2025-06-11T00:00:00Z"), "2025-06-11T<wbr>00:00:00Z");
        assert_eq!(breakable("The <T> of tea"), "The &lt;T&gt; of tea");
    }

    #[test]
    fn a_table_of_thousands_shows_both_ends_and_says_how_many_are_between() {
        use mistral_sdk::models::{Checkpoint, Metrics};

        let mut job = job();
        job.checkpoints =
            (1..=1000).rev().map(|step| Checkpoint::new(step, Metrics::default(), UnixTime::from_secs(0))).collect();
        let html = checkpoints(&job);
        assert_eq!(html.matches("<tr>").count(), 1 + 2 * ROWS + 1);
        assert!(html.contains("… 800 more …") && html.contains(">1000</th>") && !html.contains(">101</th>"), "{html}");
    }
}
