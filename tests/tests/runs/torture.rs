//! A few of the seeded runs that `cargo xtask runs torture` plays by the thousand.

use tests::torture::play;

/// Plays seeds; each must come out as it must. The number of faults that were met.
fn seeds(seeds: impl IntoIterator<Item = u64>) -> u64 {
    let one = |seed| {
        let played = play(seed, &std::env::temp_dir());
        assert!(played.is_good(), "cargo xtask runs torture --runs 1 --seed {seed}\n{played:#?}");
        played.faults
    };
    seeds.into_iter().map(one).sum()
}

#[test]
fn seeded_runs_with_everything_going_wrong_lose_nothing_and_do_nothing_twice() {
    assert!(seeds(1..31) > 150);
}

#[test]
fn further_seeded_runs_lose_nothing_and_do_nothing_twice() {
    assert!(seeds(10_001..10_031) > 150);
}

#[test]
fn runs_that_went_wrong_once_do_not_any_more() {
    // Searches for a job that failed, a foreign job without notes, a beginning that was dropped.
    seeds([43, 177, 412, 473, 524, 798, 1_334, 3_387, 5_614]);
}
