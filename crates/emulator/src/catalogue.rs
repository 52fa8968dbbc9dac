use std::collections::HashMap;

use mistral_models::{
    BaseModel, ClassifierTarget, FineTunedModel, Model, ModelCapabilities, ModelCard, ModelId, UnixTime,
};

/// The workspace that everything here is in.
pub(crate) const WORKSPACE: &str = "e3a1b2c4-5d6f-4a7b-8c9d-0e1f2a3b4c5d";

/// The models there are.
pub(crate) struct Catalogue {
    models: Vec<Model>,
    /// What the classifiers among them tell apart.
    targets: HashMap<ModelId, Vec<ClassifierTarget>>,
}

impl Catalogue {
    pub(crate) fn new(models: Vec<Model>) -> Self {
        Self { models, targets: HashMap::new() }
    }

    pub(crate) fn models(&self) -> &[Model] {
        &self.models
    }

    /// The model with this id or alias.
    pub(crate) fn find(&self, id: &str) -> Option<&Model> {
        self.models.iter().find(|model| goes_by(model, id))
    }

    pub(crate) fn find_mut(&mut self, id: &str) -> Option<&mut Model> {
        self.models.iter_mut().find(|model| goes_by(model, id))
    }

    /// Takes in a model that was tuned, with what it tells apart if it is a classifier.
    pub(crate) fn add(&mut self, model: FineTunedModel, targets: Option<Vec<ClassifierTarget>>) {
        if let Some(targets) = targets {
            self.targets.insert(model.card.id.clone(), targets);
        }
        self.models.push(Model::FineTuned(Box::new(model)));
    }

    /// What a classifier tells apart; `None` for any other model.
    pub(crate) fn targets(&self, id: &ModelId) -> Option<&[ClassifierTarget]> {
        self.targets.get(id).map(Vec::as_slice)
    }

    pub(crate) fn remove(&mut self, id: &str) {
        self.models.retain(|model| model.id() != Some(id));
        self.targets.remove(&ModelId::from(id));
    }
}

/// Whether `id` is the model's id or one of its aliases.
pub(crate) fn goes_by(model: &Model, id: &str) -> bool {
    model.id() == Some(id) || model.card().is_some_and(|card| card.aliases.iter().any(|alias| alias.as_str() == id))
}

/// One model of the vendor's for each kind of work, those that can be tuned, and one fine-tuned model, so that deleting
/// can be tried. Names and abilities are those of the service's families; dates and context lengths are made up.
impl Default for Catalogue {
    fn default() -> Self {
        let base = |id: &str, alias: &str, set: fn(&mut ModelCapabilities)| {
            Model::Base(Box::new(BaseModel::new(card(id, Some(alias), set))))
        };
        let chat: fn(&mut ModelCapabilities) = |can| {
            can.completion_chat = true;
            can.function_calling = true;
        };
        let tunable: fn(&mut ModelCapabilities) = |can| {
            can.completion_chat = true;
            can.function_calling = true;
            can.fine_tuning = true;
        };
        let see: fn(&mut ModelCapabilities) = |can| {
            can.completion_chat = true;
            can.function_calling = true;
            can.vision = true;
        };
        let tunable_see: fn(&mut ModelCapabilities) = |can| {
            can.completion_chat = true;
            can.function_calling = true;
            can.fine_tuning = true;
            can.vision = true;
        };
        let mut tuned = card("ft:open-mistral-7b:emulator:20250611:3b9f0c52", None, chat);
        tuned.owned_by = "emulator".to_owned();
        let tuned = FineTunedModel::new(tuned, "3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11", "open-mistral-7b");
        Self::new(vec![
            base("mistral-large-latest", "mistral-large-2512", tunable_see),
            base("mistral-medium-latest", "mistral-medium-2508", see),
            base("mistral-small-latest", "mistral-small-2506", tunable_see),
            base("ministral-8b-latest", "ministral-8b-2410", tunable),
            base("ministral-3b-latest", "ministral-3b-2410", tunable),
            base("open-mistral-nemo", "open-mistral-nemo-2407", tunable),
            base("open-mistral-7b", "mistral-tiny", tunable),
            base("pixtral-12b-latest", "pixtral-12b-2409", tunable_see),
            base("magistral-small-latest", "magistral-small-2509", |can| {
                can.completion_chat = true;
                can.function_calling = true;
                can.reasoning = true;
            }),
            base("codestral-latest", "codestral-2508", |can| {
                can.completion_chat = true;
                can.completion_fim = true;
                can.function_calling = true;
                can.fine_tuning = true;
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
