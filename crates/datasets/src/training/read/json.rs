use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::fingerprint;
use crate::training::path::Key;

/// What a JSON value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::training) enum Kind {
    Null,
    Boolean,
    Number,
    String,
    List,
    Object,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::List => "a list",
            Self::Object => "an object",
        })
    }
}

/// A value and its fingerprint.
pub(in crate::training) type Hashed<T> = (T, u64);

/// What becomes of a value, by its type. What a handler does not expect ends in [`other`](Self::other).
pub(in crate::training) trait Handle<'de>: Sized {
    type Value;

    fn other(self, kind: Kind) -> Self::Value;

    fn boolean(self, _value: bool) -> Self::Value {
        self.other(Kind::Boolean)
    }

    /// `whole` says whether it is written as an integer.
    fn number(self, _value: f64, _whole: bool) -> Self::Value {
        self.other(Kind::Number)
    }

    /// A text that lives only for the call.
    fn string(self, _text: &str) -> Self::Value {
        self.other(Kind::String)
    }

    /// A text without escapes, which lies in the line.
    fn borrowed(self, text: &'de str) -> Self::Value {
        self.string(text)
    }

    fn list<A: SeqAccess<'de>>(self, list: A) -> Result<Hashed<Self::Value>, A::Error> {
        let hash = skip_list(list)?;
        Ok((self.other(Kind::List), hash))
    }

    fn object<A: MapAccess<'de>>(self, object: A) -> Result<Hashed<Self::Value>, A::Error> {
        let hash = skip_object(object)?;
        Ok((self.other(Kind::Object), hash))
    }
}

/// Reads any value with a handler.
pub(in crate::training) struct Json<'de, H>(H, PhantomData<&'de ()>);

impl<'de, H: Handle<'de>> Json<'de, H> {
    pub(in crate::training) fn new(handler: H) -> Self {
        Self(handler, PhantomData)
    }
}

impl<'de, H: Handle<'de>> DeserializeSeed<'de> for Json<'de, H> {
    type Value = Hashed<H::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, H: Handle<'de>> Visitor<'de> for Json<'de, H> {
    type Value = Hashed<H::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok((self.0.other(Kind::Null), fingerprint::NULL))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok((self.0.boolean(value), fingerprint::boolean(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok((self.0.number(value as f64, true), fingerprint::integer(value as u64)))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok((self.0.number(value as f64, true), fingerprint::integer(value)))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok((self.0.number(value, false), fingerprint::float(value)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        let hash = fingerprint::string(text);
        Ok((self.0.string(text), hash))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        let hash = fingerprint::string(text);
        Ok((self.0.borrowed(text), hash))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        self.0.list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        self.0.object(object)
    }
}

/// Passes over a value and says what it was.
#[derive(Debug)]
pub(super) struct Skip;

impl Handle<'_> for Skip {
    type Value = Kind;

    fn other(self, kind: Kind) -> Kind {
        kind
    }
}

fn skip_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<u64, A::Error> {
    let mut hash = fingerprint::List::new();
    while let Some((_, item)) = list.next_element_seed(Json::new(Skip))? {
        hash.item(item);
    }
    Ok(hash.finish())
}

fn skip_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<u64, A::Error> {
    let mut hash = fingerprint::Object::new();
    while let Some(Key(key)) = object.next_key()? {
        let (_, value) = object.next_value_seed(Json::new(Skip))?;
        hash.member(&key, value);
    }
    Ok(hash.finish())
}
