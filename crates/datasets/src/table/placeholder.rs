use super::TableError;

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text that stands in every body.
    Literal(String),
    /// The value of a column, with its type.
    Value(String),
    /// The value of a column, as text within a string.
    Text(String),
}

const OPEN: &str = "{{";
const CLOSE: &str = "}}";

/// Takes a string of a JSON text apart, given between its quotes as it is written. `is_value` says that it is no key.
pub(super) fn string(written: &str, is_value: bool, pieces: &mut Vec<Piece>) -> Result<(), TableError> {
    if let Some(name) = whole(written).filter(|_| is_value) {
        pieces.push(Piece::Value(decode(name)?));
        return Ok(());
    }
    literal(pieces, "\"");
    let mut rest = written;
    while let Some((before, behind)) = rest.split_once(OPEN) {
        let Some((name, after)) = behind.split_once(CLOSE) else {
            let what = format!(
                "{OPEN} is not closed in {written:?}; close it, or write \\u007b\\u007b where no column is meant"
            );
            return Err(TableError::Template { what, column: None });
        };
        literal(pieces, before);
        pieces.push(Piece::Text(decode(name)?));
        rest = after;
    }
    literal(pieces, rest);
    literal(pieces, "\"");
    Ok(())
}

/// The name, if the string is one placeholder and nothing else.
fn whole(written: &str) -> Option<&str> {
    let name = written.strip_prefix(OPEN)?.strip_suffix(CLOSE)?;
    (!name.contains(CLOSE) && !name.contains(OPEN)).then_some(name)
}

/// A name as it is, without the escapes of the JSON text and the spaces around it.
fn decode(name: &str) -> Result<String, TableError> {
    let decoded: Option<String> = serde_json::from_str(&format!("\"{name}\"")).ok();
    match decoded.as_deref().map(str::trim) {
        Some("") | None => {
            let what = format!("{OPEN}{name}{CLOSE} names no column");
            Err(TableError::Template { what, column: None })
        }
        Some(name) => Ok(name.to_owned()),
    }
}

/// Adds literal text, to the last piece if that is literal too.
pub(super) fn literal(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        Some(Piece::Literal(last)) => last.push_str(text),
        _ => pieces.push(Piece::Literal(text.to_owned())),
    }
}
