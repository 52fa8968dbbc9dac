//! What moves a run: parts are submitted, jobs watched, results collected, rows sent again.
//!
//! ```text
//!  journal ──► what is to be done ──► tasks ──► journal ──► …
//! ```
//!
//! Everything that must be remembered is in the journal, so that a drive that is dropped or killed is followed by another one
//! that asks the journal what is to be done. Nothing runs in the background: tasks move while the drive is polled.

mod admission;
mod budget;
mod collect;
mod finish;
mod look;
mod parts;
mod round;
mod sights;
mod submit;
mod take;
mod turn;

pub(crate) use budget::allows;
pub(crate) use finish::clean;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use mistral_transport::{Error, ErrorKind, Result};

use crate::context::{Context, Tell};
use crate::{Event, Report};
use parts::Drive;

/// How far to drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// Every row has its outcome.
    Done,
    /// As many jobs exist as may be pending.
    Submitted,
}

/// Drives the run. `None` if it was only to be submitted.
pub(crate) async fn drive(context: Arc<Context>, until: Until, tell: Tell) -> Result<Option<Report>> {
    let Some(_turn) = Turn::take(&context) else {
        let message = "the run is being driven already; drop that stream or future first";
        return Err(Error::new(ErrorKind::Journal, message).during("runs.run"));
    };
    // A drive that was dropped may have left work on its way.
    context.journal.settle().await;
    if let Some(done) = context.journal.state(|state| state.done.clone()) {
        finish::clean_up(&context, &tell).await?;
        tell.tell(Event::Done(Box::new(done.clone())));
        return Ok(Some(done));
    }
    loop {
        Drive::new(&context, until, &tell).all_parts().await?;
        if until == Until::Submitted {
            return Ok(None);
        }
        if !round::another(&context, &tell).await? {
            return finish::finish(&context, &tell).await.map(Some);
        }
    }
}

/// The right to drive a run: two drives would do everything twice.
struct Turn(Arc<Context>);

impl Turn {
    fn take(context: &Arc<Context>) -> Option<Self> {
        let free = !context.driven.swap(true, Ordering::AcqRel);
        free.then(|| Self(context.clone()))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.driven.store(false, Ordering::Release);
    }
}
