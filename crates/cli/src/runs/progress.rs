//! How far a run is: a bar on a terminal, lines elsewhere, or events as they are.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use mistral_sdk::runs::{self, Event};

use crate::args::ProgressForm;
use crate::terminal::{Bytes, Rough, Screen};

/// Shows a run while it is driven.
#[derive(Debug)]
pub(super) struct Progress {
    screen: Screen,
    way: Way,
    /// Parts in all rounds so far.
    parts: usize,
    latest: runs::Progress,
    /// When counts alone were last said.
    counted: Instant,
    /// Statuses that are to be said with the next counts.
    changed: Vec<String>,
    /// What is not said again.
    said: BTreeSet<String>,
}

#[derive(Debug)]
enum Way {
    Bar(ProgressBar),
    Log,
    Json,
    Nothing,
}

/// Messages that are known not to be news.
const REMEMBERED: usize = 1_000;
/// Without a change of state, at most one line in this time.
const QUIET_TIME: Duration = Duration::from_secs(60);
/// Parts whose jobs are named above a bar; `run status` names the jobs of more.
const FEW: usize = 4;

const LINE: &str = "{spinner} {wide_msg}";

impl Progress {
    pub(super) fn new(screen: Screen, form: ProgressForm, parts: usize) -> Self {
        let way = match form {
            ProgressForm::Auto if screen.draws() => Way::Bar(bar()),
            ProgressForm::Bar => Way::Bar(bar()),
            ProgressForm::Auto | ProgressForm::Log => Way::Log,
            ProgressForm::Json => Way::Json,
            ProgressForm::None => Way::Nothing,
        };
        let (latest, counted) = (runs::Progress::default(), Instant::now());
        Self { screen, way, parts, latest, counted, changed: Vec::new(), said: BTreeSet::new() }
    }

    /// Shows what happened.
    pub(super) fn see(&mut self, event: &Event, now: Instant) {
        if let Event::Progress(progress) = event {
            (self.latest, self.parts) = (*progress, progress.parts);
        }
        match &self.way {
            Way::Json => write_json(event),
            Way::Nothing => {}
            Way::Bar(bar) => {
                if let Some(line) = self.drawn(event) {
                    bar.set_message(line);
                }
                let line = self.line(event).filter(|_| self.parts <= FEW || !matches!(event, Event::Created { .. }));
                self.say_above(line, event);
            }
            Way::Log => {
                let line = self.line(event);
                self.say_above(line, event);
                self.log(event, now);
            }
        }
    }

    /// What a bar says of an event that it shows.
    fn drawn(&self, event: &Event) -> Option<String> {
        match event {
            Event::Uploading { part, bytes } => Some(format!("uploading {}, {}", self.name(*part), Bytes(*bytes))),
            Event::Progress(progress) => Some(format!("{}{}", gauge(progress), counts(progress))),
            _ => None,
        }
    }

    /// Lines that a log has and a bar needs not.
    fn log(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Uploading { part, bytes } => {
                self.screen.note(&format!("uploading {}, {}", self.name(*part), Bytes(*bytes)));
            }
            Event::Status { part, status, .. } => self.changed.push(match self.parts {
                0 | 1 => status.to_string(),
                _ => format!("{}: {status}", self.name(*part)),
            }),
            Event::Collected { part, tally, .. } if self.parts > 1 => {
                let missing = match tally.missing {
                    0 => String::new(),
                    missing => format!(", {missing} without a result"),
                };
                let name = self.name(*part);
                self.screen.note(&format!("{name}: {} succeeded, {} failed{missing}", tally.succeeded, tally.failed));
            }
            Event::Progress(progress) => {
                let due = now.duration_since(self.counted) >= QUIET_TIME;
                let lines = std::mem::take(&mut self.changed);
                match lines.as_slice() {
                    [one] if self.parts <= 1 => self.screen.note(&format!("{one}: {}", counts(progress))),
                    [] if due => self.screen.note(&counts(progress)),
                    lines => lines.iter().for_each(|line| self.screen.note(line)),
                }
                if due {
                    self.counted = now;
                }
            }
            _ => {}
        }
    }

    /// What is said of an event in either way.
    fn line(&self, event: &Event) -> Option<String> {
        Some(match event {
            Event::Created { part, job, found: true, .. } => {
                format!("found job {job} of {}, which was created before", self.name(*part))
            }
            Event::Created { job, .. } if self.parts <= 1 => format!("created job {job}"),
            Event::Created { part, job, rows, .. } => {
                format!("created job {job} for {}: {}", self.name(*part), requests(*rows))
            }
            Event::Held { part, reason, .. } => format!("{} waits: {reason}", self.name(*part)),
            Event::Retrying { round, rows, .. } => {
                format!("sending {} that failed again, for the {}", requests(*rows), time(*round))
            }
            Event::NotRetrying { rows, reason } => {
                format!("{} that failed may succeed, and will not be sent again: {reason}", requests(*rows))
            }
            Event::Trouble { part: Some(part), message } if self.parts > 1 => {
                format!("{}: {message}", self.name(*part))
            }
            Event::Trouble { message, .. } => message.clone(),
            _ => return None,
        })
    }

    fn say_above(&mut self, line: Option<String>, event: &Event) {
        // The same trouble comes with every look, and is no news.
        if self.said.len() >= REMEMBERED {
            self.said.clear();
        }
        let Some(line) = line.filter(|line| self.said.insert(line.clone())) else { return };
        let screen = self.screen;
        let say = || match event {
            Event::Trouble { .. } | Event::NotRetrying { .. } => screen.warn(&line),
            _ => screen.note(&line),
        };
        match &self.way {
            Way::Bar(bar) => bar.suspend(say),
            _ => say(),
        }
    }

    fn name(&self, part: usize) -> String {
        match self.parts {
            0 | 1 => "the requests".to_owned(),
            parts => format!("part {} of {parts}", part + 1),
        }
    }
}

impl Drop for Progress {
    /// An interrupted run leaves no half bar behind.
    fn drop(&mut self) {
        if let Way::Bar(bar) = &self.way {
            bar.finish_and_clear();
        }
    }
}

fn bar() -> ProgressBar {
    // The template is a constant that a test parses; the default style is the way out all the same.
    let style = ProgressStyle::with_template(LINE).unwrap_or_else(|_| ProgressStyle::default_spinner());
    let bar = ProgressBar::no_length().with_style(style).with_message("submitting");
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// If standard error is gone there is nobody left to tell.
fn write_json(event: &Event) {
    if let Ok(mut line) = serde_json::to_vec(event) {
        line.push(b'\n');
        let _ = std::io::stderr().lock().write_all(&line);
    }
}

/// How much is done, to look at, in columns that leave room for the counts.
fn gauge(progress: &runs::Progress) -> String {
    let columns = terminal_size::terminal_size_of(std::io::stderr()).map_or(80, |(width, _)| usize::from(width.0));
    let most = match columns {
        0..90 => 8,
        90..110 => 12,
        _ => 24,
    };
    let full = u128::from(progress.done) * most as u128 / u128::from(progress.rows.max(1));
    let full = usize::try_from(full).unwrap_or(most).min(most);
    format!("{}{} ", "█".repeat(full), "░".repeat(most - full))
}

/// What a run is at, in words.
fn counts(progress: &runs::Progress) -> String {
    let mut parts = vec![format!("{}/{} done, {} failed", progress.done, progress.rows, progress.failed)];
    if progress.parts > 1 && progress.submitted < progress.parts {
        parts.push(format!("{}/{} parts submitted", progress.submitted, progress.parts));
    } else if progress.parts > 1 {
        parts.push(format!("{}/{} parts", progress.collected, progress.parts));
    }
    if progress.done < progress.rows {
        parts.extend(progress.rate.map(|rate| format!("{rate:.1}/s")));
        let left = progress.seconds_left.map(Duration::from_secs);
        parts.extend(left.map(|left| format!("about {} left", Rough(left))));
    }
    parts.join(", ")
}

/// A number of requests in words.
pub(crate) fn requests(count: u64) -> String {
    if count == 1 { "1 request".to_owned() } else { format!("{count} requests") }
}

fn time(round: u32) -> String {
    match round {
        1 => "first time".to_owned(),
        2 => "second time".to_owned(),
        3 => "third time".to_owned(),
        round => format!("{round}th time"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(json: &str) -> runs::Progress {
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        let mut progress = runs::Progress::default();
        progress.rows = value["rows"].as_u64().unwrap();
        progress.done = value["done"].as_u64().unwrap();
        progress.parts = 3;
        progress.submitted = 2;
        progress
    }

    #[test]
    fn counts_say_what_the_run_is_at() {
        let mut seen = progress(r#"{"rows": 1000, "done": 100}"#);
        assert_eq!(counts(&seen), "100/1000 done, 0 failed, 2/3 parts submitted");
        (seen.submitted, seen.collected, seen.rate, seen.seconds_left) = (3, 1, Some(10.0), Some(90));
        assert_eq!(counts(&seen), "100/1000 done, 0 failed, 1/3 parts, 10.0/s, about 1 min 30 s left");
        (seen.done, seen.parts) = (1000, 1);
        assert_eq!(counts(&seen), "1000/1000 done, 0 failed");
    }

    #[test]
    fn the_gauge_is_full_when_all_is_done_and_not_before() {
        let full = |done| {
            let gauge = gauge(&progress(&format!(r#"{{"rows": 100, "done": {done}}}"#)));
            (gauge.matches('█').count(), gauge.matches('░').count())
        };
        assert_eq!(full(0).0, 0);
        assert!(full(99).1 > 0);
        assert_eq!(full(100).1, 0);
    }

    #[test]
    fn the_template_of_the_line_parses() {
        assert!(ProgressStyle::with_template(LINE).is_ok());
    }
}
