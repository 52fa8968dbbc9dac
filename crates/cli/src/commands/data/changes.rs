use std::collections::BTreeMap;
use std::io::{self, Write};

use mistral_sdk::datasets::{Change, ChangeCode, Effect, Rewrite};
use serde::Serialize;

use super::work::{Sink, failure};
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::terminal::shorten;

/// Every change goes to the report, if there is one; the first that cost something are kept to be shown.
pub(super) struct Log {
    report: Option<Sink>,
    first: BTreeMap<ChangeCode, Vec<Change>>,
}

/// Changes of a kind that are shown one by one.
const SHOWN: usize = 3;
/// Characters of a message that are shown.
const LONGEST: usize = 200;

impl Log {
    pub(super) fn new(report: Option<Sink>) -> Self {
        Self { report, first: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, change: &Change) -> io::Result<()> {
        if change.code.effect() != Effect::Form {
            let first = self.first.entry(change.code).or_default();
            if first.len() < SHOWN {
                first.push(change.clone());
            }
        }
        write_line(&mut self.report, change)
    }

    pub(super) fn finish(self) -> Result<BTreeMap<ChangeCode, Vec<Change>>> {
        self.report.map_or(Ok(()), Sink::finish)?;
        Ok(self.first)
    }
}

/// Writes one JSON object, if there is a report.
pub(super) fn write_line<T: Serialize>(report: &mut Option<Sink>, item: &T) -> io::Result<()> {
    let Some(report) = report else { return Ok(()) };
    let mut line = serde_json::to_vec(item)?;
    line.push(b'\n');
    report.write_all(&line)
}

/// Says what became of a file, on standard error.
pub(super) fn show(context: &Context, shown: &str, done: &Rewrite, first: &BTreeMap<ChangeCode, Vec<Change>>) {
    let Rewrite { samples, unchanged, changed, dropped, unusable, changes, .. } = done;
    let s = if *samples == 1 { "" } else { "s" };
    let left = if *unusable > 0 { format!(", {unusable} still unusable") } else { String::new() };
    context.screen.note(&format!(
        "{shown}: {samples} sample{s}: {unchanged} unchanged, {changed} changed, {dropped} dropped{left}"
    ));
    let width = changes.values().map(|count| count.to_string().len()).max().unwrap_or_default();
    for (code, count) in changes {
        context.screen.note(&format!("  {count:>width$} × {code}"));
        let first = first.get(code).map(Vec::as_slice).unwrap_or_default();
        for Change { line, path, message, .. } in first {
            let path = path.as_ref().map(|path| format!(" ({path})")).unwrap_or_default();
            context.screen.note(&format!("    {shown}:{line}: {}{path}", shorten(message, LONGEST)));
        }
        let more = count.saturating_sub(first.len() as u64);
        if more > 0 && !first.is_empty() {
            context.screen.note(&format!("    … and {more} more; all of them: --report FILE"));
        }
    }
}

/// A file in which nothing could be read as a sample: the output would be empty.
pub(super) fn refuse_empty(shown: &str, done: &Rewrite) -> Result<()> {
    if done.samples == 0 { Err(super::source::nothing_in(shown)) } else { Ok(()) }
}

/// Maps the errors of the library.
pub(super) fn told<T>(result: io::Result<T>) -> std::result::Result<T, Failure> {
    result.map_err(failure)
}
