//! Runs the command in a folder of its own.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A folder that is the command's current one, so that no path of this machine shows in what it says.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.path(name), content).unwrap();
        self
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Every file and its content.
    pub(crate) fn content(&self) -> BTreeMap<String, Vec<u8>> {
        let entries = std::fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap());
        let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
        files
            .map(|file| (file.file_name().into_string().unwrap(), std::fs::read(file.path()).unwrap_or_default()))
            .collect()
    }

    /// The names of everything in it.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The command, in this folder and in an environment that knows nothing.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mistral-jobs"));
        command.current_dir(self.0.path()).args(args).stdin(Stdio::null());
        for variable in
            ["MISTRAL_API_KEY", "MISTRAL_BASE_URL", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI", "COLUMNS", "TERM"]
        {
            command.env_remove(variable);
        }
        for variable in [
            "MISTRAL_SA_TOKEN_PATH",
            "MISTRAL_REGION",
            "HTTPS_PROXY",
            "HTTP_PROXY",
            "ALL_PROXY",
            "https_proxy",
            "http_proxy",
            "all_proxy",
            "GITHUB_TOKEN",
            "WANDB_API_KEY",
        ] {
            command.env_remove(variable);
        }
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        ran(&mut self.command(args))
    }

    /// Where nothing listens: whatever is sent ends in another error than the one that is expected.
    pub(crate) fn run_without_network(&self, args: &[&str]) -> Ran {
        ran(self.command(args).env("MISTRAL_API_KEY", "key").env("MISTRAL_BASE_URL", "http://127.0.0.1:9"))
    }

    /// The first lines of the questions that the README's first command runs on.
    pub(crate) fn questions(&self, lines: usize) -> &Self {
        let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/questions.jsonl");
        let all = std::fs::read_to_string(all).unwrap();
        self.write("questions.jsonl", all.split_inclusive('\n').take(lines).collect::<String>())
    }
}

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Ran {
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// For snapshots: with what differs from run to run made equal.
    pub(crate) fn shown(&self) -> String {
        let code = self.code.map_or("none".to_owned(), |code| code.to_string());
        let mut shown = format!("exit code {code}\n");
        for (name, text) in [("standard output", &self.stdout), ("standard error", &self.stderr)] {
            if !text.is_empty() {
                shown.push_str(&format!("--- {name}\n{}", steady(text)));
            }
        }
        shown
    }
}

/// The text without progress, ids, times and ports.
fn steady(text: &str) -> String {
    let progress = ["QUEUED: ", "RUNNING: ", "SUCCESS: ", "CANCELLATION_REQUESTED: "];
    text.lines()
        .filter(|line| !progress.iter().any(|start| line.starts_with(start)))
        .map(|line| {
            let words = line.split_inclusive([' ', '\t', '"', '/', ',', ':']).map(|word| {
                let bare = word.trim_end_matches([' ', '\t', '"', '/', ',', ':']);
                let end = &word[bare.len()..];
                match bare {
                    _ if is_uuid(bare) => format!("[id]{end}"),
                    _ if is_run(bare) => format!("[run]{end}"),
                    _ => word.to_owned(),
                }
            });
            let line: String = words.collect();
            match line.split_once(" in ") {
                Some((start, rest)) if start.ends_with("requests") || start.ends_with("request") => {
                    format!("{start} in [time]{}\n", &rest[rest.find(':').unwrap_or(rest.len())..])
                }
                _ => format!("{line}\n"),
            }
        })
        .collect()
}

fn is_uuid(word: &str) -> bool {
    word.len() == 36 && word.split('-').map(str::len).eq([8, 4, 4, 4, 12])
}

fn is_run(word: &str) -> bool {
    word.len() == 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The emulator on a port, for as long as this lives.
pub(crate) struct Served {
    child: Child,
    url: String,
}

impl Served {
    pub(crate) fn start(folder: &Folder, args: &[&str]) -> Self {
        let args = [&["emulator", "serve", "--port", "0", "--quiet"], args].concat();
        let mut child = folder.command(&args).stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { child, url: url.trim().to_owned() }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A command that talks to it.
    pub(crate) fn command(&self, folder: &Folder, args: &[&str]) -> Command {
        let mut command = folder.command(args);
        command.env("MISTRAL_API_KEY", "any").env("MISTRAL_BASE_URL", &self.url);
        command
    }

    pub(crate) fn run(&self, folder: &Folder, args: &[&str]) -> Ran {
        ran(&mut self.command(folder, args))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Asked politely, it removes its files.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}
