use super::Value;
use super::read::{self, Items};
use super::style::Style;

/// An array whose items can be changed.
#[derive(Debug, Clone)]
pub(crate) struct Array<'a> {
    raw: Option<&'a str>,
    pub(super) items: Vec<Value<'a>>,
    changed: bool,
}

impl<'a> Array<'a> {
    /// An array of our own.
    pub(crate) fn new(items: Vec<Value<'a>>) -> Self {
        Self { raw: None, items, changed: true }
    }

    pub(crate) fn parse(raw: &'a str) -> Option<Self> {
        if !raw.starts_with('[') {
            return None;
        }
        let Items(items) = read::items(raw).ok()?;
        let items = items.into_iter().map(|item| Value::Raw(item.get())).collect();
        Some(Self { raw: Some(raw), items, changed: false })
    }

    pub(crate) fn items(&self) -> &[Value<'a>] {
        &self.items
    }

    /// The items, to be opened.
    pub(crate) fn items_mut(&mut self) -> &mut [Value<'a>] {
        &mut self.items
    }

    /// The items, to be added to and taken from.
    pub(crate) fn change(&mut self) -> &mut Vec<Value<'a>> {
        self.changed = true;
        &mut self.items
    }

    pub(super) fn is_changed(&self) -> bool {
        self.changed || self.items.iter().any(Value::is_changed)
    }

    pub(super) fn write(&self, out: &mut String, style: Style<'_>) {
        if let (Some(raw), false) = (self.raw, self.is_changed()) {
            out.push_str(raw);
            return;
        }
        out.push('[');
        for (at, item) in self.items.iter().enumerate() {
            if at > 0 {
                out.push_str(style.comma);
            }
            item.write(out, style);
        }
        out.push(']');
    }
}
