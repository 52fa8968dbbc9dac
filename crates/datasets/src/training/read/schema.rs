//! Whether `parameters` are a JSON schema, draft 7, as far as the shapes of its keywords go.
//!
//! What the vendor's validator checks with the meta-schema of draft 7. Left out: whether patterns are regular expressions,
//! and references lead anywhere; neither does it.

use serde::de::{MapAccess, SeqAccess};

use super::json::{Handle, Hashed, Json, Kind, Skip};
use super::{Context, Path, fingerprint};
use crate::shorten::shorten;
use crate::training::Code;
use crate::training::path::Key;

/// What a keyword of a schema holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// A schema: an object, or a boolean.
    Schema,
    /// The schema itself of a function's parameters, which must be an object.
    Root,
    SchemaOrList,
    /// A list of schemas, not empty.
    Schemas,
    /// An object whose values are schemas.
    SchemaMap,
    /// An object whose values are schemas or lists of strings.
    Dependencies,
    /// A schema or a list of strings.
    Dependency,
    /// A type's name or a list of them.
    Types,
    TypeName,
    /// A list of strings.
    Strings,
    String,
    /// A list of anything.
    List,
    Boolean,
    Number,
    Positive,
    Count,
}

impl Shape {
    fn of(keyword: &str) -> Option<Self> {
        Some(match keyword {
            "type" => Self::Types,
            "properties" | "patternProperties" | "definitions" | "$defs" => Self::SchemaMap,
            "dependencies" => Self::Dependencies,
            "required" => Self::Strings,
            "enum" | "examples" => Self::List,
            "items" => Self::SchemaOrList,
            "allOf" | "anyOf" | "oneOf" => Self::Schemas,
            "not"
            | "if"
            | "then"
            | "else"
            | "contains"
            | "additionalProperties"
            | "additionalItems"
            | "propertyNames" => Self::Schema,
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => Self::Number,
            "multipleOf" => Self::Positive,
            "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" => Self::Count,
            "pattern" | "format" | "title" | "description" | "$ref" | "$id" | "$schema" | "$comment" => Self::String,
            "uniqueItems" | "readOnly" => Self::Boolean,
            _ => return None,
        })
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Schema => "a schema: an object, true or false",
            Self::Root => "an object; {} if there are no parameters",
            Self::SchemaOrList => "a schema or a list of schemas",
            Self::Schemas => "a list of schemas that is not empty",
            Self::SchemaMap => "an object of schemas",
            Self::Dependencies => "an object of schemas or lists of names",
            Self::Dependency => "a schema or a list of names",
            Self::Types => "a type or a list of types",
            Self::TypeName => "array, boolean, integer, null, number, object or string",
            Self::Strings => "a list of strings, each once",
            Self::String => "a string",
            Self::List => "a list",
            Self::Boolean => "true or false",
            Self::Number => "a number",
            Self::Positive => "a number over 0",
            Self::Count => "a whole number from 0",
        }
    }

    /// The shape of the values of an object.
    fn member(self, key: &str) -> Option<Self> {
        match self {
            Self::Schema | Self::Root | Self::SchemaOrList | Self::Dependency => Self::of(key),
            Self::SchemaMap => Some(Self::Schema),
            Self::Dependencies => Some(Self::Dependency),
            _ => None,
        }
    }

    /// The shape of the items of a list, or `None` if there may be no list.
    fn item(self) -> Option<Item> {
        match self {
            Self::SchemaOrList | Self::Schemas => Some(Item::Of(Self::Schema)),
            Self::Types => Some(Item::Of(Self::TypeName)),
            Self::Strings | Self::Dependency => Some(Item::Of(Self::String)),
            Self::List => Some(Item::Any),
            _ => None,
        }
    }
}

enum Item {
    Any,
    Of(Shape),
}

/// Reads a schema or a part of one and reports what is of a wrong shape.
pub(super) struct Schema<'s, 'c> {
    context: &'s mut Context<'c>,
    path: &'s Path<'s>,
    shape: Shape,
}

impl<'s, 'c> Schema<'s, 'c> {
    pub(super) fn root(context: &'s mut Context<'c>, path: &'s Path<'s>) -> Self {
        Self { context, path, shape: Shape::Root }
    }

    fn report(&mut self, found: &str) {
        let Self { context, path, shape } = self;
        context
            .sink
            .add(Code::ToolSchema, path, || format!("{} is {found}; expected {}", path.leaf(), shape.expected()));
    }
}

impl<'de> Handle<'de> for Schema<'_, '_> {
    type Value = ();

    fn other(mut self, kind: Kind) {
        self.report(&kind.to_string());
    }

    fn boolean(self, _value: bool) {
        if !matches!(self.shape, Shape::Schema | Shape::SchemaOrList | Shape::Dependency | Shape::Boolean) {
            self.other(Kind::Boolean);
        }
    }

    fn number(mut self, value: f64, whole: bool) {
        match self.shape {
            Shape::Number => {}
            Shape::Positive if value > 0.0 => {}
            // Draft 7 takes 3.0 for a whole number.
            Shape::Count if value >= 0.0 && (whole || value.fract() == 0.0) => {}
            _ => self.report(&value.to_string()),
        }
    }

    fn string(mut self, text: &str) {
        const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];
        match self.shape {
            Shape::String => {}
            Shape::Types | Shape::TypeName if TYPES.contains(&text) => {}
            Shape::Types => {
                self.shape = Shape::TypeName;
                self.report(&format!("{:?}", shorten(text)));
            }
            _ => self.report(&format!("{:?}", shorten(text))),
        }
    }

    fn list<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Hashed<()>, A::Error> {
        let mut hash = fingerprint::List::new();
        let Some(shape) = self.shape.item() else {
            while let Some((_, item)) = list.next_element_seed(Json::new(Skip))? {
                hash.item(item);
            }
            self.report("a list");
            return Ok(((), hash.finish()));
        };
        let mut items = Vec::new();
        for index in 0.. {
            let path = self.path.index(index);
            let item = match shape {
                Item::Any => list.next_element_seed(Json::new(Skip))?.map(|(_, item)| item),
                Item::Of(shape) => {
                    let handler = Schema { context: &mut *self.context, path: &path, shape };
                    list.next_element_seed(Json::new(handler))?.map(|((), item)| item)
                }
            };
            let Some(item) = item else { break };
            hash.item(item);
            items.push(item);
        }
        if items.is_empty() && matches!(self.shape, Shape::Schemas | Shape::Types) {
            self.report("an empty list");
        }
        if matches!(self.shape, Shape::Strings | Shape::Types) {
            items.sort_unstable();
            if items.windows(2).any(|pair| pair[0] == pair[1]) {
                self.report("a list with an item twice");
            }
        }
        Ok(((), hash.finish()))
    }

    fn object<A: MapAccess<'de>>(mut self, mut object: A) -> Result<Hashed<()>, A::Error> {
        let mut hash = fingerprint::Object::new();
        let fits = matches!(
            self.shape,
            Shape::Schema
                | Shape::Root
                | Shape::SchemaOrList
                | Shape::SchemaMap
                | Shape::Dependencies
                | Shape::Dependency
        );
        while let Some(Key(key)) = object.next_key()? {
            let path = self.path.key(&key);
            let value = match self.shape.member(&key) {
                Some(shape) => {
                    let handler = Schema { context: &mut *self.context, path: &path, shape };
                    object.next_value_seed(Json::new(handler))?.1
                }
                None => object.next_value_seed(Json::new(Skip))?.1,
            };
            if hash.member(&key, value) {
                self.context.duplicate_key(&path);
            }
        }
        if !fits {
            self.report("an object");
        }
        Ok(((), hash.finish()))
    }
}
