use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::constant::constant;
use crate::secret::TypeAlone;
use crate::{Invalid, Secret};

use super::training_file::{check_weight, default_weight, weight_or_default};

constant!(GithubType = "github");

/// A GitHub repository to train on; completion jobs only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GithubRepository {
    #[serde(rename = "type", default)]
    kind: GithubType,
    /// The repository's name.
    pub name: String,
    /// Whose it is.
    pub owner: String,
    /// The branch, tag or commit; the default branch if `None`.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// How much it counts beside other sources, above 0. 1 unless set, which is sent as the official clients do.
    #[serde(default = "default_weight", deserialize_with = "weight_or_default")]
    pub weight: f64,
    /// What the service reads it with.
    pub token: Secret,
}

impl GithubRepository {
    /// The repository `owner/name`, read with `token`.
    pub fn new(owner: impl Into<String>, name: impl Into<String>, token: impl Into<Secret>) -> Self {
        Self {
            kind: GithubType,
            name: name.into(),
            owner: owner.into(),
            reference: None,
            weight: default_weight(),
            token: token.into(),
        }
    }

    /// The branch, tag or commit.
    pub fn reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    /// How much it counts beside other sources, above 0.
    pub fn weight(mut self, weight: f64) -> Self {
        self.weight = weight;
        self
    }

    pub(super) fn check(&self) -> Result<(), Invalid> {
        check_weight("repositories", self.weight)
    }
}

/// A repository that a job trains on, as the job's answer tells.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum JobRepository {
    /// At GitHub.
    Github(TrainedRepository),
    /// At a place this version does not know, or an entry it cannot read, as it came. `Debug` shows its type alone: the rest
    /// may hold a token.
    Unknown(Value),
}

impl fmt::Debug for JobRepository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Github(repository) => f.debug_tuple("Github").field(repository).finish(),
            Self::Unknown(value) => TypeAlone(value).fmt(f),
        }
    }
}

impl Serialize for JobRepository {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Github(repository) => repository.serialize(serializer),
            Self::Unknown(value) => value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for JobRepository {
    /// Chosen by `type`, whose formal default is `github`. One odd entry must not cost the job.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let known = match value.get("type").and_then(Value::as_str) {
            None | Some("github") => TrainedRepository::deserialize(&value).ok(),
            Some(_) => None,
        };
        Ok(known.map_or(Self::Unknown(value), Self::Github))
    }
}

/// A GitHub repository at the commit that a job trains on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrainedRepository {
    #[serde(rename = "type", default)]
    kind: GithubType,
    /// The repository's name.
    pub name: String,
    /// Whose it is.
    pub owner: String,
    /// The branch, tag or commit that was asked for.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// How much it counts beside other sources.
    #[serde(default = "default_weight", deserialize_with = "weight_or_default")]
    pub weight: f64,
    /// The commit, 40 hexadecimal digits.
    pub commit_id: String,
}

impl TrainedRepository {
    /// The repository `owner/name` at a commit, for tests and servers of your own; every field is public.
    pub fn new(owner: impl Into<String>, name: impl Into<String>, commit_id: impl Into<String>) -> Self {
        Self {
            kind: GithubType,
            name: name.into(),
            owner: owner.into(),
            reference: None,
            weight: default_weight(),
            commit_id: commit_id.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_sent_and_does_not_show() {
        let repository = GithubRepository::new("me", "repo", "canary-token").reference("main");
        assert!(!format!("{repository:#?}").contains("canary"));
        let sent = serde_json::to_value(&repository).unwrap();
        assert_eq!((&sent["token"], &sent["ref"]), (&"canary-token".into(), &"main".into()));
    }

    #[test]
    fn a_token_that_an_answer_repeats_does_not_show() {
        // Without the commit it is no entry that can be read.
        let repeated = serde_json::json!({"type": "github", "name": "n", "owner": "o", "token": "canary-token"});
        let repository = JobRepository::deserialize(repeated).unwrap();
        assert!(matches!(repository, JobRepository::Unknown(_)));
        assert_eq!(format!("{repository:?}"), r#"Unknown { type: Some(String("github")), .. }"#);
    }
}
