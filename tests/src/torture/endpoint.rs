use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use fastrand::Rng;
use mistral_emulator::{Answer, Engine, Inference};
use serde_json::json;

/// An endpoint of moods: what it answers follows from the seed, the question, and how often that was asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Endpoint {
    seed: u64,
    asked: Arc<Mutex<HashMap<String, u32>>>,
}

/// How a question is taken.
#[derive(Debug, Clone, Copy)]
enum Mood {
    Good,
    CutOff,
    /// It will never be answered.
    Refusing(u16),
    /// It is not answered so many times.
    Tired(u16, u32),
}

impl Endpoint {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, asked: Arc::default() }
    }

    fn mood(&self, question: &str) -> Mood {
        let number = question.bytes().fold(self.seed, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        let mut rng = Rng::with_seed(number);
        match rng.u8(0..100) {
            0..=9 => Mood::Tired([408, 429, 429, 500, 503, 520][rng.usize(..6)], rng.u32(1..4)),
            10..=13 => Mood::Refusing([400, 404, 422, 501][rng.usize(..4)]),
            14..=16 => Mood::CutOff,
            _ => Mood::Good,
        }
    }

    /// What it answers after all.
    pub(super) fn last_word(&self, question: &str) -> Answer {
        let finish = match self.mood(question) {
            Mood::Refusing(status) => return refusal(status, question),
            Mood::CutOff => "length",
            Mood::Good | Mood::Tired(..) => "stop",
        };
        let content = format!("[{question}] \u{e9}\u{1f600}\n\"\\");
        Answer::ok(json!({
            "id": "chat", "object": "chat.completion", "model": "mistral-small-latest",
            "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": content}}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8},
        }))
    }
}

fn refusal(status: u16, question: &str) -> Answer {
    Answer::refused(status, format!("Not {question}"), "made_up")
}

impl Engine for Endpoint {
    fn answer(&self, inference: &Inference<'_>) -> Answer {
        let question = inference.body["messages"][0]["content"].as_str().unwrap();
        let asked = {
            let mut asked = self.asked.lock().unwrap();
            let times = asked.entry(question.to_owned()).or_default();
            *times += 1;
            *times
        };
        match self.mood(question) {
            Mood::Tired(status, times) if asked <= times => refusal(status, question),
            _ => self.last_word(question),
        }
    }
}
