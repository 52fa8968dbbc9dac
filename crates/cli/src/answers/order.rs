use super::collect::{Collected, Tally};
use super::text;
use crate::failure::{Failure, Result};
use crate::input::Index;
use crate::outfile::OutFile;

/// Rows between two chances to be interrupted.
const BREATH: usize = 256;

/// Writes one line for each request, in the order of the input. A request without a result gets a line that says so, and
/// `why`.
///
/// # Errors
///
/// A spool that cannot be read, and an output that cannot be written; there is none then, or the old one.
pub(crate) async fn write_in_order(collected: Collected, index: &Index, why: &str, out: OutFile) -> Result<Tally> {
    let Collected { spool, places, tally } = collected;
    let unreadable = |error| Failure::unexpected("the results cannot be read back").because(error);
    let (mut spool, mut out, mut line) = (spool.read().map_err(unreadable)?, out.create()?, Vec::new());
    for row in 0..index.len() {
        if row % BREATH == 0 {
            tokio::task::yield_now().await;
        }
        match places.get(row) {
            Some(place) => spool.line(place, &mut line).map_err(unreadable)?,
            None => text::write(&text::missing(index.id(row), why)?, &mut line)?,
        }
        out.write(&line)?;
    }
    out.finish()?;
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use mistral_sdk::Outcome;
    use mistral_sdk::models::{BatchResult, RawJson};

    use super::*;
    use crate::answers::{Spool, collect};

    fn result(id: &str, status: u16) -> mistral_sdk::Result<Outcome> {
        Ok(Outcome::Result(BatchResult::new(id, status, RawJson::new(&serde_json::json!({"message": id})).unwrap())))
    }

    fn index(ids: &[&str]) -> Index {
        let mut index = Index::default();
        for (id, line) in ids.iter().zip(1..) {
            index.insert(id, line).unwrap();
        }
        index
    }

    async fn run(ids: &[&str], results: Vec<mistral_sdk::Result<Outcome>>) -> (Tally, Vec<BatchResult>) {
        let (folder, index) = (tempfile::tempdir().unwrap(), index(ids));
        let path = folder.path().join("out");
        let out = OutFile::new(&path, false, None).unwrap();
        let spool = Spool::new(out.scratch().unwrap());
        let collected = collect(stream::iter(results), &index, spool).await.unwrap();
        let tally = write_in_order(collected, &index, "gone", out).await.unwrap();
        let written = std::fs::read_to_string(&path).unwrap();
        (tally, written.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    }

    #[tokio::test]
    async fn one_line_a_request_in_the_order_of_the_input() {
        let results = vec![result("c", 200), result("a", 200), result("b", 422)];
        let (tally, written) = run(&["a", "b", "c", "d"], results).await;
        assert_eq!((tally.succeeded, tally.failed, tally.missing), (2, 1, 1));
        assert_eq!(tally.first_missing, ["d"]);
        let seen: Vec<_> = written.iter().map(|line| (line.custom_id.as_deref().unwrap(), line.failure())).collect();
        assert_eq!(seen, [("a", None), ("b", Some("422: b".to_owned())), ("c", None), ("d", Some("gone".to_owned()))]);
    }

    #[tokio::test]
    async fn strangers_and_repetitions_are_counted_and_overwrite_nothing() {
        let mut nameless = BatchResult::default();
        nameless.id = Some("batch-1".into());
        let results = vec![result("a", 200), result("a", 500), result("x", 200), Ok(Outcome::Result(nameless))];
        let (tally, written) = run(&["a"], results).await;
        assert_eq!((tally.succeeded, tally.repeated, tally.strays), (1, 1, 2));
        assert_eq!(written.len(), 1);
        assert!(written[0].is_success());
    }

    proptest::proptest! {
        #[test]
        fn any_order_of_results_gives_the_order_of_the_input(order in proptest::sample::subsequence((0..40).collect::<Vec<usize>>(), 0..40)) {
            let ids: Vec<String> = (0..40).map(|row| format!("id-{row}")).collect();
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let results = order.iter().rev().map(|row| result(ids[*row], 200)).collect();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let (tally, written) = runtime.block_on(run(&ids, results));
            proptest::prop_assert_eq!(tally.succeeded as usize, order.len());
            let written: Vec<_> = written.iter().map(|line| line.custom_id.clone().unwrap()).collect();
            proptest::prop_assert_eq!(written, ids);
        }
    }
}
