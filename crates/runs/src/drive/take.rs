use std::time::Duration;

use mistral_transport::{Error, ErrorKind};
use tokio::time::Instant;

use super::collect::Collection;
use super::look::Looked;
use super::parts::{Done, Drive};
use super::submit::Submission;
use crate::Event;
use crate::progress::Progress;

/// How long a part may fail of what passes before that is believed to stay.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

impl Drive<'_> {
    /// Takes note of what a task came to.
    pub(super) fn take(&mut self, done: Done) {
        match done {
            Done::Submitted(part, submitted, certain) => {
                self.submitting.remove(&part);
                if certain {
                    self.sights.certain(part);
                }
                match submitted {
                    Ok(Submission::Created { others }) => {
                        self.others = others.map(|others| (others, Instant::now())).or(self.others);
                        self.sights.good(part);
                        self.rhythm.quicken();
                    }
                    Ok(Submission::NotCreated) => self.sights.never_sent(part),
                    Ok(Submission::Held { others, reason, alone }) => {
                        (self.held, self.full) = (true, true);
                        self.others = Some((others, Instant::now()));
                        self.tell.tell(Event::Held { part, others, reason: reason.clone() });
                        match alone {
                            // Where nothing else is pending, waiting for ever would be in vain.
                            true => self.too_large(part, reason),
                            false => self.sights.good(part),
                        }
                    }
                    Err(error) => {
                        self.held = true;
                        self.no_more |= !self.trouble(part, error);
                    }
                }
            }
            Done::Looked(looked) => {
                self.looking = false;
                // What others have pending is asked for anew, by the next part that wants to be submitted.
                (self.held, self.full, self.others) = (false, false, None);
                match looked {
                    Ok(looked) => {
                        self.rhythm.good();
                        self.seen(looked);
                    }
                    Err(error) => {
                        self.tell.tell(Event::Trouble { part: None, message: error.to_string() });
                        if let Some(error) = self.rhythm.bad(error) {
                            self.end(error);
                        }
                    }
                }
            }
            Done::Collected(part, collected) => {
                self.collecting.remove(&part);
                match collected {
                    Ok(Collection::Done) => self.sights.good(part),
                    Ok(Collection::ResultsGone(error)) => {
                        self.sights.results_gone(part);
                        self.tell.tell(Event::Trouble { part: Some(part), message: error.to_string() });
                    }
                    Err(error) => {
                        self.trouble(part, error);
                    }
                }
            }
            Done::Cancelled(part, cancelled) => {
                self.cancelling.remove(&part);
                match cancelled {
                    Ok(()) => self.sights.asked_to_stop(part),
                    Err(error) => {
                        self.trouble(part, error);
                    }
                }
            }
        }
        self.progress();
    }

    /// The drive ends with this error, as soon as no creation is under way.
    pub(super) fn end(&mut self, error: Error) {
        if !self.at_once {
            (self.at_once, self.error) = (true, Some(error));
        }
    }

    /// A step of a part failed. It is tried again after the next look, unless that would be in vain: `false` then.
    fn trouble(&mut self, part: usize, error: Error) -> bool {
        let passes = error.is_transient() || error.kind() == ErrorKind::Integrity;
        if passes && self.sights.trouble(part, error.kind()) < PATIENCE {
            self.tell.tell(Event::Trouble { part: Some(part), message: error.to_string() });
            return true;
        }
        if concerns_all(error.kind()) {
            self.end(error);
        } else {
            self.give_up(part, error);
        }
        false
    }

    /// A part was refused although nothing else seems to be pending.
    fn too_large(&mut self, part: usize, reason: String) {
        if self.sights.trouble(part, ErrorKind::RateLimited) >= PATIENCE {
            let message = format!("{reason}; begin a run with smaller parts");
            self.give_up(part, Error::new(ErrorKind::Quota, message).during("runs.run"));
            self.no_more = true;
        }
    }

    /// Goes on without the part. It can be tried again when the run is resumed.
    fn give_up(&mut self, part: usize, error: Error) {
        self.sights.fail(part);
        self.tell.tell(Event::Trouble { part: Some(part), message: error.to_string() });
        self.error.get_or_insert(error);
    }

    fn seen(&mut self, looked: Looked) {
        let (parts, hours) = self.context.journal.state(|state| {
            let open = state.parts.iter().filter(|part| part.collected.is_none());
            let open: Vec<_> = open
                .map(|part| (part.part.number, part.part.inline, part.job.clone(), part.creation.clone()))
                .collect();
            (open, state.begun.spec.job.timeout_hours.unwrap_or(24))
        });
        let before: Vec<_> = parts.iter().map(|(number, ..)| self.sights.status(*number).cloned()).collect();
        let in_files = |number| parts.iter().any(|(part, inline, ..)| *part == number && !inline);
        self.sights.see(looked, Instant::now(), in_files, self.context.give_up_missing);
        let mut changed = false;
        for ((number, _, job, creation), before) in parts.into_iter().zip(before) {
            let Some(job) = job else { continue };
            match self.sights.status(number).cloned() {
                Some(status) if before.as_ref() != Some(&status) => {
                    changed = true;
                    self.tell.tell(Event::Status { part: number, job: job.clone(), status });
                }
                _ => {}
            }
            let marker = creation.map(|creation| format!(", which carries {}", creation.marker)).unwrap_or_default();
            if self.sights.is_lost(number) {
                let message = "it is not to be found; name the address and the key that the run was begun with, or have \
                     jobs that are gone given up";
                let error = Error::new(ErrorKind::JobGone, message).about(format_args!("job {job}{marker}"));
                self.give_up(number, error.during("runs.wait"));
            } else if self.sights.is_overdue(number, hours) {
                let message =
                    format!("it has not ended an hour after its timeout of {hours} h; resume the run to go on");
                let error = Error::new(ErrorKind::WaitDeadline, message).about(format_args!("job {job}{marker}"));
                self.give_up(number, error.during("runs.wait"));
            }
        }
        if changed {
            self.rhythm.quicken();
        }
    }

    /// Tells how far the run is, and looks less often while the end is far.
    fn progress(&mut self) {
        let mut progress = Progress::default();
        let (mut done, mut failed) = (0, 0);
        self.context.journal.state(|state| {
            progress.parts = state.parts.len();
            for part in &state.parts {
                progress.rows += part.part.rows;
                progress.submitted += usize::from(part.job.is_some());
                progress.collected += usize::from(part.collected.is_some());
                match &part.collected {
                    Some(collected) => {
                        done += part.part.rows;
                        failed += part.part.rows - collected.tally.succeeded.min(part.part.rows);
                    }
                    None => {
                        let (seen, bad) = self.sights.counts(&part.part);
                        done += seen;
                        failed += bad;
                    }
                }
            }
        });
        self.pace.see(done, failed, Instant::now());
        self.pace.fill(&mut progress);
        if let Some(left) = progress.seconds_left {
            self.rhythm.no_sooner_than(Duration::from_secs(left / 20));
        }
        self.tell.tell(Event::Progress(progress));
    }
}

/// Whether such an error would meet every part.
fn concerns_all(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Auth
            | ErrorKind::Config
            | ErrorKind::InputChanged
            | ErrorKind::Journal
            | ErrorKind::LocalIo
            | ErrorKind::Outage
            | ErrorKind::Tls
    )
}
