use std::collections::BTreeSet;
use std::io::Cursor;

use proptest::prelude::*;

use super::*;

fn split(split: &Split, text: &str) -> Result<(Parts, String, String), SplitError> {
    let (mut training, mut validation) = (Vec::new(), Vec::new());
    let parts = split.run(Cursor::new(text), &mut training, &mut validation)?;
    Ok((parts, String::from_utf8(training).unwrap(), String::from_utf8(validation).unwrap()))
}

fn samples(count: usize, width: usize) -> String {
    (0..count).map(|at| format!("{at:0width$}\n")).collect()
}

fn is_within_the_limit(parts: &Parts) -> bool {
    parts.validation.bytes <= 1_000_000 && parts.validation.bytes * 20 <= parts.training.bytes
}

#[test]
fn a_count_and_a_share_are_met_exactly() {
    let text = samples(2000, 20);
    assert_eq!(split(&Split::new(Size::Count(17)), &text).unwrap().0.validation.samples, 17);
    assert_eq!(split(&Split::new(Size::Share(0.031)), &text).unwrap().0.validation.samples, 62);
    let half = Split::new(Size::Share(0.5)).any_size(true);
    assert_eq!(split(&half, &text).unwrap().0.validation.samples, 1000);
}

#[test]
fn the_largest_is_within_the_limit_and_one_more_is_not() {
    for (count, width) in [(21, 10), (100, 500), (5_000, 50), (40_000, 999)] {
        let (parts, ..) = split(&Split::new(Size::Largest), &samples(count, width)).unwrap();
        assert!(is_within_the_limit(&parts), "{parts:?}");
        let line = width as u64 + 1;
        let mut more = parts;
        more.validation.bytes += line;
        more.training.bytes -= line;
        assert!(!is_within_the_limit(&more), "{parts:?}");
    }
}

#[test]
fn what_the_service_does_not_take_is_refused_with_figures() {
    let (text, few, copies) = (samples(1000, 99), samples(20, 99), "same\n".repeat(1000));
    let refused = [
        (Size::Share(0.1), text.as_str()),
        (Size::Count(1000), &text),
        (Size::Share(0.0001), &text),
        (Size::Share(1.5), &text),
        (Size::Largest, &few),
        (Size::Largest, "one\n"),
        (Size::Count(5), &copies),
    ];
    let refused = refused.map(|(size, text)| split(&Split::new(size), text).unwrap_err().to_string());
    insta::assert_snapshot!(refused.join("\n"));
    assert!(matches!(split(&Split::new(Size::Count(130_000)), &samples(140_000, 8)), Err(SplitError::TooLarge { .. })));
}

#[test]
fn other_seeds_take_other_samples_and_the_order_stays() {
    let text = samples(2000, 20);
    let taken = |seed| split(&Split::new(Size::Count(50)).seed(seed), &text).unwrap();
    let ((_, training, one), (.., same), (.., other)) = (taken(1), taken(1), taken(2));
    assert!(one == same && one != other);
    assert!(training.lines().is_sorted() && one.lines().is_sorted());
}

#[test]
fn the_samples_of_a_seed_never_change() {
    let (.., validation) = split(&Split::new(Size::Count(3)).seed(42), &samples(100, 3)).unwrap();
    insta::assert_snapshot!(validation);
}

#[test]
fn every_sample_is_taken_equally_often() {
    let text = samples(100, 20);
    let mut counts = [0_u32; 100];
    for seed in 0..1000 {
        let split = split(&Split::new(Size::Count(10)).seed(seed).any_size(true), &text).unwrap();
        split.2.lines().for_each(|line| counts[line.parse::<usize>().unwrap()] += 1);
    }
    // A hundred each; the standard deviation is 9.5.
    assert!(counts.iter().all(|count| (60..140).contains(count)), "{counts:?}");
}

#[test]
fn copies_that_do_not_fit_give_way_to_others() {
    let text = format!("{}{}", "same\n".repeat(500), samples(500, 4));
    for seed in 0..20 {
        let (parts, _, validation) = split(&Split::new(Size::Count(20)).seed(seed), &text).unwrap();
        assert_eq!(parts.validation.samples, 20);
        assert!(!validation.contains("same"));
    }
}

#[test]
fn lines_keep_their_ends_and_what_is_no_sample_is_left_out() {
    let text = format!("\u{feff}{}\r\n\n  \nlast", samples(60, 20).replace('\n', "\r\n").trim_end());
    let (parts, training, validation) = split(&Split::new(Size::Count(2)), &text).unwrap();
    assert_eq!((parts.training.samples, parts.validation.samples, parts.blank), (59, 2, 2));
    let both = training + &validation;
    assert_eq!(both.matches("\r\n").count(), 60);
    assert_eq!(both.len() as u64, parts.training.bytes + parts.validation.bytes);
    assert!(!both.contains('\u{feff}'));
}

#[test]
fn a_file_that_changes_between_the_readings_is_noticed() {
    /// Shows another file the second time.
    struct Changing(Cursor<Vec<u8>>);
    impl std::io::Read for Changing {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.0.read(buffer)
        }
    }
    impl BufRead for Changing {
        fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
            self.0.fill_buf()
        }
        fn consume(&mut self, amount: usize) {
            self.0.consume(amount);
        }
    }
    impl Seek for Changing {
        fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
            if to == SeekFrom::Start(0) {
                self.0.get_mut().extend(b"more\n");
            }
            self.0.seek(to)
        }
    }
    let input = Changing(Cursor::new(samples(100, 20).into_bytes()));
    let refused = Split::new(Size::Count(2)).run(input, Vec::new(), Vec::new()).unwrap_err();
    assert!(matches!(refused, SplitError::Changed), "{refused}");
}

proptest! {
    #[test]
    fn both_sides_together_are_the_file_and_share_no_sample(
        lines in proptest::collection::vec("[ab]{1,3}", 2..60),
        count in 1_u64..20,
        seed: u64,
    ) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        match split(&Split::new(Size::Count(count)).seed(seed).any_size(true), &text) {
            Ok((parts, training, validation)) => {
                let mut both: Vec<&str> = training.lines().chain(validation.lines()).collect();
                let mut all: Vec<&str> = text.lines().collect();
                both.sort_unstable();
                all.sort_unstable();
                prop_assert_eq!(both, all);
                let (one, other): (BTreeSet<_>, BTreeSet<_>) = (training.lines().collect(), validation.lines().collect());
                prop_assert!(one.is_disjoint(&other));
                prop_assert!(parts.validation.samples <= count && parts.validation.samples > 0);
            }
            Err(SplitError::NothingToLearn { .. }) => prop_assert!(count >= lines.len() as u64),
            Err(SplitError::Copies { .. }) => {
                for line in &lines {
                    prop_assert!(lines.iter().filter(|other| *other == line).count() as u64 > count);
                }
            }
            Err(error) => prop_assert!(false, "{error}"),
        }
    }

    #[test]
    fn the_limit_is_always_kept(widths in proptest::collection::vec(1_usize..200, 2..80), seed: u64) {
        let text: String = widths.iter().enumerate().map(|(at, width)| format!("{at:0width$}\n")).collect();
        if let Ok((parts, ..)) = split(&Split::new(Size::Largest).seed(seed), &text) {
            prop_assert!(is_within_the_limit(&parts), "{parts:?}");
        }
    }
}
