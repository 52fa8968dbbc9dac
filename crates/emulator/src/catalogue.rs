use mistral_models::{BaseModel, FineTunedModel, Model, ModelCapabilities, ModelCard, ModelId, UnixTime};

/// The models there are.
pub(crate) struct Catalogue(Vec<Model>);

impl Catalogue {
    pub(crate) fn new(models: Vec<Model>) -> Self {
        Self(models)
    }

    pub(crate) fn models(&self) -> &[Model] {
        &self.0
    }

    /// The model with this id or alias.
    pub(crate) fn find(&self, id: &str) -> Option<&Model> {
        self.0.iter().find(|model| goes_by(model, id))
    }

    pub(crate) fn remove(&mut self, id: &str) {
        self.0.retain(|model| model.id() != Some(id));
    }
}

/// Whether `id` is the model's id or one of its aliases.
pub(crate) fn goes_by(model: &Model, id: &str) -> bool {
    model.id() == Some(id) || model.card().is_some_and(|card| card.aliases.iter().any(|alias| alias.as_str() == id))
}

/// One model of the vendor's for each kind of work, and one fine-tuned model, so that deleting can be tried. Names and
/// abilities are those of the service's families; dates and context lengths are made up.
impl Default for Catalogue {
    fn default() -> Self {
        let base = |id: &str, alias: &str, set: fn(&mut ModelCapabilities)| {
            Model::Base(Box::new(BaseModel::new(card(id, Some(alias), set))))
        };
        let chat: fn(&mut ModelCapabilities) = |can| {
            can.completion_chat = true;
            can.function_calling = true;
        };
        let see: fn(&mut ModelCapabilities) = |can| {
            can.completion_chat = true;
            can.function_calling = true;
            can.vision = true;
        };
        let mut tuned = card("ft:open-mistral-7b:emulator:20250611:3b9f0c52", None, chat);
        tuned.owned_by = "emulator".to_owned();
        let tuned = FineTunedModel::new(tuned, "3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11", "open-mistral-7b");
        Self(vec![
            base("mistral-large-latest", "mistral-large-2512", see),
            base("mistral-medium-latest", "mistral-medium-2508", see),
            base("mistral-small-latest", "mistral-small-2506", see),
            base("ministral-8b-latest", "ministral-8b-2410", chat),
            base("ministral-3b-latest", "ministral-3b-2410", chat),
            base("open-mistral-nemo", "open-mistral-nemo-2407", chat),
            base("open-mistral-7b", "mistral-tiny", chat),
            base("magistral-small-latest", "magistral-small-2509", |can| {
                can.completion_chat = true;
                can.function_calling = true;
                can.reasoning = true;
            }),
            base("codestral-latest", "codestral-2508", |can| {
                can.completion_chat = true;
                can.completion_fim = true;
                can.function_calling = true;
            }),
            base("mistral-embed", "mistral-embed-2312", |_| {}),
            base("codestral-embed", "codestral-embed-2505", |_| {}),
            base("mistral-moderation-latest", "mistral-moderation-2411", |can| can.moderation = true),
            base("mistral-ocr-latest", "mistral-ocr-2505", |can| can.ocr = true),
            base("voxtral-mini-latest", "voxtral-mini-2507", |can| {
                can.audio = true;
                can.audio_transcription = true;
            }),
            Model::FineTuned(Box::new(tuned)),
        ])
    }
}

fn card(id: &str, alias: Option<&str>, set: fn(&mut ModelCapabilities)) -> ModelCard {
    let mut capabilities = ModelCapabilities::default();
    set(&mut capabilities);
    let mut card = ModelCard::new(id, capabilities);
    card.created = Some(UnixTime::from_secs(1_749_000_000));
    card.name = Some(alias.unwrap_or(id).to_owned());
    card.description = Some("Listed by the emulator; no model stands behind it.".to_owned());
    card.aliases = alias.into_iter().map(ModelId::from).collect();
    card
}
