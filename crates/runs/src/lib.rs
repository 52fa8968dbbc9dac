//! Runs whole batch workloads on the Mistral AI API.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod currency;
mod estimate;
mod money;
mod prices;
mod usage;

pub use currency::Currency;
pub use estimate::{Estimate, EstimateRequest};
pub use money::Money;
pub use prices::{Price, PriceTable};
pub use usage::Usage;
