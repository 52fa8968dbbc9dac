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
}

impl Context<'_> {
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
