use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::shorten::shorten;

/// Where in a line's JSON something is. Lives on the stack while the line is read, and costs nothing until it is shown.
#[derive(Debug, Clone, Copy)]
pub(super) enum Path<'p> {
    Root,
    Key(&'p Path<'p>, &'p str),
    Index(&'p Path<'p>, usize),
}

impl<'p> Path<'p> {
    pub(super) fn key(&'p self, key: &'p str) -> Self {
        Self::Key(self, key)
    }

    pub(super) fn index(&'p self, index: usize) -> Self {
        Self::Index(self, index)
    }

    /// The last step, as a message names it.
    pub(super) fn leaf(&self) -> String {
        match self {
            Self::Root => "the line".to_owned(),
            Self::Key(_, key) => format!("`{}`", shorten(key)),
            Self::Index(parent, index) => format!("{}[{index}]", parent.leaf()),
        }
    }

    /// The column of the value in its line, in characters counted from 1. `None` if there is no such value.
    pub(super) fn column(&self, line: &str) -> Option<u64> {
        let value = self.find(line)?;
        // The value is a piece of the line, so that the addresses tell where it begins.
        let start = (value.as_ptr() as usize).checked_sub(line.as_ptr() as usize)?;
        Some(line.get(..start)?.chars().count() as u64 + 1)
    }

    fn find<'a>(&self, line: &'a str) -> Option<&'a str> {
        match self {
            Self::Root => Some(line.trim_start()),
            Self::Key(parent, key) => {
                let mut json = serde_json::Deserializer::from_str(parent.find(line)?);
                json.deserialize_map(Member(key)).ok()?.map(RawValue::get)
            }
            Self::Index(parent, index) => {
                let mut json = serde_json::Deserializer::from_str(parent.find(line)?);
                json.deserialize_seq(Item(*index)).ok()?.map(RawValue::get)
            }
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("$"),
            Self::Key(parent, key) => {
                let plain = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                if plain { write!(f, "{parent}.{}", shorten(key)) } else { write!(f, "{parent}[{:?}]", shorten(key)) }
            }
            Self::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// Looks for the last member of a name, which is the one that makes it two, and keeps no other.
struct Member<'k>(&'k str);

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(Key(key)) = object.next_key()? {
            if key == self.0 {
                found = Some(object.next_value()?);
            } else {
                let _: IgnoredAny = object.next_value()?;
            }
        }
        Ok(found)
    }
}

/// Looks for an item by its place, and keeps no other.
struct Item(usize);

impl<'de> Visitor<'de> for Item {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        for index in 0.. {
            if index == self.0 {
                found = list.next_element()?;
            } else if list.next_element::<IgnoredAny>()?.is_none() {
                break;
            }
        }
        Ok(found)
    }
}

/// A key or a short text, borrowed unless it has escapes in it. What serde itself makes of a `Cow` is always owned.
#[derive(Debug)]
pub(super) struct Key<'a>(pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrow;

        impl<'de> Visitor<'de> for Borrow {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Borrow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_like_jsonpath() {
        let (root, odd) = (Path::Root, "is-english");
        let messages = root.key("messages");
        let third = messages.index(2);
        assert_eq!(third.key("role").to_string(), "$.messages[2].role");
        assert_eq!(root.key("labels").key(odd).to_string(), "$.labels[\"is-english\"]");
        assert_eq!(third.leaf(), "`messages`[2]");
    }

    #[test]
    fn a_column_counts_characters_and_sees_through_escapes() {
        let line = r#"  {"é": 1, "a\u0062": [{"x": 7}, "y"], "x": 1, "x": 2}"#;
        let root = Path::Root;
        assert_eq!(root.column(line), Some(3));
        assert_eq!(root.key("é").column(line), Some(9));
        let list = root.key("ab");
        assert_eq!(list.index(0).key("x").column(line), Some(30));
        assert_eq!(list.index(1).column(line), Some(34));
        assert_eq!(root.key("x").column(line), Some(53));
        assert_eq!(list.index(2).column(line), None);
        assert_eq!(root.key("none").column(line), None);
        assert_eq!(root.key("é").key("x").column(line), None);
    }
}
