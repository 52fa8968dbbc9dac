//! What may still be spent. Everything here is an estimate: the bill is the service's.

use crate::context::Context;
use crate::journal::State;
use crate::part::Part;
use crate::{Money, Usage};

/// What the answers so far have cost; `None` where no price is known.
fn spent(context: &Context, state: &State) -> Option<Money> {
    let usage: Usage =
        state.parts.iter().filter_map(|part| part.collected.as_ref()).map(|collected| collected.usage).sum();
    let job = &state.begun.spec.job;
    context.prices.cost(job.model.as_ref().map_or("", |model| model.as_str()), &job.endpoint, &usage)
}

/// Whether more requests, at this cost, are within what the spec allows, after what was spent.
///
/// # Errors
///
/// Why they are not, in words.
pub(crate) fn allows(context: &Context, state: &State, more: Option<Money>) -> Result<(), String> {
    let Some(most) = state.begun.spec.max_cost else { return Ok(()) };
    match spent(context, state).zip(more).and_then(|(spent, more)| spent.checked_add(more)) {
        Some(all) if all <= most => Ok(()),
        Some(all) => Err(format!("with them the run may cost {all}, and {most} are allowed")),
        None => Err(format!("nobody can tell what they cost, and {most} are allowed")),
    }
}

/// Whether a part may be submitted, after what was spent and what its share and that of the parts under way may cost.
///
/// # Errors
///
/// Why it may not, in words.
pub(super) fn allows_part(context: &Context, state: &State, part: &Part) -> Result<(), String> {
    if state.begun.spec.max_cost.is_none() {
        return Ok(());
    }
    let open = |other: &&crate::journal::PartState| {
        other.collected.is_none() && (other.job.is_some() || other.part.number == part.number)
    };
    let mut more: Option<Money> = None;
    for other in state.parts.iter().filter(open) {
        let rows: u64 = state.round(other.part.round).map(|part| part.part.rows).sum();
        let round =
            usize::try_from(other.part.round).ok().and_then(|round| state.at_most.get(round).copied().flatten());
        let share = round.map(|round| share(round, other.part.rows, rows));
        more = match (more, share) {
            (None, share) => share,
            (Some(more), Some(share)) => more.checked_add(share),
            (_, None) => return allows(context, state, None),
        };
    }
    allows(context, state, more)
}

/// The share of so many rows in the cost of all.
fn share(cost: Money, rows: u64, all: u64) -> Money {
    let share = u128::from(cost.millionths()) * u128::from(rows) / u128::from(all.max(1));
    Money::from_millionths(u64::try_from(share).unwrap_or(u64::MAX), cost.currency())
}
