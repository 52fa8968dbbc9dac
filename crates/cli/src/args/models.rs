use clap::{Args, Subcommand};
use mistral_sdk::models::{Change, ModelId};

use super::values;

/// What can be done with models.
#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// List models
    List(ListModelsArgs),
    /// Show a model
    #[command(after_help = "\
Examples:
  mistral-jobs models get mistral-small-latest")]
    Get(GetModelArgs),
    /// Change the name and the description of a fine-tuned model
    Update(UpdateModelArgs),
    /// Put a fine-tuned model aside; it answers no more requests until it is taken back
    #[command(after_help = "\
Examples:
  mistral-jobs models archive ft:open-mistral-nemo:support:20250611:3b9f0c52")]
    Archive(GetModelArgs),
    /// Take back a model that was archived
    #[command(after_help = "\
Examples:
  mistral-jobs models unarchive ft:open-mistral-nemo:support:20250611:3b9f0c52")]
    Unarchive(GetModelArgs),
    /// Delete a fine-tuned model for good; the vendor's own cannot be deleted
    #[command(after_help = "\
To put it aside instead: mistral-jobs models archive

Examples:
  mistral-jobs models delete ft:open-mistral-nemo:support:20250611:3b9f0c52")]
    Delete(GetModelArgs),
}

/// Which models to list.
#[derive(Debug, Args)]
#[command(after_help = "\
Columns: id, kind (base, fine-tuned, archived), context length in tokens, owner, withdrawal.

Examples:
  mistral-jobs models list
  mistral-jobs models list -o jsonl | jq -r 'select(.capabilities.completion_chat).id'")]
pub(crate) struct ListModelsArgs {
    /// Only models of this provider
    #[arg(long, value_name = "NAME")]
    pub(crate) provider: Option<String>,
    /// Only this model
    #[arg(long, value_parser = values::model_id)]
    pub(crate) model: Option<ModelId>,
}

/// Names a model.
#[derive(Debug, Args)]
pub(crate) struct GetModelArgs {
    /// Id of the model
    #[arg(value_name = "MODEL", value_parser = values::model_id)]
    pub(crate) id: ModelId,
}

/// What people are to read of a model.
#[derive(Debug, Args)]
#[command(after_help = "\
An empty text removes what was there; what is not named stays as it is.

Examples:
  mistral-jobs models update ft:open-mistral-nemo:support:20250611:3b9f0c52 --name 'Tide tables'
  mistral-jobs models update ft:open-mistral-nemo:support:20250611:3b9f0c52 --description ''")]
pub(crate) struct UpdateModelArgs {
    /// Id of the model
    #[arg(value_name = "MODEL", value_parser = values::model_id)]
    pub(crate) id: ModelId,
    /// A name for people; empty to remove it
    #[arg(long, value_name = "TEXT", value_parser = values::change, required_unless_present = "description")]
    pub(crate) name: Option<Change>,
    /// What the model is good for; empty to remove it
    #[arg(long, value_name = "TEXT", value_parser = values::change)]
    pub(crate) description: Option<Change>,
}
