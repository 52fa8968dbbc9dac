//! `null` and an absent key mean the same.

use serde::{Deserialize, Deserializer};

/// Reads `null` as the default of the type; goes with `#[serde(default)]`.
pub(crate) fn as_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Default + Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads `null` as 1; goes with a default of the same.
pub(crate) fn as_one<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: From<u8> + Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_else(|| T::from(1)))
}

/// Reads `null` as true; goes with `#[serde(default = "null::yes")]`.
pub(crate) fn as_true<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Option::deserialize(deserializer).map(|value| value.unwrap_or_else(yes))
}

pub(crate) fn yes() -> bool {
    true
}
