//! What a transport without default features does not compile.

use anyhow::{Context, Result, ensure};

use super::Violation;
use crate::metadata::Metadata;
use crate::step;

const COMMAND: &str = "tree -p mistral-transport --no-default-features -e normal --prefix none";

/// The socket client and TLS: for those who bring a service of their own, or run where there are no sockets.
const ABSENT: [&str; 4] = ["hyper", "hyper-util", "hyper-rustls", "rustls"];

/// Asks cargo for the transport's dependencies.
///
/// # Errors
///
/// What cargo says if it cannot tell.
pub(super) fn check_transport(metadata: &Metadata) -> Result<Vec<Violation>> {
    let output = step::cargo(&metadata.workspace_root)
        .args(COMMAND.split(' '))
        .output()
        .with_context(|| format!("cannot start `cargo {COMMAND}`"))?;
    ensure!(output.status.success(), "`cargo {COMMAND}` failed:\n{}", String::from_utf8_lossy(&output.stderr));
    Ok(check(&String::from_utf8_lossy(&output.stdout)))
}

/// Each line of `tree` is a name, a version and perhaps more.
fn check(tree: &str) -> Vec<Violation> {
    let packages: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    ABSENT
        .into_iter()
        .filter(|absent| packages.contains(absent))
        .map(|absent| {
            Violation::new(
                format!("mistral-transport compiles {absent} without its default features"),
                format!("make it optional; `cargo {COMMAND} -i {absent}` shows who asks for it"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_client_or_tls_in_the_tree_is_reported() {
        assert_eq!(check("mistral-transport v0.1.0\nhttp v1.5.0\nhttp-body v1.1.0 (*)\n"), []);
        let violations = check("mistral-transport v0.1.0\nrustls v0.23.46\nhyper v1.12.0 (*)\n");
        let problems: Vec<_> = violations.iter().map(|violation| violation.problem.as_str()).collect();
        assert_eq!(
            problems,
            [
                "mistral-transport compiles hyper without its default features",
                "mistral-transport compiles rustls without its default features",
            ]
        );
    }
}
