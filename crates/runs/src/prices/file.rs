//! A list of prices as it is written down.

use std::fmt;

use mistral_models::{DateTime, Invalid};
use serde::{Deserialize, Deserializer, de};

use super::price::Rates;
use crate::{Currency, money};

/// The file, field by field. What is not known is refused: a misspelt price would be no price.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with as_of and models")]
pub(super) struct File {
    #[serde(deserialize_with = "date")]
    pub(super) as_of: String,
    pub(super) currency: Option<Currency>,
    #[serde(default, deserialize_with = "percent")]
    pub(super) batch_discount_percent: Option<u8>,
    #[serde(default, rename = "note")]
    _note: de::IgnoredAny,
    pub(super) models: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with names and prices")]
pub(super) struct Entry {
    pub(super) names: Vec<String>,
    per_million_input: Option<Amount>,
    per_million_output: Option<Amount>,
    per_thousand_pages: Option<Amount>,
    per_minute: Option<Amount>,
    #[serde(default, rename = "source")]
    _source: de::IgnoredAny,
}

impl File {
    /// Reads a list; an error names the field, and line and column if there are any.
    pub(super) fn read(json: &str) -> Result<Self, Invalid> {
        let mut reader = serde_json::Deserializer::from_str(json);
        let file: Self = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let field = match error.path().to_string() {
                path if path == "." => "prices".to_owned(),
                path => path,
            };
            Invalid::new(field, error.into_inner().to_string())
        })?;
        reader.end().map_err(|error| Invalid::new("prices", error.to_string()))?;
        Ok(file)
    }
}

impl Entry {
    /// The prices, or what is wrong with them.
    pub(super) fn rates(&self) -> Result<Rates, &'static str> {
        let rates = [&self.per_million_input, &self.per_million_output, &self.per_thousand_pages, &self.per_minute];
        let [per_million_input, per_million_output, per_thousand_pages, per_minute] =
            rates.map(|amount| amount.as_ref().map(|Amount(millionths)| *millionths));
        if rates.iter().all(|rate| rate.is_none()) {
            return Err("has no price; write per_million_input or another");
        }
        if per_million_output.is_some() && per_million_input.is_none() {
            return Err("has a price for output alone; write per_million_input too, \"0\" if it is free");
        }
        Ok(Rates { per_million_input, per_million_output, per_thousand_pages, per_minute })
    }
}

/// An amount in millionths, written as text or as a number.
struct Amount(u64);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Amount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an amount such as \"0.15\"")
            }

            fn visit_str<E: de::Error>(self, amount: &str) -> Result<Amount, E> {
                money::millionths(amount).map(Amount).map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, amount: u64) -> Result<Amount, E> {
                self.visit_str(&amount.to_string())
            }

            fn visit_i64<E: de::Error>(self, amount: i64) -> Result<Amount, E> {
                self.visit_str(&amount.to_string())
            }

            // The shortest text that means the same number is what was written, up to fifteen digits.
            fn visit_f64<E: de::Error>(self, amount: f64) -> Result<Amount, E> {
                self.visit_str(&amount.to_string())
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let date = String::deserialize(deserializer)?;
    match DateTime::parse(&format!("{date}T00:00:00Z")) {
        Ok(_) => Ok(date),
        Err(_) => Err(de::Error::custom(format!("{date:?} is not a date; write it such as 2026-10-20"))),
    }
}

fn percent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u8>, D::Error> {
    match Option::<u8>::deserialize(deserializer)? {
        Some(percent) if percent > 100 => Err(de::Error::custom(format!("{percent} percent is more than the price"))),
        percent => Ok(percent),
    }
}
