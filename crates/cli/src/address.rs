use mistral_sdk::transport::layers::BaseUri;

use crate::args::Global;
use crate::failure::{Failure, Result};

/// Where the API is, and what said so: that is what a wrong address is blamed on.
#[derive(Debug, PartialEq)]
pub(crate) struct Address {
    pub(crate) url: String,
    source: &'static str,
}

impl Address {
    /// The flag, or else what the library reads from the environment.
    ///
    /// # Errors
    ///
    /// A variable that cannot be read, or two that contradict each other.
    pub(crate) fn of(global: &Global) -> Result<Self> {
        if let Some(url) = &global.base_url {
            return Ok(Self { url: url.clone(), source: "--base-url" });
        }
        let address = mistral_sdk::Address::from_env()
            .map_err(|error| Failure::usage(error.to_string()).help("Correct the variable, or unset it."))?;
        Ok(Self { url: address.url().to_owned(), source: address.source() })
    }

    /// Refuses what is no address of an API, and one that would carry the key in the clear.
    ///
    /// # Errors
    ///
    /// What is wrong, and what named the address.
    pub(crate) fn check(&self, allow_insecure_http: bool) -> Result<()> {
        let wrong = |what: String| {
            Failure::usage(format!("{}: {what}", self.source))
                .help("Write the API's address as in https://api.mistral.ai; --allow-insecure-http permits plain http.")
        };
        let base = BaseUri::parse(&self.url).map_err(|error| wrong(error.to_string()))?;
        if base.is_confidential() || allow_insecure_http {
            return Ok(());
        }
        Err(wrong(format!("{base} would carry the key in the clear; use https")))
    }
}
