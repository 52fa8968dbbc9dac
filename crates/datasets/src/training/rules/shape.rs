use super::{Context, Family, Format, Path, Sample};
use crate::training::Code;

/// The format a file is expected to have.
#[derive(Debug, Clone, Copy)]
pub(in crate::training) struct Expected {
    pub(in crate::training) format: Format,
    /// The sample it was learnt from; `None` if it was asked for.
    pub(in crate::training) line: Option<u64>,
}

/// Recognises the format of a sample by its keys, and says what does not go together.
pub(super) fn check(sample: &Sample<'_>, expected: Option<Expected>, context: &mut Context<'_>) -> Option<Format> {
    let root = Path::Root;
    let any_text = sample.has_text || sample.has_content;
    if sample.messages.is_some() && any_text {
        context.sink.add(Code::TextAndMessages, &root, || {
            format!("both a text and `{}` are given; expected one of them", sample.messages_key)
        });
    }
    if sample.messages.is_none() && sample.text.is_some_and(|text| !text.filled) {
        let key = if sample.has_text { "text" } else { "content" };
        context.sink.add(Code::EmptyText, &root.key(key), || format!("`{key}` is empty; expected a text"));
    }
    let Some(format) = recognise(sample) else {
        context.sink.add(Code::UnknownFormat, &root, || {
            if sample.labels.is_some() && sample.has_content {
                "labels without `text` or `messages`; `content` is for plain texts".to_owned()
            } else {
                "the sample has neither messages nor text; expected one of them".to_owned()
            }
        });
        return None;
    };
    if let Some(expected) = expected {
        if expected.format.family() != format.family() {
            differs(format, expected, context);
        }
    }
    Some(format)
}

fn recognise(sample: &Sample<'_>) -> Option<Format> {
    let Some(messages) = &sample.messages else {
        return match (&sample.labels, sample.has_text) {
            (Some(_), true) => Some(Format::ClassifierText),
            (Some(_), false) => None,
            (None, text) => (text || sample.has_content).then_some(Format::Pretrain),
        };
    };
    let images = messages.iter().filter_map(|message| message.content).any(|content| content.images > 0);
    let tools = sample.tools.as_ref().is_some_and(|tools| tools.count > 0);
    Some(if sample.labels.is_some() {
        Format::ClassifierChat
    } else if images {
        Format::Vision
    } else if tools || messages.iter().any(|message| !message.calls.is_empty()) {
        Format::FunctionCalling
    } else {
        Format::Instruct
    })
}

fn differs(format: Format, expected: Expected, context: &mut Context<'_>) {
    let origin = match expected.line {
        Some(line) => format!("{} as on line {line}", expected.format),
        None => format!("{} as asked for", expected.format),
    };
    let unlabelled = matches!(
        (expected.format.family(), format.family()),
        (Family::ClassifierText, Family::Pretrain) | (Family::ClassifierChat, Family::Conversation)
    );
    if unlabelled {
        context.sink.add(Code::LabelsMissing, &Path::Root, || format!("the sample has no `labels`; expected {origin}"));
    } else {
        context.sink.add(Code::FormatDiffers, &Path::Root, || format!("the sample is {format}; expected {origin}"));
    }
}
