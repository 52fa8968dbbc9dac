use crate::Lines;

/// How an input is checked.
///
/// ```
/// use mistral_datasets::batch::Options;
///
/// let options = Options::default().model(Some("mistral-small-latest")).strict(true).kept(3);
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Options {
    pub(super) name: String,
    pub(super) generate_ids: bool,
    pub(super) kept: usize,
    pub(super) max_line_bytes: u64,
    pub(super) model: Option<String>,
    pub(super) strict: bool,
    pub(super) single_job: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            name: "input".to_owned(),
            generate_ids: false,
            kept: Self::KEPT,
            max_line_bytes: Self::MAX_LINE_BYTES,
            model: None,
            strict: false,
            single_job: false,
        }
    }
}

impl Options {
    /// How many problems are kept by default. All are counted.
    pub const KEPT: usize = 10;
    /// The longest line by default: 64 MiB. A longer one is no request anybody meant to send.
    pub const MAX_LINE_BYTES: u64 = Lines::<&[u8]>::LIMIT as u64;

    /// The name of the first file in messages. `input` by default; [`Checker::begin`](super::Checker::begin) sets it too.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Whether a row without a `custom_id`, or with `null`, is given [one](super::generated_id) instead of being reported.
    pub fn generate_ids(mut self, wanted: bool) -> Self {
        self.generate_ids = wanted;
        self
    }

    /// How many problems are kept, the first ones by file and line.
    pub fn kept(mut self, count: usize) -> Self {
        self.kept = count;
        self
    }

    /// The longest line that is not reported, in bytes without its end.
    pub fn max_line_bytes(mut self, bytes: u64) -> Self {
        self.max_line_bytes = bytes;
        self
    }

    /// The model of the job, which is used for rows that name none.
    pub fn model(mut self, model: Option<&str>) -> Self {
        self.model = model.map(str::to_owned);
        self
    }

    /// Whether a row that names another model than the [job's](Self::model) is a problem. The models are counted in any
    /// case.
    pub fn strict(mut self, wanted: bool) -> Self {
        self.strict = wanted;
        self
    }

    /// Whether the input becomes one job as it is, so that more requests than a job takes and a file larger than the
    /// service takes are problems.
    pub fn single_job(mut self, wanted: bool) -> Self {
        self.single_job = wanted;
        self
    }
}
