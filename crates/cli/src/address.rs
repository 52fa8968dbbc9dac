use std::env::VarError;

use mistral_sdk::Client;
use mistral_sdk::transport::Region;
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
    /// The flag, or else MISTRAL_BASE_URL, or else the region of MISTRAL_REGION.
    ///
    /// # Errors
    ///
    /// A variable that cannot be read, or two that contradict each other: leaving one out would send the key elsewhere.
    pub(crate) fn of(global: &Global) -> Result<Self> {
        match &global.base_url {
            Some(url) => Ok(Self { url: url.clone(), source: "--base-url" }),
            None => Self::from_variables(variable(Client::BASE_URL_VARIABLE)?, variable(Region::VARIABLE)?),
        }
    }

    fn from_variables(url: Option<String>, region: Option<String>) -> Result<Self> {
        let region: Option<Region> = match region {
            Some(name) => Some(name.parse().map_err(|error| {
                Failure::usage(format!("{}: {error}", Region::VARIABLE))
                    .help("Name one of them, or unset the variable.")
            })?),
            None => None,
        };
        let Some(url) = url else {
            return Ok(Self { url: region.unwrap_or_default().base_uri().to_owned(), source: Region::VARIABLE });
        };
        let origin = |url: &str| BaseUri::parse(url).ok().map(|base| base.origin());
        let given = origin(&url);
        let known = Region::ALL.into_iter().find(|known| given.is_some() && origin(known.base_uri()) == given);
        match (known, region) {
            (Some(known), Some(region)) if known != region => Err(Failure::usage(format!(
                "{} is the address of the region {known}, and {} is {region}",
                Client::BASE_URL_VARIABLE,
                Region::VARIABLE
            ))
            .help("Unset one of them.")),
            _ => Ok(Self { url, source: Client::BASE_URL_VARIABLE }),
        }
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

/// The variable, unless it is empty.
fn variable(name: &'static str) -> Result<Option<String>> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.trim().is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => {
            let what = if name == Region::VARIABLE { "region" } else { "address" };
            Err(Failure::usage(format!("{name}: the {what} is not Unicode")).help("Correct the variable, or unset it."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str, region: &str) -> Result<String> {
        let set = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        Address::from_variables(set(url), set(region)).map(|address| address.url)
    }

    #[test]
    fn an_address_counts_more_than_a_region_and_a_region_more_than_nothing() {
        assert_eq!(read("", "").unwrap(), "https://api.mistral.ai");
        assert_eq!(read("", "eu").unwrap(), "https://api.eu.mistral.ai");
        assert_eq!(read("https://gateway.example.com", "eu").unwrap(), "https://gateway.example.com");
    }

    #[test]
    fn what_contradicts_itself_or_is_unknown_is_refused() {
        let refused = read("https://api.us.mistral.ai/", "eu").unwrap_err().to_string();
        assert!(refused.contains("the address of the region us, and MISTRAL_REGION is eu"), "{refused}");
        let refused = read("", "mars").unwrap_err().to_string();
        assert!(refused.starts_with("MISTRAL_REGION: there is no region \"mars\""), "{refused}");
    }
}
