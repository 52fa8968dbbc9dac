//! A value that fits a JSON Schema.

use serde_json::{Map, Value, json};

/// How deep a value may get, and how many values it may hold: a schema can contain itself, several times over.
const DEEPEST: usize = 32;
const MOST_VALUES: usize = 1_000;
/// How many bytes of the schema itself a value may repeat: constants and names of properties.
const MOST_COPIED: usize = 1024 * 1024;

/// Makes a value of the schema's shape, with `text` in its strings: every property, one item in a list, the first of
/// several alternatives. It looks at types, enums, constants, references and bounds; patterns and formats it ignores.
pub(super) fn instance(schema: &Value, text: &str) -> Value {
    Maker { root: schema, text, left: MOST_VALUES, room: MOST_COPIED }.make(schema, 0)
}

struct Maker<'a> {
    root: &'a Value,
    text: &'a str,
    left: usize,
    room: usize,
}

impl<'a> Maker<'a> {
    fn make(&mut self, schema: &'a Value, depth: usize) -> Value {
        if self.left == 0 {
            return Value::Null;
        }
        self.left -= 1;
        if depth > DEEPEST {
            return Value::Null;
        }
        if let Some(constant) = schema.get("const") {
            return self.copy(constant);
        }
        if let Some(first) = schema.get("enum").and_then(|values| values.get(0)) {
            return self.copy(first);
        }
        if let Some(other) = self.referred(schema).or_else(|| alternative(schema)) {
            return self.make(other, depth + 1);
        }
        match type_of(schema) {
            Some("object") => self.object(schema, depth),
            Some("array") => self.array(schema, depth),
            Some("string") => json!(string(schema, self.text)),
            Some("integer") => json!(bound(schema).ceil() as i64),
            Some("number") => json!(bound(schema)),
            Some("boolean") => json!(false),
            Some("null") => Value::Null,
            _ => json!({"emulator": self.text}),
        }
    }

    fn referred(&self, schema: &Value) -> Option<&'a Value> {
        self.root.pointer(schema.get("$ref")?.as_str()?.strip_prefix('#')?)
    }

    fn object(&mut self, schema: &'a Value, depth: usize) -> Value {
        let properties = schema.get("properties").and_then(Value::as_object);
        let mut made = Map::new();
        for (key, schema) in properties.into_iter().flatten() {
            if self.takes(key.len()) {
                made.insert(key.clone(), self.make(schema, depth + 1));
            }
        }
        Value::Object(made)
    }

    /// The value itself; null once too much has been repeated.
    fn copy(&mut self, value: &Value) -> Value {
        if self.room > 0 && self.takes(value.to_string().len()) { value.clone() } else { Value::Null }
    }

    fn takes(&mut self, bytes: usize) -> bool {
        let left = self.room.checked_sub(bytes);
        self.room = left.unwrap_or(0);
        left.is_some()
    }

    fn array(&mut self, schema: &'a Value, depth: usize) -> Value {
        let Some(items) = schema.get("items") else { return json!([self.text]) };
        // Deep inside, an empty list ends a schema that contains itself.
        let least = if depth > DEEPEST / 4 { 0 } else { 1 };
        let count = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0).max(least);
        let count = schema.get("maxItems").and_then(Value::as_u64).map_or(count, |most| count.min(most));
        let mut made = Vec::new();
        while (made.len() as u64) < count && self.left > 0 {
            made.push(self.make(items, depth + 1));
        }
        Value::Array(made)
    }
}

/// The first alternative that is not null.
fn alternative(schema: &Value) -> Option<&Value> {
    let alternatives = ["anyOf", "oneOf", "allOf"].iter().find_map(|key| schema.get(*key)?.as_array())?;
    let says_more = |schema: &&Value| schema.get("type").and_then(Value::as_str) != Some("null");
    alternatives.iter().find(says_more).or(alternatives.first())
}

/// The type, the first that is not null if there are several, or what the other keys suggest.
fn type_of(schema: &Value) -> Option<&str> {
    match schema.get("type") {
        Some(Value::String(one)) => Some(one),
        Some(Value::Array(several)) => {
            let mut several = several.iter().filter_map(Value::as_str);
            several.clone().find(|name| *name != "null").or_else(|| several.next())
        }
        _ if schema.get("properties").is_some() => Some("object"),
        _ if schema.get("items").is_some() => Some("array"),
        _ => None,
    }
}

fn string(schema: &Value, text: &str) -> String {
    let bound = |key: &str| schema.get(key).and_then(Value::as_u64).and_then(|length| usize::try_from(length).ok());
    let most = bound("maxLength").unwrap_or(usize::MAX);
    let least = bound("minLength").unwrap_or(0).min(most).min(1_000);
    let padding = std::iter::repeat_n('.', least.saturating_sub(text.chars().count()));
    text.chars().chain(padding).take(most).collect()
}

/// A number inside the bounds, 0 if that is.
fn bound(schema: &Value) -> f64 {
    let at = |key: &str| schema.get(key).and_then(Value::as_f64);
    let least = at("minimum").or(at("exclusiveMinimum").map(|least| least + 1.0)).unwrap_or(f64::NEG_INFINITY);
    let most = at("maximum").or(at("exclusiveMaximum").map(|most| most - 1.0)).unwrap_or(f64::INFINITY);
    0.0_f64.min(most).max(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_schema_gets_a_value_of_its_shape() {
        let schema = json!({
            "type": "object",
            "$defs": {"Point": {"properties": {"x": {"type": "number", "minimum": 2.5}, "on": {"type": "boolean"}}}},
            "properties": {
                "name": {"type": "string", "maxLength": 4},
                "colour": {"enum": ["red", "blue"]},
                "kind": {"const": 7},
                "points": {"type": "array", "items": {"$ref": "#/$defs/Point"}, "minItems": 2},
                "maybe": {"anyOf": [{"type": "null"}, {"type": "integer", "exclusiveMinimum": 3}]},
                "either": {"type": ["null", "integer"], "maximum": -2},
                "anything": {},
            },
        });
        assert_eq!(
            instance(&schema, "[emulator]"),
            json!({
                "name": "[emu", "colour": "red", "kind": 7,
                "points": [{"x": 2.5, "on": false}, {"x": 2.5, "on": false}],
                "maybe": 4, "either": -2, "anything": {"emulator": "[emulator]"},
            })
        );
    }

    #[test]
    fn a_schema_that_contains_itself_or_much_text_ends() {
        let tree = json!({"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#"}}}});
        assert!(instance(&tree, "x").to_string().len() < 1_000);
        assert_eq!(instance(&json!({"$ref": "#"}), "x"), Value::Null);
        let long = "y".repeat(10_000);
        for item in [json!({"const": &long}), json!({"enum": [&long]}), json!({"properties": {&long: {"const": 1}}})] {
            let large = instance(&json!({"type": "array", "minItems": 900, "items": item}), "x");
            assert!(large.to_string().len() < 2 * MOST_COPIED);
        }
        let wide = json!({"type": "array", "minItems": 100, "items": {"$ref": "#"}});
        assert!(instance(&wide, "x").to_string().len() < 10_000);
    }
}
