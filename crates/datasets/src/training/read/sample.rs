use serde::de::{Error as _, MapAccess};
use serde_json::value::RawValue;

use super::json::{Handle, Hashed, Json, Kind, Skip};
use super::labels::{Labels, LabelsHandler};
use super::message::{Message, MessagesHandler};
use super::text::{Measure, Text};
use super::tools::{self, Tools};
use super::{Arc, Context, Path, fingerprint};
use crate::training::Code;
use crate::training::path::Key;

/// What the rules need of a line.
#[derive(Debug, Default)]
pub(in crate::training) struct Sample<'a> {
    /// Of `messages` or `interactions`, whichever came last.
    pub(in crate::training) messages: Option<Vec<Message<'a>>>,
    /// The key the messages stand under.
    pub(in crate::training) messages_key: &'static str,
    pub(in crate::training) tools: Option<Arc<Tools>>,
    /// Of `text` or `content`, unless it is of a wrong type.
    pub(in crate::training) text: Option<Text>,
    pub(in crate::training) has_text: bool,
    pub(in crate::training) has_content: bool,
    pub(in crate::training) labels: Option<Labels<'a>>,
    pub(in crate::training) system_prompt: Option<Text>,
}

/// Reads a line. `None` if it is no object.
pub(in crate::training) struct SampleHandler<'s, 'c> {
    pub(in crate::training) context: &'s mut Context<'c>,
}

impl<'de> Handle<'de> for SampleHandler<'_, '_> {
    type Value = Option<Sample<'de>>;

    fn other(self, kind: Kind) -> Self::Value {
        self.context.sink.add(Code::NotAnObject, &Path::Root, || format!("the line is {kind}; expected an object"));
        None
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Hashed<Self::Value>, A::Error> {
        let context = self.context;
        let (root, mut sample, mut hash) = (Path::Root, Sample::default(), fingerprint::Object::new());
        let (mut conversations, mut toolboxes) = ([false; 2], [false; 2]);
        while let Some(Key(key)) = object.next_key()? {
            let at = root.key(&key);
            let value = match &*key {
                "messages" | "interactions" => {
                    let (messages, hash) = object.next_value_seed(Json::new(MessagesHandler { context, path: &at }))?;
                    if messages.is_some() {
                        conversations[usize::from(key == "interactions")] = true;
                        sample.messages_key = if key == "messages" { "messages" } else { "interactions" };
                        sample.messages = messages;
                    }
                    hash
                }
                "tools" | "available_tools" => {
                    let raw: &'de RawValue = object.next_value()?;
                    match tools::read(raw, context, &at).map_err(A::Error::custom)? {
                        Some(tools) => {
                            let hash = tools.hash;
                            toolboxes[usize::from(key == "available_tools")] = true;
                            sample.tools = Some(tools);
                            hash
                        }
                        None => fingerprint::string(raw.get()),
                    }
                }
                "text" | "content" => {
                    let (text, hash) = object.next_value_seed(Json::new(Measure { context, path: &at }))?;
                    if hash != fingerprint::NULL {
                        sample.has_text |= key == "text";
                        sample.has_content |= key == "content";
                    }
                    sample.text = text.or(sample.text);
                    hash
                }
                "labels" => {
                    let (labels, hash) = object.next_value_seed(Json::new(LabelsHandler { context, path: &at }))?;
                    sample.labels = labels;
                    hash
                }
                "system_prompt" => {
                    let (text, hash) = object.next_value_seed(Json::new(Measure { context, path: &at }))?;
                    sample.system_prompt = text;
                    hash
                }
                "only_last" | "parallel_tool_calls" => object.next_value_seed(Json::new(Skip))?.1,
                "functions" | "function_call" => {
                    let (kind, hash) = object.next_value_seed(Json::new(Skip))?;
                    if kind != Kind::Null {
                        context.sink.add(Code::OldFunctions, &at, || {
                            format!("{} is an old name; expected `tools` and `tool_calls`", at.leaf())
                        });
                    }
                    hash
                }
                _ => {
                    let (_, hash) = object.next_value_seed(Json::new(Skip))?;
                    context.sink.add(Code::UnknownKey, &at, || {
                        format!("{} is no key of a sample; expected messages, tools, text or labels", at.leaf())
                    });
                    hash
                }
            };
            if hash.member(&key, value) {
                context.duplicate_key(&at);
            }
        }
        if conversations == [true; 2] {
            context.sink.add(Code::MessagesTwofold, &root, || {
                "both `messages` and `interactions` are given; expected one of them".to_owned()
            });
        }
        if toolboxes == [true; 2] {
            context.sink.add(Code::ToolsTwofold, &root, || {
                "both `tools` and `available_tools` are given; expected one of them".to_owned()
            });
        }
        if sample.has_text && sample.has_content {
            context.sink.add(Code::TextTwofold, &root, || {
                "both `text` and `content` are given; expected one of them".to_owned()
            });
        }
        Ok((Some(sample), hash.finish()))
    }
}
