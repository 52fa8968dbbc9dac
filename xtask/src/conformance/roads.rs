//! The roads that the scripts walk with official clients, and where the tests walk them with the facade.

use std::collections::BTreeSet;

use anyhow::Result;

use super::workshop::Workshop;
use crate::step::Step;

/// A check of a script, and the test of ours that walks the same road.
type Road = (&'static str, &'static str);

/// Those of the batch scripts.
pub(super) const BATCH: [Road; 22] = [
    ("files.upload", "suite: a_file_comes_back_as_it_went"),
    ("files.retrieve", "suite: a_file_comes_back_as_it_went"),
    ("files.list", "suite: a_file_comes_back_as_it_went"),
    ("files.download", "suite: a_file_comes_back_as_it_went"),
    ("files.get_signed_url", "suite: a_file_comes_back_as_it_went"),
    ("files.delete", "suite: a_file_comes_back_as_it_went"),
    ("a job from a file, whole", "suite: a_job_from_a_file_answers_every_request"),
    ("a failing request is in the error file", "suite: a_failing_request_is_reported_with_its_reason"),
    ("a broken file fails the job", "suite: a_broken_file_fails_the_job"),
    ("a job from inline requests", "suite: a_job_from_inline_requests_answers_inline"),
    ("jobs.list with filters", "suite: a_listing_is_filtered"),
    ("jobs.cancel", "suite: a_cancelled_job_ends_cancelled"),
    ("jobs.delete", "suite: a_deleted_job_is_gone"),
    ("the vendor's models", "suite: the_vendors_models_are_listed"),
    ("no key is 401", "faults: f37_401_at_once_and_in_the_middle_of_a_wait"),
    ("what is not there is 404", "suite: what_does_not_exist_is_not_found"),
    ("what cannot be is 422", "suite: what_cannot_be_is_refused"),
    ("the cookbook's 100 chat requests", "suite: a_hundred_requests_are_answered"),
    ("the batch helper: run inline", "suite: a_job_from_inline_requests_answers_inline"),
    ("the batch helper: run with an upload", "suite: a_job_from_a_file_answers_every_request"),
    ("the batch helper: results as a stream", "suite: a_failing_request_is_reported_with_its_reason"),
    ("the batch helper: cancel and wait", "suite: a_cancelled_job_ends_cancelled"),
];

/// Those of the fine-tuning scripts.
pub(super) const FINE_TUNING: [Road; 18] = [
    ("files.upload", "suite: a_model_is_tuned_renamed_archived_and_deleted"),
    ("jobs.create", "suite: a_model_is_tuned_renamed_archived_and_deleted"),
    ("jobs.create refuses a similar job", "suite: a_model_is_tuned_renamed_archived_and_deleted"),
    ("jobs.get", "suite: a_model_is_tuned_renamed_archived_and_deleted"),
    ("jobs.list", "suite: fine_tuning_jobs_are_listed_and_cancelled"),
    ("jobs.start", "suite: a_model_is_tuned_renamed_archived_and_deleted"),
    ("jobs.cancel", "suite: fine_tuning_jobs_are_listed_and_cancelled"),
    ("a classifier, whole", "suite: a_classifier_is_tuned"),
    ("bad data fails the validation", "suite: bad_training_data_fails_the_validation"),
    ("jobs.get of no job", "suite: a_fine_tuning_job_that_does_not_exist_is_not_found"),
    ("a dry run", "suite: a_model_is_tuned_renamed_archived_and_deleted"),
    ("models.list, models.retrieve", "suite: a_model_is_tuned_renamed_archived_and_deleted"),
    ("models.update", "suite: a_model_is_tuned_renamed_archived_and_deleted"),
    ("models.archive", "suite: a_model_is_tuned_renamed_archived_and_deleted"),
    ("models.unarchive", "suite: a_model_is_tuned_renamed_archived_and_deleted"),
    ("a batch with the tuned model", "suite: a_tuned_model_answers_a_batch"),
    ("models.delete", "suite: a_model_is_tuned_renamed_archived_and_deleted"),
    ("retired jobs are 410", "faults: a_service_that_has_retired_the_jobs_says_so_once_and_keeps_the_models"),
];

/// Walks the roads with the facade, and returns the list of them, as Markdown.
///
/// # Errors
///
/// The step, if a test fails.
pub(super) fn walk(workshop: &Workshop, roads: &[Road]) -> Result<String> {
    let names: BTreeSet<_> = roads.iter().filter_map(|(_, test)| test.split_once(": ")).map(|(_, name)| name).collect();
    let names: Vec<_> = names.into_iter().collect();
    let tests = format!("test --quiet -p tests --test suite --test faults -- {}", names.join(" "));
    Step::cargo("the same roads with ours", &tests).variable("INSTA_UPDATE", "no").run(&workshop.root)?;
    let mut text = "Ours walks the same roads; these tests passed:\n\n".to_owned();
    for test in roads.iter().map(|(_, test)| *test).collect::<BTreeSet<_>>() {
        let checks: Vec<_> = roads.iter().filter(|(_, own)| *own == test).map(|(check, _)| *check).collect();
        let (target, name) = test.split_once(": ").unwrap_or(("", test));
        text += &format!("* `{name}` (`tests/tests/{target}`): {}\n", checks.join("; "));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// The names of the checks in a script.
    fn checks(script: &str) -> BTreeSet<String> {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance").join(script)).unwrap();
        let calls = text.split("check(\"").skip(1);
        calls.filter_map(|call| call.split_once('"')).map(|(name, _)| name.to_owned()).collect()
    }

    #[test]
    fn every_check_of_a_script_has_a_test_of_ours_and_no_road_is_walked_by_none() {
        for (python, typescript, roads) in
            [("batch.py", "batch.mjs", &BATCH[..]), ("fine_tuning.py", "fine_tuning.mjs", &FINE_TUNING)]
        {
            let (python, typescript) = (checks(python), checks(typescript));
            let ours: BTreeSet<_> = roads.iter().map(|(check, _)| (*check).to_owned()).collect();
            assert_eq!(python, ours);
            assert!(typescript.is_subset(&python), "{:?}", typescript.difference(&python));
        }
    }

    #[test]
    fn every_test_of_ours_is_there() {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/tests");
        let faults = fs::read_dir(tests.join("faults")).unwrap();
        let faults: String = faults.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
        let suite = fs::read_to_string(tests.join("suite.rs")).unwrap();
        for (check, test) in BATCH.iter().chain(&FINE_TUNING) {
            let (target, name) = test.split_once(": ").unwrap();
            let there = match target {
                "suite" => suite.contains(&format!("    {name},\n")),
                _ => faults.contains(&format!("fn {name}(")),
            };
            assert!(there, "{check}: {test}");
        }
    }
}
