use indicatif::{ProgressBar, ProgressStyle};
use mistral_sdk::models::FineTuningJob;

use crate::curve::{Curves, Point, number, thin};
use crate::terminal::{Plot, Screen, escape};

/// A picture of a running job on the terminal, redrawn in place.
#[derive(Debug)]
pub(super) struct Live {
    screen: Screen,
    bar: Option<ProgressBar>,
}

/// All of the picture is the message, so that it changes as one.
const PICTURE: &str = "{msg}";
/// Rows of the curve; with its axis, legend and heading it fits the smallest common terminal, of 24.
const ROWS: usize = 12;
/// Columns of a terminal that does not tell.
const WIDTH: usize = 80;

impl Live {
    /// Nothing is shown before the first [`draw`](Self::draw), and nothing at all where nobody looks.
    pub(super) fn new(screen: Screen) -> Self {
        Self { screen, bar: None }
    }

    pub(super) fn draw(&mut self, job: &FineTuningJob) {
        if !self.screen.draws() {
            return;
        }
        let (width, height) =
            terminal_size::terminal_size().map_or((WIDTH, 24), |(width, height)| (width.0.into(), height.0.into()));
        let color = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
        // A line as wide as the terminal may be followed by an empty one.
        let picture = picture(job, width.saturating_sub(1), height, color);
        match &self.bar {
            Some(bar) => bar.set_message(picture),
            None => {
                // The template is a constant that a test parses; the default style is the way out all the same.
                let style = ProgressStyle::with_template(PICTURE).unwrap_or_else(|_| ProgressStyle::default_spinner());
                let bar = ProgressBar::no_length().with_style(style).with_message(picture);
                bar.tick();
                self.bar = Some(bar);
            }
        }
    }

    /// Leaves the last picture where it is.
    pub(super) fn finish(self) {
        if let Some(bar) = &self.bar {
            bar.abandon();
        }
    }
}

impl Drop for Live {
    /// An interrupted watch leaves its last picture whole.
    fn drop(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.abandon();
        }
    }
}

fn picture(job: &FineTuningJob, width: usize, height: usize, color: bool) -> String {
    let curves = Curves::new(&job.checkpoints);
    let mut lines = heading(job, &curves, width);
    // Two points a column are all that braille can show.
    let most = width * 2;
    let (line, crosses) = (thin(&curves.train, most), thin(&curves.valid, most));
    let height = ROWS.min(height.saturating_sub(lines.len() + 5)).max(4);
    lines.extend(
        Plot { line: &line, crosses: &crosses, names: ["train loss", "valid loss"], width, height, color }.lines(),
    );
    lines.join("\n")
}

/// The status and the newest values, in as many lines as the width needs.
fn heading(job: &FineTuningJob, curves: &Curves, width: usize) -> Vec<String> {
    let mut parts = vec![escape(job.status.as_str()).into_owned()];
    let last = |points: &[Point]| points.last().map(|point| point.step);
    let step = last(&curves.train).max(last(&curves.valid)).max(last(&curves.accuracy));
    if let Some(step) = step {
        let of = job.hyperparameters.training_steps.map(|steps| format!(" of {steps}")).unwrap_or_default();
        parts.push(format!("step {step}{of}"));
    }
    for (name, points) in [("train loss", &curves.train), ("valid loss", &curves.valid), ("accuracy", &curves.accuracy)]
    {
        parts.extend(points.last().map(|point| format!("{name} {}", number(point.value))));
    }
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 3 + part.chars().count() <= width => {
                line.push_str("   ");
                line.push_str(&part);
            }
            _ => lines.push(part),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use mistral_sdk::models::{Checkpoint, FineTuningJobStatus, FineTuningJobType, Metrics, UnixTime};
    use unicode_width::UnicodeWidthStr as _;

    use super::*;

    fn job(checkpoints: u64) -> FineTuningJob {
        let at = UnixTime::from_secs(0);
        let mut job = FineTuningJob::new("job", FineTuningJobType::Completion, "m", at);
        job.status = FineTuningJobStatus::Running;
        job.hyperparameters = job.hyperparameters.training_steps(100);
        let checkpoint = |part: u64| {
            let loss = 0.5 + 2.0 / part as f64;
            let metrics = Metrics::default().train_loss(loss).valid_loss(loss + 0.2).valid_mean_token_accuracy(0.7);
            Checkpoint::new(part * 10, metrics, at)
        };
        job.checkpoints = (1..=checkpoints).rev().map(checkpoint).collect();
        job
    }

    #[test]
    fn the_picture_fits_a_wide_and_a_narrow_terminal() {
        insta::assert_snapshot!(picture(&job(8), 79, 24, false));
        insta::assert_snapshot!(picture(&job(8), 39, 24, false));
    }

    #[test]
    fn no_picture_is_larger_than_its_terminal() {
        for (width, height) in [(200, 60), (79, 24), (39, 24), (39, 14)] {
            let picture = picture(&job(10), width, height, false);
            assert!(picture.lines().all(|line| line.width() <= width), "{width}\n{picture}");
            assert!(picture.lines().count() < height, "{height}\n{picture}");
        }
    }

    #[test]
    fn a_job_that_has_measured_nothing_shows_its_status_alone() {
        assert_eq!(picture(&job(0), 79, 24, false), "RUNNING");
    }

    #[test]
    fn a_hostile_status_moves_no_cursor() {
        let mut job = job(0);
        job.status = "\u{1b}[2J".into();
        assert_eq!(picture(&job, 79, 24, false), r"\u{1b}[2J");
    }

    #[test]
    fn the_template_of_the_picture_parses() {
        assert!(ProgressStyle::with_template(PICTURE).is_ok());
    }
}
