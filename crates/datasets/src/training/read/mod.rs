//! Reads a line into what the rules need of it, without building a tree.
//!
//! Every value may be of any type: what is of a wrong one is reported and passed over, so that the rest of the line is
//! still checked. Long texts are measured as they go by and never copied.

mod call;
mod content;
mod json;
mod labels;
mod message;
mod sample;
mod schema;
mod text;
mod tools;

use std::collections::HashMap;
use std::sync::Arc;

use super::TokenCounter;
use super::path::Path;
use super::problems::Sink;
use super::{Code, fingerprint};

pub(super) use json::{Json, Kind};
pub(super) use labels::{Label, Labels};
pub(super) use message::{Message, Role, Weight};
pub(super) use sample::{Sample, SampleHandler};
pub(super) use tools::{Tools, ToolsCache, check_name};

/// What every handler needs.
#[derive(Debug)]
pub(super) struct Context<'c> {
    pub(super) sink: Sink<'c>,
    pub(super) tokens: &'c dyn TokenCounter,
    pub(super) tools: &'c mut ToolsCache,
    /// Messages, calls, tools and labels that may still come, and one more, which is reported and not kept.
    pub(super) room: usize,
}

impl Context<'_> {
    /// Messages, calls, tools and labels kept of one line, so that a line of brackets cannot fill the memory.
    pub(super) const MOST_ITEMS: usize = 20_000;

    /// Whether another item may be kept. The first that may not is reported.
    fn has_room(&mut self, path: &Path<'_>) -> bool {
        match self.room {
            0 => return false,
            1 => self.sink.add(Code::TooManyItems, path, || {
                format!("the sample has over {} messages, calls, tools and labels; expected fewer", Self::MOST_ITEMS)
            }),
            _ => {}
        }
        self.room -= 1;
        self.room > 0
    }

    /// Reports a value of a wrong type. `null` stands for an absent value and is not reported.
    fn wrong_type(&mut self, path: &Path<'_>, kind: Kind, expected: &str) {
        if kind != Kind::Null {
            self.sink.add(Code::WrongType, path, || format!("{} is {kind}; expected {expected}", path.leaf()));
        }
    }

    fn duplicate_key(&mut self, path: &Path<'_>) {
        self.sink.add(Code::DuplicateKey, path, || format!("{} is given twice; expected every key once", path.leaf()));
    }
}
