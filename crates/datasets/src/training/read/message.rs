use std::borrow::Cow;

use serde::de::{MapAccess, SeqAccess};

use super::call::{Call, CallsHandler};
use super::content::{Content, ContentHandler};
use super::json::{Handle, Hashed, Json, Kind, Skip};
use super::text::Keep;
use super::{Context, Path, fingerprint};
use crate::shorten::shorten;
use crate::training::Code;
use crate::training::path::Key;

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::training) enum Role {
    System,
    User,
    Assistant,
    Tool,
}

impl Role {
    pub(in crate::training) fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }
}

/// How much a message counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::training) enum Weight {
    Zero,
    One,
    /// None that is allowed; reported.
    Other,
}

/// What the rules need of a message.
#[derive(Debug, Default)]
pub(in crate::training) struct Message<'a> {
    /// `None` if there is none or none that is known; reported.
    pub(in crate::training) role: Option<Role>,
    pub(in crate::training) content: Option<Content>,
    pub(in crate::training) calls: Vec<Call<'a>>,
    pub(in crate::training) answers: Option<Cow<'a, str>>,
    pub(in crate::training) name: Option<Cow<'a, str>>,
    pub(in crate::training) weight: Option<Weight>,
    pub(in crate::training) prefix: bool,
    /// Whether something of a wrong type or an old name stands for the content or the calls, so that they are not missing.
    pub(in crate::training) spoilt: bool,
}

/// Reads `messages`.
pub(super) struct MessagesHandler<'s, 'c> {
    pub(super) context: &'s mut Context<'c>,
    pub(super) path: &'s Path<'s>,
}

impl<'de> Handle<'de> for MessagesHandler<'_, '_> {
    type Value = Option<Vec<Message<'de>>>;

    fn other(self, kind: Kind) -> Self::Value {
        self.context.wrong_type(self.path, kind, "a list of messages");
        // Something is there: the line is a conversation, if a bad one.
        (kind != Kind::Null).then(Vec::new)
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Hashed<Self::Value>, A::Error> {
        let (mut messages, mut hash) = (Vec::new(), fingerprint::List::new());
        for index in 0.. {
            let path = self.path.index(index);
            let handler = MessageHandler { context: &mut *self.context, path: &path, messages: &mut messages };
            let Some(((), item)) = list.next_element_seed(Json::new(handler))? else { break };
            hash.item(item);
        }
        // Messages there is no room for are not kept, and still there.
        if messages.is_empty() && self.context.room > 0 {
            self.context.sink.add(Code::NoMessages, self.path, || "the list is empty; expected messages".to_owned());
        }
        Ok((Some(messages), hash.finish()))
    }
}

/// Reads a message to the end of the list. A message is too large to be handed from function to function.
struct MessageHandler<'s, 'c, 'a> {
    context: &'s mut Context<'c>,
    path: &'s Path<'s>,
    messages: &'s mut Vec<Message<'a>>,
}

impl<'de> Handle<'de> for MessageHandler<'_, '_, 'de> {
    type Value = ();

    fn other(self, kind: Kind) {
        let path = self.path;
        self.context.sink.add(Code::WrongType, path, || format!("{} is {kind}; expected an object", path.leaf()));
        if self.context.has_room(path) {
            self.messages.push(Message { spoilt: true, ..Message::default() });
        }
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Hashed<()>, A::Error> {
        let Self { context, path, messages } = self;
        let (mut message, mut hash) = (Message::default(), fingerprint::Object::new());
        let (mut has_role, mut contents) = (false, [false; 2]);
        while let Some(Key(key)) = object.next_key()? {
            let at = path.key(&key);
            let value = match &*key {
                "role" => {
                    let (role, hash) = object.next_value_seed(Json::new(RoleHandler { context, path: &at }))?;
                    has_role = true;
                    message.role = role;
                    hash
                }
                "content" | "text" => {
                    let before = context.sink.total();
                    let (content, hash) = object.next_value_seed(Json::new(ContentHandler { context, path: &at }))?;
                    message.spoilt |= content.is_none() && context.sink.total() > before;
                    contents[usize::from(key == "text")] |= content.is_some();
                    message.content = content.or(message.content);
                    hash
                }
                "tool_calls" => {
                    let before = context.sink.total();
                    let (calls, hash) = object.next_value_seed(Json::new(CallsHandler { context, path: &at }))?;
                    message.spoilt |= calls.is_empty() && context.sink.total() > before;
                    message.calls = calls;
                    hash
                }
                "tool_call_id" => {
                    let (id, hash) = object.next_value_seed(Json::new(Keep { context, path: &at }))?;
                    message.answers = id;
                    hash
                }
                "name" => {
                    let (name, hash) = object.next_value_seed(Json::new(Keep { context, path: &at }))?;
                    message.name = name;
                    hash
                }
                "weight" => {
                    let (weight, hash) = object.next_value_seed(Json::new(WeightHandler { context, path: &at }))?;
                    message.weight = weight;
                    hash
                }
                "prefix" => {
                    let (prefix, hash) = object.next_value_seed(Json::new(PrefixHandler { context, path: &at }))?;
                    message.prefix = prefix;
                    hash
                }
                "function_call" => {
                    let (kind, hash) = object.next_value_seed(Json::new(Skip))?;
                    if kind != Kind::Null {
                        message.spoilt = true;
                        context.sink.add(Code::OldFunctions, &at, || {
                            "`function_call` is an old name; expected `tool_calls`".to_owned()
                        });
                    }
                    hash
                }
                _ => {
                    let (kind, hash) = object.next_value_seed(Json::new(Skip))?;
                    if kind != Kind::Null {
                        context.sink.add(Code::UnknownKey, &at, || {
                            format!("{} is no key of a message; expected role, content, tool_calls, …", at.leaf())
                        });
                    }
                    hash
                }
            };
            if hash.member(&key, value) {
                context.duplicate_key(&at);
            }
        }
        if !has_role {
            context.sink.add(Code::RoleMissing, path, || {
                "the message has no `role`; expected system, user, assistant or tool".to_owned()
            });
        }
        if contents == [true; 2] {
            context.sink.add(Code::TextTwofold, path, || {
                "the message has both `content` and `text`; expected one of them".to_owned()
            });
        }
        if context.has_room(path) {
            messages.push(message);
        }
        Ok(((), hash.finish()))
    }
}

struct RoleHandler<'s, 'c> {
    context: &'s mut Context<'c>,
    path: &'s Path<'s>,
}

impl Handle<'_> for RoleHandler<'_, '_> {
    type Value = Option<Role>;

    fn other(self, kind: Kind) -> Option<Role> {
        self.context.sink.add(Code::RoleUnknown, self.path, || {
            format!("the role is {kind}; expected \"system\", \"user\", \"assistant\" or \"tool\"")
        });
        None
    }

    fn string(self, text: &str) -> Option<Role> {
        let role = match text {
            "system" => Role::System,
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "tool" => Role::Tool,
            other => {
                self.context.sink.add(Code::RoleUnknown, self.path, || {
                    format!("the role is {:?}; expected system, user, assistant or tool", shorten(other))
                });
                return None;
            }
        };
        Some(role)
    }
}

struct WeightHandler<'s, 'c> {
    context: &'s mut Context<'c>,
    path: &'s Path<'s>,
}

impl WeightHandler<'_, '_> {
    fn refuse(self, found: impl std::fmt::Display) -> Option<Weight> {
        self.context.sink.add(Code::WeightValue, self.path, || format!("the weight is {found}; expected 0 or 1"));
        Some(Weight::Other)
    }
}

impl Handle<'_> for WeightHandler<'_, '_> {
    type Value = Option<Weight>;

    fn other(self, kind: Kind) -> Option<Weight> {
        if kind == Kind::Null { None } else { self.refuse(kind) }
    }

    fn number(self, value: f64, _whole: bool) -> Option<Weight> {
        if value == 0.0 {
            Some(Weight::Zero)
        } else if value == 1.0 {
            Some(Weight::One)
        } else {
            self.refuse(value)
        }
    }
}

struct PrefixHandler<'s, 'c> {
    context: &'s mut Context<'c>,
    path: &'s Path<'s>,
}

impl Handle<'_> for PrefixHandler<'_, '_> {
    type Value = bool;

    fn other(self, kind: Kind) -> bool {
        self.context.wrong_type(self.path, kind, "true or false");
        false
    }

    fn boolean(self, value: bool) -> bool {
        value
    }
}
