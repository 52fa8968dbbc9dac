use std::fmt;

use mistral_models::BatchEndpoint;

use crate::{Currency, Money, Usage};

/// What the use of a model costs outside of batches, by each of the things that are counted.
///
/// A price that is not there means that the thing is not charged for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    currency: Currency,
    input: Option<u64>,
    output: Option<u64>,
    pages: Option<u64>,
    minute: Option<u64>,
}

/// Millionths of the currency, by unit.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rates {
    pub(super) per_million_input: Option<u64>,
    pub(super) per_million_output: Option<u64>,
    pub(super) per_thousand_pages: Option<u64>,
    pub(super) per_minute: Option<u64>,
}

/// A common multiple of a million tokens, a thousand pages and the seconds of a minute, so that a cost of several parts
/// is rounded once.
const UNIT: u128 = 3_000_000;

impl Price {
    pub(super) fn new(currency: Currency, rates: Rates) -> Self {
        let Rates { per_million_input, per_million_output, per_thousand_pages, per_minute } = rates;
        Self {
            currency,
            input: per_million_input,
            output: per_million_output,
            pages: per_thousand_pages,
            minute: per_minute,
        }
    }

    /// The currency of all its parts.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// For a million tokens sent.
    pub fn per_million_input(&self) -> Option<Money> {
        self.money(self.input)
    }

    /// For a million tokens answered.
    pub fn per_million_output(&self) -> Option<Money> {
        self.money(self.output)
    }

    /// For a thousand pages read.
    pub fn per_thousand_pages(&self) -> Option<Money> {
        self.money(self.pages)
    }

    /// For a minute of recordings heard.
    pub fn per_minute(&self) -> Option<Money> {
        self.money(self.minute)
    }

    /// What a usage costs, less a discount in percent; rounded to the nearest millionth, half up.
    pub fn cost(&self, usage: &Usage, discount_percent: u8) -> Money {
        let Self { currency, input, output, pages, minute } = *self;
        let part = |rate: Option<u64>, used: u64, per: u128| {
            u128::from(rate.unwrap_or(0)).saturating_mul(u128::from(used)).saturating_mul(UNIT / per)
        };
        let full = part(input, usage.input_tokens, 1_000_000)
            .saturating_add(part(output, usage.output_tokens, 1_000_000))
            .saturating_add(part(pages, usage.pages, 1_000))
            .saturating_add(part(minute, usage.audio_seconds, 60));

        let paid = u128::from(100_u8.saturating_sub(discount_percent));
        let divisor = UNIT * 100;
        let millionths = full.saturating_mul(paid).saturating_add(divisor / 2) / divisor;
        Money::from_millionths(u64::try_from(millionths).unwrap_or(u64::MAX), currency)
    }

    /// The parts that an endpoint charges for; nothing if they are not all known.
    pub(super) fn at(&self, endpoint: &BatchEndpoint) -> Option<Self> {
        let none = Self::new(self.currency, Rates::default());
        match endpoint {
            BatchEndpoint::Ocr => self.pages.map(|pages| Self { pages: Some(pages), ..none }),
            BatchEndpoint::AudioTranscriptions => self.minute.map(|minute| Self { minute: Some(minute), ..none }),
            BatchEndpoint::Embeddings
            | BatchEndpoint::Moderations
            | BatchEndpoint::ChatModerations
            | BatchEndpoint::Classifications
            | BatchEndpoint::ChatClassifications => self.input.map(|input| Self { input: Some(input), ..none }),
            _ => (self.input.is_some() && self.output.is_some()).then_some(Self { pages: None, ..*self }),
        }
    }

    fn money(&self, rate: Option<u64>) -> Option<Money> {
        rate.map(|millionths| Money::from_millionths(millionths, self.currency))
    }
}

/// The parts and their units: `USD 0.15 in, USD 0.60 out per million tokens`.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tokens = match (self.per_million_input(), self.per_million_output()) {
            (Some(input), Some(output)) => Some(format!("{input} in, {output} out per million tokens")),
            (Some(input), None) => Some(format!("{input} in per million tokens")),
            (None, Some(output)) => Some(format!("{output} out per million tokens")),
            (None, None) => None,
        };
        let pages = self.per_thousand_pages().map(|price| format!("{price} per thousand pages"));
        let minute = self.per_minute().map(|price| format!("{price} per minute"));
        let parts: Vec<String> = [tokens, pages, minute].into_iter().flatten().collect();
        f.pad(&parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn price(input: u64, output: u64, pages: u64, minute: u64) -> Price {
        Price {
            currency: Currency::USD,
            input: Some(input),
            output: Some(output),
            pages: Some(pages),
            minute: Some(minute),
        }
    }

    fn usage(input_tokens: u64, output_tokens: u64, pages: u64, audio_seconds: u64) -> Usage {
        Usage { requests: 1, input_tokens, output_tokens, pages, audio_seconds }
    }

    #[test]
    fn each_part_has_its_own_unit() {
        let price = price(150_000, 600_000, 4_000_000, 3_000);
        let cost = |usage: Usage| price.cost(&usage, 0).to_string();
        assert_eq!(cost(usage(2_000_000, 0, 0, 0)), "USD 0.30");
        assert_eq!(cost(usage(0, 2_000_000, 0, 0)), "USD 1.20");
        assert_eq!(cost(usage(0, 0, 500, 0)), "USD 2.00");
        assert_eq!(cost(usage(0, 0, 0, 3600)), "USD 0.18");
        assert_eq!(cost(usage(2_000_000, 2_000_000, 500, 3600)), "USD 3.68");
    }

    #[test]
    fn a_discount_is_taken_off_before_rounding() {
        // Three tokens at half a millionth each are one and a half millionths; half of that is three quarters.
        let price = price(500_000, 0, 0, 0);
        assert_eq!(price.cost(&usage(3, 0, 0, 0), 0).millionths(), 2);
        assert_eq!(price.cost(&usage(3, 0, 0, 0), 50).millionths(), 1);
        assert_eq!(price.cost(&usage(3, 0, 0, 0), 100).millionths(), 0);
    }

    #[test]
    fn a_cost_beyond_all_money_is_the_largest_amount() {
        let most = price(u64::MAX, u64::MAX, u64::MAX, u64::MAX);
        assert_eq!(most.cost(&usage(u64::MAX, u64::MAX, u64::MAX, u64::MAX), 0).millionths(), u64::MAX);
    }

    #[test]
    fn an_endpoint_charges_for_its_own_parts() {
        let all = price(1, 2, 3, 4);
        let shown: Vec<String> =
            BatchEndpoint::KNOWN.iter().map(|endpoint| format!("{endpoint}: {}", all.at(endpoint).unwrap())).collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        /v1/chat/completions: USD 0.000001 in, USD 0.000002 out per million tokens, USD 0.000004 per minute
        /v1/embeddings: USD 0.000001 in per million tokens
        /v1/fim/completions: USD 0.000001 in, USD 0.000002 out per million tokens, USD 0.000004 per minute
        /v1/moderations: USD 0.000001 in per million tokens
        /v1/chat/moderations: USD 0.000001 in per million tokens
        /v1/ocr: USD 0.000003 per thousand pages
        /v1/classifications: USD 0.000001 in per million tokens
        /v1/chat/classifications: USD 0.000001 in per million tokens
        /v1/conversations: USD 0.000001 in, USD 0.000002 out per million tokens, USD 0.000004 per minute
        /v1/audio/transcriptions: USD 0.000004 per minute
        ");
    }

    #[test]
    fn a_part_that_is_not_known_makes_no_price() {
        let embed = Price::new(Currency::USD, Rates { per_million_input: Some(1), ..Rates::default() });
        assert_eq!(embed.at(&BatchEndpoint::Embeddings), Some(embed));
        assert_eq!(embed.at(&BatchEndpoint::ChatCompletions), None);
        assert_eq!(embed.at(&BatchEndpoint::Ocr), None);
        assert_eq!(embed.at(&BatchEndpoint::AudioTranscriptions), None);
    }

    proptest! {
        #[test]
        fn parts_priced_one_by_one_differ_from_the_whole_by_rounding_alone(
            parts in prop::collection::vec((0..1_000_000_u64, 0..100_000_u64, 0..1_000_u64, 0..10_000_u64), 1..30),
            rates in (0..10_000_000_u64, 0..10_000_000_u64, 0..10_000_000_u64, 0..10_000_u64),
            discount in 0..=100_u8,
        ) {
            let price = price(rates.0, rates.1, rates.2, rates.3);
            let parts: Vec<Usage> = parts.into_iter().map(|(a, b, c, d)| usage(a, b, c, d)).collect();
            let apart: u64 = parts.iter().map(|part| price.cost(part, discount).millionths()).sum();
            let whole = price.cost(&parts.iter().copied().sum(), discount).millionths();
            prop_assert!(apart.abs_diff(whole) <= parts.len() as u64);
        }
    }
}
