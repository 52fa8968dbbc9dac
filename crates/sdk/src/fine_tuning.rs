use mistral_fine_tuning::Jobs;
use mistral_transport::Transport;

/// The fine-tuning part of the API. The models it makes are with all others, in [`Client::models`](crate::Client::models).
#[derive(Debug, Clone)]
pub struct FineTuning {
    transport: Transport,
}

impl FineTuning {
    pub(crate) fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// The fine-tuning jobs of the workspace.
    pub fn jobs(&self) -> Jobs {
        Jobs::new(self.transport.clone())
    }
}
