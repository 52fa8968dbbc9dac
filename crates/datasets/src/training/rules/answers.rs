use std::collections::HashSet;

use super::{Context, Path};
use crate::shorten::shorten;
use crate::training::Code;
use crate::training::read::{Message, Role, Tools, check_name};

/// Calls of tools and their answers: names and ids, and whether each goes with the other.
pub(super) fn check(messages: &[Message<'_>], tools: Option<&Tools>, context: &mut Context<'_>, path: &Path<'_>) {
    let mut made = Made::default();
    for (index, message) in messages.iter().enumerate() {
        let at = path.index(index);
        match message.role {
            Some(Role::System) => continue,
            Some(Role::Tool) => made.answer(message, context, &at),
            _ => made.go_on(context, &at),
        }
        check_calls(message, tools, &mut made, context, &at);
    }
}

/// The calls made so far.
#[derive(Default)]
struct Made<'a> {
    ids: HashSet<&'a str>,
    /// Calls that cannot be referred to, which is reported.
    nameless: bool,
    /// Calls of the last message that made some, without those that are answered.
    open: usize,
}

impl Made<'_> {
    fn answer(&mut self, message: &Message<'_>, context: &mut Context<'_>, path: &Path<'_>) {
        match &message.answers {
            None => context.sink.add(Code::AnswerWithoutId, path, || {
                "the tool's message has no `tool_call_id`; expected the id of a call".to_owned()
            }),
            Some(id) if !self.nameless && !self.ids.contains(&**id) => {
                context.sink.add(Code::AnswerUnknown, &path.key("tool_call_id"), || {
                    format!("no call before has the id {:?}; expected the id of an earlier call", shorten(id))
                });
            }
            Some(_) => {}
        }
        match self.open.checked_sub(1) {
            Some(open) => self.open = open,
            None => context.sink.add(Code::AnswersTooMany, path, || {
                "one more answer than calls; expected one for each call".to_owned()
            }),
        }
    }

    fn go_on(&mut self, context: &mut Context<'_>, path: &Path<'_>) {
        let open = std::mem::take(&mut self.open);
        if open > 0 {
            context.sink.add(Code::AnswersMissing, path, || {
                let calls = if open == 1 { "1 call has".to_owned() } else { format!("{open} calls have") };
                format!("{calls} no answer yet; expected messages of role tool here")
            });
        }
    }
}

fn check_calls<'m>(
    message: &'m Message<'_>,
    tools: Option<&Tools>,
    made: &mut Made<'m>,
    context: &mut Context<'_>,
    path: &Path<'_>,
) {
    made.open += message.calls.len();
    let path = path.key("tool_calls");
    for (index, call) in message.calls.iter().enumerate() {
        let at = path.index(index);
        match &call.id {
            None => made.nameless = true,
            Some(id) => check_id(id, made, context, &at.key("id")),
        }
        let Some(name) = &call.name else { continue };
        let function = at.key("function");
        let at = function.key("name");
        check_name(name, context, &at);
        match tools {
            Some(tools) if tools.count > 0 => {
                if !tools.declares(name) {
                    context.sink.add(Code::CallUndeclared, &at, || {
                        format!("the function {:?} is not declared; expected one of {}", shorten(name), tools.names())
                    });
                }
            }
            _ => context.sink.add(Code::CallUndeclared, &at, || {
                format!("the function {:?} is called and the sample declares no tools; expected `tools`", shorten(name))
            }),
        }
    }
}

fn check_id<'m>(id: &'m str, made: &mut Made<'m>, context: &mut Context<'_>, path: &Path<'_>) {
    if id.len() != 9 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        context.sink.add(Code::CallId, path, || {
            let length = id.chars().count();
            format!("the id is {:?}, {length} characters; expected exactly nine of A-Z, a-z and 0-9", shorten(id))
        });
    }
    if !made.ids.insert(id) {
        context.sink.add(Code::CallIdTwice, path, || {
            format!("the id {:?} belongs to an earlier call; expected one of its own", shorten(id))
        });
    }
}
