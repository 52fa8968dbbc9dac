use super::{Driven, GoOn};
use crate::args::Format;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::Result;
use crate::versioned::Versioned;

/// Says how to collect what was only submitted.
pub(crate) fn detached(context: &Context, driven: &Driven, go_on: &GoOn) -> Result<ExitCode> {
    let status = &driven.status;
    let (jobs, parts) = (status.parts.iter().filter(|part| part.job.is_some()).count(), status.parts.len());
    let s = if jobs == 1 { "" } else { "s" };
    context.screen.note(&match jobs == parts {
        true => format!("submitted {jobs} job{s}, which go on without this command"),
        false => format!("submitted {jobs} job{s} of {parts}; the others follow when the run is gone on with"),
    });
    if let Some(resume) = go_on.command("resume") {
        context.screen.note(&format!("To collect the answers: {resume}"));
    }
    if context.global.format.is_some_and(|format| format != Format::Table) {
        context.data().json_item(&Versioned::of(status))?;
    }
    Ok(ExitCode::Success)
}
