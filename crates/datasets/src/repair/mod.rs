//! Repairs training data where the repair is plain, and says what it did.
//!
//! Nothing is guessed: a repair either says the same in the form the service wants, or takes away what would make it
//! refuse the file. The input is never touched, and samples that need no repair are written byte for byte; in a sample
//! that needs one, everything around the repair keeps its spelling. Repairing a second time changes nothing.
//!
//! | repair | code |
//! |---|---|
//! | a byte-order mark, `\r\n`, blank lines | `byte-order-mark`, `carriage-return`, `blank-line` |
//! | `functions` → `tools`, `function_call` → `tool_calls`, role `function` → `tool` | `functions`, `function-call`, `function-role` |
//! | arguments of a call: an object → a string that holds it | `arguments` |
//! | ids of calls: nine letters and digits, the same at the call and at its answer | `call-id`, `answer-id` |
//! | empty content beside calls, empty calls | `empty-content`, `empty-calls` |
//! | an answer with content and calls → two messages | `answer-split` |
//! | messages behind the last answer are dropped | `trailing-turn` |
//! | a sample in which an error is left is reported, and dropped if asked for | `sample-unusable`, `sample-dropped` |
//!
//! ```
//! use mistral_datasets::repair::Repair;
//!
//! let old = r#"{"messages": [{"role": "user", "content": "Weather in Lyon?"},
//!   {"role": "assistant", "content": null, "function_call": {"name": "weather", "arguments": {"city": "Lyon"}}}]}"#;
//! let mut fixed = Vec::new();
//! let done = Repair::new().run(old.replace('\n', "").as_bytes(), &mut fixed, |_| Ok(()))?;
//! assert_eq!((done.samples, done.changed), (1, 1));
//! let fixed = String::from_utf8_lossy(&fixed);
//! assert!(fixed.contains(r#""function": {"name": "weather", "arguments": "{\"city\": \"Lyon\"}"}"#), "{fixed}");
//! # Ok::<(), std::io::Error>(())
//! ```

mod call_id;
mod calls;
mod functions;
mod sample;
mod turns;

use std::io::{self, BufRead, Write};

pub(crate) use sample::repair;

use crate::change::{Change, Rewrite};
use crate::edit::Object;
use crate::rewrite::{Changes, Inspector, Rewriter, Rewritten};

/// How to repair. See the [module](self) for what is repaired.
#[derive(Debug, Clone, Default)]
pub struct Repair {
    drop_unusable: bool,
}

impl Repair {
    /// Repairs everything that can be repaired, and leaves the rest in the file.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether to drop the samples in which an error is left after all repairs. What is left then passes the
    /// [check](crate::training) of its lines.
    #[must_use]
    pub fn drop_unusable(mut self, drop: bool) -> Self {
        self.drop_unusable = drop;
        self
    }

    /// Reads a file, writes the repaired one, and calls `report` for every change.
    ///
    /// Memory: one line and its repaired form. Lines of more than 64 MiB are always dropped.
    ///
    /// # Errors
    ///
    /// What the reader, the writer or `report` say. The output is incomplete then.
    pub fn run(
        &self,
        input: impl BufRead,
        output: impl Write,
        report: impl FnMut(&Change) -> io::Result<()>,
    ) -> io::Result<Rewrite> {
        let mut inspector = Inspector::new();
        Rewriter::new(output, report, self.drop_unusable).run(input, |text| repaired(text, &mut inspector))
    }
}

fn repaired(text: &str, inspector: &mut Inspector) -> Rewritten {
    let mut sample = match Object::parse(text) {
        Ok(sample) => sample,
        Err(no_object) => return inspector.error_in(text).unwrap_or_else(|| no_object.into()).into(),
    };
    let mut changes = Changes::default();
    let unusable = repair(&mut sample, &mut changes).err();
    let new = sample.is_changed().then(|| sample.to_json());
    let unusable = unusable.or_else(|| inspector.error_in(new.as_deref().unwrap_or(text)));
    Rewritten { text: new, unusable, changes }
}

#[cfg(test)]
mod tests;
