//! The stack that fetches signed URLs.

use std::sync::{Arc, OnceLock};

use http::Request;
use tower::ServiceBuilder;
use tower::retry::RetryLayer;

use crate::Body;
use crate::addresses::AddressPolicy;
use crate::builder::Http;
use crate::error::Result;
use crate::layers::{
    AttemptSpan, AttemptTimeoutLayer, AttemptTimeouts, CallTimeoutLayer, CallTimeouts, CollectLayer, CollectLimits,
    PublicUrlLayer,
};
use crate::retry::{RetryBudget, RetryPolicy, RetrySettings};
use crate::transport::Transport;
use crate::watched::Watched;

/// The default stack without all that is meant for the API alone: its address, its key, our name.
pub(crate) struct SignedStack {
    pub(crate) client: Client,
    pub(crate) policy: AddressPolicy,
    pub(crate) call_timeouts: CallTimeouts,
    pub(crate) attempt_timeouts: AttemptTimeouts,
    pub(crate) limits: CollectLimits,
    pub(crate) retry: RetrySettings,
    pub(crate) budget: Arc<RetryBudget>,
    pub(crate) made: OnceLock<Transport>,
}

/// What connects.
pub(crate) enum Client {
    Given(Http),
    /// Made when first needed, because reading the trust store takes its time and few programs fetch signed URLs.
    #[cfg(feature = "client")]
    Ours(Box<crate::HttpClientSettings>),
}

impl SignedStack {
    /// The transport for signed URLs.
    ///
    /// # Errors
    ///
    /// [`Config`](crate::ErrorKind::Config) if the socket client cannot be made.
    pub(crate) fn transport(&self) -> Result<Transport> {
        if let Some(made) = self.made.get() {
            return Ok(made.clone());
        }
        let http = match &self.client {
            Client::Given(http) => http.clone(),
            #[cfg(feature = "client")]
            Client::Ours(settings) => Http::new(crate::HttpClient::new(&settings.for_signed_urls(self.policy))?),
        };
        let service = ServiceBuilder::new()
            .layer(CallTimeoutLayer::new(self.call_timeouts))
            .layer(RetryLayer::new(RetryPolicy::with_budget(self.retry, self.budget.clone())))
            .layer(PublicUrlLayer::new(self.policy))
            .layer(AttemptTimeoutLayer::new(self.attempt_timeouts))
            .layer(AttemptSpan::layer())
            .layer(CollectLayer::new(self.limits))
            .map_request(|request: Request<Watched<Body>>| request.map(Body::from))
            .service(http);
        Ok(self.made.get_or_init(|| Transport::from_service(service)).clone())
    }
}
