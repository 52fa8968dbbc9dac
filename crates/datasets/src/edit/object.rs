use std::borrow::Cow;
use std::collections::HashSet;

use super::Value;
use super::read::{self, Members};
use super::style::Style;

/// An object whose members can be changed.
#[derive(Debug, Clone)]
pub(crate) struct Object<'a> {
    /// The text it was read from, if it was read.
    raw: Option<&'a str>,
    style: Option<Style<'a>>,
    members: Vec<(Cow<'a, str>, Value<'a>)>,
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
        let Members(read) = read::members(text).map_err(|error| not_json(&error))?;
        let style = Style::seen(text, &read);
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

    pub(super) fn write(&self, out: &mut String, style: Style<'_>) {
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
        self.write(&mut out, Style::COMPACT);
        out
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
