use mistral_models::BatchEndpoint;

use super::{
    Answer, Engine, Inference, chat, classification, conversation, embedding, fim, moderation, ocr, transcription,
};

/// The engine built in: answers in each endpoint's shape, the same in every run, and no model behind it.
///
/// Every text carries `[emulator]` and repeats a piece of what was asked; every id begins with `emulator-`. Numbers
/// that a model would compute (vectors, scores) are a function of the text and mean nothing. A body the endpoint would
/// refuse is refused: without messages, with an empty input, asking for a stream.
#[derive(Debug, Clone, Copy, Default)]
pub struct EchoEngine;

impl Engine for EchoEngine {
    fn answer(&self, inference: &Inference<'_>) -> Answer {
        let answer = match inference.endpoint {
            BatchEndpoint::ChatCompletions => chat::answer(inference),
            BatchEndpoint::FimCompletions => fim::answer(inference),
            BatchEndpoint::Embeddings => embedding::answer(inference),
            BatchEndpoint::Moderations => moderation::texts(inference),
            BatchEndpoint::ChatModerations => moderation::chats(inference),
            BatchEndpoint::Classifications => classification::texts(inference),
            BatchEndpoint::ChatClassifications => classification::chats(inference),
            BatchEndpoint::Ocr => ocr::answer(inference),
            BatchEndpoint::Conversations => conversation::answer(inference),
            BatchEndpoint::AudioTranscriptions => transcription::answer(inference),
            other => return Answer::refused(404, format!("The emulator has no endpoint {other}."), "not_found_error"),
        };
        answer.map_or_else(|refused| *refused, Answer::ok)
    }
}
