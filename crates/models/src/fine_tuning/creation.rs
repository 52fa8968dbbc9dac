use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{DryRun, FineTuningJob};

/// What a creation is answered with: the job, or an estimate if it was a dry run.
#[derive(Debug, Clone, PartialEq)]
pub enum FineTuningCreation {
    /// The job was created.
    Job(Box<FineTuningJob>),
    /// No job was created.
    DryRun(Box<DryRun>),
}

impl Serialize for FineTuningCreation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Job(job) => job.serialize(serializer),
            Self::DryRun(dry_run) => dry_run.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for FineTuningCreation {
    /// Whatever has an id is a job: taking a job for an estimate would lose sight of something that costs money.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;

        let value = Value::deserialize(deserializer)?;
        let read = if value.get("id").is_some() {
            FineTuningJob::deserialize(value).map(|job| Self::Job(Box::new(job)))
        } else {
            DryRun::deserialize(value).map(|dry_run| Self::DryRun(Box::new(dry_run)))
        };
        read.map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_makes_it_a_job_and_its_absence_an_estimate() {
        let job = r#"{"id": "j", "object": "job.metadata", "details": "x", "model": "m", "status": "QUEUED",
            "created_at": 1, "modified_at": 1}"#;
        assert!(matches!(serde_json::from_str(job).unwrap(), FineTuningCreation::Job(_)));
        let dry_run: FineTuningCreation = serde_json::from_str(r#"{"details": "x"}"#).unwrap();
        assert_eq!(dry_run, FineTuningCreation::DryRun(Box::new(DryRun::new("x", Default::default()))));
        assert!(serde_json::from_str::<FineTuningCreation>("{}").is_err());
    }
}
