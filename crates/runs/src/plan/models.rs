use mistral_models::{BatchEndpoint, List, Model, ModelCapabilities, ModelCard, ModelId};
use mistral_transport::{Call, Error, ErrorKind, Result, Transport};

/// Compares the model with what the listing of models says of it. What may be wrong, in words.
///
/// # Errors
///
/// [`ErrorKind::BadInput`] for a model that is not listed, or that cannot do what the endpoint asks for. A listing that
/// cannot be had is only told of.
pub(crate) async fn check_model(
    transport: &Transport,
    endpoint: &BatchEndpoint,
    model: &ModelId,
) -> Result<Option<String>> {
    let list = transport.json::<List<Model>>(Call::get("models.list", &["v1", "models"]));
    let models = match list.await {
        Ok(list) => list.data,
        Err(error) if error.is_auth() => return Err(error),
        Err(error) => return Ok(Some(format!("the model could not be checked: {error}"))),
    };
    let named = |card: &&ModelCard| card.id == *model || card.aliases.contains(model);
    // A kind this version does not know can be named all the same.
    if models.iter().any(|other| other.card().is_none() && other.id() == Some(model.as_str())) {
        return Ok(None);
    }
    let Some(card) = models.iter().filter_map(Model::card).find(named) else {
        let near = nearest(model.as_str(), &models);
        let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        let message = format!("the service lists no model {model}{near}");
        return Err(Error::new(ErrorKind::BadInput, message).during("runs.plan"));
    };
    match needs(endpoint, &card.capabilities) {
        Some((capability, false)) => {
            let message =
                format!("by the service's own list, {model} has not the capability {capability} that {endpoint} needs");
            Err(Error::new(ErrorKind::BadInput, message).during("runs.plan"))
        }
        _ => Ok(None),
    }
}

/// The capability an endpoint needs, and whether it is there. Embeddings have none of their own, and a card without any says
/// nothing.
fn needs(endpoint: &BatchEndpoint, has: &ModelCapabilities) -> Option<(&'static str, bool)> {
    let needs = match endpoint {
        BatchEndpoint::ChatCompletions | BatchEndpoint::Conversations => ("completion_chat", has.completion_chat),
        BatchEndpoint::FimCompletions => ("completion_fim", has.completion_fim),
        BatchEndpoint::Ocr => ("ocr", has.ocr),
        BatchEndpoint::Moderations | BatchEndpoint::ChatModerations => ("moderation", has.moderation),
        BatchEndpoint::Classifications | BatchEndpoint::ChatClassifications => ("classification", has.classification),
        BatchEndpoint::AudioTranscriptions => ("audio_transcription", has.audio_transcription || has.audio),
        _ => return None,
    };
    (*has != ModelCapabilities::default()).then_some(needs)
}

/// The listed name that looks most like this one: by how it begins, and then by how it ends.
fn nearest<'m>(name: &str, models: &'m [Model]) -> Option<&'m str> {
    let of = |card: &'m ModelCard| std::iter::once(card.id.as_str()).chain(card.aliases.iter().map(AsRef::as_ref));
    let names = models.iter().filter_map(Model::card).flat_map(of);
    let begins = |other: &str| name.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let ends = |other: &str| name.bytes().rev().zip(other.bytes().rev()).take_while(|(a, b)| a == b).count();
    names.max_by_key(|other| (begins(other), ends(other))).filter(|other| begins(other) >= 4)
}
