use super::{calls, functions, turns};
use crate::edit::{Object, Value};
use crate::rewrite::{Changes, Unusable};

/// Repairs one sample. Texts and labels have nothing that could be repaired; messages have.
pub(crate) fn repair(sample: &mut Object<'_>, changes: &mut Changes) -> Result<(), Unusable> {
    let Some(key) = ["messages", "interactions"].into_iter().find(|key| sample.has(key)) else {
        return Ok(());
    };
    functions::tools(sample, changes);
    // What is classified is the conversation; its end need not be an answer.
    let answers = !sample.has("labels");
    let path = format!("$.{key}");
    let Some(messages) = sample.get_mut(key).and_then(Value::array) else {
        return Err(Unusable::new(path, "not a list of messages"));
    };
    for (at, message) in messages.items_mut().iter_mut().enumerate() {
        let path = format!("{path}[{at}]");
        let Some(message) = message.object() else {
            return Err(Unusable::new(path, "not an object with a role and content"));
        };
        functions::message(message, &path, changes);
        turns::without_empty(message, &path, changes);
    }
    if answers {
        turns::drop_trailing(messages, &path, changes)?;
    }
    let repaired = calls::repair(messages, &path, changes);
    turns::split_answers(messages, &path, changes);
    repaired
}
