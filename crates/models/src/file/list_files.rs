use serde::{Deserialize, Serialize};

use crate::{FilePurpose, FileSource, SampleType};

/// Which files to list, and which page of them.
///
/// The default asks for what the official clients ask for: page 0, 100 files a page, with the total. A field set to
/// `None` is not sent.
///
/// ```
/// use mistral_models::{FilePurpose, ListFiles, SampleType};
///
/// let results = ListFiles::default().purpose(FilePurpose::Batch).sample_type(SampleType::BatchResult);
/// assert_eq!(results.page_size, Some(100));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListFiles {
    /// The page, counted from 0.
    pub page: Option<u64>,
    /// Files a page. The API states no maximum.
    pub page_size: Option<u64>,
    /// Whether the answer says how many files there are in all.
    pub include_total: Option<bool>,
    /// Only files of these sample types; empty for all.
    #[serde(default)]
    pub sample_type: Vec<SampleType>,
    /// Only files from these sources; empty for all.
    #[serde(default)]
    pub source: Vec<FileSource>,
    /// Only files whose name matches.
    pub search: Option<String>,
    /// Only files of this purpose.
    pub purpose: Option<FilePurpose>,
    /// Only files of these content types; empty for all.
    #[serde(default)]
    pub mimetypes: Vec<String>,
}

impl Default for ListFiles {
    fn default() -> Self {
        Self { page: Some(0), page_size: Some(100), include_total: Some(true), ..Self::empty() }
    }
}

impl ListFiles {
    /// No parameter at all: the service decides.
    pub fn empty() -> Self {
        Self {
            page: None,
            page_size: None,
            include_total: None,
            sample_type: Vec::new(),
            source: Vec::new(),
            search: None,
            purpose: None,
            mimetypes: Vec::new(),
        }
    }

    /// The page, counted from 0.
    pub fn page(mut self, page: u64) -> Self {
        self.page = Some(page);
        self
    }

    /// Files a page.
    pub fn page_size(mut self, page_size: u64) -> Self {
        self.page_size = Some(page_size);
        self
    }

    /// Whether the answer says how many files there are in all.
    pub fn include_total(mut self, include_total: bool) -> Self {
        self.include_total = Some(include_total);
        self
    }

    /// Files of this sample type too; call it again for more.
    pub fn sample_type(mut self, sample_type: impl Into<SampleType>) -> Self {
        self.sample_type.push(sample_type.into());
        self
    }

    /// Files from this source too; call it again for more.
    pub fn source(mut self, source: impl Into<FileSource>) -> Self {
        self.source.push(source.into());
        self
    }

    /// Only files whose name matches.
    pub fn search(mut self, search: impl Into<String>) -> Self {
        self.search = Some(search.into());
        self
    }

    /// Only files of this purpose.
    pub fn purpose(mut self, purpose: impl Into<FilePurpose>) -> Self {
        self.purpose = Some(purpose.into());
        self
    }

    /// Files of this content type too; call it again for more.
    pub fn mimetype(mut self, mimetype: impl Into<String>) -> Self {
        self.mimetypes.push(mimetype.into());
        self
    }

    /// Tells before sending what the API would refuse.
    ///
    /// # Errors
    ///
    /// [`Invalid`](crate::Invalid) for a page size of 0.
    pub fn check(&self) -> Result<(), crate::Invalid> {
        crate::list::check_page_size(self.page_size)
    }
}
