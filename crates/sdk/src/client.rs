use mistral_files::Files;
use mistral_fine_tuning::Models;
use mistral_transport::layers::BaseUri;
use mistral_transport::{Credentials, Error, ErrorKind, Region, Result, Transport, credentials};

use crate::{Batch, FineTuning};

/// Hands out the handles of the API, all over one [`Transport`].
///
/// Cheap to clone; clones share connections and the retry budget. Making one neither connects nor spawns.
#[derive(Debug, Clone)]
pub struct Client {
    transport: Transport,
}

impl Client {
    /// The environment variable that names another address of the API.
    pub const BASE_URL_VARIABLE: &'static str = "MISTRAL_BASE_URL";

    /// A client as the environment describes it.
    ///
    /// * `MISTRAL_SA_TOKEN_PATH` names a file with the key, read again when it changes; without it, `MISTRAL_API_KEY` is the
    ///   key. The order is that of the official Python client.
    /// * `MISTRAL_BASE_URL` is the address of the API; without it, `MISTRAL_REGION` says which of the vendor's addresses it
    ///   is: `global` (the default), `eu` or `us`. Both may be set if the address is somebody else's, such as a gateway's;
    ///   the address then counts. An address of the vendor's for another region than the one named is an error.
    ///
    /// An empty path, address or region counts as not set. Proxies are read from the environment by every client, unless its
    /// settings say otherwise.
    ///
    /// # Errors
    ///
    /// [`Config`](mistral_transport::ErrorKind::Config) for a missing or unusable key, address or region.
    pub fn from_env() -> Result<Self> {
        let variable = |name| std::env::var(name).ok().filter(|value: &String| !value.trim().is_empty());
        let address = address(variable(Self::BASE_URL_VARIABLE), variable(Region::VARIABLE))?;
        Transport::builder(credentials::from_env()?).base_uri(address).build().map(Self::from)
    }

    /// A client with these credentials and the default stack. [`Transport::builder`] has the settings.
    ///
    /// # Errors
    ///
    /// [`Config`](mistral_transport::ErrorKind::Config) if there is no usable HTTP client.
    pub fn new(credentials: impl Credentials) -> Result<Self> {
        Transport::builder(credentials).build().map(Self::from)
    }

    /// The files of the workspace.
    pub fn files(&self) -> Files {
        Files::new(self.transport.clone())
    }

    /// The batch part of the API.
    pub fn batch(&self) -> Batch {
        Batch::new(self.transport.clone())
    }

    /// The fine-tuning part of the API, which the vendor's own service retired in August 2026.
    pub fn fine_tuning(&self) -> FineTuning {
        FineTuning::new(self.transport.clone())
    }

    /// The models the workspace can use, fine-tuned ones included.
    pub fn models(&self) -> Models {
        Models::new(self.transport.clone())
    }

    /// What sends the calls; for an endpoint that has no method yet.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }
}

/// Where the API is, by an address, a region, both or neither.
fn address(base: Option<String>, region: Option<String>) -> Result<String> {
    let region = match region {
        Some(name) => Some(name.parse::<Region>().map_err(|error| named(Region::VARIABLE, &error))?),
        None => None,
    };
    let Some(base) = base else { return Ok(region.unwrap_or_default().base_uri().to_owned()) };
    let origin = |address: &str| BaseUri::parse(address).map(|address| address.origin());
    let given = origin(&base).map_err(|error| named(Client::BASE_URL_VARIABLE, &error))?;
    let known = Region::ALL.into_iter().find(|known| origin(known.base_uri()).is_ok_and(|known| known == given));
    match (known, region) {
        (Some(known), Some(region)) if known != region => Err(Error::new(
            ErrorKind::Config,
            format!(
                "{} is the address of the region {known}, and {} is {region}; unset one of them",
                Client::BASE_URL_VARIABLE,
                Region::VARIABLE
            ),
        )),
        _ => Ok(base),
    }
}

/// The error with the variable that is to blame.
fn named(variable: &str, error: &Error) -> Error {
    Error::new(error.kind(), format!("{variable}: {error}"))
}

impl From<Transport> for Client {
    fn from(transport: Transport) -> Self {
        Self { transport }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(base: &str, region: &str) -> Result<String> {
        let set = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        address(set(base), set(region))
    }

    #[test]
    fn an_address_counts_more_than_a_region_and_a_region_more_than_nothing() {
        for (base, region, expected) in [
            ("", "", "https://api.mistral.ai"),
            ("", "EU", "https://api.eu.mistral.ai"),
            ("https://gateway.example.com/v1", "us", "https://gateway.example.com/v1"),
            ("https://api.us.mistral.ai/v1", "us", "https://api.us.mistral.ai/v1"),
        ] {
            assert_eq!(read(base, region).unwrap(), expected, "{base} {region}");
        }
    }

    #[test]
    fn an_address_and_a_region_that_contradict_each_other_are_both_named() {
        let error = read("https://API.us.mistral.ai:443/", "eu").unwrap_err().to_string();
        assert_eq!(
            error,
            "MISTRAL_BASE_URL is the address of the region us, and MISTRAL_REGION is eu; unset one of them"
        );
    }

    #[test]
    fn what_cannot_be_read_is_told_by_its_variable() {
        let error = read("https://gateway.example.com", "mars").unwrap_err().to_string();
        assert_eq!(error, r#"MISTRAL_REGION: there is no region "mars"; there are global, eu, us"#);
        let error = read("api.mistral.ai", "").unwrap_err().to_string();
        assert!(error.starts_with("MISTRAL_BASE_URL: the base URL lacks its scheme"), "{error}");
    }
}
