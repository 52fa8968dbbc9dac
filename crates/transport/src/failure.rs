use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use tower::BoxError;

use crate::ErrorKind;

/// Why an attempt has no answer: what our layers put into the `BoxError` of the stack.
///
/// Whoever writes a layer or an HTTP service of their own may use it too, to tell the retry policy how far the attempt
/// got. An error of another type counts as [`Reach::Unknown`].
#[derive(Debug)]
pub struct Failure {
    kind: ErrorKind,
    reach: Reach,
    transient: bool,
    message: Cow<'static, str>,
    source: Option<BoxError>,
}

/// How far an attempt got before it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Nothing of the request can have been processed: it never left.
    NotSent,
    /// It may have been processed: some of it left and no whole answer came.
    Unknown,
}

impl Failure {
    /// A failure that another attempt may not meet.
    pub fn transient(kind: ErrorKind, reach: Reach, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, reach, transient: true, message: message.into(), source: None }
    }

    /// A failure that every attempt would meet.
    pub fn permanent(kind: ErrorKind, reach: Reach, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, reach, transient: false, message: message.into(), source: None }
    }

    /// What caused it.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Its class.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// How far the attempt got.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// Whether another attempt may go better.
    pub fn is_transient(&self) -> bool {
        self.transient
    }

    pub(crate) fn into_parts(self) -> (ErrorKind, Cow<'static, str>, Option<BoxError>) {
        (self.kind, self.message, self.source)
    }

    /// The failure that caused `error`, however deep it lies; foreign layers wrap what passes through them.
    pub fn find<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Self> {
        causes(error).find_map(|cause| cause.downcast_ref())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// An error and all that it says caused it.
pub(crate) fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let cause = next?;
        next = cause.source();
        Some(cause)
    })
}
