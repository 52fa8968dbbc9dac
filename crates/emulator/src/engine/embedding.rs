use serde_json::{Value, json};

use super::Inference;
use super::input::{Refused, refuse, texts};
use super::usage::{tokens, usage};
use crate::ids::number;
use crate::json::object;
use crate::random::next;

/// The dimension of `mistral-embed`'s vectors.
const DIMENSION: u64 = 1_024;

/// `/v1/embeddings`. Vectors of length 1, the same for the same text; near texts are not near each other.
pub(super) fn answer(inference: &Inference<'_>) -> Result<Value, Refused> {
    let body = inference.body;
    let texts = texts(body, "input")?;
    let dimension = match body.get("output_dimension").unwrap_or(&Value::Null) {
        Value::Null => DIMENSION,
        asked => match asked.as_u64() {
            Some(dimension @ 1..=4_096) => dimension,
            _ => return refuse(json!("output_dimension"), "Input should be 1 to 4096", "out_of_range"),
        },
    };
    let data: Value = texts
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let vector = vector(text, dimension).into();
            object([("object", "embedding".into()), ("embedding", vector), ("index", index.into())])
        })
        .collect();
    Ok(object([
        ("id", format!("emulator-emb-{}", inference.id).into()),
        ("object", "list".into()),
        ("model", inference.model.into()),
        ("usage", usage(texts.iter().map(|text| tokens(text)).sum(), 0)),
        ("data", data),
    ]))
}

/// A vector of length 1 that is a function of the text. Six decimals, as far as a 32-bit number is exact.
fn vector(text: &str, dimension: u64) -> Vec<f64> {
    let mut state = number(&[text.as_bytes()]);
    // The top 53 bits fill a fraction exactly.
    let parts: Vec<f64> =
        (0..dimension).map(|_| (next(&mut state) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0).collect();
    let length = parts.iter().map(|part| part * part).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
    parts.into_iter().map(|part| (part / length * 1e6).round() / 1e6).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_has_length_one_and_belongs_to_its_text() {
        let length = |vector: &[f64]| vector.iter().map(|part| part * part).sum::<f64>().sqrt();
        for text in ["", "a", "déjà vu ☕"] {
            assert!((length(&vector(text, 1_024)) - 1.0).abs() < 1e-4);
        }
        assert_eq!(vector("a", 8), vector("a", 8));
        assert_ne!(vector("a", 8), vector("b", 8));
    }
}
