use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use mistral_models::{BatchEndpoint, Invalid};

use super::file::File;
use super::{Price, name};
use crate::{Currency, Money, Usage};

/// A dated list of what models cost, and what batches cost less.
///
/// The [built-in](Self::builtin) list is the vendor's public one as of the date it carries, in dollars and without tax.
/// It grows old, and contracts differ; [`from_json`](Self::from_json) reads another.
///
/// # Which price a name has
///
/// A fine-tuned model costs what its base does: `ft:<base>:…` and `ft:classifier:<base>:…` are looked up as the base. A
/// name that is listed has the price it is listed with. Any other that ends in `-latest` or in a date of four digits,
/// such as `-2603`, has the price of what stands before it, which is the longest listed beginning that still means the
/// same model: `mistral-small-2703` is taken for a `mistral-small`, but `mistral-large-5` is not taken for a
/// `mistral-large`. Dates of which no price is known, older ones too, so have the price of the family today.
///
/// # What is not in it
///
/// Cached input, which costs less; annotated pages, connectors and tools, which cost more; the storage of fine-tuned
/// models. A cost is that of tokens, pages and minutes alone.
///
/// ```
/// use mistral_models::BatchEndpoint;
/// use mistral_runs::{PriceTable, Usage};
///
/// let prices = PriceTable::builtin();
/// let mut used = Usage::default();
/// used.input_tokens = 1_000_000;
/// let cost = prices.cost("mistral-embed", &BatchEndpoint::Embeddings, &used);
/// assert_eq!(cost.map(|cost| cost.to_string()).as_deref(), Some("USD 0.05"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceTable {
    currency: Currency,
    batch_discount_percent: u8,
    /// Looked through in this order.
    lists: Vec<List>,
}

/// The models of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct List {
    as_of: String,
    prices: BTreeMap<String, Price>,
}

const BUILTIN: &str = include_str!("prices.json");

impl Default for PriceTable {
    /// The built-in prices.
    fn default() -> Self {
        Self::builtin()
    }
}

impl PriceTable {
    /// The vendor's public prices, as of the date of the list.
    pub fn builtin() -> Self {
        let none = Self { currency: Currency::USD, batch_discount_percent: 0, lists: Vec::new() };
        // A test holds that the file can be read.
        File::read(BUILTIN).and_then(|file| none.clone().below(file)).unwrap_or(none)
    }

    /// Reads prices that come before the built-in ones.
    ///
    /// A model that the file has a price for costs what the file says; any other what the built-in list says. A file in
    /// another currency than dollars stands alone. `as_of` and `models` are required, and each model needs `names` and
    /// at least one price. Amounts are text or numbers.
    ///
    /// ```
    /// use mistral_models::BatchEndpoint;
    /// use mistral_runs::PriceTable;
    ///
    /// let prices = PriceTable::from_json(r#"{
    ///     "as_of": "2026-11-01",
    ///     "currency": "USD",
    ///     "batch_discount_percent": 50,
    ///     "note": "From our contract.",
    ///     "models": [
    ///         {"names": ["mistral-small"], "per_million_input": "0.12", "per_million_output": "0.5", "source": "p3"},
    ///         {"names": ["mistral-ocr"], "per_thousand_pages": 3.5},
    ///         {"names": ["voxtral-mini"], "per_minute": "0.002"}
    ///     ]
    /// }"#)?;
    /// let price = prices.price_of("mistral-small-latest", &BatchEndpoint::ChatCompletions);
    /// assert_eq!(price.unwrap().to_string(), "USD 0.12 in, USD 0.50 out per million tokens");
    /// # Ok::<(), mistral_models::Invalid>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Invalid`] names the field, such as `models[2].per_minute`, and says what is wrong with it: text that is not
    /// JSON, a field that is missing or not known, an amount, date or currency in another form, a model without a name
    /// or a price, a name listed twice.
    pub fn from_json(json: &str) -> Result<Self, Invalid> {
        Self::builtin().below(File::read(json)?)
    }

    /// Puts the models of a file before those of this table.
    fn below(self, file: File) -> Result<Self, Invalid> {
        let currency = file.currency.unwrap_or(self.currency);
        let mut prices = BTreeMap::new();
        for (index, model) in file.models.into_iter().enumerate() {
            let rates = model.rates().map_err(|problem| Invalid::new(format!("models[{index}]"), problem))?;
            if model.names.is_empty() {
                return Err(Invalid::new(format!("models[{index}].names"), "is empty; write the names of the model"));
            }
            for name in model.names {
                match prices.entry(name) {
                    Entry::Vacant(place) => {
                        place.insert(Price::new(currency, rates));
                    }
                    Entry::Occupied(listed) => {
                        let problem = format!("{:?} is listed twice; a model has one price", listed.key());
                        return Err(Invalid::new(format!("models[{index}].names"), problem));
                    }
                }
            }
        }
        let below = if currency == self.currency { self.lists } else { Vec::new() };
        Ok(Self {
            currency,
            batch_discount_percent: file.batch_discount_percent.unwrap_or(self.batch_discount_percent),
            lists: std::iter::once(List { as_of: file.as_of, prices }).chain(below).collect(),
        })
    }

    /// The currency of all prices.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// How much less a batch costs, in percent.
    pub fn batch_discount_percent(&self) -> u8 {
        self.batch_discount_percent
    }

    /// The day of the prices, `YYYY-MM-DD`; of those read from a file, if there are any.
    pub fn as_of(&self) -> &str {
        self.lists.first().map_or("", |list| &list.as_of)
    }

    /// What a model costs at an endpoint outside of batches, if that is known. Only what the endpoint charges for is
    /// there.
    pub fn price_of(&self, model: &str, endpoint: &BatchEndpoint) -> Option<Price> {
        self.find(model, endpoint).map(|(price, _)| price)
    }

    /// What a batch costs that used so much, such as answers report it; nothing if no price is known.
    ///
    /// Add usages up first and ask for the cost once: every answer is rounded, by half a millionth at most.
    pub fn cost(&self, model: &str, endpoint: &BatchEndpoint, usage: &Usage) -> Option<Money> {
        self.price_of(model, endpoint).map(|price| price.cost(usage, self.batch_discount_percent))
    }

    /// A price, and the day it is from.
    pub(crate) fn find(&self, model: &str, endpoint: &BatchEndpoint) -> Option<(Price, &str)> {
        self.lists.iter().find_map(|list| {
            let price = name::listed(model).find_map(|name| list.prices.get(name))?;
            price.at(endpoint).map(|price| (price, list.as_of.as_str()))
        })
    }
}

/// One name a line, under the date and the discount.
impl fmt::Display for PriceTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, List { as_of, prices }) in self.lists.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            writeln!(f, "Prices of {as_of}; batches cost {} % less.", self.batch_discount_percent)?;
            let width = prices.keys().map(|name| name.chars().count()).max().unwrap_or(0);
            for (name, price) in prices {
                writeln!(f, "{name:width$}  {price}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
