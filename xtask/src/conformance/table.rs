use std::collections::BTreeSet;

use super::tap::Check;

/// A client and what it was checked for.
type Column = (String, Vec<Check>);

/// A line for each check, a column for each client, in the order of the first that has the check; then what is wrong.
pub(super) fn plain(columns: &[Column]) -> String {
    let names = names(columns);
    let width = names.iter().map(|name| name.len()).max().unwrap_or(0);
    let mut text = " ".repeat(width);
    for (client, _) in columns {
        text += &format!("  {client}");
    }
    for name in names {
        text += &format!("\n{name:width$}");
        for (client, checks) in columns {
            text += &format!("  {:<1$}", result(checks, name), client.len());
        }
    }
    for (client, checks) in columns {
        for Check { name, failure } in checks {
            if let Some(failure) = failure {
                text += &format!("\n\n{client}, {name}: {failure}");
            }
        }
    }
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// The same for the document.
pub(super) fn markdown(columns: &[Column]) -> String {
    let clients: Vec<&str> = columns.iter().map(|(client, _)| client.as_str()).collect();
    let mut text = format!("| check | {} |\n|---|{}\n", clients.join(" | "), "---|".repeat(clients.len()));
    for name in names(columns) {
        let results: Vec<_> = columns.iter().map(|(_, checks)| result(checks, name)).collect();
        text += &format!("| {name} | {} |\n", results.join(" | "));
    }
    text
}

fn names(columns: &[Column]) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    let all = columns.iter().flat_map(|(_, checks)| checks).map(|check| check.name.as_str());
    all.filter(|name| seen.insert(*name)).collect()
}

fn result(checks: &[Check], name: &str) -> &'static str {
    match checks.iter().find(|check| check.name == name) {
        None => "-",
        Some(Check { failure: None, .. }) => "ok",
        Some(_) => "FAILED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> [Column; 2] {
        let check =
            |name: &str, failure: Option<&str>| Check { name: name.to_owned(), failure: failure.map(str::to_owned) };
        [
            ("python 1".to_owned(), vec![check("jobs.list", None), check("jobs.get", Some("status: saw 404"))]),
            ("node".to_owned(), vec![check("jobs.list", None)]),
        ]
    }

    #[test]
    fn every_client_has_a_column_and_failures_are_told_below() {
        let expected = [
            "           python 1  node",
            "jobs.list  ok        ok",
            "jobs.get   FAILED    -",
            "",
            "python 1, jobs.get: status: saw 404",
        ];
        assert_eq!(plain(&columns()), expected.join("\n"));
    }

    #[test]
    fn the_document_has_the_same_table() {
        let expected = "\
            | check | python 1 | node |\n|---|---|---|\n| jobs.list | ok | ok |\n| jobs.get | FAILED | - |\n";
        assert_eq!(markdown(&columns()), expected);
    }
}
