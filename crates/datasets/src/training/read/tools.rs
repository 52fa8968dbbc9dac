use std::borrow::Cow;

use serde::de::{DeserializeSeed as _, MapAccess, SeqAccess};
use serde_json::value::RawValue;

use super::json::{Handle, Hashed, Json, Kind, Skip};
use super::schema::Schema;
use super::text::{Keep, Text};
use super::{Arc, Context, HashMap, Path, fingerprint};
use crate::shorten::shorten;
use crate::training::Code;
use crate::training::path::Key;

/// The tools a sample declares.
#[derive(Debug, Default)]
pub(in crate::training) struct Tools {
    /// Their names in ascending order.
    names: Vec<Box<str>>,
    pub(in crate::training) count: u64,
    /// The whole list, as it is written.
    pub(in crate::training) text: Text,
    pub(super) hash: u64,
}

impl Tools {
    pub(in crate::training) fn declares(&self, name: &str) -> bool {
        self.names.binary_search_by(|known| (**known).cmp(name)).is_ok()
    }

    pub(in crate::training) fn names(&self) -> String {
        let names: Vec<_> = self.names.iter().take(5).map(|name| shorten(name)).collect();
        let more = if self.names.len() > names.len() { ", …" } else { "" };
        format!("{}{more}", names.join(", "))
    }
}

/// Tools without a fault, by their JSON. The samples of a file mostly declare the same.
#[derive(Debug, Default)]
pub(in crate::training) struct ToolsCache {
    known: HashMap<Box<str>, Arc<Tools>>,
    bytes: usize,
}

impl ToolsCache {
    /// When it holds more, it begins anew.
    const MAX_BYTES: usize = 4 << 20;

    fn insert(&mut self, raw: &str, tools: &Arc<Tools>) {
        if self.bytes + raw.len() > Self::MAX_BYTES {
            *self = Self::default();
        }
        if raw.len() <= Self::MAX_BYTES / 4 {
            self.bytes += raw.len();
            self.known.insert(raw.into(), Arc::clone(tools));
        }
    }
}

/// Reads the JSON of `tools`. `None` if there is none, or no list in its place.
pub(super) fn read(
    raw: &RawValue,
    context: &mut Context<'_>,
    path: &Path<'_>,
) -> Result<Option<Arc<Tools>>, serde_json::Error> {
    let raw = raw.get();
    if let Some(tools) = context.tools.known.get(raw) {
        return Ok(Some(Arc::clone(tools)));
    }
    let before = context.sink.total();
    let mut deserializer = serde_json::Deserializer::from_str(raw);
    let handler = ToolsHandler { context: &mut *context, path };
    let (tools, hash) = Json::new(handler).deserialize(&mut deserializer)?;
    let Some(mut tools) = tools else { return Ok(None) };
    tools.hash = hash;
    tools.text = Text::measure(raw, context.tokens);
    let tools = Arc::new(tools);
    if context.sink.total() == before {
        context.tools.insert(raw, &tools);
    }
    Ok(Some(tools))
}

struct ToolsHandler<'s, 'c> {
    context: &'s mut Context<'c>,
    path: &'s Path<'s>,
}

impl<'de> Handle<'de> for ToolsHandler<'_, '_> {
    type Value = Option<Tools>;

    fn other(self, kind: Kind) -> Option<Tools> {
        self.context.wrong_type(self.path, kind, "a list of tools");
        None
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Hashed<Option<Tools>>, A::Error> {
        let (mut tools, mut hash) = (Tools::default(), fingerprint::List::new());
        let mut names: Vec<(Cow<'de, str>, usize)> = Vec::new();
        for index in 0.. {
            let path = self.path.index(index);
            let handler = ToolHandler { context: &mut *self.context, path: &path };
            let Some((name, item)) = list.next_element_seed(Json::new(handler))? else { break };
            hash.item(item);
            tools.count += 1;
            if self.context.has_room(&path) {
                names.extend(name.map(|name| (name, index)));
            }
        }
        names.sort_unstable();
        for pair in names.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            let path = self.path.index(pair[1].1);
            self.context.sink.add(Code::ToolTwice, &path, || {
                format!("the function {:?} is declared twice; expected every function once", shorten(&pair[1].0))
            });
        }
        tools.names = names.into_iter().map(|(name, _)| name.into()).collect();
        Ok((Some(tools), hash.finish()))
    }
}

/// Reads a tool and gives its name.
struct ToolHandler<'s, 'c> {
    context: &'s mut Context<'c>,
    path: &'s Path<'s>,
}

impl<'de> Handle<'de> for ToolHandler<'_, '_> {
    type Value = Option<Cow<'de, str>>;

    fn other(self, kind: Kind) -> Self::Value {
        let path = self.path;
        self.context.sink.add(Code::WrongType, path, || format!("{} is {kind}; expected an object", path.leaf()));
        None
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Hashed<Self::Value>, A::Error> {
        let Self { context, path } = self;
        let (mut name, mut hash, mut has_function) = (None, fingerprint::Object::new(), false);
        while let Some(Key(key)) = object.next_key()? {
            let at = path.key(&key);
            let value = match &*key {
                "type" => object.next_value_seed(Json::new(FunctionType { context, path: &at }))?.1,
                "function" => {
                    has_function = true;
                    let (value, hash) = object.next_value_seed(Json::new(FunctionHandler { context, path: &at }))?;
                    name = value;
                    hash
                }
                _ => object.next_value_seed(Json::new(Skip))?.1,
            };
            if hash.member(&key, value) {
                context.duplicate_key(&at);
            }
        }
        if !has_function {
            context.sink.add(Code::ToolIncomplete, path, || {
                "the tool has no `function`; expected one with name, description and parameters".to_owned()
            });
        }
        Ok((name, hash.finish()))
    }
}

/// Reads the `function` of a tool and gives its name.
struct FunctionHandler<'s, 'c> {
    context: &'s mut Context<'c>,
    path: &'s Path<'s>,
}

impl<'de> Handle<'de> for FunctionHandler<'_, '_> {
    type Value = Option<Cow<'de, str>>;

    fn other(self, kind: Kind) -> Self::Value {
        let path = self.path;
        self.context.sink.add(Code::WrongType, path, || format!("{} is {kind}; expected an object", path.leaf()));
        None
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Hashed<Self::Value>, A::Error> {
        let Self { context, path } = self;
        let (mut name, mut hash) = (None, fingerprint::Object::new());
        let (mut has_name, mut has_description, mut has_parameters) = (false, false, false);
        while let Some(Key(key)) = object.next_key()? {
            let at = path.key(&key);
            let value = match &*key {
                "name" => {
                    has_name = true;
                    let (value, hash) = object.next_value_seed(Json::new(Keep { context, path: &at }))?;
                    if let Some(value) = &value {
                        check_name(value, context, &at);
                    }
                    name = value;
                    hash
                }
                "description" => {
                    has_description = true;
                    object.next_value_seed(Json::new(Keep { context, path: &at }))?.1
                }
                "parameters" => {
                    has_parameters = true;
                    object.next_value_seed(Json::new(Schema::root(context, &at)))?.1
                }
                _ => object.next_value_seed(Json::new(Skip))?.1,
            };
            if hash.member(&key, value) {
                context.duplicate_key(&at);
            }
        }
        let required = [(has_name, "name"), (has_description, "description"), (has_parameters, "parameters")];
        for (_, key) in required.iter().filter(|(there, _)| !there) {
            context.sink.add(Code::ToolIncomplete, path, || {
                format!("the function has no `{key}`; expected name, description and parameters")
            });
        }
        Ok((name, hash.finish()))
    }
}

/// Reports a name that no function may have.
pub(in crate::training) fn check_name(name: &str, context: &mut Context<'_>, path: &Path<'_>) {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !(1..=64).contains(&name.len()) || !name.bytes().all(allowed) {
        context.sink.add(Code::ToolName, path, || {
            let length = name.chars().count();
            format!("the name is {:?}, {length} characters; expected 1 to 64 of A-Z, a-z, 0-9, _ and -", shorten(name))
        });
    }
}

/// Expects "function", or nothing.
pub(super) struct FunctionType<'s, 'c> {
    pub(super) context: &'s mut Context<'c>,
    pub(super) path: &'s Path<'s>,
}

impl Handle<'_> for FunctionType<'_, '_> {
    type Value = ();

    fn other(self, kind: Kind) {
        self.context.wrong_type(self.path, kind, "\"function\"");
    }

    fn string(self, text: &str) {
        if text != "function" {
            self.context
                .sink
                .add(Code::ToolType, self.path, || format!("the type is {:?}; expected function", shorten(text)));
        }
    }
}
