//! The codes of problems with the input of batches.

use crate::codes::codes;

codes! {
    /// What kind of problem it is.
    ///
    /// The first digit groups them: 1 the file, 2 the line, 3 the id, 4 the body, 5 the job as a whole.
    pub enum Code;

    /// What should be there instead.
    expected: &'static str;

    /// The file is no text in UTF-8, but compressed, or in another encoding or format.
    OtherFormat = "B101", "other-format", "JSON lines in UTF-8",
        "Convert the file to JSON lines in UTF-8 first.";
    /// The file is one JSON array instead of one object a line.
    JsonArray = "B102", "json-array", "one JSON object a line",
        "Write its items one a line: jq -c '.[]' FILE > requests.jsonl";
    /// One object is spread over several lines.
    PrettyPrinted = "B103", "pretty-printed", "one JSON object a line",
        "Write each object on one line: jq -c . FILE > requests.jsonl";
    /// The file has no request at all.
    NoRequests = "B104", "no-requests", "at least one",
        "Write one request a line: {\"custom_id\": \"q-1\", \"body\": {…}}";

    /// A line is not valid UTF-8.
    NotUtf8 = "B201", "not-utf-8", "text in UTF-8",
        "Convert the file from the encoding it has, for example: iconv -f WINDOWS-1252 -t UTF-8 FILE > utf-8.jsonl";
    /// A line is not JSON.
    InvalidJson = "B202", "invalid-json", "one JSON object a line",
        "Write each request as one object on one line: {\"custom_id\": \"q-1\", \"body\": {…}}";
    /// A line is JSON but not an object.
    NotAnObject = "B203", "not-an-object", "one JSON object a line",
        "Write each request as one object on one line: {\"custom_id\": \"q-1\", \"body\": {…}}";
    /// A line is longer than the limit.
    LineTooLong = "B204", "line-too-long", "a shorter line",
        "Split the request, or refer to large content by URL or file id.";
    /// A line has `custom_id` or `body` twice.
    KeyTwice = "B205", "key-twice", "every key once",
        "Remove one of the two keys: which one counts is not defined.";
    /// A line has `method` or `url`, as another vendor's format wants.
    OtherVendor = "B206", "other-vendor", "custom_id and body alone",
        "The endpoint is named by the job here. Keep the rest: jq -c '{custom_id, body}' FILE > kept.jsonl";

    /// A line has no `custom_id`.
    CustomIdMissing = "B301", "custom-id-missing", "a string that no other line has",
        "Give each line a custom_id: results come back in any order and are matched by it.";
    /// A `custom_id` is not a string.
    CustomIdType = "B302", "custom-id-type", "a string",
        "Write the custom_id as a string: results come back in any order and are matched by it.";
    /// A `custom_id` is not Unicode: it has half a surrogate pair.
    CustomIdNotUnicode = "B303", "custom-id-not-unicode", "a string of Unicode characters",
        "Write the custom_id with a JSON library instead of cutting texts at any place.";
    /// A `custom_id` is empty or blank.
    CustomIdEmpty = "B304", "custom-id-empty", "a string that no other line has",
        "Give each line a custom_id: results come back in any order and are matched by it.";
    /// A `custom_id` is on an earlier line already.
    DuplicateCustomId = "B305", "duplicate-custom-id", "one that no other line has",
        "Rename one of the two: the results of both would carry the same id.";

    /// A line has no `body`.
    BodyMissing = "B401", "body-missing", "an object, the body of a request to the endpoint",
        "Put the request under \"body\", for chat: {\"messages\": [{\"role\": \"user\", \"content\": \"…\"}]}";
    /// A `body` is not an object.
    BodyType = "B402", "body-type", "an object, the body of a request to the endpoint",
        "Put the request under \"body\", for chat: {\"messages\": [{\"role\": \"user\", \"content\": \"…\"}]}";
    /// A body has `model`, `stream` or `max_tokens` twice.
    BodyKeyTwice = "B403", "body-key-twice", "every key once",
        "Remove one of the two keys: which one counts is not defined.";
    /// A body asks for a stream.
    Streams = "B404", "streams", "no stream: a batch answers whole",
        "Remove \"stream\" from the body.";
    /// A body names another model than the job. Only looked for when asked to.
    OtherModel = "B405", "other-model", "the job's model",
        "Remove \"model\" from the body, or run the requests of each model as a job of their own.";

    /// There are more requests than one job takes. Only looked for when asked to.
    TooManyRequests = "B501", "too-many-requests", "1000000 at most in one job",
        "Split the input and run the parts: split -l 1000000 --additional-suffix=.jsonl FILE";
    /// There are more bytes than one file of a job takes. Only looked for when asked to.
    TooLarge = "B502", "too-large", "536870912 (512 MB) at most in one file",
        "Split the input at line ends and run the parts: split -C 500M --additional-suffix=.jsonl FILE";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_ends_as_it_should() {
        for code in Code::ALL {
            assert!(code.meaning().ends_with('.') && !code.expected().ends_with('.'), "{code}");
            // A command is not followed by a full stop, which would be copied with it.
            let advice = code.advice();
            assert!(advice.ends_with(['.', '}']) || advice.ends_with("FILE") || advice.ends_with(".jsonl"), "{advice}");
        }
    }
}
