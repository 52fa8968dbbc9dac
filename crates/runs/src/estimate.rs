use std::fmt;

use mistral_models::BatchEndpoint;
use serde::{Deserialize, Serialize};

use crate::{Money, PriceTable, Usage};

/// What is known of requests before they are sent, gathered one by one.
///
/// ```
/// use mistral_models::BatchEndpoint;
/// use mistral_runs::{EstimateRequest, PriceTable};
///
/// let mut requests = EstimateRequest::new(BatchEndpoint::ChatCompletions).model("mistral-small-latest");
/// for _ in 0..1_000 {
///     requests.add(4_000, Some(200));
/// }
/// let estimate = PriceTable::builtin().estimate(&requests);
/// assert_eq!(
///     estimate.to_string(),
///     "about USD 0.14 (an estimate; prices of 2026-10-20, half price for batches)",
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EstimateRequest {
    /// Where the requests go.
    pub endpoint: BatchEndpoint,
    /// The model of all requests; without it there is no cost.
    pub model: Option<String>,
    /// Bytes of all bodies together.
    pub body_bytes: u64,
    /// All requests.
    pub requests: u64,
    /// Those of them that limit their answer by `max_tokens`.
    pub limited_requests: u64,
    /// What the limited requests are expected to answer, in tokens: each its limit, or
    /// [`assumed_output_tokens`](Self::assumed_output_tokens) if that is less.
    pub limited_output_tokens: u64,
    /// What all requests answer at most, in tokens: each its own limit, or what is assumed where it has none.
    pub most_output_tokens: u64,
    /// Tokens that a request without a limit is expected to answer.
    pub assumed_output_tokens: u64,
    /// Pages of all documents together, for OCR. One page a request if nothing is said.
    pub pages: Option<u64>,
    /// Seconds of all recordings together, for transcriptions. Without them there is no cost.
    pub audio_seconds: Option<u64>,
}

impl EstimateRequest {
    /// Tokens that a request is expected to answer if nothing is said, at endpoints that generate text. At the others,
    /// which answer vectors and scores, it is none.
    pub const ASSUMED_OUTPUT_TOKENS: u64 = 500;

    /// No requests yet.
    pub fn new(endpoint: BatchEndpoint) -> Self {
        let assumed_output_tokens = if generates(&endpoint) { Self::ASSUMED_OUTPUT_TOKENS } else { 0 };
        Self {
            endpoint,
            model: None,
            body_bytes: 0,
            requests: 0,
            limited_requests: 0,
            limited_output_tokens: 0,
            most_output_tokens: 0,
            assumed_output_tokens,
            pages: None,
            audio_seconds: None,
        }
    }

    /// The model of all requests.
    #[must_use]
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// Expects answers of so many tokens instead of [`ASSUMED_OUTPUT_TOKENS`](Self::ASSUMED_OUTPUT_TOKENS). To be said
    /// before requests are added.
    #[must_use]
    pub fn assumed_output_tokens(mut self, tokens: u64) -> Self {
        self.assumed_output_tokens = tokens;
        self
    }

    /// Pages of all documents together, for OCR.
    #[must_use]
    pub fn pages(mut self, pages: u64) -> Self {
        self.pages = Some(pages);
        self
    }

    /// Seconds of all recordings together, for transcriptions.
    #[must_use]
    pub fn audio_seconds(mut self, seconds: u64) -> Self {
        self.audio_seconds = Some(seconds);
        self
    }

    /// Adds one request, by the bytes of its body and its `max_tokens`.
    pub fn add(&mut self, body_bytes: u64, max_tokens: Option<u64>) {
        self.requests = self.requests.saturating_add(1);
        self.body_bytes = self.body_bytes.saturating_add(body_bytes);
        let most = max_tokens.unwrap_or(self.assumed_output_tokens);
        self.most_output_tokens = self.most_output_tokens.saturating_add(most);
        if let Some(most) = max_tokens {
            self.limited_requests = self.limited_requests.saturating_add(1);
            self.limited_output_tokens =
                self.limited_output_tokens.saturating_add(most.min(self.assumed_output_tokens));
        }
    }

    /// What the requests are expected to use.
    ///
    /// One input token for every four bytes of the bodies, rounded up. That is a rule of thumb for byte-pair
    /// vocabularies and has not been measured against the vendor's tokenizers: take it as right within a third for
    /// text, and a little high where bodies have much JSON around it. It is far too high for images within a body,
    /// which cost by their size on screen, and far too low for what a body only points to.
    ///
    /// The output is a guess altogether. A request that asks for several answers counts as one.
    pub fn usage(&self) -> Usage {
        let mut usage = Usage { requests: self.requests, ..Usage::default() };
        match self.endpoint {
            BatchEndpoint::Ocr => usage.pages = self.pages.unwrap_or(self.requests),
            BatchEndpoint::AudioTranscriptions => usage.audio_seconds = self.audio_seconds.unwrap_or(0),
            _ => {
                let unlimited = self.requests.saturating_sub(self.limited_requests);
                usage.input_tokens = self.body_bytes.div_ceil(4);
                usage.output_tokens =
                    unlimited.saturating_mul(self.assumed_output_tokens).saturating_add(self.limited_output_tokens);
            }
        }
        usage
    }
}

impl EstimateRequest {
    /// What the requests use if every answer is as long as its limit allows; one without a limit is as long as is assumed.
    pub fn usage_at_most(&self) -> Usage {
        let usage = self.usage();
        match usage.input_tokens {
            0 => usage,
            _ => Usage { output_tokens: usage.output_tokens.max(self.most_output_tokens), ..usage },
        }
    }
}

/// Whether answers are text of any length. An endpoint this version does not know may well do.
fn generates(endpoint: &BatchEndpoint) -> bool {
    !matches!(
        endpoint,
        BatchEndpoint::Embeddings
            | BatchEndpoint::Moderations
            | BatchEndpoint::ChatModerations
            | BatchEndpoint::Classifications
            | BatchEndpoint::ChatClassifications
            | BatchEndpoint::Ocr
            | BatchEndpoint::AudioTranscriptions
    )
}

/// What requests are expected to cost as a batch. Shown with the words that mark it as an estimate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Estimate {
    /// What they are expected to use.
    pub usage: Usage,
    /// The cost, if a price is known.
    pub cost: Option<Money>,
    /// The cost if every answer is as long as its own limit allows: what a budget is compared with.
    #[serde(default)]
    pub at_most: Option<Money>,
    /// The day of the prices, `YYYY-MM-DD`.
    pub as_of: String,
    /// How sure the cost is, or why there is none and what to do about it.
    pub note: String,
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cost {
            Some(cost) => f.pad(&format!("about {cost} ({})", self.note)),
            None => f.pad(&self.note),
        }
    }
}

impl PriceTable {
    /// What requests are expected to cost as a batch.
    pub fn estimate(&self, request: &EstimateRequest) -> Estimate {
        let usage = request.usage();
        let unknown =
            |note: String| Estimate { usage, cost: None, at_most: None, as_of: self.as_of().to_owned(), note };

        let Some(model) = &request.model else {
            return unknown("no price known without a model; name the model of the requests".to_owned());
        };
        let Some((price, as_of)) = self.find(model, &request.endpoint) else {
            return unknown(format!("no price known for {model}; give a price list that names it"));
        };
        if request.endpoint == BatchEndpoint::AudioTranscriptions && request.audio_seconds.is_none() {
            return unknown("no cost known before recordings of unknown length are heard".to_owned());
        }
        Estimate {
            usage,
            cost: Some(price.cost(&usage, self.batch_discount_percent())),
            at_most: Some(price.cost(&request.usage_at_most(), self.batch_discount_percent())),
            as_of: as_of.to_owned(),
            note: match self.batch_discount_percent() {
                0 => format!("an estimate; prices of {as_of}"),
                50 => format!("an estimate; prices of {as_of}, half price for batches"),
                percent => format!("an estimate; prices of {as_of}, {percent} % less for batches"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chat(bodies: &[(u64, Option<u64>)]) -> EstimateRequest {
        let mut requests = EstimateRequest::new(BatchEndpoint::ChatCompletions).model("mistral-small-latest");
        for (bytes, limit) in bodies {
            requests.add(*bytes, *limit);
        }
        requests
    }

    fn shown(requests: &EstimateRequest) -> String {
        PriceTable::builtin().estimate(requests).to_string()
    }

    #[test]
    fn four_bytes_are_a_token_and_a_limit_counts_if_it_is_low() {
        let usage = chat(&[(10, None), (11, Some(100)), (12, Some(9_000))]).usage();
        let expected = Usage { requests: 3, input_tokens: 9, output_tokens: 500 + 100 + 500, ..Usage::default() };
        assert_eq!(usage, expected);
    }

    #[test]
    fn another_length_of_answers_can_be_assumed() {
        let mut requests = EstimateRequest::new(BatchEndpoint::FimCompletions).assumed_output_tokens(20);
        requests.add(4, None);
        requests.add(4, Some(10));
        requests.add(4, Some(30));
        assert_eq!(requests.usage().output_tokens, 20 + 10 + 20);
    }

    #[test]
    fn an_estimate_says_that_it_is_one() {
        let requests = chat(&[(4_000_000, None)]);
        assert_eq!(shown(&requests), "about USD 0.08 (an estimate; prices of 2026-10-20, half price for batches)");
    }

    #[test]
    fn vectors_and_scores_are_not_output() {
        for (endpoint, model) in
            [(BatchEndpoint::Embeddings, "mistral-embed"), (BatchEndpoint::Moderations, "mistral-moderation-latest")]
        {
            let mut requests = EstimateRequest::new(endpoint).model(model);
            requests.add(4_000_000, None);
            assert_eq!(requests.usage().output_tokens, 0);
            assert_eq!(PriceTable::builtin().estimate(&requests).cost.unwrap().amount(), "0.05");
        }
    }

    #[test]
    fn a_document_has_one_page_unless_its_pages_are_known() {
        let mut requests = EstimateRequest::new(BatchEndpoint::Ocr).model("mistral-ocr-latest");
        for _ in 0..1_000 {
            requests.add(200, None);
        }
        let cost = |requests: &EstimateRequest| PriceTable::builtin().estimate(requests).cost.unwrap().to_string();
        assert_eq!(cost(&requests), "USD 2.00");
        assert_eq!(cost(&requests.pages(25_000)), "USD 50.00");
    }

    #[test]
    fn a_recording_has_a_cost_once_its_length_is_known() {
        let mut requests = EstimateRequest::new(BatchEndpoint::AudioTranscriptions).model("voxtral-mini-latest");
        requests.add(200, None);
        assert_eq!(shown(&requests), "no cost known before recordings of unknown length are heard");
        let cost = PriceTable::builtin().estimate(&requests.audio_seconds(36_000)).cost;
        assert_eq!(cost.unwrap().to_string(), "USD 0.90");
    }

    #[test]
    fn without_a_price_there_is_advice() {
        let unknown = chat(&[(10, None)]).model("gpt");
        assert_eq!(shown(&unknown), "no price known for gpt; give a price list that names it");
        let unnamed = EstimateRequest::new(BatchEndpoint::ChatCompletions);
        assert_eq!(shown(&unnamed), "no price known without a model; name the model of the requests");
        assert_eq!(PriceTable::builtin().estimate(&unnamed).as_of, "2026-10-20");
    }

    #[test]
    fn the_date_is_that_of_the_price_and_the_discount_that_of_the_table() {
        let prices = PriceTable::from_json(
            r#"{"as_of": "2027-01-31", "batch_discount_percent": 40,
                "models": [{"names": ["ours"], "per_million_input": 1, "per_million_output": 1}]}"#,
        )
        .unwrap();
        let estimate = |model: &str| prices.estimate(&chat(&[(4_000_000, Some(0))]).model(model)).to_string();
        assert_eq!(estimate("ours"), "about USD 0.60 (an estimate; prices of 2027-01-31, 40 % less for batches)");
        assert_eq!(
            estimate("mistral-small-latest"),
            "about USD 0.09 (an estimate; prices of 2026-10-20, 40 % less for batches)",
        );
    }

    #[test]
    fn travels_as_json() {
        let estimate = PriceTable::builtin().estimate(&chat(&[(4_000_000, Some(100))]));
        let json = serde_json::to_string_pretty(&estimate).unwrap();
        assert_eq!(serde_json::from_str::<Estimate>(&json).unwrap(), estimate);
        insta::assert_snapshot!(json, @r#"
        {
          "usage": {
            "requests": 1,
            "input_tokens": 1000000,
            "output_tokens": 100,
            "pages": 0,
            "audio_seconds": 0
          },
          "cost": {
            "amount": "0.07503",
            "currency": "USD"
          },
          "at_most": {
            "amount": "0.07503",
            "currency": "USD"
          },
          "as_of": "2026-10-20",
          "note": "an estimate; prices of 2026-10-20, half price for batches"
        }
        "#);
    }

    proptest! {
        #[test]
        fn more_requests_never_cost_less(
            bodies in prop::collection::vec((0..1_000_000_u64, prop::option::of(0..10_000_u64)), 0..30),
            more in (any::<u64>(), any::<Option<u64>>()),
        ) {
            let prices = PriceTable::builtin();
            let mut requests = chat(&bodies);
            let before = prices.estimate(&requests).cost.unwrap();
            requests.add(more.0, more.1);
            prop_assert!(prices.estimate(&requests).cost.unwrap() >= before);
        }
    }
}
