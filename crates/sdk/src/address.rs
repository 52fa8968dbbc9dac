use std::env::VarError;
use std::fmt;

use mistral_transport::layers::BaseUri;
use mistral_transport::{Error, ErrorKind, Region, Result};

use crate::Client;

/// Where the API is, and which variable says so: that is what a wrong address is blamed on.
///
/// [`Client::from_env`] reads it by itself; a program with settings of its own asks for it here.
///
/// ```no_run
/// use mistral_sdk::{Address, ApiKey, Client, Transport};
///
/// # fn demo() -> mistral_sdk::Result<()> {
/// let address = Address::from_env()?;
/// let transport = Transport::builder(ApiKey::from_env()?).base_uri(address.url()).user_agent("my-app/1.2");
/// let client = Client::from(transport.build()?);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    url: String,
    source: &'static str,
}

impl Address {
    /// The address in `MISTRAL_BASE_URL`, or else that of the region in `MISTRAL_REGION`, or else of the region `global`.
    ///
    /// An empty variable counts as not set. Both may be set if the address is somebody else's, such as a gateway's; the
    /// address then counts.
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) for a variable that is not Unicode, a region that does not exist, an address that is
    /// none, and an address of the vendor's for another region than the one named: leaving one out would send the key
    /// elsewhere.
    pub fn from_env() -> Result<Self> {
        Self::from_variables(variable(Client::BASE_URL_VARIABLE, "address")?, variable(Region::VARIABLE, "region")?)
    }

    fn from_variables(url: Option<String>, region: Option<String>) -> Result<Self> {
        let region = match region {
            Some(name) => Some(name.parse::<Region>().map_err(|error| named(Region::VARIABLE, &error))?),
            None => None,
        };
        let Some(url) = url else {
            return Ok(Self { url: region.unwrap_or_default().base_uri().to_owned(), source: Region::VARIABLE });
        };
        let origin = |url: &str| BaseUri::parse(url).map(|base| base.origin());
        let given = origin(&url).map_err(|error| named(Client::BASE_URL_VARIABLE, &error))?;
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
            _ => Ok(Self { url, source: Client::BASE_URL_VARIABLE }),
        }
    }

    /// The address, as it was written.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The variable it came from; `MISTRAL_REGION` where none is set.
    pub fn source(&self) -> &'static str {
        self.source
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

/// The variable, unless it is empty.
fn variable(name: &'static str, what: &str) -> Result<Option<String>> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.trim().is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => {
            Err(Error::new(ErrorKind::Config, format!("{name}: the {what} is not Unicode")))
        }
    }
}

/// The error with the variable that is to blame.
fn named(variable: &str, error: &Error) -> Error {
    Error::new(error.kind(), format!("{variable}: {error}"))
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
