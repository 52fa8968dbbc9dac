use mistral_sdk::datasets::training::{Options, Severity, Statistics};
use serde::Serialize;

use super::check::{once_at_most, read};
use super::source::{Source, nothing_in};
use crate::args::{Format, StatsArgs};
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::Result;
use crate::terminal::{Column, Table};

/// What is in a file, in the JSON formats. Keys are only ever added.
#[derive(Debug, Serialize)]
struct Described {
    file: String,
    #[serde(flatten)]
    statistics: Statistics,
}

const COLUMNS: &[Column] = &[Column::shrinking("FILE"), Column::fixed("WHAT"), Column::number("VALUE")];

/// Prints what is in files.
pub(super) async fn stats(context: &Context, args: &StatsArgs) -> Result<ExitCode> {
    once_at_most(&args.inputs)?;
    let sources: Vec<Source> = args.inputs.iter().map(|path| Source::lines(path)).collect::<Result<_>>()?;
    let mut files = Vec::new();
    for source in sources {
        let file = source.shown.clone();
        let report = read(context, source, Options::default().duplicates(false)).await?;
        if report.statistics().samples == 0 {
            return Err(nothing_in(&file));
        }
        let errors = report.total(Severity::Error);
        if errors > 0 {
            let s = if errors == 1 { "" } else { "s" };
            context.screen.warn(&format!("{file}: {errors} error{s}; what cannot be read is not counted: data check"));
        }
        files.push(Described { file, statistics: report.statistics().clone() });
    }
    match context.data().format {
        Format::Table => context.data().table(&table(&files))?,
        Format::Json => context.data().json_item(&files)?,
        Format::Jsonl => files.iter().try_for_each(|file| context.data().json_item(file))?,
    }
    Ok(ExitCode::Success)
}

fn table(files: &[Described]) -> Table {
    let mut table = Table::new(COLUMNS);
    for Described { file, statistics } in files {
        for (what, value) in rows(statistics) {
            table.row([file, &what, &value]);
        }
    }
    table
}

fn rows(statistics: &Statistics) -> Vec<(String, String)> {
    let Statistics { bytes, samples, messages, tools, tool_calls, images, characters, tokens, learnt_tokens, .. } =
        statistics;
    let mut rows = vec![("bytes".to_owned(), *bytes), ("samples".to_owned(), *samples)];
    rows.extend(statistics.formats.iter().map(|(format, count)| (format!("samples: {format}"), *count)));
    let roles = statistics.roles;
    for (what, count) in [
        ("messages", *messages),
        ("messages: system", roles.system),
        ("messages: user", roles.user),
        ("messages: assistant", roles.assistant),
        ("messages: tool", roles.tool),
        ("tools", *tools),
        ("tool calls", *tool_calls),
        ("images", *images),
    ] {
        if count > 0 {
            rows.push((what.to_owned(), count));
        }
    }
    rows.push(("characters".to_owned(), *characters));
    rows.push(("tokens, about".to_owned(), *tokens));
    rows.push(("tokens learnt, about".to_owned(), *learnt_tokens));
    rows.extend(statistics.longest.map(|longest| ("tokens of the longest sample, about".to_owned(), longest.tokens)));
    rows.extend(statistics.longest.map(|longest| ("line of the longest sample".to_owned(), longest.line)));
    for (target, labels) in &statistics.labels {
        rows.extend(labels.iter().map(|(label, count)| (format!("label: {target}: {label}"), *count)));
    }
    let mut rows: Vec<_> = rows.into_iter().map(|(what, count)| (what, count.to_string())).collect();
    if let Some(epochs) = statistics.epochs(100) {
        rows.push(("epochs in 100 steps, by size".to_owned(), format!("{epochs:.1}")));
    }
    rows
}
