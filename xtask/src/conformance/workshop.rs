//! Where everything is.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use crate::metadata::Metadata;
use crate::step::Step;

/// The folders that the conformance works in.
#[derive(Debug)]
pub(super) struct Workshop {
    /// The workspace.
    pub(super) root: PathBuf,
    /// Where cargo builds.
    pub(super) target: PathBuf,
    /// Where clients are installed and everything else is kept that can be made again.
    pub(super) home: PathBuf,
    /// The scripts that drive the clients.
    pub(super) scripts: PathBuf,
}

impl Workshop {
    /// Finds them, and makes those that must be there.
    ///
    /// # Errors
    ///
    /// What cargo or the file system says.
    pub(super) fn open() -> Result<Self> {
        let Metadata { workspace_root: root, target_directory: target, .. } = Metadata::read()?;
        let home = target.join("conformance");
        fs::create_dir_all(&home)?;
        let scripts = root.join("xtask").join("conformance");
        Ok(Self { root, target, home, scripts })
    }

    /// Builds a program of the workspace and says where it is.
    ///
    /// # Errors
    ///
    /// The step, if it does not compile.
    pub(super) fn build(&self, package: &str, program: &str) -> Result<PathBuf> {
        Step::cargo(program, &format!("build -p {package} --bin {program}")).run(&self.root)?;
        Ok(self.program(program))
    }

    /// Where a built program is.
    pub(super) fn program(&self, program: &str) -> PathBuf {
        self.target.join("debug").join(format!("{program}{}", std::env::consts::EXE_SUFFIX))
    }
}
