//! An inference server that answers in the emulator's place.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use mistral_emulator::{Upstream, UpstreamAnswer, UpstreamRequest};
use mistral_sdk::models::{ModelId, RawJson};
use mistral_sdk::transport::layers::{AttemptTimeouts, BaseUri};
use mistral_sdk::transport::{ApiKey, Call, Credentials, KeyFile, Transport};
use serde::Deserialize;

use crate::args::UpstreamArgs;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};

/// How long an answer may take, with all that is tried: a large model on a small machine needs minutes for a long one.
const ANSWER: Duration = Duration::from_secs(600);

/// How long the listing of models may take; without it the emulator lists its own.
const MODELS: Duration = Duration::from_secs(5);

/// The largest answer taken.
const LARGEST: usize = 64 << 20;

/// What a server without a key is sent as one: it ignores it.
const NO_KEY: &str = "none";

/// Speaks to the server over the SDK's own transport.
///
/// A request may be sent again: after a lost connection, 408, 425, 429, 500, 502, 503 or 504, four times in all. The
/// service would bill that twice; on a server of one's own it costs time. One that takes too long is not sent again.
pub(crate) struct InferenceServer {
    transport: Transport,
}

impl InferenceServer {
    /// Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// An address that is none, or over plain http on another machine, and a file that holds no key.
    pub(crate) fn new(url: &str, args: &UpstreamArgs, allow_insecure_http: bool) -> Result<Self> {
        let base = BaseUri::parse(url).map_err(|error| {
            Failure::usage(format!("--upstream: {error}"))
                .help("Write the server's address as in http://127.0.0.1:8000.")
        })?;
        if !base.is_confidential() && !allow_insecure_http {
            return Err(Failure::usage(format!("--upstream: {base} would carry the requests unencrypted"))
                .help("Use https; --allow-insecure-http permits plain http."));
        }
        let mut builder = match &args.upstream_key_file {
            Some(path) => {
                let key = KeyFile::new(path)
                    .map_err(|error| Failure::new(ExitCode::Authentication, format!("--upstream-key-file: {error}")))?;
                Self::builder(key)
            }
            None => Self::builder(ApiKey::new(NO_KEY)?),
        };
        builder = builder.base_uri(url);
        if allow_insecure_http {
            builder = builder.allow_insecure_http();
        }
        Ok(Self { transport: builder.build()? })
    }

    fn builder(credentials: impl Credentials) -> mistral_sdk::transport::Builder {
        // The head of an answer comes when all of it is made.
        Transport::builder(credentials)
            .user_agent(concat!("mistral-jobs/", env!("CARGO_PKG_VERSION")))
            .call_timeout(ANSWER)
            .attempt_timeouts(AttemptTimeouts::default().head(ANSWER))
    }
}

impl Upstream for InferenceServer {
    fn answer(&self, request: UpstreamRequest) -> BoxFuture<'static, UpstreamAnswer> {
        let transport = self.transport.clone();
        async move {
            let path: Vec<&str> = request.endpoint.as_str().split('/').skip(1).collect();
            let call = Call::post("upstream", &path).json(&request.body).idempotent().reply_limit(LARGEST);
            match transport.json::<RawJson>(call).await {
                Ok(body) => UpstreamAnswer::new(200, body),
                Err(error) => refusal(&error),
            }
        }
        .boxed()
    }

    fn models(&self) -> BoxFuture<'static, Option<Vec<ModelId>>> {
        #[derive(Deserialize)]
        struct Models {
            data: Vec<Named>,
        }
        #[derive(Deserialize)]
        struct Named {
            id: ModelId,
        }
        let transport = self.transport.with_timeout(MODELS).with_max_attempts(1);
        async move {
            let models: Models = transport.json(Call::get("upstream.models", &["v1", "models"])).await.ok()?;
            Some(models.data.into_iter().map(|model| model.id).collect())
        }
        .boxed()
    }
}

/// The server's own refusal, or one in the API's shape: 503 if there was no answer, 502 if it cannot be a result.
fn refusal(error: &mistral_sdk::Error) -> UpstreamAnswer {
    let own = error.raw_body().and_then(|body| serde_json::from_slice::<RawJson>(body).ok());
    let status = error.status().map(|status| status.as_u16());
    match (status, own) {
        (Some(status @ 400..), Some(body)) => UpstreamAnswer::new(status, body),
        (Some(status @ 400..), None) => UpstreamAnswer::refused(status, said(error), "server_error"),
        (Some(_), _) => UpstreamAnswer::refused(502, said(error), "server_error"),
        (None, _) => UpstreamAnswer::refused(503, said(error), "server_error"),
    }
}

/// The error without how hard was tried, so that equal ones are summed up as one.
fn said(error: &mistral_sdk::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" (after ").map_or(text.as_str(), |(said, _)| said).to_owned()
}
