use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::layers::BaseUri;

/// Where the vendor keeps and processes the data of a workspace.
///
/// ```
/// use mistral_transport::{ApiKey, Region, Transport};
///
/// let builder = Transport::builder(ApiKey::new("k")?).base_uri(Region::Eu.base_uri());
/// # let _ = builder;
/// assert_eq!("us".parse::<Region>()?, Region::Us);
/// assert!("mars".parse::<Region>().is_err());
/// # Ok::<(), mistral_transport::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Region {
    /// `https://api.mistral.ai`, the default.
    #[default]
    Global,
    /// `https://api.eu.mistral.ai`.
    Eu,
    /// `https://api.us.mistral.ai`.
    Us,
}

impl Region {
    /// The environment variable that names one.
    pub const VARIABLE: &'static str = "MISTRAL_REGION";

    /// All of them.
    pub const ALL: [Self; 3] = [Self::Global, Self::Eu, Self::Us];

    /// Its name: `global`, `eu` or `us`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Eu => "eu",
            Self::Us => "us",
        }
    }

    /// Where its API is.
    pub fn base_uri(self) -> &'static str {
        match self {
            Self::Global => BaseUri::DEFAULT,
            Self::Eu => "https://api.eu.mistral.ai",
            Self::Us => "https://api.us.mistral.ai",
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Region {
    type Err = Error;

    /// Reads a name, in any case.
    fn from_str(name: &str) -> Result<Self> {
        let name = name.trim();
        let found = Self::ALL.into_iter().find(|region| region.as_str().eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            let allowed = Self::ALL.map(Self::as_str).join(", ");
            Error::config(format!("there is no region {name:?}; there are {allowed}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_read_by_its_name_and_an_unknown_one_is_told_which_there_are() {
        for region in Region::ALL {
            assert_eq!(region.to_string().to_uppercase().parse::<Region>().unwrap(), region);
            assert!(BaseUri::parse(region.base_uri()).is_ok());
        }
        let error = "EU-west".parse::<Region>().unwrap_err().to_string();
        assert_eq!(error, r#"there is no region "EU-west"; there are global, eu, us"#);
    }
}
