//! What a check of requests found, for people: grouped by code.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use mistral_sdk::datasets::batch::{Code, Report};

use crate::failure::{Failure, Result};
use crate::runs::advice;
use crate::terminal::{Bytes, escape, shorten};

/// Characters of a message that are shown.
const LONGEST: usize = 300;

pub(super) fn print(report: &Report) -> Result<()> {
    let mut out = anstream::stdout().lock();
    let written = writeln!(out, "{}", escape(&headline(report)));
    let written = written.and_then(|()| {
        report.counts().iter().try_for_each(|(code, count)| write_code(&mut out, report, *code, *count))
    });
    written.and_then(|()| out.flush()).map_err(Failure::stdout)
}

/// How many problems, and what was looked at.
fn headline(report: &Report) -> String {
    let statistics = report.statistics();
    let of = match statistics.files.as_slice() {
        [file] => file.name.clone(),
        files => format!("{} files", files.len()),
    };
    let counted = |count: u64, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let problems = match report.total() {
        0 => "no problems".to_owned(),
        total => counted(total, "problem"),
    };
    format!("{of}: {problems} in {}, {}", counted(statistics.rows, "request"), Bytes(statistics.bytes))
}

fn write_code(out: &mut impl Write, report: &Report, code: Code, count: u64) -> io::Result<()> {
    let style = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    let times = if count == 1 { String::new() } else { format!(" × {count}") };
    writeln!(out)?;
    writeln!(out, "{style}error{style:#} {code} {}{times}: {}", code.name(), code.meaning())?;
    let mut shown = 0;
    let mut help = None;
    for problem in report.problems().iter().filter(|problem| problem.code == code) {
        shown += 1;
        help.get_or_insert_with(|| advice(problem));
        let mut place = problem.file.clone().unwrap_or_else(|| "all files".to_owned());
        for number in [problem.line, problem.column].into_iter().flatten() {
            place.push_str(&format!(":{number}"));
        }
        writeln!(out, "  {}: {}", escape(&place), escape(&shorten(&problem.what, LONGEST)))?;
    }
    if count > shown {
        writeln!(out, "  … and {} more", count - shown)?;
    }
    writeln!(out, "  expected {}", code.expected())?;
    writeln!(out, "  help: {}", escape(&help.unwrap_or_else(|| code.advice().to_owned())))
}
