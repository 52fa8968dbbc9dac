//! JSON that is changed in places. What nobody touches is written as it was read, byte for byte: numbers, escapes, spaces
//! and the order of keys.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A JSON value: as it was read, made here, or opened to be changed inside.
#[derive(Debug, Clone)]
pub(crate) enum Value<'a> {
    Raw(&'a str),
    Made(String),
    Object(Object<'a>),
    Array(Array<'a>),
}

/// What stands between a key and its value, and between two members.
#[derive(Debug, Clone, Copy)]
struct Style<'a> {
    colon: &'a str,
    comma: &'a str,
}

const COMPACT: Style<'static> = Style { colon: ":", comma: "," };

/// An object whose members can be changed.
#[derive(Debug, Clone)]
pub(crate) struct Object<'a> {
    /// The text it was read from, if it was read.
    raw: Option<&'a str>,
    style: Option<Style<'a>>,
    members: Vec<(Cow<'a, str>, Value<'a>)>,
    changed: bool,
}

/// An array whose items can be changed.
#[derive(Debug, Clone)]
pub(crate) struct Array<'a> {
    raw: Option<&'a str>,
    items: Vec<Value<'a>>,
    changed: bool,
}

/// Why a text is no object that can be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoObject {
    /// With the reason and the column, counted from 1.
    NotJson(String, usize),
    NotAnObject,
    /// A key that is there twice: which of the two counts is not defined.
    KeyTwice(String),
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
        self.write(&mut out, COMPACT);
        out
    }
}

impl<'a> Object<'a> {
    /// An object of our own, written in the style of what it is put into.
    pub(crate) fn new() -> Self {
        Self { raw: None, style: None, members: Vec::new(), changed: true }
    }

    /// Reads the members of one object; their values stay unread, but they are JSON.
    pub(crate) fn parse(text: &'a str) -> Result<Self, NoObject> {
        let text = text.trim_ascii();
        if !text.starts_with('{') {
            let broken = serde_json::from_str::<serde::de::IgnoredAny>(text).err();
            return Err(broken.map_or(NoObject::NotAnObject, |error| not_json(&error)));
        }
        let Members(read) = parse(text, |deserializer| deserializer.deserialize_map(MembersVisitor))
            .map_err(|error| not_json(&error))?;
        let style = style(text, &read);
        let mut members = Vec::with_capacity(read.len());
        for (key, value) in read {
            let name = if key.get().contains('\\') {
                Cow::Owned(serde_json::from_str(key.get()).map_err(|error| not_json(&error))?)
            } else {
                Cow::Borrowed(key.get().trim_matches('"'))
            };
            members.push((name, Value::Raw(value.get())));
        }
        match repeated(&members) {
            Some(key) => Err(NoObject::KeyTwice(key.to_owned())),
            None => Ok(Self { raw: Some(text), style, members, changed: false }),
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.members.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// A member to be opened. To put another value in its place, use [`set`](Self::set).
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Value<'a>> {
        self.members.iter_mut().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The text of a member that is a string.
    pub(crate) fn text(&self, key: &str) -> Option<Cow<'_, str>> {
        self.get(key)?.text()
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(name, _)| name.as_ref())
    }

    /// Puts a value in the place of the member with this key, or behind the last.
    pub(crate) fn set(&mut self, key: &'a str, value: Value<'a>) {
        self.changed = true;
        match self.members.iter_mut().find(|(name, _)| name == key) {
            Some((_, old)) => *old = value,
            None => self.members.push((Cow::Borrowed(key), value)),
        }
    }

    /// Puts another key and value in the place of a member.
    pub(crate) fn replace(&mut self, key: &str, new: &'a str, value: Value<'a>) {
        if let Some(member) = self.members.iter_mut().find(|(name, _)| name == key) {
            self.changed = true;
            *member = (Cow::Borrowed(new), value);
        }
    }

    /// Puts a member in front of all others.
    pub(crate) fn set_first(&mut self, key: &'a str, value: Value<'a>) {
        self.remove(key);
        self.changed = true;
        self.members.insert(0, (Cow::Borrowed(key), value));
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<Value<'a>> {
        let at = self.members.iter().position(|(name, _)| name == key)?;
        self.changed = true;
        Some(self.members.remove(at).1)
    }

    pub(crate) fn is_changed(&self) -> bool {
        self.changed || self.members.iter().any(|(_, value)| value.is_changed())
    }

    fn write(&self, out: &mut String, style: Style<'_>) {
        let style = self.style.unwrap_or(style);
        if let (Some(raw), false) = (self.raw, self.is_changed()) {
            out.push_str(raw);
            return;
        }
        out.push('{');
        for (at, (name, value)) in self.members.iter().enumerate() {
            if at > 0 {
                out.push_str(style.comma);
            }
            out.push_str(&serde_json::Value::from(name.as_ref()).to_string());
            out.push_str(style.colon);
            value.write(out, style);
        }
        out.push('}');
    }

    /// The object as one line of JSON.
    pub(crate) fn to_json(&self) -> String {
        let mut out = String::with_capacity(self.raw.map_or(256, |raw| raw.len() + 64));
        self.write(&mut out, COMPACT);
        out
    }
}

impl<'a> Array<'a> {
    /// An array of our own.
    pub(crate) fn new(items: Vec<Value<'a>>) -> Self {
        Self { raw: None, items, changed: true }
    }

    pub(crate) fn parse(raw: &'a str) -> Option<Self> {
        if !raw.starts_with('[') {
            return None;
        }
        let Items(items) = parse(raw, |deserializer| deserializer.deserialize_seq(ItemsVisitor)).ok()?;
        let items = items.into_iter().map(|item| Value::Raw(item.get())).collect();
        Some(Self { raw: Some(raw), items, changed: false })
    }

    pub(crate) fn items(&self) -> &[Value<'a>] {
        &self.items
    }

    /// The items, to be opened.
    pub(crate) fn items_mut(&mut self) -> &mut [Value<'a>] {
        &mut self.items
    }

    /// The items, to be added to and taken from.
    pub(crate) fn change(&mut self) -> &mut Vec<Value<'a>> {
        self.changed = true;
        &mut self.items
    }

    fn is_changed(&self) -> bool {
        self.changed || self.items.iter().any(Value::is_changed)
    }

    fn write(&self, out: &mut String, style: Style<'_>) {
        if let (Some(raw), false) = (self.raw, self.is_changed()) {
            out.push_str(raw);
            return;
        }
        out.push('[');
        for (at, item) in self.items.iter().enumerate() {
            if at > 0 {
                out.push_str(style.comma);
            }
            item.write(out, style);
        }
        out.push(']');
    }
}

fn not_json(error: &serde_json::Error) -> NoObject {
    let reason = error.to_string();
    let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
    NoObject::NotJson(reason, error.column())
}

fn repeated<'m>(members: &'m [(Cow<'_, str>, Value<'_>)]) -> Option<&'m str> {
    let mut seen = HashSet::with_capacity(members.len());
    members.iter().map(|(name, _)| name.as_ref()).find(|name| !seen.insert(*name))
}

/// The spaces a writer puts around punctuation are seen at the first two members.
fn style<'a>(text: &'a str, members: &[(&'a RawValue, &'a RawValue)]) -> Option<Style<'a>> {
    let place = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
    let (key, value) = members.first().map(|(key, value)| (key.get(), value.get()))?;
    let colon = text.get(place(key) + key.len()..place(value))?;
    let comma = match members.get(1) {
        Some((next, _)) => text.get(place(value) + value.len()..place(next.get()))?,
        None if colon.ends_with(' ') => ", ",
        None => ",",
    };
    Some(Style { colon, comma })
}

/// A key and its value, both unread.
type Member<'a> = (&'a RawValue, &'a RawValue);

struct Members<'a>(Vec<Member<'a>>);
struct Items<'a>(Vec<&'a RawValue>);
struct MembersVisitor;
struct ItemsVisitor;

fn parse<'a, T>(
    text: &'a str,
    read: impl FnOnce(&mut serde_json::Deserializer<serde_json::de::StrRead<'a>>) -> serde_json::Result<T>,
) -> serde_json::Result<T> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = read(&mut deserializer)?;
    deserializer.end().map(|()| read)
}

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::with_capacity(4);
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

impl<'de> Visitor<'de> for ItemsVisitor {
    type Value = Items<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Items<'de>, A::Error> {
        let mut items = Vec::with_capacity(4);
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Items(items))
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
