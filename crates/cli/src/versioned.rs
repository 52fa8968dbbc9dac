use serde::Serialize;

/// A document of the JSON formats that says which form it has. Keys are only ever added.
#[derive(Debug, Serialize)]
pub(crate) struct Versioned<'a, T> {
    schema_version: u32,
    #[serde(flatten)]
    document: &'a T,
}

impl<'a, T: Serialize> Versioned<'a, T> {
    pub(crate) fn of(document: &'a T) -> Self {
        Self { schema_version: 1, document }
    }
}
