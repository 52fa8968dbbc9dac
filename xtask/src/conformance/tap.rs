/// One check of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Check {
    pub(super) name: String,
    /// What is wrong, if anything is.
    pub(super) failure: Option<String>,
}

/// Reads what a script printed: `ok - name`, or `not ok - name # what is wrong`. Other lines are for people.
pub(super) fn parse(text: &str) -> Vec<Check> {
    text.lines().filter_map(check).collect()
}

fn check(line: &str) -> Option<Check> {
    if let Some(name) = line.strip_prefix("ok - ") {
        return Some(Check { name: name.to_owned(), failure: None });
    }
    let rest = line.strip_prefix("not ok - ")?;
    let (name, failure) = rest.split_once(" # ").unwrap_or((rest, "failed"));
    Some(Check { name: name.to_owned(), failure: Some(failure.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_told_from_other_lines() {
        let checks = parse("warning\nok - jobs.list\nnot ok - jobs.get # 404 # twice\nnot ok - alone\n");
        let read: Vec<_> = checks.iter().map(|check| (check.name.as_str(), check.failure.as_deref())).collect();
        assert_eq!(read, [("jobs.list", None), ("jobs.get", Some("404 # twice")), ("alone", Some("failed"))]);
    }
}
