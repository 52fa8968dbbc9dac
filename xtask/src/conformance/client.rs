//! The official clients, and where each is installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, anyhow, ensure};

use super::workshop::Workshop;
use super::{node, python, registry};

/// What a client is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// `mistralai` on PyPI.
    Python,
    /// `@mistralai/mistralai` on npm.
    TypeScript,
}

/// An official client, by the version in its language's registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Client {
    pub(super) language: Language,
    pub(super) version: String,
}

impl Client {
    pub(super) fn python(version: &str) -> Self {
        Self { language: Language::Python, version: version.to_owned() }
    }

    pub(super) fn typescript(version: &str) -> Self {
        Self { language: Language::TypeScript, version: version.to_owned() }
    }

    /// One of each generation, oldest first; the newest of each language is asked for in its registry.
    pub(super) fn generations() -> Vec<Self> {
        let mut clients: Vec<_> = ["1.2.6", "1.9.3", "1.12.4", "2.5.1"].map(Self::python).into();
        clients.push(Self::python(&registry::newest(Language::Python, 3, "3.7.0")));
        clients.extend(["1.10.0", "2.2.6"].map(Self::typescript));
        clients.push(Self::typescript(&registry::newest(Language::TypeScript, 2, "2.7.0")));
        clients
    }

    /// The last of each generation that still has fine-tuning jobs among them.
    pub(super) fn with_fine_tuning() -> Vec<Self> {
        vec![Self::python("1.9.3"), Self::python("2.5.1"), Self::typescript("1.15.1")]
    }

    /// What it is called in tables.
    pub(super) fn name(&self) -> String {
        let Self { language, version } = self;
        match language {
            Language::Python => format!("python {version}"),
            Language::TypeScript => format!("typescript {version}"),
        }
    }

    /// The folder it is installed in.
    pub(super) fn folder(&self, workshop: &Workshop) -> PathBuf {
        workshop.home.join(self.name().replace(' ', "-"))
    }

    /// Its first number.
    pub(super) fn major(&self) -> &str {
        self.version.split('.').next().unwrap_or_default()
    }

    /// Installs it, if it is not there.
    ///
    /// # Errors
    ///
    /// What its installer says.
    pub(super) fn install(&self, workshop: &Workshop) -> Result<()> {
        let folder = self.folder(workshop);
        let outcome = match self.language {
            Language::Python => python::install(&folder, &self.version),
            Language::TypeScript => node::install(&folder, &self.version),
        };
        outcome.with_context(|| format!("cannot install {}", self.name()))
    }

    /// The command that runs a script of ours, named without its extension, with this client.
    ///
    /// # Errors
    ///
    /// When the script cannot be put where the client is found.
    pub(super) fn command(&self, workshop: &Workshop, script: &str) -> Result<Command> {
        let folder = self.folder(workshop);
        match self.language {
            Language::Python => Ok(python::command(&folder, &workshop.scripts.join(script).with_extension("py"))),
            Language::TypeScript => node::command(&folder, &workshop.scripts.join(script).with_extension("mjs")),
        }
    }
}

/// Installs those that are not there, two at a time: they wait for the network more than for the machine.
///
/// # Errors
///
/// The first client that cannot be installed.
pub(super) fn install_all(clients: &[Client], workshop: &Workshop) -> Result<()> {
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(client) = clients.get(next.fetch_add(1, Ordering::Relaxed)) {
            client.install(workshop)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers = [scope.spawn(work), scope.spawn(work)];
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| anyhow!("an installation panicked"))?)
    })
}

/// Runs the commands of an installation, and marks the folder as installed once they have succeeded.
///
/// # Errors
///
/// The command that failed.
pub(super) fn once(folder: &Path, commands: impl IntoIterator<Item = Command>) -> Result<()> {
    let mark = folder.join("installed");
    if mark.exists() {
        return Ok(());
    }
    for mut command in commands {
        let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
        ensure!(status.success(), "{command:?} failed ({status})");
    }
    fs::write(mark, "")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_named_by_language_and_version() {
        let client = Client::typescript("2.2.6");
        assert_eq!((client.name().as_str(), client.major()), ("typescript 2.2.6", "2"));
    }

    #[test]
    fn clients_with_fine_tuning_are_of_several_generations() {
        let versions: Vec<_> = Client::with_fine_tuning().into_iter().map(|client| client.name()).collect();
        assert_eq!(versions, ["python 1.9.3", "python 2.5.1", "typescript 1.15.1"]);
    }
}
