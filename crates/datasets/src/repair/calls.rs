//! Calls of tools and the answers to them.

use std::collections::{HashMap, HashSet};

use super::call_id::{call_id, is_call_id};
use crate::change::ChangeCode;
use crate::edit::{Array, Object, Value};
use crate::rewrite::{Changes, Unusable, shown};

/// Gives every call an id and arguments of the right form, and every answer the id of its call.
pub(super) fn repair(messages: &mut Array<'_>, path: &str, changes: &mut Changes) -> Result<(), Unusable> {
    let mut ids = Ids::default();
    for message in messages.items_mut() {
        for (_, call) in calls(message) {
            ids.taken.extend(call.get("id").and_then(id_text).filter(|id| is_call_id(id)));
        }
    }
    for (at, message) in messages.items_mut().iter_mut().enumerate() {
        let path = format!("{path}[{at}]");
        let Some(found) = message.object() else { continue };
        if found.text("role").is_some_and(|role| role == "tool") {
            ids.answer(found, &path, changes)?;
        } else if found.has("tool_calls") {
            ids.open.clear();
            for (call_at, call) in calls(message) {
                let path = format!("{path}.tool_calls[{call_at}]");
                arguments(call, &path, changes);
                ids.call(call, &path, changes);
            }
        }
    }
    Ok(())
}

/// The calls of a message, with their places.
fn calls<'m, 'a>(message: &'m mut Value<'a>) -> impl Iterator<Item = (usize, &'m mut Object<'a>)> {
    let calls = message.object().and_then(|message| message.get_mut("tool_calls")).and_then(Value::array);
    let calls = calls.map(Array::items_mut).unwrap_or_default();
    calls.iter_mut().enumerate().filter_map(|(at, call)| Some((at, call.object()?)))
}

/// Arguments are a string that holds JSON. No arguments are an empty object.
fn arguments(call: &mut Object<'_>, path: &str, changes: &mut Changes) {
    let Some(function) = call.get_mut("function").and_then(Value::object) else { return };
    let path = format!("{path}.function.arguments");
    match function.get("arguments") {
        Some(arguments) if arguments.is_object() => {
            let text = Value::string(&arguments.to_json());
            function.set("arguments", text);
            changes.add(ChangeCode::Arguments, path, "an object became a string that holds it");
        }
        Some(arguments) if !arguments.is_null() && arguments.text().is_none_or(|text| !text.is_empty()) => {}
        _ => {
            function.set("arguments", Value::string("{}"));
            changes.add(ChangeCode::Arguments, path, "no arguments became an empty object");
        }
    }
}

/// What is known about the ids of a sample.
#[derive(Debug, Default)]
struct Ids {
    /// Every id that is in use or will be.
    taken: HashSet<String>,
    /// The ids of the calls so far, by the ids they had.
    renamed: HashMap<String, String>,
    /// The calls of the latest message that has some.
    open: Vec<OpenCall>,
}

#[derive(Debug)]
struct OpenCall {
    old: Option<String>,
    id: String,
    name: Option<String>,
    answered: bool,
}

impl Ids {
    fn call(&mut self, call: &mut Object<'_>, path: &str, changes: &mut Changes) {
        let old = call.get("id").and_then(id_text);
        let free = |id: &String| is_call_id(id) && !self.renamed.contains_key(id);
        let id = match &old {
            Some(id) if free(id) => id.clone(),
            old => {
                let origin = old.clone().unwrap_or_else(|| format!("{path} {}", call.to_json()));
                let id = self.new_id(&origin);
                let was = old.as_deref().map_or("no id".to_owned(), shown);
                changes.add(ChangeCode::CallId, format!("{path}.id"), format!("{was} became {id:?}"));
                if call.has("id") {
                    call.set("id", Value::string(&id));
                } else {
                    call.set_first("id", Value::string(&id));
                }
                id
            }
        };
        if let Some(old) = &old {
            self.renamed.insert(old.clone(), id.clone());
        }
        let function = call.get_mut("function").and_then(Value::object);
        let name = function.and_then(|function| function.text("name").map(String::from));
        self.open.push(OpenCall { old, id, name, answered: false });
    }

    /// An id that the sample does not have yet.
    fn new_id(&mut self, origin: &str) -> String {
        let mut again = 0;
        loop {
            let id = call_id(origin, again);
            if self.taken.insert(id.clone()) {
                return id;
            }
            again += 1;
        }
    }

    fn answer(&mut self, message: &mut Object<'_>, path: &str, changes: &mut Changes) -> Result<(), Unusable> {
        let old = message.get("tool_call_id").and_then(id_text);
        let name = message.text("name");
        let mut waiting = self.open.iter_mut().filter(|call| !call.answered);
        let call = match (&old, &name) {
            (Some(_), _) => waiting.find(|call| call.old == old),
            (None, Some(name)) => waiting.find(|call| call.name.as_deref() == Some(name)),
            (None, None) => waiting.next(),
        };
        let id = match (call, &old) {
            (Some(call), _) => {
                call.answered = true;
                call.id.clone()
            }
            // Of an earlier message, answered already, or of no call at all, which is for the check to say.
            (None, Some(old)) => self.renamed.get(old).unwrap_or(old).clone(),
            (None, None) => return Err(Unusable::new(path, "the answer to no call")),
        };
        if old.as_ref() != Some(&id) {
            let was = old.as_deref().map_or("no id".to_owned(), shown);
            message.set("tool_call_id", Value::string(&id));
            changes.add(ChangeCode::AnswerId, format!("{path}.tool_call_id"), format!("{was} became {id:?}"));
        }
        Ok(())
    }
}

/// The text of an id, a number's too; `None` where there is nothing to refer to.
fn id_text(id: &Value<'_>) -> Option<String> {
    match id.text() {
        Some(text) => Some(text.into_owned()).filter(|text| !text.is_empty()),
        None => Some(id.to_json()).filter(|text| text.starts_with(|first: char| first.is_ascii_digit())),
    }
}
