//! JSON that is changed in places. What nobody touches is written as it was read, byte for byte: numbers, escapes, spaces
//! and the order of keys.

mod array;
mod object;
mod read;
mod style;

use std::borrow::Cow;

pub(crate) use array::Array;
pub(crate) use object::{NoObject, Object};

use style::Style;

/// A JSON value: as it was read, made here, or opened to be changed inside.
#[derive(Debug, Clone)]
pub(crate) enum Value<'a> {
    Raw(&'a str),
    Made(String),
    Object(Object<'a>),
    Array(Array<'a>),
}

impl<'a> Value<'a> {
    pub(crate) fn string(text: &str) -> Self {
        Self::Made(serde_json::Value::from(text).to_string())
    }

    /// The text of a string.
    pub(crate) fn text(&self) -> Option<Cow<'_, str>> {
        let raw = self.raw()?;
        if !raw.starts_with('"') {
            return None;
        }
        let inside = raw.get(1..raw.len() - 1)?;
        if inside.contains('\\') { serde_json::from_str(raw).ok().map(Cow::Owned) } else { Some(Cow::Borrowed(inside)) }
    }

    /// The JSON text of a value that is not opened.
    fn raw(&self) -> Option<&str> {
        match self {
            Self::Raw(raw) => Some(raw),
            Self::Made(text) => Some(text),
            Self::Object(_) | Self::Array(_) => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        self.raw() == Some("null")
    }

    pub(crate) fn is_object(&self) -> bool {
        matches!(self, Self::Object(_)) || self.raw().is_some_and(|raw| raw.starts_with('{'))
    }

    /// Nothing to say: `null`, an empty string, an empty array.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Array(array) => array.items.is_empty(),
            Self::Object(_) => false,
            Self::Raw(_) | Self::Made(_) => self.raw().is_some_and(|raw| {
                let inside = raw.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
                raw == "null" || raw == "\"\"" || inside.is_some_and(|inside| inside.trim_ascii().is_empty())
            }),
        }
    }

    /// Opens an object in place.
    pub(crate) fn object(&mut self) -> Option<&mut Object<'a>> {
        if let Self::Raw(raw) = *self {
            *self = Self::Object(Object::parse(raw).ok()?);
        }
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Opens an array in place.
    pub(crate) fn array(&mut self) -> Option<&mut Array<'a>> {
        if let Self::Raw(raw) = *self {
            *self = Self::Array(Array::parse(raw)?);
        }
        match self {
            Self::Array(array) => Some(array),
            _ => None,
        }
    }

    fn is_changed(&self) -> bool {
        match self {
            Self::Raw(_) => false,
            Self::Made(_) => true,
            Self::Object(object) => object.is_changed(),
            Self::Array(array) => array.is_changed(),
        }
    }

    fn write(&self, out: &mut String, style: Style<'_>) {
        match self {
            Self::Raw(raw) => out.push_str(raw),
            Self::Made(text) => out.push_str(text),
            Self::Object(object) => object.write(out, style),
            Self::Array(array) => array.write(out, style),
        }
    }

    /// The value as JSON text.
    pub(crate) fn to_json(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, Style::COMPACT);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_opened_and_not_changed_is_written_as_it_was() {
        let text = r#"{ "a" :1.0e5, "b":[ {"c" : "\u00e9"} ,2], "\u0064":null}"#;
        let mut object = Object::parse(text).unwrap();
        let items = object.get_mut("b").unwrap().array().unwrap().items_mut();
        assert_eq!(items[0].object().unwrap().text("c").unwrap(), "é");
        assert!(object.get("d").unwrap().is_null());
        assert_eq!(object.to_json(), text);
    }

    #[test]
    fn a_change_leaves_its_neighbours_and_the_writers_spaces() {
        let mut object = Object::parse(r#"{"a": 1.50, "b": {"x": "\u00e9", "y": []}, "c": [1, 2]}"#).unwrap();
        object.get_mut("b").unwrap().object().unwrap().remove("y");
        object.set("z", Value::string("new"));
        assert_eq!(object.to_json(), r#"{"a": 1.50, "b": {"x": "\u00e9"}, "c": [1, 2], "z": "new"}"#);
        let mut object = Object::parse(r#"{"a":1,"b":2}"#).unwrap();
        object.replace("a", "n", Value::Array(Array::new(vec![Value::Raw("1"), Value::Raw("2")])));
        assert_eq!(object.to_json(), r#"{"n":[1,2],"b":2}"#);
    }

    #[test]
    fn what_is_no_object_is_told_apart() {
        let refused = |text| Object::parse(text).unwrap_err();
        assert_eq!(refused("[1]"), NoObject::NotAnObject);
        assert_eq!(refused(r#"{"a":1,"\u0061":2}"#), NoObject::KeyTwice("a".into()));
        for text in [r#"{"a":}"#, "{", "", "{} x", r#"{"a":[}"#, "nope"] {
            assert!(matches!(refused(text), NoObject::NotJson(..)), "{text}");
        }
    }

    #[test]
    fn empty_is_what_says_nothing() {
        for text in ["null", "\"\"", "[]", "[ ]"] {
            assert!(Value::Raw(text).is_empty(), "{text}");
        }
        for text in ["0", "\" \"", "[null]", "{}", "false"] {
            assert!(!Value::Raw(text).is_empty(), "{text}");
        }
    }
}
