//! Endpoints by the names people type, and what goes with each.

use mistral_sdk::models::{BatchEndpoint, ModelId};

use crate::args::EndpointArgs;
use crate::failure::{Failure, Result};

/// Short names, in the order of the API's description.
const NAMES: [(&str, BatchEndpoint); 10] = [
    ("chat", BatchEndpoint::ChatCompletions),
    ("embeddings", BatchEndpoint::Embeddings),
    ("fim", BatchEndpoint::FimCompletions),
    ("moderations", BatchEndpoint::Moderations),
    ("chat-moderations", BatchEndpoint::ChatModerations),
    ("ocr", BatchEndpoint::Ocr),
    ("classifications", BatchEndpoint::Classifications),
    ("chat-classifications", BatchEndpoint::ChatClassifications),
    ("conversations", BatchEndpoint::Conversations),
    ("transcriptions", BatchEndpoint::AudioTranscriptions),
];

/// The endpoint by its short name or its path.
///
/// # Errors
///
/// Anything else, with what is known; a path that is not known only if the user did not ask for it.
pub(crate) fn resolve(args: &EndpointArgs) -> Result<BatchEndpoint> {
    let text = args.endpoint.as_str();
    if let Some((_, endpoint)) = NAMES.iter().find(|(name, _)| *name == text) {
        return Ok(endpoint.clone());
    }
    let endpoint = BatchEndpoint::from(text);
    if endpoint.is_known() || (args.allow_unknown_endpoint && text.starts_with('/')) {
        return Ok(endpoint);
    }
    let mut failure =
        Failure::usage(format!("--endpoint: {text:?} is not an endpoint of batch jobs")).line("expected one of:");
    for (name, endpoint) in &NAMES {
        failure = failure.line(format!("  {name:<22}{endpoint}"));
    }
    Err(match nearest(text) {
        Some(path) => failure.help(format!("Write --endpoint {path}")),
        None if text.starts_with('/') => {
            failure.help("If the service has a path this version does not know, add --allow-unknown-endpoint.")
        }
        None => failure,
    })
}

/// The known path that the text ends with: of a URL, or of a path that lacks its first slash or `/v1`.
fn nearest(text: &str) -> Option<&'static str> {
    let text = text.trim_end_matches('/');
    let is_tail = |path: &&str| {
        let bare = path.trim_start_matches("/v1/");
        text.strip_suffix(bare).is_some_and(|head| head.is_empty() || head.ends_with('/'))
    };
    // The longest: /v1/chat/moderations before /v1/moderations.
    BatchEndpoint::KNOWN.iter().map(BatchEndpoint::as_str).filter(is_tail).max_by_key(|path| path.len())
}

/// The model to use when neither the command line nor any request names one. Classifiers have none: they are models of
/// one's own.
pub(crate) fn default_model(endpoint: &BatchEndpoint) -> Option<ModelId> {
    let model = match endpoint {
        BatchEndpoint::ChatCompletions | BatchEndpoint::Conversations => "mistral-small-latest",
        BatchEndpoint::Embeddings => "mistral-embed",
        BatchEndpoint::FimCompletions => "codestral-latest",
        BatchEndpoint::Moderations | BatchEndpoint::ChatModerations => "mistral-moderation-latest",
        BatchEndpoint::Ocr => "mistral-ocr-latest",
        BatchEndpoint::AudioTranscriptions => "voxtral-mini-latest",
        _ => return None,
    };
    Some(model.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str, allow_unknown_endpoint: bool) -> std::result::Result<String, String> {
        let args = EndpointArgs { endpoint: text.to_owned(), allow_unknown_endpoint };
        resolve(&args).map(|endpoint| endpoint.to_string()).map_err(|failure| failure.to_string())
    }

    #[test]
    fn every_endpoint_has_a_short_name_and_is_known_by_its_path() {
        assert_eq!(NAMES.len(), BatchEndpoint::KNOWN.len());
        for endpoint in BatchEndpoint::KNOWN {
            let (name, _) = NAMES.iter().find(|(_, named)| named == endpoint).unwrap();
            assert_eq!(resolved(name, false), Ok(endpoint.to_string()));
            assert_eq!(resolved(endpoint.as_str(), false), Ok(endpoint.to_string()));
        }
    }

    #[test]
    fn a_near_miss_is_told_the_path() {
        for (text, path) in [
            ("https://api.mistral.ai/v1/ocr", "/v1/ocr"),
            ("v1/chat/moderations", "/v1/chat/moderations"),
            ("chat/completions", "/v1/chat/completions"),
            ("/chat/completions/", "/v1/chat/completions"),
        ] {
            assert!(resolved(text, false).unwrap_err().ends_with(&format!("Write --endpoint {path}")), "{text}");
        }
    }

    #[test]
    fn an_unknown_path_needs_the_switch_and_an_unknown_word_is_never_taken() {
        assert!(resolved("/v1/new", false).unwrap_err().contains("--allow-unknown-endpoint"));
        assert_eq!(resolved("/v1/new", true), Ok("/v1/new".into()));
        assert!(resolved("chta", true).unwrap_err().contains("chat-classifications"));
    }
}
