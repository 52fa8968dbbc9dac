use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{No, Reason};
use crate::Line;
use crate::edit::Array;

/// A line of the input, as far as a sample is made of it.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) custom_id: Cow<'a, str>,
    /// None if the request is not for chat.
    pub(super) messages: Option<Array<'a>>,
    pub(super) tools: Option<&'a str>,
}

#[derive(Deserialize)]
struct InputLine<'a> {
    #[serde(borrow)]
    custom_id: Cow<'a, str>,
    #[serde(borrow)]
    body: Body<'a>,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    messages: Option<&'a RawValue>,
    #[serde(borrow)]
    tools: Option<&'a RawValue>,
}

impl<'a> Request<'a> {
    pub(super) fn read(line: &Line<'a>) -> Result<Self, No> {
        if line.is_too_long() {
            return Err((Reason::NoRequest, format!("a line of {} bytes is no request", line.length)));
        }
        let read: InputLine<'a> = serde_json::from_slice(line.bytes)
            .map_err(|error| (Reason::NoRequest, format!("not a request with custom_id and body: {error}")))?;
        let messages = read.body.messages.and_then(|messages| Array::parse(messages.get()));
        let tools = read.body.tools.map(RawValue::get).filter(|tools| *tools != "null");
        Ok(Self { custom_id: read.custom_id, messages, tools })
    }
}
