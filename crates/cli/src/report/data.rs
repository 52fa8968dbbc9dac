//! What the training data consists of.

use std::fmt::Write as _;

use mistral_sdk::datasets::training::{Report, Severity};

use super::escape::escape;
use super::parts::{section, table};
use crate::curve::grouped;
use crate::terminal::Bytes;

/// A file of training data, as it was found.
#[derive(Debug)]
pub(crate) struct DataFile {
    /// Its name, for people.
    pub(crate) name: String,
    /// What the check says of it.
    pub(crate) checked: Report,
}

/// Labels of one target that are shown, the most frequent.
const LABELS: usize = 20;

pub(super) fn section_of(files: &[DataFile]) -> String {
    let body: String = files.iter().map(file).collect();
    section("Training data", &body)
}

fn file(file: &DataFile) -> String {
    let found = file.checked.statistics();
    let count = |number: u64| grouped(number as f64);
    let format = file.checked.format().map_or_else(|| "not recognised".to_owned(), |format| format.to_string());
    let mut facts = vec![
        ("format", format),
        ("size", Bytes(found.bytes).to_string()),
        ("samples", count(found.samples)),
        ("characters", count(found.characters)),
        ("tokens, estimated", count(found.tokens)),
    ];
    // A classifier learns labels, not tokens.
    if found.learnt_tokens > 0 {
        facts.push(("learnt of them", count(found.learnt_tokens)));
    }
    let longest = found.longest.map(|longest| format!("{} tokens, line {}", count(longest.tokens), longest.line));
    facts.extend(longest.map(|longest| ("longest sample", longest)));
    for (name, number) in [("tools", found.tools), ("tool calls", found.tool_calls), ("images", found.images)] {
        if number > 0 {
            facts.push((name, count(number)));
        }
    }
    let mut html = format!("<h3>{}</h3>\n<dl class=\"facts\">\n", escape(&file.name));
    for (name, value) in facts {
        let _ = writeln!(html, "<div><dt>{name}</dt><dd>{value}</dd></div>");
    }
    html.push_str("</dl>\n");
    let roles = found.roles;
    let roles = [("system", roles.system), ("user", roles.user), ("assistant", roles.assistant), ("tool", roles.tool)];
    push_bars(&mut html, "Messages by role", roles.into_iter().filter(|(_, number)| *number > 0));
    for (target, labels) in &found.labels {
        let mut labels: Vec<_> = labels.iter().map(|(label, number)| (label.as_str(), *number)).collect();
        labels.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
        let left = labels.len().saturating_sub(LABELS);
        push_bars(&mut html, &format!("Labels of {target}"), labels.into_iter().take(LABELS));
        if left > 0 {
            let _ = writeln!(html, "<p class=\"note\">… and {left} more labels.</p>");
        }
    }
    html + &problems(&file.checked)
}

/// Numbers as bars: a list that reads as one without any picture.
fn push_bars<'a>(html: &mut String, title: &str, rows: impl Iterator<Item = (&'a str, u64)>) {
    let rows: Vec<_> = rows.collect();
    let Some(most) = rows.iter().map(|(_, number)| *number).max() else { return };
    let _ = writeln!(html, "<h3>{}</h3>\n<dl class=\"bars\">", escape(title));
    for (name, number) in rows {
        let width = number as f64 / most.max(1) as f64 * 100.0;
        let _ = writeln!(
            html,
            "<div><dt>{}</dt><svg aria-hidden=\"true\"><rect width=\"{width:.1}%\" height=\"100%\"/></svg><dd>{}</dd></div>",
            escape(name),
            grouped(number as f64)
        );
    }
    html.push_str("</dl>\n");
}

fn problems(report: &Report) -> String {
    let totals: Vec<_> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter(|severity| report.total(*severity) > 0)
        .map(|severity| format!("{} {severity}s", report.total(severity)))
        .collect();
    if totals.is_empty() {
        return "<p class=\"note\">The check of the data found nothing wrong.</p>\n".to_owned();
    }
    let mut rows = String::new();
    for (code, number) in report.counts() {
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\"><code>{}</code></th><td>{}</td><td>{}</td><td class=\"n\">{number}</td></tr>",
            code.id(),
            code.severity(),
            escape(code.meaning())
        );
    }
    let table = table("Problems of the data", &["code", "severity", "meaning", "#times"], &rows);
    format!("<details><summary>The check of the data found {}</summary>\n{table}</details>\n", totals.join(", "))
}
