/// The names under which the price of a model may be listed, the best first.
///
/// * A fine-tuned model costs what its base does: `ft:<base>:…` and `ft:classifier:<base>:…` are looked up as the base.
/// * Then the name itself.
/// * Then, if it ends in `-latest` or in a date of four digits (`-2603`), what stands before: `mistral-small`. Nothing
///   else is cut off: `mistral-large-5` is not a `mistral-large` of another date, and may cost anything.
pub(super) fn listed(model: &str) -> impl Iterator<Item = &str> {
    let base = base(model);
    [Some(base), family(base)].into_iter().flatten()
}

fn base(model: &str) -> &str {
    let Some(tuned) = model.strip_prefix("ft:") else { return model };
    let tuned = tuned.strip_prefix("classifier:").unwrap_or(tuned);
    tuned.split(':').next().unwrap_or(tuned)
}

fn family(model: &str) -> Option<&str> {
    let (family, version) = model.rsplit_once('-')?;
    let is_date = version.len() == 4 && version.bytes().all(|byte| byte.is_ascii_digit());
    (is_date || version == "latest").then_some(family)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(model: &str) -> Vec<&str> {
        listed(model).collect()
    }

    #[test]
    fn dates_and_latest_fall_back_to_the_family() {
        assert_eq!(names("mistral-small-latest"), ["mistral-small-latest", "mistral-small"]);
        assert_eq!(names("ministral-8b-2512"), ["ministral-8b-2512", "ministral-8b"]);
        assert_eq!(names("codestral-embed-2505"), ["codestral-embed-2505", "codestral-embed"]);
    }

    #[test]
    fn another_generation_does_not() {
        for model in
            ["mistral-large-4", "mistral-large-4-0", "mistral-medium-3.5", "pixtral-12b", "a-20260101", "", "-"]
        {
            assert_eq!(names(model), [model]);
        }
    }

    #[test]
    fn fine_tuned_models_are_looked_up_as_their_base() {
        assert_eq!(names("ft:open-mistral-7b:587a6b29:20240514:7e773925"), ["open-mistral-7b"]);
        assert_eq!(names("ft:classifier:ministral-3b-latest:a:b:c"), ["ministral-3b-latest", "ministral-3b"]);
        assert_eq!(names("ft:"), [""]);
    }
}
