use std::collections::BTreeSet;

use super::tap::Check;

/// A line for each check, a column for each client, in the order of the first that has the check; then what is wrong.
pub(super) fn render(columns: &[(String, Vec<Check>)]) -> String {
    let mut seen = BTreeSet::new();
    let names: Vec<&str> = columns
        .iter()
        .flat_map(|(_, checks)| checks)
        .map(|check| check.name.as_str())
        .filter(|name| seen.insert(*name))
        .collect();
    let width = names.iter().map(|name| name.len()).max().unwrap_or(0);
    let mut text = " ".repeat(width);
    for (client, _) in columns {
        text += &format!("  {client}");
    }
    for name in &names {
        text += &format!("\n{name:width$}");
        for (client, checks) in columns {
            let result = match checks.iter().find(|check| check.name == *name) {
                None => "-",
                Some(Check { failure: None, .. }) => "ok",
                Some(_) => "FAILED",
            };
            text += &format!("  {result:<0$}", client.len());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_client_has_a_column_and_failures_are_told_below() {
        let check =
            |name: &str, failure: Option<&str>| Check { name: name.to_owned(), failure: failure.map(str::to_owned) };
        let columns = [
            ("python 1".to_owned(), vec![check("jobs.list", None), check("jobs.get", Some("status: saw 404"))]),
            ("node".to_owned(), vec![check("jobs.list", None)]),
        ];
        let expected = [
            "           python 1  node",
            "jobs.list  ok        ok",
            "jobs.get   FAILED    -",
            "",
            "python 1, jobs.get: status: saw 404",
        ];
        assert_eq!(render(&columns), expected.join("\n"));
    }
}
