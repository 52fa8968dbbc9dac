/// What kind of thing went wrong.
///
/// Each says whether the retry layer sends the call again by itself; "if harmless" means: when the endpoint says that
/// sending it twice does no harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting is missing or wrong; nothing was sent. Not retried.
    Config,
    /// A parameter is wrong; nothing was sent. Not retried.
    BadInput,
    /// No connection: the name is unknown, the host refuses or does not answer. Retried: nothing was sent.
    Connect,
    /// A proxy on the way refuses us, or the connection. Not retried.
    Proxy,
    /// The server's certificate or the handshake is bad. Not retried; a handshake that takes too long is a
    /// [`Connect`](Self::Connect).
    Tls,
    /// The answer did not come in time. Retried if harmless.
    Timeout,
    /// The connection broke or its bytes stopped before the answer was whole. Retried if harmless.
    Interrupted,
    /// Bytes came too slowly or not at all. Retried if harmless.
    Stalled,
    /// The server points to where we do not go: to another origin, or by a signed URL to what is not public. Not followed.
    Redirect,
    /// 401 or 403: the key is not accepted, or not for this. Not retried.
    Auth,
    /// 404. Not retried.
    NotFound,
    /// 409: it clashes with something that exists. Not retried.
    Conflict,
    /// 410: the service no longer offers this. Not retried.
    Gone,
    /// 429: too many requests. Retried, any call: it was refused before it was processed.
    RateLimited,
    /// 402, or a 429 that names a quota or billing. Not retried.
    Quota,
    /// Any other status of 400 and more. 408, 425, 500, 502, 503 and 504 are retried if harmless.
    Api,
    /// A success without the content it must have. A read is tried once more.
    UnexpectedResponse,
    /// A success with content of another kind, such as a web page. Not retried.
    UnexpectedContent,
    /// An answer in an encoding nobody asked for. Not retried.
    UnsupportedEncoding,
    /// JSON that is not what the API describes. A read is tried once more.
    Decode,
    /// An answer larger than its bound. Not retried.
    TooLarge,
    /// A file that did not arrive whole. Not retried.
    Integrity,
    /// A file on this machine cannot be read or written. Not retried.
    LocalIo,
    /// A file changed while it was being sent. Not retried.
    InputChanged,
    /// The wait for a job reached its limit; the job goes on.
    WaitDeadline,
    /// The service could not be reached for so long that the wait gave up; the job may go on.
    Outage,
    /// The job that was waited for does not exist any more.
    JobGone,
    /// The record of a run on this machine is damaged, of a newer version, or held by another process. Not retried.
    Journal,
    /// It would cost more than is allowed; nothing was sent. Not retried.
    OverBudget,
}

impl ErrorKind {
    /// The kind in words, for an error that has no better ones.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Config => "wrong settings",
            Self::BadInput => "wrong parameter",
            Self::Connect => "no connection",
            Self::Proxy => "refused by a proxy",
            Self::Tls => "no secure connection",
            Self::Timeout => "timed out",
            Self::Interrupted => "the connection broke",
            Self::Stalled => "the connection stalled",
            Self::Redirect => "redirected",
            Self::Auth => "not authorized",
            Self::NotFound => "not found",
            Self::Conflict => "conflict",
            Self::Gone => "no longer offered",
            Self::RateLimited => "too many requests",
            Self::Quota => "quota used up",
            Self::Api => "refused",
            Self::UnexpectedResponse => "unexpected answer",
            Self::UnexpectedContent => "unexpected content",
            Self::UnsupportedEncoding => "unsupported encoding",
            Self::Decode => "unreadable answer",
            Self::TooLarge => "answer too large",
            Self::Integrity => "incomplete",
            Self::LocalIo => "file error",
            Self::InputChanged => "the input changed",
            Self::WaitDeadline => "the wait reached its limit",
            Self::Outage => "the service is out of reach",
            Self::JobGone => "the job is gone",
            Self::Journal => "the run cannot be taken up",
            Self::OverBudget => "over the budget",
        }
    }
}
