//! The codes of problems with training data.

use super::Severity::{self, Error, Note, Warning};
use crate::codes::codes;

codes! {
    /// What kind of problem it is.
    ///
    /// The first digit groups them: 1 the file, 2 the sample, 3 messages, 4 tools, 5 labels, 6 the data as a whole.
    pub enum Code;

    /// How bad it is.
    severity: Severity;

    /// A line is not valid UTF-8.
    NotUtf8 = "T101", "not-utf-8", Error,
        "Convert the file from the encoding it has, for example: iconv -f WINDOWS-1252 -t UTF-8.";
    /// The file begins with a byte-order mark.
    ByteOrderMark = "T102", "byte-order-mark", Error,
        "Remove the first three bytes of the file; `data fix` does.";
    /// The file is UTF-16 or UTF-32.
    Utf16 = "T103", "utf-16", Error,
        "Convert the file, for example: iconv -f UTF-16 -t UTF-8.";
    /// The file is compressed or in a binary format.
    Binary = "T104", "binary", Error,
        "Unpack or export the file to JSON lines first.";
    /// The file is one JSON array instead of one object a line.
    JsonArray = "T105", "json-array", Error,
        "Write one object a line, for example: jq -c '.[]'.";
    /// One object is spread over several lines.
    PrettyPrinted = "T106", "pretty-printed", Error,
        "Write each object on one line, for example: jq -c '.'.";
    /// A line is blank.
    BlankLine = "T107", "blank-line", Warning,
        "Remove blank lines: the open-source trainer reads each line as JSON; `data fix` does.";
    /// A line is not JSON.
    InvalidJson = "T108", "invalid-json", Error,
        "Write the line with a JSON library instead of putting text together.";
    /// A line is JSON but not an object.
    NotAnObject = "T109", "not-an-object", Error,
        "Write each sample as one object: {\"messages\": [{\"role\": \"user\", \"content\": \"…\"}, …]}";
    /// A line is longer than 64 MiB.
    LineTooLong = "T110", "line-too-long", Error,
        "Split the sample, or refer to images by URL.";
    /// The file has fewer than ten samples.
    TooFewSamples = "T111", "too-few-samples", Warning,
        "Add samples: the scripts of the open-source trainer want ten.";
    /// The file has less than 1 kB.
    TooSmall = "T112", "too-small", Warning,
        "Add samples: the scripts of the open-source trainer want 1 kB.";
    /// The file is over 512 MB.
    TooLarge = "T113", "too-large", Error,
        "Split the file in several and name them all in the job.";
    /// The file has no sample at all.
    NoSamples = "T114", "no-samples", Error,
        "Write at least one sample; an upload that broke off may be the cause.";
    /// A sample is of another format than the rest of the file.
    FormatDiffers = "T115", "format-differs", Error,
        "Keep conversations, plain texts and labelled samples in files of their own.";
    /// The validation data is over the smaller of 1 MB and 5 % of the training data.
    ValidationTooLarge = "T116", "validation-too-large", Error,
        "Move samples from the validation file to the training file; `data split` keeps the limit.";
    /// Lines end in CRLF.
    CrLf = "T117", "crlf", Note,
        "Nothing needs to be done; `data fix` writes plain line ends.";

    /// An object is none of the formats.
    UnknownFormat = "T201", "unknown-format", Error,
        "Give each sample `messages`, or `text`, with `labels` for a classifier.";
    /// A sample has both `messages` and `interactions`.
    MessagesTwofold = "T202", "messages-twofold", Error,
        "Keep `messages` and remove `interactions`, or the other way round.";
    /// A sample has both `tools` and `available_tools`.
    ToolsTwofold = "T203", "tools-twofold", Error,
        "Keep `tools` and remove `available_tools`.";
    /// Both `text` and `content` are given where one is meant.
    TextTwofold = "T204", "text-twofold", Error,
        "Keep one of `text` and `content`.";
    /// A sample has both a text and messages.
    TextAndMessages = "T205", "text-and-messages", Error,
        "Keep one of them: a sample is a text or a conversation.";
    /// A value is of the wrong JSON type.
    WrongType = "T206", "wrong-type", Error,
        "Write the value in the type that is expected.";
    /// An object has a key twice.
    DuplicateKey = "T207", "duplicate-key", Error,
        "Remove one of the two: which one counts is not defined.";
    /// A key is not part of the format.
    UnknownKey = "T208", "unknown-key", Note,
        "Remove the key or check its spelling; trainers ignore it.";
    /// `functions` or `function_call` is used, the old names of `tools` and `tool_calls`.
    OldFunctions = "T209", "old-functions", Error,
        "Write `tools` and `tool_calls`; `data fix` does.";
    /// A text to be learnt or classified is empty.
    EmptyText = "T210", "empty-text", Error,
        "Fill in the text or remove the sample.";
    /// A sample has more than 20 000 messages, calls, tools and labels.
    TooManyItems = "T211", "too-many-items", Error,
        "Split the sample; what is beyond the limit has not been checked.";

    /// A conversation has no message.
    NoMessages = "T301", "no-messages", Error,
        "Give at least one question and one answer, or remove the sample.";
    /// A message has no role.
    RoleMissing = "T302", "role-missing", Error,
        "Give each message a `role`: system, user, assistant or tool.";
    /// A role is not one of system, user, assistant and tool.
    RoleUnknown = "T303", "role-unknown", Error,
        "Use system, user, assistant or tool; other formats say human and gpt for user and assistant.";
    /// A message has no content.
    ContentMissing = "T304", "content-missing", Error,
        "Give the message `content`, or an assistant's message `tool_calls`.";
    /// An assistant's message is empty.
    EmptyAnswer = "T305", "empty-answer", Error,
        "Fill in the answer or remove the sample: a model that learns it learns to say nothing.";
    /// A message of the system, a user or a tool is empty.
    EmptyContent = "T306", "empty-content", Warning,
        "Fill in the content or remove the message.";
    /// A conversation has more than one system prompt.
    SeveralSystemPrompts = "T307", "several-system-prompts", Error,
        "Join the system prompts in one message at the start.";
    /// A system prompt is not at the start.
    LateSystemPrompt = "T308", "late-system-prompt", Warning,
        "Move the system prompt to the start: the open-source trainer reads it as if it stood there.";
    /// A message's role may not follow the one before.
    RoleOrder = "T309", "role-order", Error,
        "Reorder the messages: question, answer or tool calls, tool answers, answer.";
    /// The last message is not the assistant's.
    LastNotAssistant = "T310", "last-not-assistant", Error,
        "Remove what follows the last answer, as `data fix` does; where there is no answer, write one.";
    /// An answer stands alone, with nothing it answers.
    LoneAnswer = "T311", "lone-answer", Error,
        "Put a user's message before the answer, or train on the text as `{\"text\": …}`.";
    /// A weight is neither 0 nor 1.
    WeightValue = "T312", "weight-value", Error,
        "Use 1 to learn from the message and 0 not to.";
    /// A weight is on a message that is not the assistant's.
    WeightMisplaced = "T313", "weight-misplaced", Warning,
        "Remove the weight: only the assistant's messages are learnt from.";
    /// No message of the assistant has a weight other than 0.
    NothingLearnt = "T314", "nothing-learnt", Warning,
        "Give an answer the weight 1, or remove the sample.";
    /// `prefix` is on a message that is not the last.
    PrefixNotLast = "T315", "prefix-not-last", Error,
        "Remove `prefix`: it marks the beginning of an answer that is to be completed.";
    /// A piece of content is of a type that is not known.
    ChunkUnknown = "T316", "chunk-unknown", Error,
        "Use pieces of type text, image_url or thinking.";
    /// A piece of content is of a type the role may not have.
    ChunkMisplaced = "T317", "chunk-misplaced", Error,
        "Move images to a user's message, and thinking to the assistant's or the system prompt.";
    /// A piece of content lacks what its type says it holds.
    ChunkIncomplete = "T318", "chunk-incomplete", Error,
        "Give the piece the key named as its type: {\"type\": \"text\", \"text\": \"…\"}";
    /// An image is neither a web address nor a data URL.
    ImageUrl = "T319", "image-url", Error,
        "Use https://… or data:image/png;base64,… with the image's own type.";

    /// A tool lacks something it must have.
    ToolIncomplete = "T401", "tool-incomplete", Error,
        "Write {\"type\": \"function\", \"function\": {\"name\": …, \"description\": …, \"parameters\": {…}}}";
    /// A tool or a call is of a type other than function.
    ToolType = "T402", "tool-type", Error,
        "Use \"type\": \"function\".";
    /// A function's name is empty, over 64 characters or has one it may not have.
    ToolName = "T403", "tool-name", Error,
        "Use 1 to 64 characters of A-Z, a-z, 0-9, _ and -.";
    /// A tool is declared twice.
    ToolTwice = "T404", "tool-twice", Warning,
        "Declare each function once.";
    /// A tool's `parameters` are not a valid JSON schema (draft 7).
    ToolSchema = "T405", "tool-schema", Error,
        "Correct the schema: {\"type\": \"object\", \"properties\": {…}, \"required\": [\"…\"]}";
    /// A call lacks something it must have.
    CallIncomplete = "T406", "call-incomplete", Error,
        "Write {\"id\": …, \"type\": \"function\", \"function\": {\"name\": …, \"arguments\": \"{…}\"}}";
    /// A call's id is not exactly nine letters and digits.
    CallId = "T407", "call-id", Error,
        "Use exactly nine of A-Z, a-z and 0-9; `data fix` makes them.";
    /// Two calls of a conversation have the same id.
    CallIdTwice = "T408", "call-id-twice", Error,
        "Give each call of a conversation an id of its own.";
    /// A call's arguments are not a string.
    ArgumentsNotString = "T409", "arguments-not-string", Error,
        "Write the arguments as a string that holds JSON: \"{\\\"city\\\": \\\"Lyon\\\"}\"; `data fix` does.";
    /// A call's arguments do not hold a JSON object.
    ArgumentsNotJson = "T410", "arguments-not-json", Error,
        "Write a JSON object into the string: \"{}\" if there are no arguments.";
    /// A call names a function that is not declared.
    CallUndeclared = "T411", "call-undeclared", Error,
        "Declare the function in the sample's `tools`, or correct the name.";
    /// Tool calls are on a message that is not the assistant's.
    CallsMisplaced = "T412", "calls-misplaced", Error,
        "Move the calls to an assistant's message.";
    /// A message has both content and calls.
    ContentAndCalls = "T413", "content-and-calls", Error,
        "Keep one of them, or write two messages of the assistant.";
    /// A tool's message does not say which call it answers.
    AnswerWithoutId = "T414", "answer-without-id", Error,
        "Give the message the `tool_call_id` of the call.";
    /// A tool's message answers a call that was not made before it.
    AnswerUnknown = "T415", "answer-unknown", Error,
        "Use the id of a call in an earlier message.";
    /// There are more answers than calls.
    AnswersTooMany = "T416", "answers-too-many", Error,
        "Keep one answer for each call.";
    /// The conversation goes on before every call is answered.
    AnswersMissing = "T417", "answers-missing", Error,
        "Add a message of role tool for each call, before the assistant or the user speaks.";
    /// The conversation ends with calls.
    EndsWithCalls = "T418", "ends-with-calls", Note,
        "Nothing needs to be done; such samples teach to call, not to use the answer.";

    /// A sample of a classifier has no labels.
    LabelsMissing = "T501", "labels-missing", Error,
        "Give the sample `labels`: {\"<target>\": \"<label>\"}";
    /// The labels are an empty object.
    LabelsEmpty = "T502", "labels-empty", Error,
        "Name at least one target and its label.";
    /// A label is neither a string nor a list of strings.
    LabelType = "T503", "label-type", Error,
        "Write labels as strings: numbers and booleans too.";
    /// A label or a target's name is empty.
    LabelEmpty = "T504", "label-empty", Error,
        "Name the label, or remove the sample.";
    /// A sample has other targets than the rest of the file.
    TargetsDiffer = "T505", "targets-differ", Error,
        "Label every sample for every target.";
    /// A target has one label here and a list there.
    LabelKindDiffers = "T506", "label-kind-differs", Error,
        "Use a list in every sample, or in none.";
    /// A list of labels has one twice.
    LabelTwice = "T507", "label-twice", Warning,
        "Name each label once.";
    /// A target has the same label in every sample.
    SingleClass = "T508", "single-class", Warning,
        "Add samples with other labels: there is nothing to tell apart.";
    /// A target has more labels than are counted.
    LabelsUncounted = "T509", "labels-uncounted", Note,
        "Check that the labels are classes and not free text.";

    /// A sample is in the file already.
    DuplicateSample = "T601", "duplicate-sample", Warning,
        "Remove the copy: samples that are there twice weigh twice.";
    /// A validation sample is in the training data too.
    LeakedSample = "T602", "leaked-sample", Warning,
        "Remove the sample from one of the files: the validation loss would look better than it is.";
    /// A sample is longer than the context, by an estimate.
    LongSample = "T603", "long-sample", Warning,
        "Shorten or split the sample: what is beyond the context is cut off or the sample is left out.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_ends_as_it_should() {
        for code in Code::ALL {
            for sentence in [code.meaning(), code.advice()] {
                assert!(sentence.ends_with(['.', '}']) && !sentence.contains("  "), "{code}: {sentence}");
            }
        }
    }
}
