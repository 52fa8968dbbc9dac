use std::borrow::Cow;

use serde::de::{MapAccess, SeqAccess};

use super::json::{Handle, Hashed, Json, Kind};
use super::{Context, Path, fingerprint};
use crate::shorten::shorten;
use crate::training::Code;
use crate::training::path::Key;

/// The labels of a sample, by target, in the order of the line.
#[derive(Debug, Default)]
pub(in crate::training) struct Labels<'a>(pub(in crate::training) Vec<(Cow<'a, str>, Label<'a>)>);

/// What a target is labelled with.
#[derive(Debug)]
pub(in crate::training) enum Label<'a> {
    One(Cow<'a, str>),
    Many(Vec<Cow<'a, str>>),
    /// Something else; reported.
    Wrong,
}

/// Reads `labels`. `None` if there are none.
pub(super) struct LabelsHandler<'s, 'c> {
    pub(super) context: &'s mut Context<'c>,
    pub(super) path: &'s Path<'s>,
}

impl<'de> Handle<'de> for LabelsHandler<'_, '_> {
    type Value = Option<Labels<'de>>;

    fn other(self, kind: Kind) -> Self::Value {
        self.context.wrong_type(self.path, kind, "an object of targets and their labels");
        (kind != Kind::Null).then(Labels::default)
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Hashed<Self::Value>, A::Error> {
        let Self { context, path } = self;
        let (mut labels, mut hash, mut empty) = (Vec::new(), fingerprint::Object::new(), true);
        while let Some(Key(target)) = object.next_key()? {
            empty = false;
            let at = path.key(&target);
            let (label, value) =
                object.next_value_seed(Json::new(LabelHandler { context, path: &at, inside: false }))?;
            if hash.member(&target, value) {
                context.duplicate_key(&at);
            }
            if target.trim().is_empty() {
                context.sink.add(Code::LabelEmpty, &at, || "a target has no name; expected a name".to_owned());
            }
            let kept = context.has_room(&at);
            if kept {
                labels.push((target, label));
            }
        }
        if empty {
            context
                .sink
                .add(Code::LabelsEmpty, path, || "`labels` is empty; expected a target and its label".to_owned());
        }
        Ok((Some(Labels(labels)), hash.finish()))
    }
}

/// Reads a label, or a list of them.
struct LabelHandler<'s, 'c> {
    context: &'s mut Context<'c>,
    path: &'s Path<'s>,
    /// Whether it is inside a list, where no list may be.
    inside: bool,
}

impl LabelHandler<'_, '_> {
    fn look_at(&mut self, label: &str) {
        if label.trim().is_empty() {
            self.context.sink.add(Code::LabelEmpty, self.path, || "the label is empty; expected a name".to_owned());
        }
    }
}

impl<'de> Handle<'de> for LabelHandler<'_, '_> {
    type Value = Label<'de>;

    fn other(self, kind: Kind) -> Label<'de> {
        let expected = if self.inside { "a string" } else { "a string or a list of strings" };
        self.context.sink.add(Code::LabelType, self.path, || format!("the label is {kind}; expected {expected}"));
        Label::Wrong
    }

    fn string(mut self, text: &str) -> Label<'de> {
        self.look_at(text);
        Label::One(Cow::Owned(text.to_owned()))
    }

    fn borrowed(mut self, text: &'de str) -> Label<'de> {
        self.look_at(text);
        Label::One(Cow::Borrowed(text))
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Hashed<Label<'de>>, A::Error> {
        let (mut labels, mut hash) = (Vec::new(), fingerprint::List::new());
        for index in 0.. {
            let path = self.path.index(index);
            let handler = LabelHandler { context: &mut *self.context, path: &path, inside: true };
            let Some((label, item)) = list.next_element_seed(Json::new(handler))? else { break };
            hash.item(item);
            if let (Label::One(label), true) = (label, self.context.has_room(&path)) {
                labels.push(label);
            }
        }
        if self.inside {
            return Ok((self.other(Kind::List), hash.finish()));
        }
        labels.sort_unstable();
        for same in labels.chunk_by(|one, other| one == other).filter(|same| same.len() > 1) {
            self.context.sink.add(Code::LabelTwice, self.path, || {
                format!("the label {:?} is in the list twice; expected every label once", shorten(&same[0]))
            });
        }
        labels.dedup();
        Ok((Label::Many(labels), hash.finish()))
    }
}
