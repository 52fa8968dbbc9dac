use serde_json::{Value, json};

use super::Inference;
use super::input::{Body, Refused, excerpt, refuse, required};
use super::schema::instance;

/// The most pages answered.
const MOST: usize = 1_000;

/// `/v1/ocr`. The document is never fetched: each page asked for says so, one page if none is named.
pub(super) fn answer(inference: &Inference<'_>) -> Result<Value, Refused> {
    let body = inference.body;
    let document = required(body, "document")?;
    let Some(source) = source(document) else {
        return refuse(json!("document"), "Input should have document_url, image_url or file_id", "missing");
    };
    // A data: URL is the document itself, in base64; of any other there is no size to tell.
    let (shown, size) = match source.split_once(',').filter(|_| source.starts_with("data:")) {
        Some((kind, data)) => (kind, json!(data.trim_end_matches('=').len() * 3 / 4)),
        None => (source, Value::Null),
    };
    let words = format!("[emulator] No document was read: {}", excerpt(shown));
    let pages: Vec<_> = pages(body)?
        .into_iter()
        .map(|index| {
            json!({
                "index": index,
                "markdown": format!("# Page {index}\n\n{words}"),
                "images": [],
                "dimensions": {"dpi": 200, "height": 2200, "width": 1700},
            })
        })
        .collect();
    Ok(json!({
        "model": inference.model,
        "usage_info": {"pages_processed": pages.len(), "doc_size_bytes": size},
        "document_annotation": annotation(body, &words),
        "pages": pages,
    }))
}

fn source(document: &Value) -> Option<&str> {
    ["document_url", "image_url", "file_id"].iter().find_map(|key| match document.get(key)? {
        Value::String(source) => Some(source.as_str()),
        image => image.get("url").and_then(Value::as_str),
    })
}

/// The pages asked for: a list of numbers, or text such as `0-2,5`.
fn pages(body: &Body) -> Result<Vec<u64>, Refused> {
    let pages = match body.get("pages") {
        None | Some(Value::Null) => Some(vec![0]),
        Some(Value::Array(pages)) => pages.iter().map(Value::as_u64).collect(),
        Some(Value::String(pages)) => ranges(pages),
        Some(_) => None,
    };
    match pages {
        Some(pages) if pages.len() <= MOST => Ok(pages),
        _ => refuse(json!("pages"), "Input should be at most 1000 page numbers", "value_error"),
    }
}

fn ranges(text: &str) -> Option<Vec<u64>> {
    let mut pages = Vec::new();
    for range in text.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last) = (first.trim().parse::<u64>().ok()?, last.trim().parse::<u64>().ok()?);
        pages.extend((first..=last).take(MOST + 1));
        // Here and not at the end: a short text can name many pages many times.
        if first > last || pages.len() > MOST {
            return None;
        }
    }
    Some(pages)
}

/// JSON in a string, as the service writes it; null if none was asked for.
fn annotation(body: &Body, words: &str) -> Value {
    match body.get("document_annotation_format").and_then(|format| format.pointer("/json_schema/schema")) {
        Some(schema) => json!(instance(schema, words).to_string()),
        None => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_numbers_or_ranges() {
        assert_eq!(ranges("0-2, 5"), Some(vec![0, 1, 2, 5]));
        assert_eq!(ranges("7"), Some(vec![7]));
        assert_eq!(ranges("0-999").map(|pages| pages.len()), Some(MOST));
        for bad in ["", "a", "1-", "5-2", "0-1000", "0-99999999999", &"0-999,".repeat(1_000)] {
            assert_eq!(ranges(bad), None, "{bad}");
        }
    }
}
