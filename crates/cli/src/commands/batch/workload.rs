use mistral_sdk::Client;
use mistral_sdk::runs::{Input, PriceTable, Runs, Spec};

use super::new_job;
use crate::args::Workload;
use crate::failure::Result;
use crate::runs;
use crate::terminal::Screen;

/// What the command line wants to be run.
pub(super) struct Prepared {
    pub(super) spec: Spec,
    pub(super) input: Input,
    pub(super) prices: PriceTable,
    check_model: bool,
}

impl Prepared {
    /// # Errors
    ///
    /// Everything that can be found wrong before requests are read and anything is sent.
    pub(super) fn new(workload: &Workload, screen: Screen) -> Result<Self> {
        let Workload { inputs, job, table, parts, money } = workload;
        let job = new_job::from_options(job, screen)?;
        let prices = runs::price_table(&money.prices)?;
        let spec = runs::spec(job, parts, money, &prices)?;
        let input = runs::input(inputs, table, &spec.job.endpoint)?;
        Ok(Self { spec, input, prices, check_model: !parts.no_model_check })
    }

    /// Runs with these prices, on a service that may or may not be asked for its models first.
    pub(super) fn runs(&self, client: &Client) -> Runs {
        client.runs().check_model(self.check_model).prices(self.prices.clone())
    }
}
