use std::borrow::Cow;

use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use super::json::{Handle, Hashed, Json, Kind, Skip};
use super::text::{Keep, Text};
use super::tools::FunctionType;
use super::{Context, Path, fingerprint};
use crate::shorten::shorten;
use crate::syntax;
use crate::training::Code;
use crate::training::path::Key;

/// A call of a tool.
#[derive(Debug, Default)]
pub(in crate::training) struct Call<'a> {
    pub(in crate::training) id: Option<Cow<'a, str>>,
    pub(in crate::training) name: Option<Cow<'a, str>>,
    pub(in crate::training) arguments: Text,
}

/// Reads `tool_calls`.
pub(super) struct CallsHandler<'s, 'c> {
    pub(super) context: &'s mut Context<'c>,
    pub(super) path: &'s Path<'s>,
}

impl<'de> Handle<'de> for CallsHandler<'_, '_> {
    type Value = Vec<Call<'de>>;

    fn other(self, kind: Kind) -> Self::Value {
        self.context.wrong_type(self.path, kind, "a list of calls");
        Vec::new()
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Hashed<Self::Value>, A::Error> {
        let (mut calls, mut hash) = (Vec::new(), fingerprint::List::new());
        for index in 0.. {
            let path = self.path.index(index);
            let handler = CallHandler { context: &mut *self.context, path: &path };
            let Some((call, item)) = list.next_element_seed(Json::new(handler))? else { break };
            hash.item(item);
            if self.context.has_room(&path) {
                calls.push(call);
            }
        }
        Ok((calls, hash.finish()))
    }
}

struct CallHandler<'s, 'c> {
    context: &'s mut Context<'c>,
    path: &'s Path<'s>,
}

impl<'de> Handle<'de> for CallHandler<'_, '_> {
    type Value = Call<'de>;

    fn other(self, kind: Kind) -> Call<'de> {
        let path = self.path;
        self.context.sink.add(Code::WrongType, path, || format!("{} is {kind}; expected an object", path.leaf()));
        Call::default()
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Hashed<Call<'de>>, A::Error> {
        let Self { context, path } = self;
        let (mut call, mut hash) = (Call::default(), fingerprint::Object::new());
        let (mut has_id, mut has_function) = (false, false);
        while let Some(Key(key)) = object.next_key()? {
            let at = path.key(&key);
            let value = match &*key {
                "id" => {
                    let (id, hash) = object.next_value_seed(Json::new(Keep { context, path: &at }))?;
                    has_id = true;
                    call.id = id;
                    hash
                }
                "type" => object.next_value_seed(Json::new(FunctionType { context, path: &at }))?.1,
                "function" => {
                    let handler = FunctionHandler { context, path: &at, call: &mut call };
                    has_function = true;
                    object.next_value_seed(Json::new(handler))?.1
                }
                _ => object.next_value_seed(Json::new(Skip))?.1,
            };
            if hash.member(&key, value) {
                context.duplicate_key(&at);
            }
        }
        for (there, key) in [(has_id, "id"), (has_function, "function")] {
            if !there {
                context
                    .sink
                    .add(Code::CallIncomplete, path, || format!("the call has no `{key}`; expected id and function"));
            }
        }
        Ok((call, hash.finish()))
    }
}

/// Reads the `function` of a call into it.
struct FunctionHandler<'s, 'c, 'a> {
    context: &'s mut Context<'c>,
    path: &'s Path<'s>,
    call: &'s mut Call<'a>,
}

impl<'de> Handle<'de> for FunctionHandler<'_, '_, 'de> {
    type Value = ();

    fn other(self, kind: Kind) {
        let path = self.path;
        self.context.sink.add(Code::WrongType, path, || format!("{} is {kind}; expected an object", path.leaf()));
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Hashed<()>, A::Error> {
        let Self { context, path, call } = self;
        let mut hash = fingerprint::Object::new();
        let (mut has_name, mut has_arguments) = (false, false);
        while let Some(Key(key)) = object.next_key()? {
            let at = path.key(&key);
            let value = match &*key {
                "name" => {
                    let (name, hash) = object.next_value_seed(Json::new(Keep { context, path: &at }))?;
                    has_name = true;
                    call.name = name;
                    hash
                }
                "arguments" => {
                    let handler = ArgumentsHandler { context, path: &at };
                    let (arguments, hash) = object.next_value_seed(Json::new(handler))?;
                    has_arguments = true;
                    call.arguments = arguments;
                    hash
                }
                _ => object.next_value_seed(Json::new(Skip))?.1,
            };
            if hash.member(&key, value) {
                context.duplicate_key(&at);
            }
        }
        for (there, key) in [(has_name, "name"), (has_arguments, "arguments")] {
            if !there {
                context.sink.add(Code::CallIncomplete, path, || {
                    format!("the called function has no `{key}`; expected name and arguments")
                });
            }
        }
        Ok(((), hash.finish()))
    }
}

struct ArgumentsHandler<'s, 'c> {
    context: &'s mut Context<'c>,
    path: &'s Path<'s>,
}

impl Handle<'_> for ArgumentsHandler<'_, '_> {
    type Value = Text;

    fn other(self, kind: Kind) -> Text {
        self.context.sink.add(Code::ArgumentsNotString, self.path, || {
            format!("the arguments are {kind}; expected a string that holds JSON")
        });
        Text::default()
    }

    fn string(self, text: &str) -> Text {
        let reason = match serde_json::from_str::<IgnoredAny>(text) {
            Ok(_) if text.trim_start().starts_with('{') => None,
            Ok(_) => Some("which is JSON but not an object".to_owned()),
            Err(error) => Some(format!("which is not JSON: {}", syntax::reason(&error))),
        };
        if let Some(reason) = reason {
            self.context.sink.add(Code::ArgumentsNotJson, self.path, || {
                format!("the arguments are {:?}, {reason}; expected a JSON object", shorten(text))
            });
        }
        Text::measure(text, self.context.tokens)
    }
}
