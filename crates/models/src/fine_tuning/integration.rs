use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::constant::constant;
use crate::secret::TypeAlone;
use crate::{Invalid, Secret};

constant!(WandbType = "wandb");

/// Another service that a job is to report to.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Integration {
    /// Weights & Biases.
    Wandb(WandbIntegration),
    /// A service this version does not know, sent as it is. `Debug` shows its type alone: the rest may hold a key.
    Unknown(Value),
}

impl From<WandbIntegration> for Integration {
    fn from(wandb: WandbIntegration) -> Self {
        Self::Wandb(wandb)
    }
}

impl fmt::Debug for Integration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wandb(wandb) => f.debug_tuple("Wandb").field(wandb).finish(),
            Self::Unknown(value) => TypeAlone(value).fmt(f),
        }
    }
}

impl Serialize for Integration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Wandb(wandb) => wandb.serialize(serializer),
            Self::Unknown(value) => value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Integration {
    /// Chosen by `type`, whose formal default is `wandb`.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;

        let value = Value::deserialize(deserializer)?;
        match value.get("type").and_then(Value::as_str) {
            None | Some("wandb") => WandbIntegration::deserialize(value).map(Self::Wandb).map_err(D::Error::custom),
            Some(_) => Ok(Self::Unknown(value)),
        }
    }
}

/// A project of Weights & Biases that a job is to report to.
///
/// ```
/// use mistral_models::WandbIntegration;
///
/// let wandb = WandbIntegration::new("finetuning", "0".repeat(40)).run_name("run 1");
/// assert!(!format!("{wandb:?}").contains("000"));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WandbIntegration {
    #[serde(rename = "type", default)]
    kind: WandbType,
    /// The project.
    pub project: String,
    /// The key to report with, 40 characters.
    pub api_key: Secret,
    /// A name to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The name of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_name: Option<String>,
}

impl WandbIntegration {
    /// Reports to `project` with this key.
    pub fn new(project: impl Into<String>, api_key: impl Into<Secret>) -> Self {
        Self { kind: WandbType, project: project.into(), api_key: api_key.into(), name: None, run_name: None }
    }

    /// A name to show.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The name of the run.
    pub fn run_name(mut self, name: impl Into<String>) -> Self {
        self.run_name = Some(name.into());
        self
    }

    pub(super) fn check(&self) -> Result<(), Invalid> {
        match self.api_key.expose().chars().count() {
            40 => Ok(()),
            length => {
                let problem = format!("the api_key of wandb has {length} characters; expected exactly 40");
                Err(Invalid::new("integrations", problem))
            }
        }
    }
}

/// Another service that a job reports to, as a job's answer tells.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum JobIntegration {
    /// Weights & Biases.
    Wandb(WandbRun),
    /// A service this version does not know, or an entry it cannot read, as it came. `Debug` shows its type alone: the rest
    /// may hold a key.
    Unknown(Value),
}

impl fmt::Debug for JobIntegration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wandb(run) => f.debug_tuple("Wandb").field(run).finish(),
            Self::Unknown(value) => TypeAlone(value).fmt(f),
        }
    }
}

impl Serialize for JobIntegration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Wandb(run) => run.serialize(serializer),
            Self::Unknown(value) => value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for JobIntegration {
    /// Chosen by `type`, whose formal default is `wandb`. One odd entry must not cost the job.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let known = match value.get("type").and_then(Value::as_str) {
            None | Some("wandb") => WandbRun::deserialize(&value).ok(),
            Some(_) => None,
        };
        Ok(known.map_or(Self::Unknown(value), Self::Wandb))
    }
}

/// What a job reports to at Weights & Biases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WandbRun {
    #[serde(rename = "type", default)]
    kind: WandbType,
    /// The project.
    pub project: String,
    /// A name to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The name of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_name: Option<String>,
    /// Where the run can be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl WandbRun {
    /// A run in this project, for tests and servers of your own; every field is public.
    pub fn new(project: impl Into<String>) -> Self {
        Self { kind: WandbType, project: project.into(), name: None, run_name: None, url: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_shows_and_every_key_is_sent() {
        let known = Integration::from(WandbIntegration::new("p", "canary-key"));
        let unknown: Integration = serde_json::from_str(r#"{"type": "tracker", "api_key": "canary-key"}"#).unwrap();
        for integration in [known, unknown] {
            assert!(!format!("{integration:?} {integration:#?}").contains("canary"), "{integration:?}");
            assert!(serde_json::to_string(&integration).unwrap().contains("canary-key"));
        }
        let repeated: JobIntegration = serde_json::from_str(r#"{"type": "tracker", "api_key": "canary-key"}"#).unwrap();
        assert_eq!(format!("{repeated:?}"), r#"Unknown { type: Some(String("tracker")), .. }"#);
    }

    #[test]
    fn a_key_of_another_length_is_refused_without_being_shown() {
        let refused = WandbIntegration::new("p", "canary-key").check().unwrap_err().to_string();
        assert_eq!(refused, "integrations: the api_key of wandb has 10 characters; expected exactly 40");
        assert_eq!(WandbIntegration::new("p", "é".repeat(40)).check(), Ok(()));
    }
}
