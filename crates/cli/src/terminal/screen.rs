use std::io::{IsTerminal, Write};

use anstyle::{AnsiColor, Style};

use super::escape;

/// Messages for people, on standard error. Data never goes here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    /// Say nothing but errors.
    pub(crate) quiet: bool,
    /// Say why, too.
    pub(crate) verbose: bool,
}

impl Screen {
    /// Something to know.
    pub(crate) fn note(self, text: &str) {
        if !self.quiet {
            line(Style::new(), "", text);
        }
    }

    /// Something to know for those who ask for more.
    pub(crate) fn detail(self, text: &str) {
        if self.verbose && !self.quiet {
            line(Style::new().dimmed(), "", text);
        }
    }

    /// Something that may be wrong.
    pub(crate) fn warn(self, text: &str) {
        if !self.quiet {
            line(bold(AnsiColor::Yellow), "warning: ", text);
        }
    }

    /// Something that is wrong.
    pub(crate) fn error(self, text: &str) {
        line(bold(AnsiColor::Red), "error: ", text);
    }

    /// More about an error: belongs to it, so it is said even when quiet.
    pub(crate) fn about_error(self, label: &str, text: &str) {
        line(Style::new().bold(), label, text);
    }

    /// Whether a bar can be drawn. Not where it would fill a log.
    pub(crate) fn draws(self) -> bool {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        !self.quiet && !dumb && std::env::var_os("CI").is_none() && std::io::stderr().is_terminal()
    }
}

/// Writes one line, whatever is in the text. If standard error is gone there is nobody left to tell.
fn line(style: Style, label: &str, text: &str) {
    let mut out = anstream::stderr().lock();
    let text = escape(text);
    let _ = match label {
        "" => writeln!(out, "{style}{text}{style:#}"),
        label => writeln!(out, "{style}{label}{style:#}{text}"),
    };
}

fn bold(color: AnsiColor) -> Style {
    Style::new().bold().fg_color(Some(color.into()))
}
