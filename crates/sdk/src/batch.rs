use mistral_batch::Jobs;
use mistral_transport::Transport;

/// The batch part of the API.
#[derive(Debug, Clone)]
pub struct Batch {
    transport: Transport,
}

impl Batch {
    pub(crate) fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// The batch jobs of the workspace.
    pub fn jobs(&self) -> Jobs {
        Jobs::new(self.transport.clone())
    }
}
