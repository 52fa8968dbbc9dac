//! The models operations.

use http::Response;
use mistral_models::{
    ArchivedModel, ClassifierModel, CompletionModel, DeletedModel, FineTunedModel, Model, TunedModelCard,
    UnarchivedModel, UnixTime,
};
use serde_json::{Value, json};

use crate::Body;
use crate::api::Api;
use crate::body::RequestBody;
use crate::catalogue::{Catalogue, WORKSPACE, goes_by};
use crate::error::{ApiError, ok};
use crate::fields::Fields;
use crate::json::with_nulls;
use crate::lock::lock;
use crate::query::Query;

/// `GET /v1/models`.
///
/// `model` is an id or an alias. What `provider` compares with is not documented: here it is the owner, and `mistral`
/// is another name for `mistralai`.
pub(crate) async fn list(api: &Api, query: &Query) -> Response<Body> {
    match of_upstream(api).await {
        Some(models) => listed(&models, query),
        None => listed(&lock(&api.models), query),
    }
}

/// The models of the upstream, if there is one that tells them; what can be changed are the emulator's own still.
async fn of_upstream(api: &Api) -> Option<Catalogue> {
    api.hub.as_ref()?.models().await
}

fn listed(models: &Catalogue, query: &Query) -> Response<Body> {
    let provider = query.text("provider").map(|provider| if provider == "mistral" { "mistralai" } else { provider });
    let of_provider =
        |model: &Model| provider.is_none_or(|provider| model.card().is_some_and(|card| card.owned_by == provider));
    let named = |model: &Model| query.text("model").is_none_or(|id| goes_by(model, id));
    let data: Vec<_> = models.models().iter().filter(|model| of_provider(model) && named(model)).map(view).collect();
    ok(&json!({"object": "list", "data": data}))
}

/// `GET /v1/models/{model_id}`, by id or alias.
pub(crate) async fn get(api: &Api, id: &str) -> Result<Response<Body>, ApiError> {
    let found = |models: &Catalogue| models.find(id).map(|model| ok(&view(model))).ok_or_else(|| no_such_model(id));
    match of_upstream(api).await {
        Some(models) => found(&models),
        None => found(&lock(&api.models)),
    }
}

/// `DELETE /v1/models/{model_id}`: fine-tuned models only.
pub(crate) fn delete(api: &Api, id: &str) -> Result<Response<Body>, ApiError> {
    let mut models = lock(&api.models);
    match models.find(id) {
        None => return Err(no_such_model(id)),
        Some(Model::Base(_)) => return Err(ApiError::forbidden("A base model cannot be deleted.")),
        Some(_) => {}
    }
    models.remove(id);
    Ok(ok(&json!(DeletedModel::new(id))))
}

/// `PATCH /v1/fine_tuning/models/{model_id}`: what is absent stays, what is null is emptied. Fine-tuned models only.
pub(crate) async fn update(api: &Api, id: &str, body: &mut RequestBody) -> Result<Response<Body>, ApiError> {
    let body = body.collect(api.limits.json_bytes).await?;
    let mut fields = Fields::parse(&body)?;
    let [name, description] = ["name", "description"].map(|key| fields.has(key).then(|| fields.text(key)));
    fields.complaints.check()?;
    let mut models = lock(&api.models);
    let tuned = tuned(&mut models, id)?;
    if let Some(name) = name {
        tuned.card.name = name;
    }
    if let Some(description) = description {
        tuned.card.description = description;
    }
    let tuned = tuned.clone();
    Ok(ok(&tuned_view(&models, tuned)))
}

/// `POST` and `DELETE /v1/fine_tuning/models/{model_id}/archive`. Fine-tuned models only.
pub(crate) fn archive(api: &Api, id: &str, archived: bool) -> Result<Response<Body>, ApiError> {
    let mut models = lock(&api.models);
    let tuned = tuned(&mut models, id)?;
    tuned.archived = archived;
    let id = &tuned.card.id;
    Ok(ok(&if archived { json!(ArchivedModel::new(id)) } else { json!(UnarchivedModel::new(id)) }))
}

fn tuned<'a>(models: &'a mut Catalogue, id: &str) -> Result<&'a mut FineTunedModel, ApiError> {
    match models.find_mut(id) {
        Some(Model::FineTuned(tuned)) => Ok(tuned),
        Some(_) => Err(ApiError::forbidden("Only a fine-tuned model can be changed.")),
        None => Err(no_such_model(id)),
    }
}

/// A fine-tuned model in the form of its own operations, which is not that of the listing.
fn tuned_view(models: &Catalogue, tuned: FineTunedModel) -> Value {
    let root = models.find(tuned.root.as_str()).and_then(Model::card);
    let version = root.and_then(|root| root.aliases.first()).unwrap_or(&tuned.root).to_string();
    let targets = models.targets(&tuned.card.id);
    let created = tuned.card.created.unwrap_or(UnixTime::from_secs(0));
    let mut card = TunedModelCard::new(tuned.card.id, tuned.root, tuned.card.owned_by, created);
    card.workspace_id = Some(WORKSPACE.to_owned());
    card.root_version = Some(version);
    card.archived = tuned.archived;
    card.name = tuned.card.name;
    card.description = tuned.card.description;
    card.max_context_length = tuned.card.max_context_length;
    card.aliases = tuned.card.aliases;
    card.job = tuned.job;
    card.capabilities = tuned.card.capabilities;
    let nulls = ["name", "description", "job"];
    let mut view = match targets {
        Some(targets) => with_nulls(&ClassifierModel::new(card, targets.to_vec()), &nulls),
        None => with_nulls(&CompletionModel::new(card), &nulls),
    };
    if let Some(capabilities) = view["capabilities"].as_object_mut() {
        capabilities.retain(|name, _| TUNED_CAPABILITIES.contains(&name.as_str()));
    }
    view
}

/// What the service tells of a fine-tuned model's abilities there.
const TUNED_CAPABILITIES: [&str; 5] =
    ["completion_chat", "completion_fim", "function_calling", "fine_tuning", "classification"];

fn view(model: &Model) -> Value {
    let nulls = ["name", "description", "deprecation", "deprecation_replacement_model", "default_model_temperature"];
    with_nulls(model, &nulls)
}

fn no_such_model(id: &str) -> ApiError {
    ApiError::not_found(format!("No model with this id: {}.", id.escape_debug()))
}
