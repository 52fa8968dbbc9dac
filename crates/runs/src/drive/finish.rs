use std::sync::Arc;

use mistral_models::FileId;
use mistral_transport::{Error, ErrorKind, Result};

use crate::answers::{Causes, Merged};
use crate::blocking::blocking;
use crate::clock::local;
use crate::context::{Context, Tell};
use crate::journal::{Record, State};
use crate::rows::Source;
use crate::whole::Whole;
use crate::{Cause, Class, Cleanup, Event, Report, Tally};

/// Remarks that are kept of a run.
const REMARKS: usize = 20;

/// Writes the output, counts what became of the rows, and ends the run.
pub(super) async fn finish(context: &Arc<Context>, tell: &Tell) -> Result<Report> {
    let state = context.journal.state(Clone::clone);
    let (source, of, hold) = (context.source.clone(), state.clone(), context.journal.hold().await);
    let (tally, causes, other_causes) = blocking(move || {
        let _hold = hold;
        write(&source, &of)
    })
    .await?;
    let spec = &state.begun.spec;
    let mut usage = crate::Usage::default();
    let mut all = tally;
    let mut remarks = Vec::new();
    for collected in state.parts.iter().filter_map(|part| part.collected.as_ref()) {
        usage += collected.usage;
        all.doubled += collected.tally.doubled;
        all.strays += collected.tally.strays;
        all.unreadable_lines += collected.tally.unreadable_lines;
        remarks.extend(collected.errors.iter().cloned());
    }
    remarks.truncate(REMARKS);
    let model = spec.job.model.as_ref().map_or("", |model| model.as_str());
    let report = Report {
        run: state.begun.id.clone(),
        tally: all,
        causes,
        other_causes,
        usage,
        cost: context.prices.cost(model, &spec.job.endpoint, &usage),
        jobs: state.parts.iter().filter(|part| part.job.is_some()).count() as u64,
        retries: state.rounds.saturating_sub(1),
        output: spec.output.clone(),
        remarks,
        began_at: state.begun.at,
        ended_at: local(),
    };
    context.journal.append(Record::Done(Box::new(report.clone()))).await?;
    clean_up(context, tell).await?;
    tell.tell(Event::Done(Box::new(report.clone())));
    Ok(report)
}

/// Writes one line a row in the order of the rows, if they are to be written anywhere, and counts them.
fn write(source: &Source, state: &State) -> Result<(Tally, Vec<Cause>, u64)> {
    let spec = &state.begun.spec;
    let mut out = spec.output.as_ref().map(|output| Whole::create_for(output, &state.begun.id)).transpose()?;
    let (mut tally, mut causes) = (Tally::default(), Causes::default());
    let mut merged = Merged::new(source, state)?;
    while let Some(answer) = merged.next()? {
        tally.count(answer.class);
        if !matches!(answer.class, Class::Succeeded) {
            causes.count(answer.class, answer.row, answer.line);
        }
        if let Some(out) = &mut out {
            out.write(answer.line)?;
        }
    }
    if tally.rows() != state.begun.rows {
        let (rows, all) = (tally.rows(), state.begun.rows);
        let message = format!("{rows} of {all} rows have an answer on disk; restore the folder of the run from a copy");
        return Err(Error::new(ErrorKind::Journal, message).during("runs.finish"));
    }
    if let Some(out) = out {
        // Once a run has written its output, the next writing replaces it.
        let ours = spec.replace || state.wrote;
        if ours {
            out.finish()?;
        } else if !out.finish_new()? {
            let path = spec.output.as_deref().map(|path| path.display().to_string()).unwrap_or_default();
            let message =
                format!("{path} is there already, and is not this run's output; resume the run with another output");
            return Err(Error::new(ErrorKind::LocalIo, message).during("runs.finish"));
        }
    }
    let (causes, others) = causes.sorted();
    Ok((tally, causes, others))
}

/// Deletes what the spec says, unless that was done.
pub(super) async fn clean_up(context: &Context, tell: &Tell) -> Result<()> {
    let state = context.journal.state(Clone::clone);
    if state.cleaned || state.begun.spec.cleanup == Cleanup::Nothing {
        return Ok(());
    }
    for (part, message) in clean(context, &state, state.begun.spec.cleanup).await?.1 {
        tell.tell(Event::Remark { part, message });
    }
    Ok(())
}

/// Deletes what is no longer needed from the service. How many files are deleted, or were gone; and, by their parts, which could
/// not be deleted and why.
pub(crate) async fn clean(context: &Context, state: &State, cleanup: Cleanup) -> Result<(u64, Vec<(usize, String)>)> {
    let inputs = state.parts.iter().filter_map(|part| Some((part.part.number, part.file.clone()?)));
    let results = state.parts.iter().flat_map(|part| {
        let files = part.collected.iter().flat_map(|collected| collected.files.iter().cloned());
        files.map(|file| (part.part.number, file))
    });
    let files: Vec<(usize, FileId)> = match cleanup {
        Cleanup::Nothing => return Ok((0, Vec::new())),
        Cleanup::Inputs => inputs.collect(),
        Cleanup::Everything => inputs.chain(results).collect(),
    };
    let (mut deleted, mut left) = (0, Vec::new());
    for (part, file) in files {
        match context.files.delete(&file).await {
            Ok(_) => deleted += 1,
            Err(error) if error.is_not_found() => deleted += 1,
            Err(error) => left.push((part, format!("file {file} was left on the service: {error}"))),
        }
    }
    if left.is_empty() {
        context.journal.append(Record::Cleaned).await?;
    }
    Ok((deleted, left))
}
