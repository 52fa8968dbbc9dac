//! The files of requests, looked at before anything is done for their sake.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use mistral_sdk::datasets::batch::sniff;
use mistral_sdk::runs::Input;

use crate::failure::{Failure, Result};
use crate::shell::quoted;

/// Whether the input is standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The requests of all files, or of standard input. Nothing is read but the first bytes of files.
///
/// # Errors
///
/// A file that is missing, cannot be read, or is plainly no JSON lines; standard input beside files, or twice.
pub(crate) fn open(paths: &[PathBuf]) -> Result<Input> {
    if paths.iter().any(|path| is_stdin(path)) {
        if paths.len() > 1 {
            return Err(Failure::usage("standard input cannot be read along with other input")
                .help("Join them first: cat part-*.jsonl - | mistral-jobs batch run - --output OUT"));
        }
        return Ok(Input::reader(io::stdin()).named("standard input"));
    }
    paths.iter().try_for_each(|path| look(path))?;
    Ok(Input::files(paths))
}

fn look(path: &Path) -> Result<()> {
    let shown = path.display();
    let unreadable = |error| {
        Failure::input(format!("{shown} cannot be read"))
            .because(error)
            .help("Name a JSONL file of requests that you may read, or - for standard input.")
    };
    // Asked first, because opening a pipe waits for somebody to write into it.
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(Failure::input(format!("{shown} is a folder"))
            .help(format!("Name the files in it: {}/*.jsonl", quoted(path).trim_end_matches('/'))));
    }
    if !metadata.is_file() {
        return Err(Failure::input(format!("{shown} is not a regular file"))
            .help("Files are read more than once. What can be read once goes to standard input: name - instead."));
    }
    let mut head = Vec::with_capacity(4);
    File::open(path).and_then(|file| file.take(4).read_to_end(&mut head)).map_err(unreadable)?;
    match sniff(&head) {
        Some(format) => Err(Failure::input(format!("{shown} is {format}; expected JSON lines in UTF-8"))
            .help(format.advice().replace("FILE", &quoted(path)))),
        None => Ok(()),
    }
}
