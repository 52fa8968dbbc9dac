use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
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
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct List<T> {
    object: ListObject,
    /// The items of this page, in the order of the server.
    pub data: Vec<T>,
    /// How many items there are over all pages; not every listing says.
    #[serde(skip_serializing_if = "Option::is_none")]
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

/// A page as it is read.
#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct Form<T> {
    #[serde(default)]
    object: ListObject,
    #[serde(default = "Vec::new", deserialize_with = "items")]
    data: Vec<T>,
    #[serde(default)]
    total: Option<u64>,
}

/// Only an object is a page. A bare array would be read too, field by field, and an empty one be taken for a page of nothing:
/// for the proof that something does not exist.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Page<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Page<T> {
            type Value = List<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a page of a listing, which is an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<List<T>, A::Error> {
                let Form { object, data, total } = Form::deserialize(MapAccessDeserializer::new(map))?;
                Ok(List { object, data, total })
            }
        }
        deserializer.deserialize_map(Page(PhantomData))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_object_is_a_page() {
        let read = |text: &str| serde_json::from_str::<List<u8>>(text);
        assert_eq!(read(r#"{"data": [1], "total": 1, "more": {}}"#).unwrap(), List::new(vec![1]).total(1));
        assert_eq!(read(r#"{"data": null}"#).unwrap(), List::new(Vec::new()));
        for other in ["[]", "[[1]]", "null", "7"] {
            assert!(read(other).is_err(), "{other}");
        }
    }
}
