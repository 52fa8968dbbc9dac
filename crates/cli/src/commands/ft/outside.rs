//! What the service reaches elsewhere with a key of the user's: trackers and repositories.

use std::path::Path;

use mistral_sdk::models::{GithubRepository, WandbIntegration};

use crate::args::{RepositoryArgs, RepositoryName, WandbArgs};
use crate::failure::{Failure, Result};

/// The variable of the tracker's own tools.
const WANDB_KEY: &str = "WANDB_API_KEY";
/// The variable of GitHub's own tools.
const GITHUB_TOKEN: &str = "GITHUB_TOKEN";

pub(super) fn wandb(args: &WandbArgs) -> Result<Option<WandbIntegration>> {
    let Some(project) = &args.wandb_project else { return Ok(None) };
    let key = secret("--wandb-key-file", args.wandb_key_file.as_deref(), WANDB_KEY).map_err(|missing| {
        missing.unwrap_or_else(|| {
            Failure::usage("--wandb-project: the key of Weights & Biases is missing").help(format!(
                "Put it into the variable {WANDB_KEY}, or into a file and name it with --wandb-key-file."
            ))
        })
    })?;
    let mut wandb = WandbIntegration::new(project, key);
    wandb.name = args.wandb_name.clone();
    wandb.run_name = args.wandb_run_name.clone();
    Ok(Some(wandb))
}

pub(super) fn repositories(args: &RepositoryArgs) -> Result<Vec<GithubRepository>> {
    let (named, weights) = (&args.repository, &args.repository_weight);
    if named.is_empty() && weights.is_empty() {
        return Ok(Vec::new());
    }
    if !weights.is_empty() && weights.len() != named.len() {
        return Err(Failure::usage(format!(
            "--repository-weight: {} weights, --repository: {}",
            weights.len(),
            named.len()
        ))
        .help("Give one for each repository, in their order, or none."));
    }
    let token = secret("--github-token-file", args.github_token_file.as_deref(), GITHUB_TOKEN).map_err(|missing| {
        missing.unwrap_or_else(|| {
            Failure::usage("--repository: the token that the service reads it with is missing").help(format!(
                "Put it into the variable {GITHUB_TOKEN}, or into a file and name it with --github-token-file."
            ))
        })
    })?;
    let with_token = |(at, name): (usize, &RepositoryName)| {
        let mut repository = GithubRepository::new(&name.owner, &name.name, token.as_str());
        repository.reference = name.reference.clone();
        repository.weight = weights.get(at).copied().unwrap_or(repository.weight);
        repository
    };
    Ok(named.iter().enumerate().map(with_token).collect())
}

/// A secret out of a file, or else out of a variable; `Err(None)` where there is neither.
fn secret(flag: &str, file: Option<&Path>, variable: &str) -> std::result::Result<String, Option<Failure>> {
    let text = match file {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| Failure::usage(format!("{flag}: {} cannot be read", path.display())).because(error))?,
        None => std::env::var(variable).map_err(|_| None)?,
    };
    Some(text.trim().to_owned()).filter(|text| !text.is_empty()).ok_or(None)
}
