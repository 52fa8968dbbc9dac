use mistral_sdk::models::ModelId;
use mistral_sdk::runs::{Money, Runs, Stage, Usage};
use serde::Serialize;

use super::status_view::stage;
use crate::args::CostArgs;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::Result;
use crate::runs;

/// What a run has used so far, in the JSON formats. Keys are only ever added.
#[derive(Debug, Serialize)]
struct Document<'a> {
    schema_version: u32,
    run: &'a str,
    stage: Stage,
    model: Option<&'a ModelId>,
    usage: Usage,
    /// An estimate, by prices of `prices_as_of`; `null` if no price is known.
    cost: Option<Money>,
    prices_as_of: String,
}

/// Says what a run has used so far, and what that costs.
pub(super) async fn cost(context: &Context, args: &CostArgs) -> Result<ExitCode> {
    let prices = runs::price_table(&args.prices)?;
    let status = Runs::status(&args.folder).await?;
    let model = status.model.as_ref().map(ModelId::as_str);
    let cost = prices.cost(model.unwrap_or_default(), &status.endpoint, &status.usage);
    let as_of = runs::price_date(model, &status.endpoint, &prices);
    let fields = [
        ("stage", stage(status.stage).to_owned()),
        ("model", model.unwrap_or("-").to_owned()),
        ("answers", status.usage.requests.to_string()),
        ("used", runs::used(&status.usage)),
        ("cost", runs::estimated(cost, model, &status.endpoint, &prices)),
    ];
    let document = Document {
        schema_version: 1,
        run: &status.run,
        stage: status.stage,
        model: status.model.as_ref(),
        usage: status.usage,
        cost,
        prices_as_of: as_of,
    };
    context.data().item(&document, &fields)?;
    Ok(ExitCode::Success)
}
