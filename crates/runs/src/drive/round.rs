use std::sync::Arc;

use mistral_transport::Result;

use super::budget;
use crate::Event;
use crate::blocking::blocking;
use crate::context::{Context, Tell};
use crate::journal::Record;
use crate::plan;

/// Plans the next round if there is to be one.
pub(super) async fn another(context: &Arc<Context>, tell: &Tell) -> Result<bool> {
    let state = context.journal.state(Clone::clone);
    if state.cancelled {
        return Ok(false);
    }
    let (spec, round) = (state.begun.spec.clone(), state.rounds);
    let (source, of) = (context.source.clone(), state.clone());
    let (parts, size) = blocking(move || plan::retry(&source, &of)).await?;
    let rows: u64 = parts.iter().map(|part| part.rows).sum();
    if rows == 0 {
        return Ok(false);
    }
    let refused = |reason: String| {
        tell.tell(Event::NotRetrying { rows, reason });
        Ok(false)
    };
    if round > spec.retries {
        return match spec.retries {
            0 => Ok(false),
            retries => refused(format!("they were sent again {retries} times")),
        };
    }
    let at_most = context.prices.estimate(&size).at_most;
    if let Err(reason) = budget::allows(context, &state, at_most) {
        return refused(reason);
    }
    let count = parts.len();
    let planned = Record::Planned { round, parts, at_most, asked_for: false };
    // The run may have been cancelled meanwhile.
    if !context.journal.append_if(planned, |state| !state.cancelled).await? {
        return Ok(false);
    }
    tell.tell(Event::Retrying { round, rows, parts: count });
    Ok(true)
}
