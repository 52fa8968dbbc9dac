//! The members of an object and the items of an array, all of them unread.

use std::fmt;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A key and its value, both unread.
pub(super) type Member<'a> = (&'a RawValue, &'a RawValue);

pub(super) struct Members<'a>(pub(super) Vec<Member<'a>>);
pub(super) struct Items<'a>(pub(super) Vec<&'a RawValue>);
struct MembersVisitor;
struct ItemsVisitor;

pub(super) fn members(text: &str) -> serde_json::Result<Members<'_>> {
    parse(text, |deserializer| deserializer.deserialize_map(MembersVisitor))
}

pub(super) fn items(text: &str) -> serde_json::Result<Items<'_>> {
    parse(text, |deserializer| deserializer.deserialize_seq(ItemsVisitor))
}

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
