//! The models operations.

use http::Response;
use mistral_models::{DeletedModel, Model};
use serde_json::{Value, json};

use crate::Body;
use crate::api::Api;
use crate::catalogue::goes_by;
use crate::error::{ApiError, ok};
use crate::json::with_nulls;
use crate::lock::lock;
use crate::query::Query;

/// `GET /v1/models`.
///
/// `model` is an id or an alias. What `provider` compares with is not documented: here it is the owner, and `mistral`
/// is another name for `mistralai`.
pub(crate) fn list(api: &Api, query: &Query) -> Response<Body> {
    let provider = query.text("provider").map(|provider| if provider == "mistral" { "mistralai" } else { provider });
    let of_provider =
        |model: &Model| provider.is_none_or(|provider| model.card().is_some_and(|card| card.owned_by == provider));
    let named = |model: &Model| query.text("model").is_none_or(|id| goes_by(model, id));
    let models = lock(&api.models);
    let data: Vec<_> = models.models().iter().filter(|model| of_provider(model) && named(model)).map(view).collect();
    ok(&json!({"object": "list", "data": data}))
}

/// `GET /v1/models/{model_id}`, by id or alias.
pub(crate) fn get(api: &Api, id: &str) -> Result<Response<Body>, ApiError> {
    lock(&api.models).find(id).map(|model| ok(&view(model))).ok_or_else(|| no_such_model(id))
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

fn view(model: &Model) -> Value {
    let nulls = ["name", "description", "deprecation", "deprecation_replacement_model", "default_model_temperature"];
    with_nulls(model, &nulls)
}

fn no_such_model(id: &str) -> ApiError {
    ApiError::not_found(format!("No model with this id: {}.", id.escape_debug()))
}
