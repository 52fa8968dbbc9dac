//! What things cost, from the command line.

use mistral_sdk::runs::{Money, PriceTable};

use crate::args::PriceOptions;
use crate::failure::{Failure, Result};

/// The prices of the file that was named, or the built-in ones.
///
/// # Errors
///
/// A file that cannot be read, or is none of prices.
pub(crate) fn price_table(options: &PriceOptions) -> Result<PriceTable> {
    let Some(path) = &options.prices else { return Ok(PriceTable::builtin()) };
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("--prices: {shown} cannot be read")).because(error))?;
    PriceTable::from_json(&text).map_err(|invalid| {
        Failure::usage(format!("--prices: {shown}: {invalid}")).help(
            r#"Write it so: {"as_of": "2026-11-01", "currency": "USD", "models": [{"names": ["mistral-small"], "per_million_input": "0.12", "per_million_output": "0.5"}]}"#,
        )
    })
}

/// The most that may be spent: an amount in the currency of the prices, with or without its name.
///
/// # Errors
///
/// What is no amount, and another currency, which nothing could be compared with.
pub(crate) fn budget(text: &str, prices: &PriceTable) -> Result<Money> {
    let (text, currency) = (text.trim(), prices.currency());
    let wrong = |why: String| {
        Failure::usage(format!("--max-cost: {why}"))
            .help(format!("Write it so: --max-cost 5, or --max-cost '{currency} 5'."))
    };
    let money = match text.contains(' ') {
        true => text.parse(),
        false => Money::parse(text, currency),
    };
    let money = money.map_err(|invalid| wrong(invalid.to_string()))?;
    if money.currency() != currency {
        return Err(wrong(format!("{money} cannot be compared with prices in {currency}")));
    }
    Ok(money)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_may_name_its_currency_and_must_not_name_another() {
        let of = |text: &str| budget(text, &PriceTable::builtin()).map(|money| money.to_string());
        assert_eq!(of("5").unwrap(), "USD 5.00");
        assert_eq!(of(" USD 0.5 ").unwrap(), "USD 0.50");
        for text in ["", "five", "-5", "$5", "EUR 5", "5 USD", "5,00"] {
            assert!(of(text).unwrap_err().to_string().contains("--max-cost 5, or --max-cost 'USD 5'"), "{text}");
        }
    }
}
