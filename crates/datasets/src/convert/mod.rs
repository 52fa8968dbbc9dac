//! Brings training data of other services into the form of this one, and says what could not be carried over.
//!
//! [`from_openai`] takes OpenAI's chat format for fine-tuning. Everything that [`repair`](crate::repair) repairs is
//! repaired too; besides:
//!
//! | there | here |
//! |---|---|
//! | the role `developer` | `system` |
//! | several system messages at the start | one, its parts a blank line apart |
//! | `content: null`, a `refusal` | the refusal as content |
//! | `image_url: {"url": …, "detail": …}` | `image_url: "…"`; the detail is lost |
//! | a tool without description or parameters | an empty description, parameters without properties |
//! | `weight`, `tools`, `tool_calls` | as they are |
//! | `name` of a user or an assistant, `audio`, `parallel_tool_calls` and other settings | dropped |
//! | sound, files, tools that are no functions, preference data | the sample is dropped |
//!
//! ```
//! use mistral_datasets::convert;
//!
//! let theirs = r#"{"messages":[{"role":"developer","content":"Be brief."},{"role":"user","name":"Ann","content":"Hi"},
//!   {"role":"assistant","content":"Hello.","weight":1,"refusal":null}],"parallel_tool_calls":false}"#;
//! let (mut ours, mut lost) = (Vec::new(), Vec::new());
//! convert::from_openai(theirs.replace('\n', "").as_bytes(), &mut ours, |change| {
//!     lost.extend(change.path.clone().filter(|_| change.code.effect() == mistral_datasets::Effect::Loss));
//!     Ok(())
//! })?;
//! assert_eq!(lost, ["$.parallel_tool_calls", "$.messages[1].name"]);
//! assert_eq!(
//!     String::from_utf8_lossy(&ours),
//!     r#"{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello.","weight":1}]}"#
//! );
//! # Ok::<(), std::io::Error>(())
//! ```

mod content;
mod openai;
mod system;
mod tools;

use std::io::{self, BufRead, Write};

use crate::change::{Change, Rewrite};
use crate::edit::Object;
use crate::repair::repair;
use crate::rewrite::{Changes, Inspector, Rewriter, Rewritten};

/// Converts a file in OpenAI's chat format. See the [module](self) for what becomes of what.
///
/// Samples that are no error to the service already stay byte for byte, and what cannot be converted is dropped: every
/// sample that is written passes the [check](crate::training) of its line. `report` is called for every change. Memory: one
/// line and its converted form.
///
/// # Errors
///
/// What the reader, the writer or `report` say. The output is incomplete then.
pub fn from_openai(
    input: impl BufRead,
    output: impl Write,
    report: impl FnMut(&Change) -> io::Result<()>,
) -> io::Result<Rewrite> {
    let mut inspector = Inspector::new();
    Rewriter::new(output, report, true).run(input, |text| converted(text, &mut inspector))
}

fn converted(text: &str, inspector: &mut Inspector) -> Rewritten {
    let mut changes = Changes::default();
    let parsed = Object::parse(text).map_err(|no_object| inspector.error_in(text).unwrap_or_else(|| no_object.into()));
    let sample = parsed.and_then(|mut sample| {
        openai::convert(&mut sample, &mut changes)?;
        repair(&mut sample, &mut changes)?;
        tools::complete(&mut sample, &mut changes)?;
        system::merge(&mut sample, &mut changes);
        Ok(sample)
    });
    let sample = match sample {
        Ok(sample) => sample,
        Err(unusable) => return unusable.into(),
    };
    let new = sample.is_changed().then(|| sample.to_json());
    let unusable = inspector.error_in(new.as_deref().unwrap_or(text));
    Rewritten { text: new, unusable, changes }
}

#[cfg(test)]
mod tests;
