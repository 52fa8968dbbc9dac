use super::escape::escape;
use super::{Report, data, parts};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The hash of `script.js`. Where it is wrong, the browser does not run the script and says which would be right;
/// `cargo xtask report-check` sees both.
const SCRIPT_HASH: &str = "sha256-WqlM+p4ek7vZqpJeLitujPlH8hTiusBTW6rqtlAQL+Y=";

pub(super) fn html(report: &Report<'_>) -> String {
    let title = escape(parts::name(report.job));
    let body = [
        parts::header(report.job),
        parts::tiles(report),
        parts::charts(report),
        parts::facts(report.job),
        parts::hyperparameters(report.job),
        parts::targets(report.job),
        data::section_of(report.data),
        parts::events(report.job),
        parts::checkpoints(report.job),
    ]
    .concat();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         script-src '{SCRIPT_HASH}'; img-src data:; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title} – fine-tuning report</title>\n<link rel=\"icon\" href=\"data:,\">\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n\
         <footer>Made by mistral-jobs {} from what the service said of the job when it had last changed, at {}.</footer>\n\
         <script>{SCRIPT}</script>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION"),
        escape(&report.job.modified_at.to_string()),
    )
}
