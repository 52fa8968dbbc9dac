use clap::{Args, Subcommand};
use mistral_sdk::models::ModelId;

use super::values;

/// What can be done with models.
#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// List models
    List(ListModelsArgs),
    /// Show a model
    Get(GetModelArgs),
}

/// Which models to list.
#[derive(Debug, Args)]
#[command(after_help = "\
Columns: id, kind, context length in tokens, owner, withdrawal.

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

/// Which model to show.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mistral-jobs models get mistral-small-latest")]
pub(crate) struct GetModelArgs {
    /// Id of the model
    #[arg(value_name = "MODEL", value_parser = values::model_id)]
    pub(crate) id: ModelId,
}
