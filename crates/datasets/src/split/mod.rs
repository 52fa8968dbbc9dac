//! Takes validation data out of a file of samples.
//!
//! Which samples are taken is decided by a number that is made of the sample and the seed: those with the smallest numbers
//! are. Copies of a sample have the same number, in another spelling too, so they stay together, and no sample of the
//! validation data is in the training data. The order of the file stays, and the same seed always takes the same samples,
//! wherever they stand in the file.
//!
//! The service takes validation data up to the smaller of 1 MB and 5 % of the training data. The limit is kept unless
//! that is [switched off](Split::any_size).
//!
//! ```
//! use std::io::Cursor;
//! use mistral_datasets::split::{Size, Split};
//!
//! let samples: String = (0..1000).map(|at| format!("{{\"text\": \"{at}\"}}\n")).collect();
//! let (mut training, mut validation) = (Vec::new(), Vec::new());
//! let parts = Split::new(Size::Share(0.04)).run(Cursor::new(samples), &mut training, &mut validation)?;
//! assert_eq!((parts.training.samples, parts.validation.samples), (960, 40));
//!
//! let refused = Split::new(Size::Count(100)).run(Cursor::new(training), Vec::new(), Vec::new()).unwrap_err();
//! assert!(refused.to_string().starts_with("100 samples for validation are "), "{refused}");
//! # Ok::<(), mistral_datasets::split::SplitError>(())
//! ```

mod draw;
mod error;

use std::io::{BufRead, Seek, SeekFrom, Write};

use serde::Serialize;

use crate::{Line, LineEnd, Lines};
use draw::{Chosen, Draw};

pub use error::SplitError;

/// How to split. See the [module](self) for how it is done.
#[derive(Debug, Clone)]
pub struct Split {
    size: Size,
    seed: u64,
    any_size: bool,
}

/// How much goes to the validation data.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Size {
    /// A share of all samples, over 0 and under 1.
    Share(f64),
    /// So many samples.
    Count(u64),
    /// As much as the service takes.
    Largest,
}

/// What was split.
///
/// In JSON, fields are only ever added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Parts {
    /// What is to be learnt.
    pub training: Part,
    /// What is kept to measure.
    pub validation: Part,
    /// Blank lines that were left out.
    pub blank: u64,
}

/// One side of a split.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Part {
    /// Its samples.
    pub samples: u64,
    /// Its bytes, line ends included.
    pub bytes: u64,
}

impl Split {
    /// The most bytes of validation data that the service takes: 1 MB, and not more than 5 % of the training data.
    pub const MAX_BYTES: u64 = 1_000_000;

    /// Takes so much, with the seed 0.
    pub fn new(size: Size) -> Self {
        Self { size, seed: 0, any_size: false }
    }

    /// Takes other samples for every seed.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Whether the validation data may be larger than the service takes. It costs memory then: about 50 bytes a sample.
    #[must_use]
    pub fn any_size(mut self, any: bool) -> Self {
        self.any_size = any;
        self
    }

    /// Reads a file two times, three with a share of [any size](Self::any_size), and writes its two parts.
    ///
    /// Lines keep their bytes and their ends; the last of a part gets an end if it has none. Blank lines and a byte-order
    /// mark are left out. If copies of a sample do not fit any more, others are taken in their place, and if there are
    /// none, fewer.
    ///
    /// # Errors
    ///
    /// A size that the service does not take or the file does not have, before anything is written, and what the reader
    /// and the writers say.
    pub fn run<R: BufRead + Seek>(
        &self,
        mut input: R,
        mut training: impl Write,
        mut validation: impl Write,
    ) -> Result<Parts, SplitError> {
        let start = input.stream_position()?;
        let most = match self.size {
            Size::Share(share) if !(share > 0.0 && share < 1.0) => return Err(SplitError::Share(share)),
            Size::Share(share) if self.any_size => {
                let (mut samples, mut lines) = (0, Lines::new(&mut input));
                while let Some(line) = lines.read()? {
                    samples += u64::from(!line.is_blank());
                }
                input.seek(SeekFrom::Start(start))?;
                share_of(samples, share)
            }
            Size::Count(count) => count,
            Size::Share(_) | Size::Largest => u64::MAX,
        };
        let mut draw = Draw::new(self.seed, if self.any_size { most } else { most.min(Draw::IN_A_MEGABYTE) });
        let mut lines = Lines::new(&mut input);
        while let Some(line) = lines.read()? {
            if !line.is_blank() {
                draw.see(line.bytes, bytes(&line)?);
            }
        }
        input.seek(SeekFrom::Start(start))?;
        let (total, chosen) = (draw.total(), self.choose(draw)?);

        let (mut parts, mut lines) = (Parts::default(), Lines::new(&mut input));
        while let Some(line) = lines.read()? {
            if line.is_blank() {
                parts.blank += 1;
                continue;
            }
            let end: &[u8] = if line.end == LineEnd::CrLf { b"\r\n" } else { b"\n" };
            let (part, out): (_, &mut dyn Write) = match chosen.has(line.bytes) {
                true => (&mut parts.validation, &mut validation),
                false => (&mut parts.training, &mut training),
            };
            part.samples += 1;
            part.bytes += bytes(&line)?;
            out.write_all(line.bytes)?;
            out.write_all(end)?;
        }
        if parts.training.plus(parts.validation) != total {
            return Err(SplitError::Changed);
        }
        training.flush()?;
        validation.flush()?;
        Ok(parts)
    }

    fn choose(&self, draw: Draw) -> Result<Chosen, SplitError> {
        let total = draw.total();
        let count = match self.size {
            Size::Share(share) => share_of(total.samples, share),
            Size::Count(count) => count,
            Size::Largest => u64::MAX,
        };
        if total.samples < 2 || count != u64::MAX && count >= total.samples {
            return Err(SplitError::NothingToLearn { samples: total.samples, validation: count });
        }
        if count == 0 {
            return Err(SplitError::NothingToMeasure { samples: total.samples });
        }
        let allowed = |part: Part| part.bytes <= limit(total.bytes - part.bytes);
        let largest = |draw: &Draw| draw.choose(|part| allowed(part) && part.samples < total.samples);
        let chosen = match self.size {
            Size::Largest => largest(&draw),
            // One sample must be left to learn from, however many copies there are.
            _ => draw.choose(|part| part.samples <= count),
        };
        let part = chosen.part();
        if part.samples == 0 && self.size == Size::Largest {
            return Err(SplitError::TooSmall { total });
        }
        // Copies that stay together can be too many for the count, wherever they are put.
        if part.samples == 0 {
            return Err(SplitError::Copies { samples: total.samples, validation: count });
        }
        // What the draw did not keep count of is beyond a megabyte.
        if !self.any_size && (!allowed(part) || count > Draw::IN_A_MEGABYTE && self.size != Size::Largest) {
            let largest = largest(&draw).part();
            return Err(SplitError::TooLarge { validation: part, training: total.minus(part), largest });
        }
        Ok(chosen)
    }
}

/// The most validation data for training data of that many bytes.
fn limit(training: u64) -> u64 {
    Split::MAX_BYTES.min(training / 20)
}

fn share_of(samples: u64, share: f64) -> u64 {
    // Counts of this size are exact in f64.
    (samples as f64 * share).round() as u64
}

/// The bytes of a line in the output.
fn bytes(line: &Line<'_>) -> Result<u64, SplitError> {
    if line.is_too_long() {
        return Err(SplitError::LineTooLong { line: line.number, bytes: line.length });
    }
    Ok(line.length + if line.end == LineEnd::CrLf { 2 } else { 1 })
}

impl Part {
    fn plus(self, other: Self) -> Self {
        Self { samples: self.samples + other.samples, bytes: self.bytes + other.bytes }
    }

    fn minus(self, other: Self) -> Self {
        Self { samples: self.samples - other.samples, bytes: self.bytes - other.bytes }
    }
}

#[cfg(test)]
mod tests;
