use serde::{Deserialize, Serialize};

/// How large the parts of a run are, and how many requests wait at once.
///
/// ```
/// use mistral_runs::Limits;
///
/// let limits = Limits::default().part_rows(10_000).pending(200_000);
/// assert_eq!((limits.part_rows, limits.pending), (10_000, 200_000));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Limits {
    /// Rows in a part, at most. 100,000 unless set: one document of the service says that a job takes so many, another ten
    /// times more.
    pub part_rows: u64,
    /// Bytes in a part, at most. 500,000,000 unless set: the service takes files of 512 MB.
    pub part_bytes: u64,
    /// Requests that wait or are at work at once in the whole workspace, at most, those of other runs included. 1,000,000
    /// unless set, which is the service's own limit.
    pub pending: u64,
    /// A part of at most so many rows travels in the creation of its job, without a file. 500 unless set; the service takes
    /// 10,000.
    pub inline_rows: u64,
    /// And if it has at most so many bytes. 1 MiB unless set.
    pub inline_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            part_rows: 100_000,
            part_bytes: 500_000_000,
            pending: 1_000_000,
            inline_rows: 500,
            inline_bytes: 1 << 20,
        }
    }
}

impl Limits {
    /// Rows in a part, at most; from 1 to 1,000,000.
    #[must_use]
    pub fn part_rows(mut self, rows: u64) -> Self {
        self.part_rows = rows;
        self
    }

    /// Bytes in a part, at most; up to 512 MiB. A single row may be larger than this and is a part of its own then.
    #[must_use]
    pub fn part_bytes(mut self, bytes: u64) -> Self {
        self.part_bytes = bytes;
        self
    }

    /// Requests that wait or are at work at once in the whole workspace, at most.
    #[must_use]
    pub fn pending(mut self, requests: u64) -> Self {
        self.pending = requests;
        self
    }

    /// A part of at most so many rows travels in the creation of its job; 0 sends every part as a file, and 10,000 is the
    /// most the service takes.
    #[must_use]
    pub fn inline_rows(mut self, rows: u64) -> Self {
        self.inline_rows = rows;
        self
    }

    /// And if it has at most so many bytes.
    #[must_use]
    pub fn inline_bytes(mut self, bytes: u64) -> Self {
        self.inline_bytes = bytes;
        self
    }

    /// What is out of range, in words.
    pub(crate) fn check(&self) -> Result<(), String> {
        let ranges = [
            ("part_rows", self.part_rows, 1, 1_000_000),
            ("part_bytes", self.part_bytes, 1, 512 << 20),
            ("pending", self.pending, 1, u64::MAX),
            ("inline_rows", self.inline_rows, 0, 10_000),
            ("inline_bytes", self.inline_bytes, 0, 64 << 20),
        ];
        match ranges.iter().find(|(_, value, least, most)| !(least..=most).contains(&value)) {
            Some((name, value, least, most)) => {
                Err(format!("{name}: {value} is out of range; expected {least} to {most}"))
            }
            None => Ok(()),
        }
    }

    /// The rows of a part; no part may be larger than what may wait at once, or it would wait for ever.
    pub(crate) fn rows_of_a_part(&self) -> u64 {
        self.part_rows.min(self.pending)
    }
}
