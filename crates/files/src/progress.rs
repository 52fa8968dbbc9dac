//! Who is told how much of an upload is on its way.

use std::fmt;
use std::sync::Arc;

use http_body_util::BodyExt as _;
use mistral_transport::Body;

use crate::content::{Opened, Source};

/// A listener; clones tell the same one.
#[derive(Clone)]
pub(crate) struct Progress(Arc<dyn Fn(u64) + Send + Sync>);

impl Progress {
    pub(crate) fn new(seen: impl Fn(u64) + Send + Sync + 'static) -> Self {
        Self(Arc::new(seen))
    }

    /// The content, told of as it is taken; from 0 on each time it is sent.
    pub(crate) fn watch(self, content: Opened) -> Opened {
        let length = content.length;
        let source = match content.source {
            Source::Again(make) => Source::Again(Arc::new(move || self.watched(make(), length))),
            Source::Once(body) => Source::Once(self.watched(body, length)),
        };
        Opened { length, source }
    }

    fn watched(&self, body: Body, length: u64) -> Body {
        let (this, mut taken) = (self.clone(), 0);
        let watched = body.map_frame(move |frame| {
            if let Some(data) = frame.data_ref() {
                taken += data.len() as u64;
                (this.0)(taken);
            }
            frame
        });
        Body::new(watched).with_length(length)
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress")
    }
}
