//! What a check found, for people: grouped by code, errors first.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use mistral_sdk::datasets::training::{Code, Report, Severity};

use super::check::Checked;
use crate::failure::{Failure, Result};
use crate::terminal::{Bytes, escape, shorten};

/// Characters of a message that are shown.
const LONGEST: usize = 300;

pub(super) fn print(files: &[Checked], show: usize) -> Result<()> {
    let mut out = anstream::stdout().lock();
    let written = files.iter().enumerate().try_for_each(|(at, file)| {
        if at > 0 {
            writeln!(out)?;
        }
        write(&mut out, file, show)
    });
    written.and_then(|()| out.flush()).map_err(Failure::stdout)
}

fn write(out: &mut impl Write, checked: &Checked, show: usize) -> io::Result<()> {
    let Checked { file, report, .. } = checked;
    let file = escape(file);
    writeln!(out, "{file}: {}", headline(report))?;
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        for (code, count) in report.counts().iter().filter(|(code, _)| code.severity() == severity) {
            write_code(out, &file, report, *code, *count, show)?;
        }
    }
    Ok(())
}

/// How many problems, and what was looked at.
fn headline(report: &Report) -> String {
    let counted = |severity: Severity| {
        let (count, word) = (report.total(severity), severity.as_str());
        match count {
            0 if severity == Severity::Error => Some("no errors".to_owned()),
            0 => None,
            1 => Some(format!("1 {word}")),
            count => Some(format!("{count} {word}s")),
        }
    };
    let counts: Vec<_> = [Severity::Error, Severity::Warning, Severity::Note].into_iter().filter_map(counted).collect();
    let statistics = report.statistics();
    let s = if statistics.samples == 1 { "" } else { "s" };
    let format = report.format().map(|format| format!(", {format}")).unwrap_or_default();
    format!("{} in {} sample{s}, {}{format}", counts.join(", "), statistics.samples, Bytes(statistics.bytes))
}

fn write_code(
    out: &mut impl Write,
    file: &str,
    report: &Report,
    code: Code,
    count: u64,
    show: usize,
) -> io::Result<()> {
    let style = style(code.severity());
    let times = if count == 1 { String::new() } else { format!(" × {count}") };
    writeln!(out)?;
    writeln!(out, "{style}{}{style:#} {code} {}{times}: {}", code.severity(), code.name(), code.meaning())?;
    let mut shown = 0;
    for problem in report.problems().iter().filter(|problem| problem.code == code).take(show) {
        shown += 1;
        let place = |number: Option<u64>| number.map(|number| format!(":{number}")).unwrap_or_default();
        let path = problem.path.as_deref().filter(|path| *path != "$").map(|path| format!(" ({path})"));
        writeln!(
            out,
            "  {file}{}{}: {}{}",
            place(problem.line),
            place(problem.column),
            escape(&shorten(&problem.message, LONGEST)),
            escape(&path.unwrap_or_default())
        )?;
    }
    if count > shown {
        writeln!(out, "  … and {} more", count - shown)?;
    }
    writeln!(out, "  help: {}", code.advice())
}

fn style(severity: Severity) -> Style {
    let color = match severity {
        Severity::Error => AnsiColor::Red,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Note => AnsiColor::Cyan,
    };
    Style::new().bold().fg_color(Some(color.into()))
}
