//! Opens fine-tuning reports in a real browser and looks whether they hold what they promise.

mod browser;
mod cases;
mod checks;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::metadata::Metadata;
use crate::step::Step;
use browser::Browser;

/// Writes a report of each case, opens it in a browser, and checks it; with `pictures`, leaves a picture of every look.
///
/// # Errors
///
/// All promises that were broken, or why no browser could be asked.
pub(crate) fn run(pictures: Option<&Path>) -> Result<()> {
    let metadata = Metadata::read()?;
    Step::cargo("command", "build -p mistral-jobs").run(&metadata.workspace_root)?;
    let command = metadata.target_directory.join("debug").join("mistral-jobs");
    let folder = fresh(metadata.target_directory.join("report-check"))?;
    if let Some(pictures) = pictures {
        std::fs::create_dir_all(pictures).with_context(|| format!("cannot make {}", pictures.display()))?;
    }
    let mut browser = Browser::start(&folder.join("profile"))?;
    println!("\n==> reports in {}", browser.version()?);
    let mut broken = Vec::new();
    for case in cases::all(&command, &folder)? {
        let found = checks::check(&mut browser, &case, pictures)?;
        println!("    {}  {}", if found.is_empty() { "ok    " } else { "BROKEN" }, case.name);
        broken.extend(found);
    }
    if !broken.is_empty() {
        bail!("{} promises of the report are broken:\n  {}", broken.len(), broken.join("\n  "));
    }
    Ok(())
}

fn fresh(folder: PathBuf) -> Result<PathBuf> {
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}
