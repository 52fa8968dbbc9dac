//! Usage and money in words.

use mistral_sdk::models::BatchEndpoint;
use mistral_sdk::runs::{EstimateRequest, Money, PriceTable, Usage};

/// What was used, by what is counted: `1200 tokens in, 340 out`.
pub(crate) fn used(usage: &Usage) -> String {
    let mut parts = Vec::new();
    if usage.input_tokens + usage.output_tokens > 0 || usage.pages + usage.audio_seconds == 0 {
        parts.push(format!("{} tokens in, {} out", usage.input_tokens, usage.output_tokens));
    }
    let counted = |count: u64, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    if usage.pages > 0 {
        parts.push(counted(usage.pages, "page"));
    }
    if usage.audio_seconds > 0 {
        parts.push(format!("{} of audio", counted(usage.audio_seconds, "second")));
    }
    parts.join(", ")
}

/// A cost, marked as what it is; without one, why.
pub(crate) fn estimated(
    cost: Option<Money>,
    model: Option<&str>,
    endpoint: &BatchEndpoint,
    prices: &PriceTable,
) -> String {
    let mut request = EstimateRequest::new(endpoint.clone());
    request.model = model.map(str::to_owned);
    let estimate = prices.estimate(&request);
    match cost {
        Some(cost) => format!("about {cost} ({})", estimate.note),
        None => estimate.note,
    }
}

/// The date of the prices that a cost goes by.
pub(crate) fn price_date(model: Option<&str>, endpoint: &BatchEndpoint, prices: &PriceTable) -> String {
    let mut request = EstimateRequest::new(endpoint.clone());
    request.model = model.map(str::to_owned);
    prices.estimate(&request).as_of
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_is_said_by_what_is_counted() {
        let mut usage = Usage::default();
        assert_eq!(used(&usage), "0 tokens in, 0 out");
        usage.pages = 1;
        assert_eq!(used(&usage), "1 page");
        (usage.input_tokens, usage.output_tokens) = (12, 3);
        assert_eq!(used(&usage), "12 tokens in, 3 out, 1 page");
    }

    #[test]
    fn a_cost_is_marked_as_an_estimate_with_the_date_of_its_prices() {
        let prices = PriceTable::builtin();
        let said =
            estimated(Some(Money::zero(prices.currency())), Some("mistral-embed"), &BatchEndpoint::Embeddings, &prices);
        assert!(said.starts_with("about USD 0.00 (an estimate; prices of 20"), "{said}");
        let unknown = estimated(None, Some("own"), &BatchEndpoint::Ocr, &prices);
        assert!(unknown.contains("no price known for own"), "{unknown}");
    }
}
