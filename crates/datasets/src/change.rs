use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

/// One thing that was done to a file on its way to a better one.
///
/// ```
/// use mistral_datasets::repair::Repair;
///
/// # fn main() -> std::io::Result<()> {
/// let sample = r#"{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."},
///   {"role": "user", "content": "Bye"}]}"#;
/// let mut changes = Vec::new();
/// Repair::new().run(sample.replace('\n', "").as_bytes(), std::io::sink(), |change| {
///     changes.push(change.to_string());
///     Ok(())
/// })?;
/// assert_eq!(changes, ["1: trailing-turn: a user message behind the last answer was dropped ($.messages[2])"]);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// The line of the input, counted from 1.
    pub line: u64,
    /// What kind of change it was.
    pub code: ChangeCode,
    /// Where in the line's JSON as it was read, for example `$.messages[2].tool_calls[0].id`; `None` for the line as a
    /// whole.
    pub path: Option<String>,
    /// What was done.
    pub message: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, code, path, message } = self;
        write!(f, "{line}: {code}: {message}")?;
        path.as_ref().map_or(Ok(()), |path| write!(f, " ({path})"))
    }
}

macro_rules! change_codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $effect:ident;)+) => {
        /// The kinds of changes. The words never change their meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum ChangeCode {
            $($(#[$doc])* $name,)+
        }

        impl ChangeCode {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The word for it, as in reports.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// What it means for the content.
            pub fn effect(self) -> Effect {
                match self { $(Self::$name => Effect::$effect,)+ }
            }
        }
    };
}

change_codes! {
    /// A byte-order mark at the start of the file was removed.
    ByteOrderMark = "byte-order-mark", Form;
    /// A line end of `\r\n` became `\n`.
    CarriageReturn = "carriage-return", Form;
    /// A blank line was removed.
    BlankLine = "blank-line", Form;
    /// `functions`, or tools without their `function`, became `tools`.
    Functions = "functions", Form;
    /// `function_call` became `tool_calls`.
    FunctionCall = "function-call", Form;
    /// A message of the role `function` became one of the role `tool`.
    FunctionRole = "function-role", Form;
    /// A message of the role `developer` became one of the role `system`.
    DeveloperRole = "developer-role", Form;
    /// `tool_calls` that were empty were removed.
    EmptyCalls = "empty-calls", Form;
    /// Content that was empty was removed beside tool calls.
    EmptyContent = "empty-content", Form;
    /// The arguments of a call became a string that holds JSON.
    Arguments = "arguments", Form;
    /// A call got an id of nine letters and digits.
    CallId = "call-id", Form;
    /// A tool's answer got the id of its call.
    AnswerId = "answer-id", Form;
    /// An answer with content and calls became two messages, the content first.
    AnswerSplit = "answer-split", Form;
    /// A field that was `null` was removed.
    NullDropped = "null-dropped", Form;
    /// The URL of an image lost the object around it.
    ImageUrl = "image-url", Form;
    /// Several system messages at the start became one.
    SystemMerged = "system-merged", Form;
    /// A refusal became the content of the answer.
    Refusal = "refusal", Form;
    /// A tool got the description or the parameters that it had to have.
    ToolCompleted = "tool-completed", Form;
    /// A message behind the last answer was dropped.
    TrailingTurn = "trailing-turn", Loss;
    /// A field was dropped that the format does not know.
    FieldDropped = "field-dropped", Loss;
    /// A sample was dropped because no repair makes it usable.
    SampleDropped = "sample-dropped", Drop;
    /// A sample that no repair makes usable was left in.
    SampleUnusable = "sample-unusable", Unusable;
}

/// What a change means for the content of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Effect {
    /// The same is said in another form.
    Form,
    /// Something is not said any more.
    Loss,
    /// The whole sample is gone.
    Drop,
    /// Nothing was done, although something is wrong.
    Unusable,
}

impl fmt::Display for ChangeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for ChangeCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What became of a file, in numbers.
///
/// In JSON, fields are only ever added.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Rewrite {
    /// Samples in the input; blank lines are none.
    pub samples: u64,
    /// Samples that were written exactly as they were.
    pub unchanged: u64,
    /// Samples that were written in another form.
    pub changed: u64,
    /// Samples that were left out.
    pub dropped: u64,
    /// Samples that cannot be used and were written all the same, repaired as far as they can be.
    pub unusable: u64,
    /// How often each kind of change was made.
    pub changes: BTreeMap<ChangeCode, u64>,
}

impl Rewrite {
    /// Samples in the output.
    pub fn written(&self) -> u64 {
        self.unchanged + self.changed
    }

    /// Whether the output is the input, byte for byte.
    pub fn is_unchanged(&self) -> bool {
        self.changes.keys().all(|code| code.effect() == Effect::Unusable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_word_of_its_own() {
        let words: std::collections::BTreeSet<_> = ChangeCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), ChangeCode::ALL.len());
    }
}
