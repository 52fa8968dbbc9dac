use std::iter::Sum;
use std::ops::{Add, AddAssign};
use std::sync::LazyLock;

use memchr::memmem::{self, FinderRev};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What requests used, or are expected to use: the counts that are paid for.
///
/// Usages add up; counts stop at the largest number instead of wrapping. A count that is not there in JSON is zero.
///
/// ```
/// use mistral_runs::Usage;
///
/// let body = r#"{"id": "…", "usage": {"prompt_tokens": 12, "completion_tokens": 30, "total_tokens": 42}}"#;
/// let mut used = Usage::default();
/// used += Usage::read(body).unwrap_or_default();
/// assert_eq!((used.requests, used.input_tokens, used.output_tokens), (1, 12, 30));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Usage {
    /// Requests.
    pub requests: u64,
    /// Tokens that were sent.
    pub input_tokens: u64,
    /// Tokens that were answered, those of a model's reasoning included.
    pub output_tokens: u64,
    /// Pages of documents that were read.
    pub pages: u64,
    /// Seconds of recordings that were heard.
    pub audio_seconds: u64,
}

impl Usage {
    /// Reads what one request used from the body of its answer.
    ///
    /// Nothing else of the body is kept or built, so that this can be called for each of many million answers. A count
    /// in an unexpected form is passed over. If the tokens of one side are missing, they follow from the total; a total
    /// alone counts as input, as for embeddings.
    ///
    /// `None` if the body is not a JSON object or reports no usage at all, as the bodies of errors do.
    pub fn read(body: &str) -> Option<Self> {
        let (usage, info): (Tokens<'_>, Pages<'_>) = match last_member(body) {
            Some(usage) => (usage, Pages::default()),
            None if memmem::find(body.as_bytes(), b"usage").is_none() => return None,
            None => {
                let answer: Answer<'_> = serde_json::from_str(body).ok()?;
                (part(answer.usage), part(answer.usage_info))
            }
        };

        let (input, output) = (count(usage.prompt_tokens), count(usage.completion_tokens));
        let (total, pages, seconds) =
            (count(usage.total_tokens), count(info.pages_processed), count(usage.prompt_audio_seconds));
        [input, output, total, pages, seconds].iter().any(Option::is_some).then(|| {
            let rest = |known: Option<u64>| total.unwrap_or(0).saturating_sub(known.unwrap_or(0));
            let input = input.unwrap_or_else(|| rest(output));
            Self {
                requests: 1,
                input_tokens: input,
                output_tokens: output.unwrap_or_else(|| rest(Some(input))),
                pages: pages.unwrap_or(0),
                audio_seconds: seconds.unwrap_or(0),
            }
        })
    }
}

/// The usage, where it is the last member of the body, as many servers write it: then nothing before it need be read.
///
/// A quote inside a text is escaped, so that the key is a key wherever it stands; and an object that ends where the body ends is
/// the body.
fn last_member(body: &str) -> Option<Tokens<'_>> {
    static KEY: LazyLock<FinderRev<'static>> = LazyLock::new(|| FinderRev::new("\"usage\":"));
    let rest = body.get(KEY.rfind(body)? + KEY.needle().len()..)?;
    let value = rest.trim_end().strip_suffix('}')?.trim();
    // Another member before its end would leave something behind the value.
    serde_json::from_str(value).ok()
}

// Each level is kept as text until it is looked at: a field of the wrong kind spoils neither its neighbours nor the
// rest.

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    #[serde(borrow)]
    usage_info: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
struct Tokens<'a> {
    #[serde(borrow)]
    prompt_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    completion_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    total_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    prompt_audio_seconds: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
struct Pages<'a> {
    #[serde(borrow)]
    pages_processed: Option<&'a RawValue>,
}

fn part<'a, T: Deserialize<'a> + Default>(raw: Option<&'a RawValue>) -> T {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
}

fn count(raw: Option<&RawValue>) -> Option<u64> {
    raw?.get().parse().ok()
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        let Self { requests, input_tokens, output_tokens, pages, audio_seconds } = other;
        self.requests = self.requests.saturating_add(requests);
        self.input_tokens = self.input_tokens.saturating_add(input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(output_tokens);
        self.pages = self.pages.saturating_add(pages);
        self.audio_seconds = self.audio_seconds.saturating_add(audio_seconds);
    }
}

impl Add for Usage {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(usages: I) -> Self {
        usages.fold(Self::default(), Self::add)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens(input_tokens: u64, output_tokens: u64) -> Usage {
        Usage { requests: 1, input_tokens, output_tokens, ..Usage::default() }
    }

    #[test]
    fn reads_the_tokens_of_a_chat() {
        let body = r#"{"id":"1","choices":[{"message":{"content":"\"usage\":{\"prompt_tokens\":9}"}}],
            "usage":{"prompt_tokens":16,"total_tokens":50,"completion_tokens":34,
            "prompt_tokens_details":{"cached_tokens":0}}}"#;
        assert_eq!(Usage::read(body), Some(tokens(16, 34)));
    }

    #[test]
    fn reads_the_pages_of_a_document() {
        let body = r#"{"pages":[{"index":0}],"usage_info":{"pages_processed":29,"doc_size_bytes":null}}"#;
        assert_eq!(Usage::read(body), Some(Usage { requests: 1, pages: 29, ..Usage::default() }));
    }

    #[test]
    fn reads_the_seconds_of_a_recording() {
        let body = r#"{"text":"",
            "usage":{"prompt_audio_seconds":203,"prompt_tokens":4,"total_tokens":10,"completion_tokens":6}}"#;
        assert_eq!(Usage::read(body), Some(Usage { audio_seconds: 203, ..tokens(4, 6) }));
    }

    #[test]
    fn what_is_missing_follows_from_the_total() {
        assert_eq!(Usage::read(r#"{"usage":{"total_tokens":50}}"#), Some(tokens(50, 0)));
        assert_eq!(Usage::read(r#"{"usage":{"total_tokens":50,"prompt_tokens":20}}"#), Some(tokens(20, 30)));
        assert_eq!(Usage::read(r#"{"usage":{"total_tokens":50,"completion_tokens":20}}"#), Some(tokens(30, 20)));
        assert_eq!(Usage::read(r#"{"usage":{"total_tokens":1,"prompt_tokens":20}}"#), Some(tokens(20, 0)));
    }

    #[test]
    fn a_count_in_another_form_is_passed_over() {
        let body =
            r#"{"usage_info":[],"usage":{"prompt_tokens":16,"completion_tokens":null,"prompt_audio_seconds":{}}}"#;
        assert_eq!(Usage::read(body), Some(tokens(16, 0)));
    }

    #[test]
    fn a_body_without_usage_has_none() {
        for body in [
            "",
            "[]",
            "null",
            r#""usage""#,
            "{}",
            r#"{"usage":null}"#,
            r#"{"usage":7}"#,
            r#"{"usage":{}}"#,
            r#"{"usage":{"prompt_tokens":-1}}"#,
            r#"{"object":"error","message":"no"}"#,
            r#"{"usage":{"prompt_tokens":16}"#,
        ] {
            assert_eq!(Usage::read(body), None, "{body}");
        }
    }

    #[test]
    fn counts_that_are_missing_in_json_are_zero() {
        assert_eq!(serde_json::from_str::<Usage>(r#"{"requests":1,"input_tokens":2}"#).unwrap(), tokens(2, 0));
    }

    #[test]
    fn counts_stop_at_the_largest_number() {
        let sum = tokens(u64::MAX, 1) + tokens(1, 1);
        assert_eq!(sum, Usage { requests: 2, ..tokens(u64::MAX, 2) });
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(body in ".*") {
            let _ = Usage::read(&body);
        }

        #[test]
        fn what_a_body_reports_is_read(input: u32, output: u32, pages: u32, seconds: u32) {
            let (input_tokens, output_tokens) = (u64::from(input), u64::from(output));
            let body = serde_json::json!({
                "usage": {
                    "prompt_tokens": input,
                    "completion_tokens": output,
                    "total_tokens": input_tokens + output_tokens,
                    "prompt_audio_seconds": seconds,
                },
                "usage_info": {"pages_processed": pages},
            });
            let (pages, audio_seconds) = (u64::from(pages), u64::from(seconds));
            let used = Usage { pages, audio_seconds, ..tokens(input_tokens, output_tokens) };
            prop_assert_eq!(Usage::read(&body.to_string()), Some(used));
        }
    }
}
