//! What must hold of a sample that was read, each group of rules in its own file.

mod answers;
mod conversation;
mod labels;
mod message;
mod shape;

pub(super) use labels::Targets;
pub(super) use shape::Expected;

use super::path::Path;
use super::read::{Context, Sample};
use super::{Family, Format};

/// Checks a sample and says of which format it is.
pub(super) fn check(
    sample: &Sample<'_>,
    expected: &mut Option<Expected>,
    targets: &mut Targets,
    context: &mut Context<'_>,
) -> Option<Format> {
    let format = shape::check(sample, *expected, context);
    if let (Some(format), None) = (format, *expected) {
        *expected = Some(Expected { format, line: Some(context.sink.line) });
    }
    if let Some(messages) = &sample.messages {
        let root = Path::Root;
        let path = root.key(sample.messages_key);
        for (index, message) in messages.iter().enumerate() {
            message::check(message, context, &path.index(index));
        }
        if format.map(Format::family) != Some(Family::ClassifierChat) {
            conversation::check(messages, context, &path);
        }
        conversation::check_system(sample, messages, context, &path);
        answers::check(messages, sample.tools.as_deref(), context, &path);
    }
    if let Some(labels) = &sample.labels {
        targets.check(labels, context);
    }
    format
}
