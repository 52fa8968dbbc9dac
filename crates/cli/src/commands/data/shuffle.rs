use std::path::Path;

use mistral_sdk::datasets::shuffle::Shuffle;

use super::changes::told;
use super::fix::written_to;
use super::source::{Source, file_of, nothing_in};
use super::work::Work;
use crate::args::ShuffleArgs;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::outfile::OutFile;
use crate::terminal::Bytes;

/// Writes the lines of a file in another order.
pub(super) async fn shuffle(context: &Context, args: &ShuffleArgs) -> Result<ExitCode> {
    let out = OutFile::new(&args.output, args.force, file_of(&args.input))?;
    let source = Source::lines(&args.input)?;
    let mut shuffle = Shuffle::new(args.seed).memory(args.memory);
    if let Some(folder) = args.temp_dir.as_deref().or_else(|| out.path().map(folder_of)) {
        if !folder.is_dir() {
            return Err(Failure::usage(format!("--temp-dir: {} is no folder", folder.display()))
                .help("Name a folder with room for a copy of the input."));
        }
        shuffle = shuffle.folder(folder);
    }
    let shown = source.shown.clone();
    let mut work = Work::start(context, &format!("shuffling {shown}"), source.bytes);
    let (input, written) = (work.read(source), out.path().map(|path| path.display().to_string()));
    let mut output = work.write(out)?;
    let (done, output) = work.run(move || Ok((told(shuffle.run(input, &mut output))?, output))).await?;
    if done.samples == 0 {
        return Err(nothing_in(&shown));
    }
    output.finish()?;
    let blank = if done.blank > 0 { format!(", {} blank lines left out", done.blank) } else { String::new() };
    let s = if done.samples == 1 { "" } else { "s" };
    context.screen.note(&format!("{shown}: {} sample{s}, {}{blank}", done.samples, Bytes(done.bytes)));
    if done.spilled > 0 {
        context.screen.detail(&format!("{} went through temporary files", Bytes(done.spilled)));
    }
    written_to(context, written.as_deref(), None, &done)?;
    Ok(ExitCode::Success)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
