use serde::{Deserialize, Deserializer, Serialize};

use crate::Invalid;
use crate::constant::constant;

constant!(ListObject = "list");

/// One page of a listing.
///
/// ```
/// use mistral_models::{File, List};
///
/// let page: List<File> = serde_json::from_str(r#"{"object": "list", "data": [], "total": null}"#)?;
/// assert!(page.data.is_empty());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub struct List<T> {
    #[serde(default)]
    object: ListObject,
    /// The items of this page, in the order of the server.
    #[serde(default = "Vec::new", deserialize_with = "items")]
    pub data: Vec<T>,
    /// How many items there are over all pages; not every listing says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

impl<T> List<T> {
    /// A page that holds `data` and does not say how much there is in all.
    pub fn new(data: Vec<T>) -> Self {
        Self { object: ListObject, data, total: None }
    }

    /// Sets how many items there are over all pages.
    pub fn total(mut self, total: u64) -> Self {
        self.total = Some(total);
        self
    }
}

/// `null` is no item.
fn items<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

impl<T> IntoIterator for List<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.data.into_iter()
    }
}

/// A page of nothing never ends a listing; the API states no upper limit.
pub(crate) fn check_page_size(page_size: Option<u64>) -> Result<(), Invalid> {
    match page_size {
        Some(0) => Err(Invalid::new("page_size", "0 is out of range; expected 1 or more")),
        _ => Ok(()),
    }
}
