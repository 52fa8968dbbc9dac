use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{No, Reason};
use crate::edit::{Array, Object, Value};
use crate::rewrite::brief;

/// What a model said to a request.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    content: Option<Value<'a>>,
    tool_calls: Option<Value<'a>>,
}

#[derive(Deserialize)]
struct ResultLine<'a> {
    #[serde(borrow)]
    response: Option<Response<'a>>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Response<'a> {
    status_code: Option<u16>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Completion<'a> {
    #[serde(borrow)]
    choices: Vec<Choice<'a>>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow)]
    finish_reason: Option<Cow<'a, str>>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
}

impl<'a> Answer<'a> {
    /// Reads the line of a result. Of several choices the first is taken.
    pub(super) fn read(line: &'a [u8]) -> Result<Self, No> {
        let result: ResultLine<'a> = serde_json::from_slice(line)
            .map_err(|error| (Reason::Failed, format!("the result cannot be read: {error}")))?;
        if let Some(error) = result.error {
            return Err((Reason::Failed, brief(error.get())));
        }
        let Some(Response { status_code, body }) = result.response else {
            return Err((Reason::Failed, "there is no response".to_owned()));
        };
        if !status_code.is_some_and(|status| (200..300).contains(&status)) {
            let status = status_code.map_or("no status".to_owned(), |status| format!("status {status}"));
            return Err((Reason::Failed, format!("{status}: {}", brief(body.map_or("", RawValue::get)))));
        }
        let no_answer = |what: &str| (Reason::NoAnswer, what.to_owned());
        let body = body.and_then(|body| serde_json::from_str::<Completion<'a>>(body.get()).ok());
        let choice = body.and_then(|body| body.choices.into_iter().next());
        let Some(choice) = choice else { return Err(no_answer("the result is no chat completion")) };
        match choice.finish_reason.as_deref() {
            Some("stop" | "tool_calls") => {}
            Some(reason @ ("length" | "model_length")) => {
                return Err((Reason::CutOff, format!("the answer ended by {reason}")));
            }
            reason => {
                return Err((Reason::Unfinished, format!("the answer ended by {}", brief(reason.unwrap_or("null")))));
            }
        }
        let message = choice.message.and_then(|message| Object::parse(message.get()).ok());
        let Some(message) = message else { return Err(no_answer("the result has no message")) };
        let part = |key| message.get(key).filter(|value| !value.is_empty()).cloned();
        match (part("content"), part("tool_calls")) {
            (None, None) => Err(no_answer("the answer is empty")),
            (content, tool_calls) => Ok(Self { content, tool_calls }),
        }
    }

    /// The answer as a message. The beginning of it that the request gave goes from the messages into the answer, unless
    /// the answer repeats it.
    pub(super) fn after(self, messages: &mut Array<'_>) -> Object<'a> {
        let Self { mut content, tool_calls } = self;
        if let Some(begun) = begun(messages) {
            messages.change().pop();
            let said = content.as_ref().and_then(Value::text).unwrap_or_default();
            if !said.starts_with(&begun) {
                content = Some(Value::string(&(begun + &said)));
            }
        }
        let mut answer = Object::new();
        answer.set("role", Value::string("assistant"));
        for (key, value) in [("content", content), ("tool_calls", tool_calls)] {
            if let Some(value) = value {
                answer.set(key, value);
            }
        }
        answer
    }
}

/// The beginning of the answer, if the last message is one.
fn begun(messages: &mut Array<'_>) -> Option<String> {
    let last = messages.items_mut().last_mut()?.object()?;
    let begins = last.text("role").is_some_and(|role| role == "assistant") && !last.has("tool_calls");
    if begins { last.text("content").map(Cow::into_owned) } else { None }
}
