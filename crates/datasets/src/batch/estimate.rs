use crate::training::{EstimateTokens, TokenCounter as _};

/// About how many tokens a request's input has, from the JSON text of its body: one for every four bytes, as
/// [`EstimateTokens`] says.
///
/// Quick enough for every line of a large input, and rough: keys and brackets are counted as if they were read, settings
/// too, and an image in a data URL counts as the text that it is written in, which is far too much. For bodies of text, take
/// it as right within a third.
///
/// ```
/// use mistral_datasets::batch::{Request, estimate_tokens};
///
/// let request = Request::parse(br#"{"custom_id": "q-1", "body": {"input": "How long is the Rhine?"}}"#)?;
/// assert_eq!(estimate_tokens(request.body), 9);
/// # Ok::<(), mistral_datasets::batch::Flaw>(())
/// ```
pub fn estimate_tokens(body: &str) -> u64 {
    EstimateTokens.count(body)
}
