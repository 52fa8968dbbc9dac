use std::fmt;
use std::io;

use super::{Part, Split, limit};

/// Why a file was not split.
#[derive(Debug)]
#[non_exhaustive]
pub enum SplitError {
    /// The share is not over 0 and under 1.
    Share(f64),
    /// The validation data would be larger than the service takes.
    TooLarge {
        /// The validation data that was asked for.
        validation: Part,
        /// What would be left to learn.
        training: Part,
        /// The largest validation data that can be taken.
        largest: Part,
    },
    /// The file is too small for any validation data within the limit.
    TooSmall {
        /// All samples of the file.
        total: Part,
    },
    /// No sample would be left to learn.
    NothingToLearn {
        /// All samples of the file.
        samples: u64,
        /// How many of them were asked for.
        validation: u64,
    },
    /// The share is less than half a sample.
    NothingToMeasure {
        /// All samples of the file.
        samples: u64,
    },
    /// Every sample is there so often that its copies are more than was asked for.
    Copies {
        /// All samples of the file.
        samples: u64,
        /// How many of them were asked for.
        validation: u64,
    },
    /// A line has more than 64 MiB.
    LineTooLong {
        /// The line, counted from 1.
        line: u64,
        /// Its bytes.
        bytes: u64,
    },
    /// The file changed between two readings. The output is incomplete.
    Changed,
    /// A read or a write failed. The output is incomplete.
    Io(io::Error),
}

impl fmt::Display for SplitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share(share) => write!(f, "{share} is no share: expected more than 0 and less than 1"),
            Self::TooLarge { validation, training, largest } => {
                let Part { samples, bytes } = validation;
                write!(
                    f,
                    "{samples} samples for validation are {bytes} bytes; the service takes {} at most, the smaller of {} \
                     and 5 % of the {} bytes of training data; {} samples would do",
                    limit(training.bytes),
                    Split::MAX_BYTES,
                    training.bytes,
                    largest.samples
                )
            }
            Self::TooSmall { total } => write!(
                f,
                "{} samples of {} bytes are too few: none is within 5 % of the others",
                total.samples, total.bytes
            ),
            Self::NothingToLearn { samples, validation: u64::MAX } => {
                let s = if *samples == 1 { "" } else { "s" };
                write!(f, "{samples} sample{s} cannot be split")
            }
            Self::NothingToLearn { samples, validation } => {
                write!(f, "{validation} of {samples} samples for validation leave none to learn")
            }
            Self::NothingToMeasure { samples } => {
                write!(f, "the share is less than half of one of {samples} samples")
            }
            Self::Copies { samples, validation } => write!(
                f,
                "no sample has few enough copies among {samples} samples to be one of {validation}; copies stay together"
            ),
            Self::LineTooLong { line, bytes } => write!(f, "line {line} has {bytes} bytes, more than 64 MiB"),
            Self::Changed => f.write_str("the file changed while it was read"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SplitError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // Shown as the error itself.
            Self::Io(error) => error.source(),
            _ => None,
        }
    }
}

impl From<io::Error> for SplitError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
