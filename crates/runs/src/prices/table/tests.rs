use proptest::prelude::*;

use super::*;

const CHAT: BatchEndpoint = BatchEndpoint::ChatCompletions;

fn shown(prices: &PriceTable, model: &str, endpoint: &BatchEndpoint) -> String {
    prices.price_of(model, endpoint).map_or("-".to_owned(), |price| price.to_string())
}

#[test]
fn the_built_in_table() {
    insta::assert_snapshot!(PriceTable::builtin());
}

#[test]
fn names_have_the_price_of_their_model() {
    let prices = PriceTable::builtin();
    let rows: Vec<String> = [
        "mistral-small-latest",
        "mistral-small-2703",
        "mistral-small-2506",
        "mistral-large-latest",
        "mistral-large-4-0",
        "mistral-large-5",
        "codestral-latest",
        "ft:open-mistral-nemo:587a6b29:20240514:7e773925",
        "gpt",
    ]
    .iter()
    .map(|model| format!("{model}: {}", shown(&prices, model, &CHAT)))
    .collect();
    insta::assert_snapshot!(rows.join("\n"), @r"
    mistral-small-latest: USD 0.15 in, USD 0.60 out per million tokens
    mistral-small-2703: USD 0.15 in, USD 0.60 out per million tokens
    mistral-small-2506: USD 0.10 in, USD 0.30 out per million tokens
    mistral-large-latest: USD 0.50 in, USD 1.50 out per million tokens
    mistral-large-4-0: USD 1.36 in, USD 4.18 out per million tokens
    mistral-large-5: -
    codestral-latest: USD 0.30 in, USD 0.90 out per million tokens
    ft:open-mistral-nemo:587a6b29:20240514:7e773925: USD 0.15 in, USD 0.15 out per million tokens
    gpt: -
    ");
}

#[test]
fn an_endpoint_has_the_price_of_what_it_charges_for() {
    let prices = PriceTable::builtin();
    let rows: Vec<String> = [
        ("codestral-embed-2505", BatchEndpoint::Embeddings),
        ("codestral-embed-2505", CHAT),
        ("mistral-ocr-latest", BatchEndpoint::Ocr),
        ("mistral-small-latest", BatchEndpoint::Ocr),
        ("voxtral-small-latest", CHAT),
        ("voxtral-small-latest", BatchEndpoint::AudioTranscriptions),
        ("mistral-moderation-2603", BatchEndpoint::ChatModerations),
        ("ft:classifier:ministral-3b-latest:a:b:c", BatchEndpoint::Classifications),
    ]
    .iter()
    .map(|(model, endpoint)| format!("{model} at {endpoint}: {}", shown(&prices, model, endpoint)))
    .collect();
    insta::assert_snapshot!(rows.join("\n"), @r"
    codestral-embed-2505 at /v1/embeddings: USD 0.15 in per million tokens
    codestral-embed-2505 at /v1/chat/completions: -
    mistral-ocr-latest at /v1/ocr: USD 4.00 per thousand pages
    mistral-small-latest at /v1/ocr: -
    voxtral-small-latest at /v1/chat/completions: USD 0.10 in, USD 0.40 out per million tokens, USD 0.004 per minute
    voxtral-small-latest at /v1/audio/transcriptions: USD 0.004 per minute
    mistral-moderation-2603 at /v1/chat/moderations: USD 0.00 in per million tokens
    ft:classifier:ministral-3b-latest:a:b:c at /v1/classifications: USD 0.10 in per million tokens
    ");
}

#[test]
fn a_batch_costs_half() {
    let prices = PriceTable::builtin();
    let used = Usage { requests: 10, input_tokens: 1_000_000, output_tokens: 1_000_000, ..Usage::default() };
    assert_eq!(prices.price_of("mistral-small-latest", &CHAT).unwrap().cost(&used, 0).to_string(), "USD 0.75");
    assert_eq!(prices.cost("mistral-small-latest", &CHAT, &used).unwrap().amount(), "0.375");
    assert_eq!(prices.cost("gpt", &CHAT, &used), None);
}

#[test]
fn a_file_comes_before_the_built_in_prices() {
    let prices = PriceTable::from_json(
        r#"{"as_of": "2026-11-01",
            "models": [{"names": ["mistral-small"], "per_million_input": 1, "per_million_output": 2.5}]}"#,
    )
    .unwrap();

    assert_eq!(prices.as_of(), "2026-11-01");
    assert_eq!(prices.batch_discount_percent(), 50);
    // Also where the built-in list names the date, and the file the family alone.
    for model in ["mistral-small-latest", "mistral-small-2603"] {
        assert_eq!(shown(&prices, model, &CHAT), "USD 1.00 in, USD 2.50 out per million tokens");
    }
    let other = prices.find("mistral-large-latest", &CHAT);
    assert_eq!(other, PriceTable::builtin().find("mistral-large-latest", &CHAT));
}

#[test]
fn a_file_in_another_currency_stands_alone() {
    let prices = PriceTable::from_json(
        r#"{"as_of": "2026-11-01", "currency": "EUR", "batch_discount_percent": 40,
            "models": [{"names": ["mistral-embed"], "per_million_input": "0.09"}]}"#,
    )
    .unwrap();

    assert_eq!(prices.currency(), Currency::EUR);
    assert_eq!(prices.price_of("mistral-large-latest", &CHAT), None);
    let used = Usage { input_tokens: 1_000_000, ..Usage::default() };
    let cost = prices.cost("mistral-embed", &BatchEndpoint::Embeddings, &used).unwrap();
    assert_eq!((cost.currency(), cost.amount()), (Currency::EUR, "0.054".to_owned()));
}

#[test]
fn a_file_that_cannot_be_read_is_named_by_field() {
    let refused: Vec<String> = [
        r#"{"as_of": "2026-11-01", "models": ["#,
        r#"[]"#,
        r#"{"models": []}"#,
        r#"{"as_of": "November", "models": []}"#,
        r#"{"as_of": "2026-11-01", "models": [], "discount": 50}"#,
        r#"{"as_of": "2026-11-01", "models": [], "batch_discount_percent": 101}"#,
        r#"{"as_of": "2026-11-01", "models": [], "currency": "$"}"#,
        r#"{"as_of": "2026-11-01", "models": []} {}"#,
        r#"{"as_of": "2026-11-01", "models": [{"names": ["a"], "per_million_input": "free"}]}"#,
        r#"{"as_of": "2026-11-01", "models": [{"names": ["a"], "per_million_input": -1}]}"#,
        r#"{"as_of": "2026-11-01", "models": [{"names": ["a"], "per_million_input": 0.0000001}]}"#,
        r#"{"as_of": "2026-11-01", "models": [{"names": ["a"], "per_million_inputs": 1}]}"#,
        r#"{"as_of": "2026-11-01", "models": [{"names": ["a"], "per_minute": true}]}"#,
        r#"{"as_of": "2026-11-01", "models": [{"names": ["a"]}]}"#,
        r#"{"as_of": "2026-11-01", "models": [{"names": ["a"], "per_million_output": 1}]}"#,
        r#"{"as_of": "2026-11-01", "models": ["a"]}"#,
        r#"{"as_of": "2026-11-01", "models": [{"names": [], "per_minute": 1}]}"#,
        r#"{"as_of": "2026-11-01", "models": [{"names": ["a"], "per_minute": 1}, {"names": ["a"], "per_minute": 2}]}"#,
    ]
    .iter()
    .map(|json| PriceTable::from_json(json).unwrap_err().to_string())
    .collect();
    insta::assert_snapshot!(refused.join("\n"), @r#"
    models: EOF while parsing a list at line 1 column 35
    prices: invalid length 0, expected an object with as_of and models at line 1 column 2
    prices: missing field `as_of` at line 1 column 14
    as_of: "November" is not a date; write it such as 2026-10-20 at line 1 column 20
    discount: unknown field `discount`, expected one of `as_of`, `currency`, `batch_discount_percent`, `note`, `models` at line 1 column 48
    batch_discount_percent: 101 percent is more than the price at line 1 column 68
    currency: "$" is not a currency; write three letters such as USD at line 1 column 54
    prices: trailing characters at line 1 column 39
    models[0].per_million_input: "free" is not an amount; write digits, such as 12.34 at line 1 column 79
    models[0].per_million_input: "-1" is not an amount; write digits, such as 12.34 at line 1 column 75
    models[0].per_million_input: "0.0000001" has more than six digits after the point at line 1 column 82
    models[0].per_million_inputs: unknown field `per_million_inputs`, expected one of `names`, `per_million_input`, `per_million_output`, `per_thousand_pages`, `per_minute`, `source` at line 1 column 72
    models[0].per_minute: invalid type: boolean `true`, expected an amount such as "0.15" at line 1 column 70
    models[0]: has no price; write per_million_input or another
    models[0]: has a price for output alone; write per_million_input too, "0" if it is free
    models[0]: invalid type: string "a", expected an object with names and prices at line 1 column 38
    models[0].names: is empty; write the names of the model
    models[1].names: "a" is listed twice; a model has one price
    "#);
}

proptest! {
    #[test]
    fn amounts_are_read_as_they_are_written(units in 0..100_000_u32, fraction in 0..1_000_000_u32) {
        let amount = format!("{units}.{fraction:06}");
        for written in [amount.clone(), format!("{amount:?}")] {
            let json = format!(r#"{{"as_of": "2026-11-01", "models": [{{"names": ["a"], "per_minute": {written}}}]}}"#);
            let prices = PriceTable::from_json(&json).unwrap();
            let price = prices.price_of("a", &BatchEndpoint::AudioTranscriptions).unwrap();
            prop_assert_eq!(price.per_minute(), Some(Money::parse(&amount, Currency::USD).unwrap()));
        }
    }

    #[test]
    fn any_name_is_looked_up_without_a_panic(model in ".*") {
        let _ = PriceTable::builtin().price_of(&model, &CHAT);
    }
}
