//! Mistakes planted on purpose: a comparison that does not see them proves nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use super::client::Client;
use super::wire;
use super::workshop::Workshop;
use crate::step;

/// A mistake on the wire, made by replacing one place of the source.
struct Mutation {
    name: &'static str,
    file: &'static str,
    /// Stands in the file exactly once.
    right: &'static str,
    wrong: &'static str,
    /// What must be told of it: the operation and what differs.
    told: &'static str,
}

/// Those in crates that much is built upon come last.
const MUTATIONS: [Mutation; 12] = [
    Mutation {
        name: "the part of an upload has no file name",
        file: "crates/files/src/multipart.rs",
        right: "name=\\\"{name}\\\"; filename=\\\"{filename}\\\"\\r\\n\\",
        wrong: "name=\\\"{name}\\\"\\r\\nX-Name: {filename}\\r\\n\\",
        told: "files.upload: form differs",
    },
    Mutation {
        name: "the part of an upload has another content type",
        file: "crates/files/src/upload.rs",
        right: r#"_ => "application/octet-stream","#,
        wrong: r#"_ => "application/jsonl","#,
        told: "files.upload: form differs",
    },
    Mutation {
        name: "a default of a form is not sent",
        file: "crates/files/src/upload.rs",
        right: "visibility: Some(FileVisibility::Workspace),",
        wrong: "visibility: None,",
        told: "files.upload: form differs",
    },
    Mutation {
        name: "a model is taken out of the archive by POST",
        file: "crates/fine-tuning/src/models.rs",
        right: r#"Call::delete("models.unarchive""#,
        wrong: r#"Call::post("models.unarchive""#,
        told: "models.unarchive: method differs",
    },
    Mutation {
        name: "a job is cancelled at the wrong path",
        file: "crates/batch/src/jobs.rs",
        right: r#"id.as_str(), "cancel"]"#,
        wrong: r#"id.as_str(), "stop"]"#,
        told: "batch.jobs.cancel: path differs",
    },
    Mutation {
        name: "several statuses are joined by commas",
        file: "crates/transport/src/query.rs",
        right: "for item in items {\n                    push(&mut query, name, item)?;\n                }",
        wrong: "let all: Vec<_> = items.iter().filter_map(Value::as_str).collect();\n                \
                if !all.is_empty() {\n                    query.append_pair(name, &all.join(\",\"));\n                }",
        told: "batch.jobs.list: query differs",
    },
    Mutation {
        name: "a date loses its zone",
        file: "crates/transport/src/query.rs",
        right: "query.append_pair(name, value);",
        wrong: "query.append_pair(name, value.strip_suffix('Z').unwrap_or(value));",
        told: "batch.jobs.list: query differs",
    },
    Mutation {
        name: "a name in a query is in camel case",
        file: "crates/transport/src/query.rs",
        right: "scalar => push(&mut query, name, scalar)?,",
        wrong: "scalar => push(&mut query, &name.replace(\"page_size\", \"pageSize\"), scalar)?,",
        told: "files.list: query differs",
    },
    Mutation {
        name: "notes are sent as one value",
        file: "crates/transport/src/query.rs",
        right: "push(&mut query, key, value)?;",
        wrong: "push(&mut query, name, &Value::String(format!(\"{key}={value}\")))?;",
        told: "batch.jobs.list: query differs",
    },
    Mutation {
        name: "a default of a body is not sent",
        file: "crates/models/src/batch/create.rs",
        right: "timeout_hours: Some(24),",
        wrong: "timeout_hours: None,",
        told: "batch.jobs.create: body differs",
    },
    Mutation {
        name: "null is not sent in an update",
        file: "crates/models/src/model/update.rs",
        right: "*self == Self::Keep",
        wrong: "matches!(self, Self::Keep | Self::Clear)",
        told: "models.update: body differs",
    },
    Mutation {
        name: "a field of a body has another name",
        file: "crates/models/src/fine_tuning/hyperparameters.rs",
        right: "pub learning_rate:",
        wrong: "#[serde(rename = \"learningRate\")]\n    pub learning_rate:",
        told: "fine_tuning.jobs.create: body differs",
    },
];

const ABOUT: &str = "\
Each of these mistakes is planted alone in a copy of the workspace, which is then compared with two official clients as
above, with fewer calls. All were caught; without a mistake the copy passes.
";

/// One of each language, with fine-tuning.
pub(super) fn clients() -> Vec<Client> {
    vec![Client::python("2.5.1"), Client::typescript("1.10.0")]
}

/// Plants every mistake in turn, and returns the list of how each was caught, as Markdown.
///
/// # Errors
///
/// A mistake whose place is not found exactly once, that does not compile, or that nobody notices; or a copy that fails
/// without any.
pub(super) fn run(workshop: &Workshop, clients: &[Client]) -> Result<String> {
    let copy = Copy::of(workshop)?;
    let list = wire::clients_file(workshop, clients, "clients-of-mutations.json")?;
    let told = copy.compare(&list)?;
    ensure!(told.is_none(), "without a mistake there is already a difference: {}", told.unwrap_or_default());

    let names: Vec<_> = clients.iter().map(Client::name).collect();
    let mut table = format!("With {}.\n\n| mistake | file | told as |\n|---|---|---|\n", names.join(" and "));
    for mutation in &MUTATIONS {
        let Mutation { name, file, told, .. } = mutation;
        let begun = Instant::now();
        let path = copy.root.join(file);
        let right = fs::read_to_string(&path).with_context(|| format!("cannot read {file}"))?;
        fs::write(&path, planted(&right, mutation)?)?;
        let differences = copy.compare(&list);
        fs::write(&path, right)?;
        let Some(differences) = differences? else { bail!("nobody notices that {name}") };
        ensure!(differences.contains(told), "that {name} is not told as `{told}`, but as\n{differences}");
        println!("    caught in {:.0} s: {name}: {told}", begun.elapsed().as_secs_f64());
        table += &format!("| {name} | `{file}` | {told} |\n");
    }
    Ok(format!("{ABOUT}\n{table}"))
}

/// The source with the mistake in it.
fn planted(source: &str, mutation: &Mutation) -> Result<String> {
    let Mutation { name, file, right, wrong, .. } = mutation;
    let found = source.matches(right).count();
    ensure!(found == 1, "{file} has the place for `{name}` {found} times, expected once");
    Ok(source.replacen(right, wrong, 1))
}

/// A copy of the workspace to plant mistakes in.
struct Copy {
    root: PathBuf,
    /// Where it is built.
    target: PathBuf,
}

impl Copy {
    /// Copies every file that git knows of or would take in.
    fn of(workshop: &Workshop) -> Result<Self> {
        let [root, target] = ["mutations", "mutations-target"].map(|name| workshop.home.join(name));
        let listing = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(&workshop.root)
            .output()
            .context("cannot start git")?;
        ensure!(listing.status.success(), "git cannot list the files");
        for name in String::from_utf8_lossy(&listing.stdout).split_terminator('\0') {
            let (from, to) = (workshop.root.join(name), root.join(name));
            // One that is deleted but not yet committed is listed still.
            if from.is_file() {
                copy_if_changed(&from, &to).with_context(|| format!("cannot copy {name}"))?;
            }
        }
        Ok(Self { root, target })
    }

    /// Compares what the copy sends; what differs without a reason, if anything does.
    fn compare(&self, clients: &Path) -> Result<Option<String>> {
        let mut build = step::cargo(&self.root);
        build.args(["build", "--quiet", "--package", "tests", "--bin", "twins"]);
        // Not where the workspace is built: cargo names what it builds by places within a workspace, so that the copy's
        // libraries would be taken for those of the workspace.
        build.env("CARGO_TARGET_DIR", &self.target);
        let status = build.status().context("cannot start cargo")?;
        ensure!(status.success(), "the copy does not compile ({status})");
        let options = ["--seed", "1", "--count", "150", "--allow-unseen"];
        let program = self.target.join("debug").join(format!("twins{}", std::env::consts::EXE_SUFFIX));
        let output = wire::command(&program, clients, &options).output()?;
        match output.status.code() {
            Some(0) => Ok(None),
            Some(1) => Ok(Some(String::from_utf8_lossy(&output.stderr).into_owned())),
            _ => bail!("twins broke off: {}", String::from_utf8_lossy(&output.stderr)),
        }
    }
}

/// Copies a file unless it is there already: cargo builds what is newer than what it has built.
fn copy_if_changed(from: &Path, to: &Path) -> Result<()> {
    let content = fs::read(from)?;
    if fs::read(to).is_ok_and(|there| there == content) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(to, content)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_has_its_place() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for mutation in &MUTATIONS {
            let source = fs::read_to_string(root.join(mutation.file)).unwrap();
            assert_ne!(planted(&source, mutation).unwrap(), source, "{}", mutation.name);
        }
    }

    #[test]
    fn a_place_that_is_not_there_or_there_twice_is_an_error() {
        let mutation = &MUTATIONS[4];
        for source in ["", r#"id.as_str(), "cancel"] id.as_str(), "cancel"]"#] {
            assert!(planted(source, mutation).is_err(), "{source}");
        }
    }

    #[test]
    fn mistakes_are_ten_at_least_and_each_is_another() {
        let names: std::collections::BTreeSet<_> = MUTATIONS.iter().map(|mutation| mutation.name).collect();
        assert!(names.len() == MUTATIONS.len() && names.len() >= 10);
    }
}
