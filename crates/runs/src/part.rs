use serde::{Deserialize, Serialize};

/// A share of the rows, which becomes one job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// Its number among all parts of the run, counted from 0.
    pub(crate) number: usize,
    /// 0 for the first time a row is sent, then one more for each retry.
    pub(crate) round: u32,
    pub(crate) rows: u64,
    /// Its size as it is sent.
    pub(crate) bytes: u64,
    /// BLAKE3 of what is sent, in hexadecimal digits: the input must give the same every time it is read.
    pub(crate) digest: String,
    /// Whether its requests travel in the creation of the job instead of in a file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) inline: bool,
    pub(crate) selection: Selection,
}

/// Which rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Selection {
    /// All rows of these stretches.
    Stretches(Vec<Stretch>),
    /// Rows that are listed in a file of the run's folder, from an entry on.
    Picked { list: String, first: u64 },
}

/// Lines of an input file that follow one another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stretch {
    /// The input file, by its place among the inputs.
    pub(crate) file: usize,
    /// Where they begin and end in it, in bytes.
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// The row of the first, counted from 0 over all inputs.
    pub(crate) row: u64,
    /// The number of the first line, counted from 1.
    pub(crate) line: u64,
}

impl Part {
    /// The name of its file on the service.
    pub(crate) fn filename(&self, run: &str) -> String {
        format!("run-{run}-part-{:05}.jsonl", self.number)
    }

    /// Where its answers are, in the folder of the run.
    pub(crate) fn answers(&self) -> String {
        format!("answers-{:05}.jsonl", self.number)
    }

    /// Where lines of its results are that could not be read.
    pub(crate) fn unreadable(&self) -> String {
        format!("unreadable-{:05}.txt", self.number)
    }

    /// Where the class of each answer is, one byte a row.
    pub(crate) fn classes(&self) -> String {
        format!("answers-{:05}.classes", self.number)
    }
}
