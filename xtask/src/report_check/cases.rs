//! The reports that are looked at: of jobs that ran on the emulator, and of what jobs may look like at their worst.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// A report, and what it must show.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) page: PathBuf,
    /// How many charts it has.
    pub(super) plots: u32,
    /// Texts that must be readable in it.
    pub(super) shows: Vec<&'static str>,
}

/// What a server or a file may call itself, in the hope of a careless page.
const MARKUP: &str = "</title></script><script>document.title='hacked'</script><img src=x onerror=alert(1)>\"'&amp;";
/// A name that no screen is wide enough for.
const ENDLESS: &str =
    "ft:open-mistral-nemo:an-endless-name-without-a-single-blank-in-it-that-goes-on-and-on-and-on-and-on:0123";

pub(super) fn all(command: &Path, folder: &Path) -> Result<Vec<Case>> {
    let desk = Desk { command, folder };
    let mut cases = desk.of_the_emulator()?;
    cases.extend(desk.of_files()?);
    Ok(cases)
}

struct Desk<'a> {
    command: &'a Path,
    folder: &'a Path,
}

impl Desk<'_> {
    /// Jobs that went through the whole program: created, run, and asked for.
    fn of_the_emulator(&self) -> Result<Vec<Case>> {
        let emulator = Served::start(self.command)?;
        let run = |arguments: &[&str], codes: &[i32]| {
            let mut command = self.command();
            command.env("MISTRAL_API_KEY", "any").env("MISTRAL_BASE_URL", &emulator.url);
            answer(command.args(arguments), codes)
        };
        let chat = |at: usize| {
            json!({"messages": [{"role": "user", "content": format!("What is {at} plus one?")},
                {"role": "assistant", "content": format!("{at} plus one is {}.", at + 1)}]})
        };
        let chats = self.data("chats.jsonl", 100, chat)?;
        let valid = self.data("valid.jsonl", 3, |at| chat(at + 1000))?;
        let labels = self.data("<img src=x>.jsonl", 40, |at| {
            let mood = if at % 2 == 0 { "good" } else { "<i>bad</i>" };
            json!({"text": format!("This is text {at}, which has a mood."), "labels": {"mood": mood}})
        })?;
        let create = |more: &[&str]| -> Result<String> {
            let job = run(&[&["ft", "create", "-o", "json"], more].concat(), &[0])?;
            let job: Value = serde_json::from_str(&job).context("ft create wrote no JSON")?;
            Ok(job["id"].as_str().context("the job has no id")?.to_owned())
        };
        let mut cases = Vec::new();
        let mut report = |name: &'static str, id: &str, plots, shows: &[&'static str]| -> Result<()> {
            let page = self.page(name);
            run(&["ft", "report", id, "--output", &page.to_string_lossy()], &[0])?;
            cases.push(Case { name, page, plots, shows: shows.to_vec() });
            Ok(())
        };
        let chat_model = ["--model", "open-mistral-nemo", "--training-steps", "100", "--suffix", "<script>x</script"];
        let id = create(&[&[&*chats, "--validation", &valid, "--auto-start"], &chat_model[..]].concat())?;
        run(&["ft", "wait", &id], &[0])?;
        report("success", &id, 2, &["SUCCESS", "<script>x</script", "Training data", "chats.jsonl"])?;
        let target = "--classifier-target=mood=good,<i>bad</i>";
        let id =
            create(&[&*labels, "--model", "ministral-3b-latest", "--training-steps", "50", target, "--no-auto-start"])?;
        run(&["ft", "wait", &id, "--until", "validated"], &[0])?;
        report("validated", &id, 0, &["VALIDATED", "<i>bad</i>", "<img src=x>.jsonl", "nothing yet"])?;
        let text = self.folder.join("text.jsonl");
        std::fs::write(&text, "{\"messages\": [{\"role\": \"user\", \"content\": \"<script>\"}]}\n".repeat(30))?;
        let text = text.to_string_lossy().into_owned();
        let id = create(&[&*text, "--model", "open-mistral-nemo", "--training-steps", "10", "--skip-check"])?;
        run(&["ft", "wait", &id], &[3])?;
        report("failed", &id, 0, &["FAILED_VALIDATION", "Why"])?;
        Ok(cases)
    }

    /// Jobs written down, as bad as they come.
    fn of_files(&self) -> Result<Vec<Case>> {
        let points = |steps: u64, valid: bool| -> Vec<Value> {
            let point = |step: u64| {
                let part = step as f64 / steps as f64;
                // The wobble is not random, so that the picture is the same every time.
                let loss = 0.6 + 1.9 * (-3.0 * part).exp() + (step as f64 * 2.3).sin() * 0.04;
                let valid = valid.then_some(loss + 0.1 + 0.25 * part * part);
                let metrics = json!({"train_loss": loss, "valid_loss": valid, "valid_mean_token_accuracy": valid.map(|loss| 1.0 / (1.0 + loss))});
                json!({"metrics": metrics, "step_number": step, "created_at": 1_749_600_000 + step * 30})
            };
            (1..=steps).rev().map(point).collect()
        };
        let job = |change: Value| {
            let mut job = json!({
                "id": "3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11", "object": "job", "job_type": "completion", "auto_start": true,
                "model": "open-mistral-nemo", "status": "SUCCESS", "created_at": 1_749_600_000, "modified_at": 1_749_603_600,
                "training_files": [], "hyperparameters": {"learning_rate": 0.0001},
            });
            for (key, value) in change.as_object().into_iter().flatten() {
                job[key] = value.clone();
            }
            job
        };
        let long = json!({"checkpoints": points(5000, true), "fine_tuned_model": ENDLESS, "suffix": ENDLESS,
            "events": [{"name": ENDLESS, "data": {ENDLESS: ENDLESS}, "created_at": 1_749_600_000}]});
        let hostile = json!({"status": MARKUP, "model": MARKUP, "fine_tuned_model": MARKUP, "suffix": MARKUP, "job_type": MARKUP,
            "checkpoints": points(10, true), "training_files": [MARKUP], "trained_tokens": 7,
            "metadata": {"cost": 1e300, "cost_currency": MARKUP},
            "integrations": [{"type": "wandb", "project": MARKUP, "url": "javascript:alert(1)"}, {"type": MARKUP}],
            "repositories": [{"type": MARKUP}],
            "classifier_targets": [{"name": MARKUP, "labels": [MARKUP], "weight": 1.0, "loss_function": MARKUP}],
            "events": [{"name": MARKUP, "data": {MARKUP: MARKUP}, "created_at": i64::MAX},
                {"name": "\u{202e}\u{0}\u{1b}[2J", "data": MARKUP, "created_at": i64::MIN}]});
        let failed = json!({"status": "FAILED", "checkpoints": points(3, false), "events": [
            {"name": "status-updated", "data": {"status": "FAILED", "error": MARKUP}, "created_at": 1_749_603_600}]});
        let odd = json!({"status": "PAUSED", "checkpoints": [
            {"metrics": {"train_loss": 1e300, "valid_loss": null, "valid_mean_token_accuracy": 1.77}, "step_number": 20, "created_at": 1},
            {"metrics": {"train_loss": -3.5e-7}, "step_number": 10, "created_at": 1},
            {"metrics": null, "step_number": 5, "created_at": 1}]});
        let one = json!({"status": "RUNNING", "checkpoints": points(1, true)});
        let cases: [(&'static str, Value, u32, &[&'static str]); 7] = [
            ("empty", json!({"status": "CANCELLED"}), 0, &["no measured values"]),
            ("one-checkpoint", one, 2, &["RUNNING"]),
            ("ten-checkpoints", json!({"checkpoints": points(10, true)}), 2, &["Token accuracy"]),
            ("thousands", long, 2, &["are drawn", ENDLESS]),
            ("hostile", hostile, 2, &[MARKUP]),
            ("failed-without-validation", failed, 1, &[MARKUP]),
            ("odd-values", odd, 2, &["PAUSED", "above 1", "Too large to draw"]),
        ];
        cases.into_iter().map(|(name, change, plots, shows)| self.of_file(name, &job(change), plots, shows)).collect()
    }

    fn of_file(&self, name: &'static str, job: &Value, plots: u32, shows: &[&'static str]) -> Result<Case> {
        let (file, page) = (self.folder.join(format!("{name}.json")), self.page(name));
        std::fs::write(&file, serde_json::to_vec(job)?).with_context(|| format!("cannot write {}", file.display()))?;
        let mut command = self.command();
        command.args(["ft", "report", "--job-file"]).arg(&file).arg("--output").arg(&page);
        answer(&mut command, &[0])?;
        Ok(Case { name, page, plots, shows: shows.to_vec() })
    }

    /// Training data of so many lines; gives its path.
    fn data(&self, name: &str, lines: usize, line: impl Fn(usize) -> Value) -> Result<String> {
        let path = self.folder.join(name);
        let text: String = (0..lines).map(|at| format!("{}\n", line(at))).collect();
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path.to_string_lossy().into_owned())
    }

    fn page(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.html"))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.command);
        command.current_dir(self.folder);
        command
    }
}

/// Standard output of a command that ends with one of these codes.
fn answer(command: &mut Command, codes: &[i32]) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    let code = output.status.code();
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(code.is_some_and(|code| codes.contains(&code)), "{command:?} ended with {code:?}:\n{told}");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// An emulator on a free port, ended when this is dropped.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(command: &Path) -> Result<Self> {
        let mut child = Command::new(command)
            .args(["emulator", "serve", "--port", "0", "--quiet"])
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", command.display()))?;
        let mut url = String::new();
        BufReader::new(child.stdout.take().context("the emulator has no output")?).read_line(&mut url)?;
        Ok(Self { child, url: url.trim().to_owned() })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
