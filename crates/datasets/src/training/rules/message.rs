use super::{Context, Path};
use crate::training::Code;
use crate::training::read::{Message, Role, check_name};

/// What must hold of a message on its own.
pub(super) fn check(message: &Message<'_>, context: &mut Context<'_>, path: &Path<'_>) {
    let assistant = message.role == Some(Role::Assistant);
    check_content(message, context, path);
    if let Some(content) = &message.content {
        let image = content.first_image.filter(|_| message.role.is_some_and(|role| role != Role::User));
        let thinking = matches!(message.role, Some(Role::User | Role::Tool));
        let thinking = content.first_thinking.filter(|_| thinking);
        let misplaced = [(image, "an image", "a user's message"), (thinking, "thinking", "the assistant's message")];
        for (index, what, place) in misplaced {
            let (Some(index), Some(role)) = (index, message.role) else { continue };
            context.sink.add(Code::ChunkMisplaced, &path.key("content").index(index), || {
                format!("{what} in a message of role {}; expected it in {place}", role.as_str())
            });
        }
    }
    // A role that is not known is reported as such, and says nothing about what may be beside it.
    if message.role.is_some() && !assistant {
        if !message.calls.is_empty() {
            context.sink.add(Code::CallsMisplaced, &path.key("tool_calls"), || {
                "tool calls in a message that is not the assistant's; expected them in one of role assistant".to_owned()
            });
        }
        if message.weight.is_some() {
            context.sink.add(Code::WeightMisplaced, &path.key("weight"), || {
                "a weight on a message that is not the assistant's; expected none".to_owned()
            });
        }
    }
    if message.role == Some(Role::Tool) {
        if let Some(name) = &message.name {
            check_name(name, context, &path.key("name"));
        }
    }
}

fn check_content(message: &Message<'_>, context: &mut Context<'_>, path: &Path<'_>) {
    let filled = message.content.is_some_and(|content| content.is_filled());
    if !message.calls.is_empty() {
        if filled {
            context.sink.add(Code::ContentAndCalls, path, || {
                "the message has content and tool calls; expected one of them".to_owned()
            });
        }
        return;
    }
    if filled || message.spoilt {
        return;
    }
    if message.content.is_none() {
        context.sink.add(Code::ContentMissing, path, || {
            let calls = if message.role == Some(Role::Assistant) { " or tool_calls" } else { "" };
            format!("the message has no content; expected `content`{calls}")
        });
    } else if message.role == Some(Role::Assistant) {
        context.sink.add(Code::EmptyAnswer, &path.key("content"), || {
            "the answer is empty; expected a text or tool calls".to_owned()
        });
    } else {
        context
            .sink
            .add(Code::EmptyContent, &path.key("content"), || "the content is empty; expected a text".to_owned());
    }
}
