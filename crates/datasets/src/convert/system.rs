use crate::change::ChangeCode;
use crate::edit::{Array, Object, Value};
use crate::rewrite::Changes;

/// Makes one of the system messages at the start, if all of them are text.
pub(super) fn merge(sample: &mut Object<'_>, changes: &mut Changes) {
    let Some(messages) = sample.get_mut("messages").and_then(Value::array) else { return };
    let texts = leading_texts(messages);
    if texts.len() < 2 {
        return;
    }
    let Some(first) = messages.items_mut().first_mut().and_then(Value::object) else { return };
    first.set("content", Value::string(&texts.join("\n\n")));
    messages.change().drain(1..texts.len());
    let message = format!("{} system messages became one", texts.len());
    changes.add(ChangeCode::SystemMerged, "$.messages[0]", message);
}

/// The texts of the system messages at the start; none if one of them is more than text.
fn leading_texts(messages: &mut Array<'_>) -> Vec<String> {
    let mut texts = Vec::new();
    for message in messages.items_mut() {
        let Some(message) = message.object() else { break };
        if message.text("role").is_none_or(|role| role != "system") {
            break;
        }
        match message.text("content") {
            Some(text) => texts.push(text.into_owned()),
            None => return Vec::new(),
        }
    }
    texts
}
