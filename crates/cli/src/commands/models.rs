//! Models the key can use.

use mistral_sdk::models::{ListModels, Model, ModelCard, TunedModel, UpdateModel};
use serde_json::Value;

use crate::args::{GetModelArgs, ListModelsArgs, ModelsCommand, UpdateModelArgs};
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::Result;
use crate::terminal::{Column, Table};

pub(super) async fn dispatch(context: &Context, command: &ModelsCommand) -> Result<ExitCode> {
    match command {
        ModelsCommand::List(args) => list(context, args).await,
        ModelsCommand::Get(args) => get(context, args).await,
        ModelsCommand::Update(args) => update(context, args).await,
        ModelsCommand::Archive(args) => archive(context, args).await,
        ModelsCommand::Unarchive(args) => unarchive(context, args).await,
        ModelsCommand::Delete(args) => delete(context, args).await,
    }
}

async fn list(context: &Context, args: &ListModelsArgs) -> Result<ExitCode> {
    let mut params = ListModels::default();
    params.provider = args.provider.clone();
    params.model = args.model.clone();
    let models = context.connect()?.client.models().list(&params).await?;
    context.data().list(&models, table)?;
    Ok(ExitCode::Success)
}

async fn get(context: &Context, args: &GetModelArgs) -> Result<ExitCode> {
    let model = context.connect()?.client.models().get(&args.id).await?;
    context.data().item(&model, &fields(&model))?;
    Ok(ExitCode::Success)
}

async fn update(context: &Context, args: &UpdateModelArgs) -> Result<ExitCode> {
    let mut update = UpdateModel::default();
    update.name = args.name.clone().unwrap_or_default();
    update.description = args.description.clone().unwrap_or_default();
    let model = context.connect()?.client.models().update(&args.id, &update).await?;
    context.data().item(&model, &tuned_fields(&model))?;
    Ok(ExitCode::Success)
}

async fn archive(context: &Context, args: &GetModelArgs) -> Result<ExitCode> {
    let model = context.connect()?.client.models().archive(&args.id).await?;
    let fields = [("id", model.id.to_string()), ("archived", model.archived.to_string())];
    context.data().item(&model, &fields)?;
    Ok(ExitCode::Success)
}

async fn unarchive(context: &Context, args: &GetModelArgs) -> Result<ExitCode> {
    let model = context.connect()?.client.models().unarchive(&args.id).await?;
    let fields = [("id", model.id.to_string()), ("archived", model.archived.to_string())];
    context.data().item(&model, &fields)?;
    Ok(ExitCode::Success)
}

async fn delete(context: &Context, args: &GetModelArgs) -> Result<ExitCode> {
    let deleted = context.connect()?.client.models().delete(&args.id).await?;
    let fields = [("id", deleted.id.to_string()), ("deleted", deleted.deleted.to_string())];
    context.data().item(&deleted, &fields)?;
    Ok(ExitCode::Success)
}

fn tuned_fields(model: &TunedModel) -> Vec<(&'static str, String)> {
    let mut fields = vec![("id", model.id().unwrap_or("-").to_owned())];
    if let Some(card) = model.card() {
        fields.push(("root", card.root.to_string()));
        fields.extend(card.name.clone().map(|name| ("name", name)));
        fields.extend(card.description.clone().map(|description| ("description", description)));
        fields.push(("archived", card.archived.to_string()));
    }
    fields
}

const COLUMNS: &[Column] = &[
    Column::fixed("ID"),
    Column::fixed("KIND"),
    Column::number("CONTEXT"),
    Column::shrinking("OWNER").optional(1),
    Column::fixed("WITHDRAWN"),
];

fn table(models: &[Model]) -> Table {
    let mut table = Table::new(COLUMNS);
    for model in models {
        let card = model.card();
        table.row([
            model.id().unwrap_or("-"),
            kind(model),
            &card.map(|card| card.max_context_length.to_string()).unwrap_or_default(),
            card.map(|card| card.owned_by.as_str()).unwrap_or_default(),
            &card.and_then(|card| card.deprecation.as_ref()).map(ToString::to_string).unwrap_or_default(),
        ]);
    }
    table
}

fn fields(model: &Model) -> Vec<(&'static str, String)> {
    let mut fields = vec![("id", model.id().unwrap_or("-").to_owned()), ("kind", kind(model).to_owned())];
    if let Some(card) = model.card() {
        fields.extend(card_fields(card));
    }
    if let Model::FineTuned(model) = model {
        fields.push(("root", model.root.to_string()));
        fields.extend(model.job.as_ref().map(|job| ("job", job.to_string())));
        fields.push(("archived", model.archived.to_string()));
    }
    fields
}

fn card_fields(card: &ModelCard) -> Vec<(&'static str, String)> {
    let mut fields = vec![
        ("owner", card.owned_by.clone()),
        ("context", format!("{} tokens", card.max_context_length)),
        ("can do", capabilities(card)),
    ];
    let aliases: Vec<_> = card.aliases.iter().map(|alias| alias.as_str()).collect();
    let optional = [
        ("name", card.name.clone()),
        ("description", card.description.clone()),
        ("aliases", (!aliases.is_empty()).then(|| aliases.join(", "))),
        ("temperature", card.default_model_temperature.map(|temperature| temperature.to_string())),
        ("withdrawn", card.deprecation.as_ref().map(ToString::to_string)),
        ("replaced by", card.deprecation_replacement_model.as_ref().map(ToString::to_string)),
    ];
    fields.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
    fields
}

/// What the model can do, in the words of the API.
fn capabilities(card: &ModelCard) -> String {
    match serde_json::to_value(&card.capabilities) {
        Ok(Value::Object(all)) => {
            let on: Vec<_> = all.iter().filter(|(_, on)| **on == Value::Bool(true)).map(|(name, _)| &**name).collect();
            on.join(", ")
        }
        _ => String::new(),
    }
}

fn kind(model: &Model) -> &str {
    match model {
        Model::Base(_) => "base",
        Model::FineTuned(model) if model.archived => "archived",
        Model::FineTuned(_) => "fine-tuned",
        Model::Unknown(value) => value.get("type").and_then(Value::as_str).unwrap_or("unknown"),
        _ => "unknown",
    }
}
