use mistral_models::{
    ArchivedModel, DeletedModel, List, ListModels, Model, ModelId, TunedModel, UnarchivedModel, UpdateModel,
};
use mistral_transport::{Call, Result, Transport};

/// The models a workspace can use: the vendor's, and those fine-tuned from them.
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

    /// Changes the name or the description of a fine-tuned model.
    ///
    /// # Errors
    ///
    /// [`NotFound`](mistral_transport::ErrorKind::NotFound) if there is no fine-tuned model of this id, and whatever the call
    /// meets.
    ///
    /// ```no_run
    /// # use mistral_fine_tuning::Models;
    /// # use mistral_models::{Change, UpdateModel};
    /// # async fn demo(models: Models) -> mistral_transport::Result<()> {
    /// let update = UpdateModel::default().name("Tide tables").description(Change::Clear);
    /// let model = models.update("ft:open-mistral-7b:587a6b29:20240514:7e773925", &update).await?;
    /// # Ok(()) }
    /// ```
    pub async fn update(&self, id: impl Into<ModelId>, update: &UpdateModel) -> Result<TunedModel> {
        let id = id.into();
        let call = Call::patch("models.update", &["v1", "fine_tuning", "models", id.as_str()]).checked(id.check());
        self.transport.json(call.json(update).idempotent()).await
    }

    /// Puts a fine-tuned model aside. It can be taken back with [`unarchive`](Self::unarchive).
    ///
    /// # Errors
    ///
    /// [`NotFound`](mistral_transport::ErrorKind::NotFound) if there is no fine-tuned model of this id, and whatever the call
    /// meets.
    pub async fn archive(&self, id: impl Into<ModelId>) -> Result<ArchivedModel> {
        let id = id.into();
        let path = ["v1", "fine_tuning", "models", id.as_str(), "archive"];
        self.transport.json(Call::post("models.archive", &path).checked(id.check()).idempotent()).await
    }

    /// Takes an archived model back into use.
    ///
    /// The API deletes the model's place in the archive; found gone after an attempt whose answer was lost, that counts as
    /// done.
    ///
    /// # Errors
    ///
    /// [`NotFound`](mistral_transport::ErrorKind::NotFound) if there is no fine-tuned model of this id, and whatever the call
    /// meets.
    pub async fn unarchive(&self, id: impl Into<ModelId>) -> Result<UnarchivedModel> {
        let id = id.into();
        let path = ["v1", "fine_tuning", "models", id.as_str(), "archive"];
        match self.transport.json(Call::delete("models.unarchive", &path).checked(id.check())).await {
            Err(error) if error.is_deleted() => Ok(UnarchivedModel::new(id)),
            answer => answer,
        }
    }

    /// Deletes a fine-tuned model for good; the vendor's own cannot be deleted.
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
