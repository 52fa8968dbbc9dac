use mistral_models::{DeletedModel, List, ListModels, Model, ModelId};
use mistral_transport::{Call, Result, Transport};

/// The models a workspace can use.
#[derive(Debug, Clone)]
pub struct Models {
    transport: Transport,
}

impl Models {
    /// The models that this transport's key can see.
    pub fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// The models; this listing has no pages.
    ///
    /// # Errors
    ///
    /// Whatever the call meets.
    pub async fn list(&self, params: &ListModels) -> Result<List<Model>> {
        self.transport.json(Call::get("models.list", &["v1", "models"]).query(params)).await
    }

    /// One model.
    ///
    /// # Errors
    ///
    /// [`NotFound`](mistral_transport::ErrorKind::NotFound) if there is none of this id, and whatever the call meets.
    pub async fn get(&self, id: impl Into<ModelId>) -> Result<Model> {
        let id = id.into();
        self.transport.json(Call::get("models.get", &["v1", "models", id.as_str()]).checked(id.check())).await
    }

    /// Deletes a fine-tuned model; the vendor's own cannot be deleted.
    ///
    /// Found gone after an attempt whose answer was lost, it counts as deleted.
    ///
    /// # Errors
    ///
    /// [`Auth`](mistral_transport::ErrorKind::Auth) for one of the vendor's models,
    /// [`NotFound`](mistral_transport::ErrorKind::NotFound) if there is none of this id, and whatever the call meets.
    pub async fn delete(&self, id: impl Into<ModelId>) -> Result<DeletedModel> {
        let id = id.into();
        let call = Call::delete("models.delete", &["v1", "models", id.as_str()]).checked(id.check());
        match self.transport.json(call).await {
            Err(error) if error.is_deleted() => Ok(DeletedModel::new(id)),
            answer => answer,
        }
    }
}
