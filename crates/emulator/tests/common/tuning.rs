//! Training data, and jobs made from it.

use serde_json::{Value, json};

use super::{Api, FORM, form};

pub(crate) const JOBS: &str = "/v1/fine_tuning/jobs";

/// Conversations that can be trained on.
pub(crate) fn conversations(count: usize) -> String {
    (0..count)
        .map(|number| {
            let messages = json!([
                {"role": "user", "content": format!("What is {number} and one?")},
                {"role": "assistant", "content": format!("It is {}.", number + 1)},
            ]);
            format!("{}\n", json!({"messages": messages}))
        })
        .collect()
}

/// Labelled texts, for a classifier.
pub(crate) fn labelled(count: usize) -> String {
    (0..count)
        .map(|number| {
            let mood = if number % 2 == 0 { "positive" } else { "negative" };
            format!("{}\n", json!({"text": format!("Review number {number}"), "labels": {"mood": mood}}))
        })
        .collect()
}

impl Api {
    /// Uploads training data; the file's id.
    pub(crate) async fn training_file(&self, content: &str) -> String {
        let file = self.send("POST", "/v1/files", FORM, form("train.jsonl", content, "fine-tune")).await.ok();
        file["id"].as_str().unwrap().to_owned()
    }

    /// The body of a creation: 20 steps on good data, with the fields of `more`.
    pub(crate) async fn tuning(&self, more: Value) -> Value {
        let mut job = json!({
            "model": "open-mistral-7b", "hyperparameters": {"training_steps": 20, "learning_rate": 0.0001},
            "training_files": [{"file_id": self.training_file(&conversations(40)).await, "weight": 1}],
            "auto_start": true,
        });
        job.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        job
    }

    /// Creates a job; its id.
    pub(crate) async fn tune(&self, more: Value) -> String {
        let job = self.post(JOBS, self.tuning(more).await).await.ok();
        assert_eq!(job["status"], "QUEUED");
        job["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn tuning_job(&self, id: &str) -> Value {
        self.get(&format!("{JOBS}/{id}")).await.ok()
    }

    /// The statuses a job has had, oldest first.
    pub(crate) async fn statuses(&self, id: &str) -> Vec<String> {
        let job = self.tuning_job(id).await;
        let status = |event: &Value| event["data"]["status"].as_str().unwrap().to_owned();
        job["events"].as_array().unwrap().iter().rev().map(status).collect()
    }
}
