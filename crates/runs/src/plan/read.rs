use std::borrow::Cow;
use std::fs::File;
use std::path::Path;

use mistral_datasets::batch::{Checker, Options, Report, sniff};
use mistral_datasets::{LineEnd, Lines, ReadAhead};
use mistral_models::ModelId;
use mistral_transport::{Error, ErrorKind, Result};

use super::cutter::PartCutter;
use super::dedupe::Dedupe;
use super::hashing::Hashing;
use super::invalid::InvalidInput;
use crate::blocking::unreadable;
use crate::journal::InputFile;
use crate::part::Part;
use crate::rows::{Entry, InputRow, Source, sent};
use crate::{EstimateRequest, Spec};

/// What the reading of the whole input found.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) inputs: Vec<InputFile>,
    pub(crate) rows: u64,
    pub(crate) parts: Vec<Part>,
    /// The model of the jobs.
    pub(crate) model: Option<ModelId>,
    pub(crate) report: Report,
    /// The size of what is sent, for an estimate.
    pub(crate) size: EstimateRequest,
}

/// Places are kept in lists with sixteen bits for the file.
const MAX_FILES: usize = 1 << 16;

/// Reads the whole input once: checks every line, and cuts the rows into parts. Messages call each file by its name.
///
/// # Errors
///
/// [`InvalidInput`] with every problem; a model that is missing; a file that cannot be read.
pub(crate) fn read(source: &Source, names: &[String], spec: &Spec) -> Result<Planned> {
    let model = spec.job.model.as_ref().map(ModelId::as_str);
    let options = Options::default().generate_ids(spec.generate_ids).model(model).strict(spec.strict);
    let mut checker = Checker::new(options);
    let mut cutter = PartCutter::along(spec.limits);
    let mut dedupe = spec.dedupe.then(Dedupe::default);
    let mut size = EstimateRequest::new(spec.job.endpoint.clone());
    if source.files.len() > MAX_FILES {
        let message = format!("{} input files are more than {MAX_FILES}; join some of them", source.files.len());
        return Err(Error::new(ErrorKind::BadInput, message).during("runs.plan"));
    }
    let (mut inputs, mut rows) = (Vec::new(), 0);
    for (number, (path, name)) in source.files.iter().zip(names).enumerate() {
        checker.begin(name);
        let failed = |error| unreadable(Path::new(name), error);
        let mut lines = Lines::new(ReadAhead::new(Hashing::new(open(path, name)?)).map_err(failed)?);
        while let Some(line) = lines.read().map_err(failed)? {
            let Some(row) = checker.line(&line).map_err(failed)? else { continue };
            let at = Entry { row: row.row, file: number, offset: line.offset };
            let input = InputRow { at, bytes: line.bytes };
            let end = match line.end {
                LineEnd::Lf => 1,
                LineEnd::CrLf => 2,
                LineEnd::Missing => 0,
            };
            let sent = if row.generated { sent(&input, source)? } else { Cow::Borrowed(line.bytes) };
            match &mut dedupe {
                Some(dedupe) => dedupe.add(at, row.request.body).map_err(failed)?,
                None => cutter.add(at, line.number, line.offset + line.length + end, &sent),
            }
            size.add(row.request.body.len() as u64, row.request.max_tokens);
            rows += 1;
        }
        let (bytes, digest) = lines.into_inner().into_inner().map_err(failed)?.finish();
        inputs.push(InputFile { path: path.clone(), bytes, digest });
    }
    let report = checker.finish().map_err(|error| unreadable(Path::new("the input"), error))?;
    if !report.is_valid() {
        return Err(InvalidInput { report }.into());
    }
    let model = choose_model(spec, &report)?;
    let parts = match dedupe {
        Some(dedupe) => {
            let (parts, sent) = dedupe.finish(source, spec)?;
            size = sent;
            parts
        }
        None => cutter.finish(),
    };
    size.model = model.as_ref().map(ToString::to_string);
    Ok(Planned { inputs, rows, parts, model, report, size })
}

/// Opens an input file, which is to be JSON lines.
fn open(path: &Path, name: &str) -> Result<File> {
    use std::io::{Read as _, Seek as _};

    let bad = |what: String| Error::new(ErrorKind::BadInput, format!("{name} {what}")).during("runs.plan");
    // Asked first, because opening a pipe waits for somebody to write into it.
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(Path::new(name), error))?;
    if !metadata.is_file() {
        return Err(bad("is not a regular file; name a JSONL file of requests".to_owned()));
    }
    let mut file = File::open(path).map_err(|error| unreadable(Path::new(name), error))?;
    let mut head = Vec::with_capacity(4);
    let read = (&mut file).take(4).read_to_end(&mut head).and_then(|_| file.rewind());
    read.map_err(|error| unreadable(Path::new(name), error))?;
    match sniff(&head) {
        Some(format) => {
            let advice = format.advice().replace("FILE", name);
            Err(bad(format!("is {format}; expected JSON lines in UTF-8. {advice}")))
        }
        None => Ok(file),
    }
}

/// The model of the jobs: the one that was named, or else the one that all rows name, or the one meant for rows that name
/// none.
fn choose_model(spec: &Spec, report: &Report) -> Result<Option<ModelId>> {
    let statistics = report.statistics();
    if spec.job.model.is_some() || spec.job.agent_id.is_some() {
        return Ok(spec.job.model.clone());
    }
    match &statistics.first_without_model {
        Some(place) => spec.default_model.clone().map(Some).ok_or_else(|| {
            let message = format!(
                "a model is needed: {place} names none, and the job names none; name one for the job, or in every row"
            );
            Error::new(ErrorKind::BadInput, message).during("runs.plan")
        }),
        None if statistics.models.len() == 1 && statistics.further_models == 0 => {
            Ok(statistics.models.keys().next().map(Into::into))
        }
        None => Ok(None),
    }
}
