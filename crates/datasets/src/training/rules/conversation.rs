use super::{Context, Path, Sample};
use crate::training::Code;
use crate::training::read::{Message, Role, Weight};

/// What must hold of a conversation that is learnt.
pub(super) fn check(messages: &[Message<'_>], context: &mut Context<'_>, path: &Path<'_>) {
    check_order(messages, context, path);
    check_end(messages, context, path);
    check_weights(messages, context, path);
}

/// One system prompt, and at the start.
pub(super) fn check_system(sample: &Sample<'_>, messages: &[Message<'_>], context: &mut Context<'_>, path: &Path<'_>) {
    let mut prompts = usize::from(sample.system_prompt.is_some());
    for (index, message) in messages.iter().enumerate() {
        if message.role != Some(Role::System) {
            continue;
        }
        prompts += 1;
        if prompts > 1 {
            context.sink.add(Code::SeveralSystemPrompts, &path.index(index), || {
                "another system prompt; expected one in a conversation".to_owned()
            });
        } else if index > 0 {
            context.sink.add(Code::LateSystemPrompt, &path.index(index), || {
                format!("the system prompt is message {}; expected it to be the first", index + 1)
            });
        }
    }
}

/// Which role may follow which. System prompts stand aside, as the open-source trainer takes them out.
fn check_order(messages: &[Message<'_>], context: &mut Context<'_>, path: &Path<'_>) {
    let mut previous = None;
    for (index, message) in messages.iter().enumerate() {
        let Some(role) = message.role else {
            // Whatever it was meant to be, nothing is known of what may follow.
            previous = None;
            continue;
        };
        if role == Role::System {
            continue;
        }
        let wrong = match (previous, role) {
            (Some(Role::User), Role::Tool) => Some(("user", "assistant or user")),
            (Some(Role::Tool), Role::User) => Some(("tool", "assistant or tool")),
            _ => None,
        };
        if let Some((before, expected)) = wrong {
            context.sink.add(Code::RoleOrder, &path.index(index).key("role"), || {
                format!("{} follows {before}; expected {expected}", role.as_str())
            });
        }
        previous = Some(role);
    }
    let first = messages.iter().position(|message| message.role != Some(Role::System));
    if let Some(first) = first.filter(|first| messages[*first].role == Some(Role::Tool)) {
        context.sink.add(Code::RoleOrder, &path.index(first).key("role"), || {
            "the conversation starts with a tool; expected user or assistant".to_owned()
        });
    }
}

fn check_end(messages: &[Message<'_>], context: &mut Context<'_>, path: &Path<'_>) {
    let Some((last, message)) = messages.iter().enumerate().next_back() else { return };
    let mut spoken = messages.iter().enumerate().filter(|(_, message)| message.role != Some(Role::System));
    if let (Some((only, message)), None) = (spoken.next(), spoken.next()) {
        if message.role == Some(Role::Assistant) {
            context.sink.add(Code::LoneAnswer, &path.index(only), || {
                "the answer is the only message; expected a user's before it".to_owned()
            });
        }
    }
    match message.role {
        Some(Role::Assistant) if !message.calls.is_empty() => {
            context.sink.add(Code::EndsWithCalls, &path.index(last).key("tool_calls"), || {
                "the conversation ends with tool calls; expected their answers and a last word".to_owned()
            });
        }
        Some(Role::Assistant) | None => {}
        Some(role) => context.sink.add(Code::LastNotAssistant, &path.index(last), || {
            format!("the last message is of role {}; expected assistant", role.as_str())
        }),
    }
    for (index, _) in messages[..last].iter().enumerate().filter(|(_, message)| message.prefix) {
        context.sink.add(Code::PrefixNotLast, &path.index(index).key("prefix"), || {
            format!("`prefix` on message {} of {}; expected it on the last at most", index + 1, last + 1)
        });
    }
}

fn check_weights(messages: &[Message<'_>], context: &mut Context<'_>, path: &Path<'_>) {
    let mut answers = messages.iter().filter(|message| message.role == Some(Role::Assistant)).peekable();
    if answers.peek().is_some() && answers.all(|message| message.weight == Some(Weight::Zero)) {
        context
            .sink
            .add(Code::NothingLearnt, path, || "every answer has the weight 0; expected one that is learnt".to_owned());
    }
}
