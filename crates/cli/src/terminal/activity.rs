use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::Screen;

/// Something that takes a while and has no counts of its own, or bytes alone.
#[derive(Debug)]
pub(crate) struct Activity {
    bar: Option<ProgressBar>,
}

const SPINNER: &str = "{spinner} {msg}";
const BYTES: &str = "{spinner} {msg} {bytes}, {bytes_per_sec}";
const BYTES_OF: &str = "{spinner} {msg} {bar:24} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";

impl Activity {
    /// Spins on a terminal.
    pub(crate) fn start(screen: Screen, text: &str) -> Self {
        Self::with(screen, text, SPINNER, None)
    }

    /// Counts bytes on a terminal, towards `length` if it is known.
    pub(crate) fn bytes(screen: Screen, text: &str, length: Option<u64>) -> Self {
        Self::with(screen, text, if length.is_some() { BYTES_OF } else { BYTES }, length)
    }

    fn with(screen: Screen, text: &str, template: &str, length: Option<u64>) -> Self {
        let bar = screen.draws().then(|| {
            let bar = length.map_or_else(ProgressBar::no_length, ProgressBar::new);
            bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.set_message(super::escape(text).into_owned());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self { bar }
    }

    /// What sets the bytes, for somebody who counts them elsewhere.
    pub(crate) fn counter(&self) -> impl Fn(u64) + Send + Sync + use<> {
        let bar = self.bar.clone();
        move |bytes| {
            if let Some(bar) = &bar {
                bar.set_position(bytes);
            }
        }
    }

    /// That many bytes more.
    pub(crate) fn add(&self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(bytes);
        }
    }
}

impl Drop for Activity {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_parse() {
        for template in [SPINNER, BYTES, BYTES_OF] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
