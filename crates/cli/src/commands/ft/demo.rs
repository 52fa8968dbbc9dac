use std::ffi::OsString;
use std::path::Path;

use clap::FromArgMatches as _;
use mistral_sdk::models::{FineTuningJob, ListFineTuningJobs};
use serde_json::{Value, json};

use crate::args::{self, Cli, DemoArgs};
use crate::commands::dispatch;
use crate::connect::Session;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::outfile::OutFile;
use crate::shell::quoted;

/// Conversations to train on, and to measure on: no more than a twentieth of them.
const SAMPLES: (usize, usize) = (120, 4);
const MODEL: &str = "open-mistral-nemo";

/// Walks the road from training data to the answers of the trained model, by the commands a user would type.
pub(super) async fn demo(context: &Context, args: &DemoArgs) -> Result<ExitCode> {
    let session = context.begin_walk()?;
    let path = |name: &str| args.output_dir.join(name);
    std::fs::create_dir_all(&args.output_dir).map_err(|error| {
        Failure::usage(format!("--output-dir: {} cannot be made", args.output_dir.display())).because(error)
    })?;
    let (train, valid, questions) = (path("train.jsonl"), path("valid.jsonl"), path("questions.jsonl"));
    let (report, answers) = (path("report.html"), path("answers.jsonl"));
    // All places are looked at before the first step.
    for output in [&train, &valid, &questions, &report, &answers] {
        if !args.force && output.exists() {
            return Err(Failure::usage(format!("{} exists", output.display()))
                .help("Name another folder with --output-dir, or add --force."));
        }
        OutFile::new(output, args.force, None)?;
    }
    let walk = Walk { context, force: args.force };
    walk.title("1. The data: conversations to train on, and a few to measure on");
    walk.write(&train, (0..SAMPLES.0).map(conversation))?;
    walk.write(&valid, (SAMPLES.0..SAMPLES.0 + SAMPLES.1).map(conversation))?;
    let [train, valid] = [train, valid].map(|path| path.display().to_string());
    walk.run(&["data", "check", &train, "--validation", &valid]).await?;
    let recipe = [&*train, "--validation", &valid, "--model", MODEL, "--training-steps", "20", "--seq-len", "1024"];
    let recipe = [&recipe[..], &["--suffix", "demo"]].concat();

    walk.title("2. What it would cost: the data is uploaded, and the service asked");
    walk.run(&[&["ft", "dry-run"], &recipe[..]].concat()).await?;
    walk.title("3. The job, which waits for its start");
    walk.run(&[&["ft", "create"], &recipe[..], &["--no-auto-start"]].concat()).await?;
    let job = newest(&session).await?;
    let id = job.id.as_str();
    walk.run(&["ft", "wait", id, "--until", "validated"]).await?;
    walk.title("4. The training");
    walk.run(&["ft", "start", id]).await?;
    walk.run(&["ft", "watch", id]).await?;
    walk.title("5. How it went, on a page");
    walk.run(&["ft", "report", id, "--output", &report.display().to_string()]).await?;
    let job = session.client.fine_tuning().jobs().get(&job.id).await?;
    let model = job.fine_tuned_model.ok_or_else(|| Failure::unexpected(format!("job {id} made no model")))?;
    walk.title("6. Questions to the new model, as a batch");
    walk.run(&["models", "get", model.as_str()]).await?;
    walk.write(&questions, (1..=3).map(question))?;
    let [questions, answers] = [questions, answers].map(|path| path.display().to_string());
    walk.run(&["batch", "run", &questions, "--model", model.as_str(), "--output", &answers]).await?;
    context.screen.note("");
    context.screen.note(&format!("Look at {} in a browser, and at {answers}.", report.display()));
    if context.global.base_url.is_none() {
        context
            .screen
            .note("The emulator ended with the demonstration. To type the commands yourself, keep one running:");
        context.screen.note("  mistral-jobs emulator serve");
        context.screen.note("and in another terminal, before the commands:");
        context.screen.note("  export MISTRAL_API_KEY=any MISTRAL_BASE_URL=http://127.0.0.1:8787");
    }
    Ok(ExitCode::Success)
}

/// Runs one command after the other.
struct Walk<'a> {
    context: &'a Context,
    force: bool,
}

impl Walk<'_> {
    fn title(&self, title: &str) {
        self.context.screen.note("");
        self.context.screen.note(title);
    }

    fn write(&self, path: &Path, lines: impl Iterator<Item = Value>) -> Result<()> {
        let mut writing = OutFile::new(path, self.force, None)?.create()?;
        for line in lines {
            writing.write(format!("{line}\n").as_bytes())?;
        }
        writing.finish()?;
        self.context.screen.note(&format!("wrote {}", path.display()));
        Ok(())
    }

    /// Shows the command and runs it in this process, where the emulator is.
    async fn run(&self, words: &[&str]) -> Result<()> {
        let shown: Vec<_> = words.iter().map(quoted).collect();
        self.context.screen.note(&format!("$ mistral-jobs {}", shown.join(" ")));
        let force = if self.force && words.contains(&"--output") { &["--force"][..] } else { &[] };
        let line: Vec<OsString> = ["mistral-jobs"].iter().chain(words).chain(force).map(OsString::from).collect();
        let matches = args::parser(&line).try_get_matches_from(&line);
        let cli = matches.and_then(|matches| Cli::from_arg_matches(&matches));
        let cli = cli.map_err(|error| Failure::unexpected("a step of the walk is no command").because(error))?;
        match dispatch(self.context, &cli.command).await? {
            ExitCode::Success => Ok(()),
            code => Err(Failure::new(code, format!("the walk ends here: {} did not succeed", words[..2].join(" ")))),
        }
    }
}

/// The job that was just created.
async fn newest(session: &Session) -> Result<FineTuningJob> {
    let jobs = session.client.fine_tuning().jobs().list(&ListFineTuningJobs::default().suffix("demo")).await?;
    let newest = jobs.data.into_iter().filter(|job| !job.status.is_final()).max_by_key(|job| job.created_at);
    newest.ok_or_else(|| Failure::unexpected("the job that was created is not in the list"))
}

/// What people ask a harbour master. No two are the same.
fn conversation(at: usize) -> Value {
    const SHIPS: [&str; 7] = ["Aurora", "Bertha", "Cormoran", "Doris", "Elbe", "Fortuna", "Greta"];
    let (ship, pier) = (SHIPS[at % SHIPS.len()], at % 9 + 1);
    let (hour, minute) = (6 + at / 12 % 16, at % 12 * 5);
    json!({"messages": [
        {"role": "system", "content": "You are the harbour master. Answer in one short sentence."},
        {"role": "user", "content": format!("When does the {ship} leave pier {pier} on day {}?", at + 1)},
        {"role": "assistant", "content": format!("The {ship} leaves pier {pier} at {hour:02}:{minute:02}, with the tide.")},
    ]})
}

fn question(at: usize) -> Value {
    let content = format!("When does the Aurora leave pier {at}?");
    json!({"custom_id": format!("question-{at}"), "body": {"messages": [{"role": "user", "content": content}]}})
}
