use std::fs::File;
use std::io::{self, Read, Seek as _};
use std::path::Path;

use mistral_sdk::datasets::batch::sniff;

use crate::failure::{Failure, Result};
use crate::shell::quoted;

/// A file to read once, or standard input.
pub(in crate::commands) struct Source {
    pub(in crate::commands) reader: Box<dyn Read + Send>,
    pub(in crate::commands) shown: String,
    /// The bytes it has, if it is a file.
    pub(in crate::commands) bytes: Option<u64>,
}

impl Source {
    /// Opens what is to be checked, whatever is in it: the check knows better what to say about it.
    pub(in crate::commands) fn any(path: &Path) -> Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Self { reader: Box::new(io::stdin()), shown: "standard input".to_owned(), bytes: None });
        }
        let (file, bytes) = open(path)?;
        Ok(Self { reader: Box::new(file), shown: path.display().to_string(), bytes })
    }

    /// Opens what is to be rewritten.
    ///
    /// # Errors
    ///
    /// A file that is plainly no JSON lines, besides one that cannot be read.
    pub(in crate::commands) fn lines(path: &Path) -> Result<Self> {
        if path.as_os_str() == "-" {
            return Self::any(path);
        }
        let (mut file, bytes) = open(path)?;
        if bytes.is_some() {
            refuse_other_formats(&mut file, path)?;
        }
        Ok(Self { reader: Box::new(file), shown: path.display().to_string(), bytes })
    }
}

/// Opens a file that is read more than once, and gives its bytes.
pub(in crate::commands) fn seekable(path: &Path, why: &str) -> Result<(File, u64)> {
    if path.as_os_str() == "-" {
        return Err(Failure::usage(format!("standard input cannot be used here: {why}"))
            .help("Write it to a file first, and name the file."));
    }
    let (mut file, bytes) = open(path)?;
    let Some(bytes) = bytes else {
        return Err(Failure::input(format!("{} is not a regular file: {why}", path.display()))
            .help("Write it to a file first, and name the file."));
    };
    refuse_other_formats(&mut file, path)?;
    Ok((file, bytes))
}

fn open(path: &Path) -> Result<(File, Option<u64>)> {
    let unreadable = |error| {
        Failure::input(format!("{} cannot be read", path.display()))
            .because(error)
            .help("Name a JSONL file that you may read, or - for standard input.")
    };
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(Failure::input(format!("{} is a folder", path.display())).help("Name one JSONL file in it."));
    }
    let file = File::open(path).map_err(unreadable)?;
    Ok((file, metadata.is_file().then_some(metadata.len())))
}

fn refuse_other_formats(file: &mut File, path: &Path) -> Result<()> {
    let unreadable = |error| Failure::input(format!("{} cannot be read", path.display())).because(error);
    let mut head = Vec::with_capacity(4);
    file.take(4).read_to_end(&mut head).map_err(unreadable)?;
    file.rewind().map_err(unreadable)?;
    match sniff(&head) {
        Some(format) => Err(Failure::input(format!("{} is {format}; expected JSON lines in UTF-8", path.display()))
            .help(format.advice().replace("requests.jsonl", "converted.jsonl").replace("FILE", &quoted(path)))),
        None => Ok(()),
    }
}

/// The input, if it is a file that an output must not replace.
pub(in crate::commands) fn file_of(path: &Path) -> Option<&Path> {
    (path.as_os_str() != "-").then_some(path)
}

/// No sample came of a file.
pub(in crate::commands) fn nothing_in(shown: &str) -> Failure {
    Failure::input(format!("{shown}: no samples in the file")).help(
        r#"Write one sample a line: {"messages": [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}]}"#,
    )
}
