use super::number::{grouped, power_of_ten};

/// A scale with round numbers on it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axis {
    low: f64,
    high: f64,
    ticks: Vec<f64>,
    /// Distance of two ticks.
    gap: f64,
}

/// Below this part of their size, differences are noise of the last digits.
const FLAT: f64 = 1e-9;

impl Axis {
    /// A scale that begins and ends on a tick and has `most` ticks at the most, three at the least; `None` without values.
    pub(crate) fn around(values: impl IntoIterator<Item = f64>, most: usize) -> Option<Self> {
        let (low, high) = extent(values)?;
        let (low, high) = with_zero(low, high);
        let mut gap = round_up((high - low) / most.saturating_sub(1).max(2) as f64);
        loop {
            let (first, last) = ((low / gap + FLAT).floor(), (high / gap - FLAT).ceil());
            if last - first < most.max(3) as f64 {
                let ticks: Vec<_> = (0..=(last - first) as usize).map(|at| (first + at as f64) * gap).collect();
                return Some(Self { low: first * gap, high: last * gap, ticks, gap });
            }
            gap = round_up(gap * 1.01);
        }
    }

    /// A scale of whole steps that ends where the steps end, with ticks within.
    pub(crate) fn of_steps(steps: impl IntoIterator<Item = u64>, most: usize) -> Option<Self> {
        let (low, high) = extent(steps.into_iter().map(|step| step as f64))?;
        if low == high {
            return Some(Self { low: low - 1.0, high: high + 1.0, ticks: vec![low], gap: 1.0 });
        }
        let mut gap = round_up((high - low) / most.max(2) as f64).max(1.0);
        loop {
            let (first, last) = ((low / gap - FLAT).ceil(), (high / gap + FLAT).floor());
            if last - first < most.max(2) as f64 {
                let ticks = (0..=(last - first).max(0.0) as usize).map(|at| (first + at as f64) * gap).collect();
                return Some(Self { low, high, ticks, gap });
            }
            gap = round_up(gap * 1.01);
        }
    }

    /// Where a value lies between the two ends, from 0 to 1.
    pub(crate) fn place(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// The ticks, each with its place and its text.
    pub(crate) fn ticks(&self) -> impl Iterator<Item = (f64, String)> {
        self.ticks.iter().map(|tick| (self.place(*tick), self.label(*tick)))
    }

    /// As many digits as tell the ticks apart.
    fn label(&self, tick: f64) -> String {
        let largest = self.ticks.iter().fold(0.0_f64, |largest, tick| largest.max(tick.abs()));
        let (size, gap) = (power_of_ten(largest), power_of_ten(self.gap));
        if tick == 0.0 {
            "0".to_owned()
        } else if size >= 7 || gap < -6 {
            let digits = usize::try_from(power_of_ten(tick) - gap).unwrap_or_default();
            format!("{tick:.digits$e}")
        } else if gap >= 0 {
            grouped(tick)
        } else {
            let digits = usize::try_from(-gap).unwrap_or_default();
            format!("{tick:.digits$}")
        }
    }
}

fn extent(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().fold(None, |extent, value| match extent {
        None => Some((value, value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    })
}

/// Room around a single value, and the zero where it is near: a curve that starts at zero tells how far it fell.
fn with_zero(low: f64, high: f64) -> (f64, f64) {
    let size = low.abs().max(high.abs());
    if size < f64::MIN_POSITIVE / FLAT {
        return (0.0, 1.0);
    }
    if high - low < size * FLAT {
        return (low - size * 0.1, high + size * 0.1);
    }
    match (low, high) {
        (low, high) if low > 0.0 && low < high * 0.5 => (0.0, high),
        (low, high) if high < 0.0 && high > low * 0.5 => (low, 0.0),
        both => both,
    }
}

/// The next of 1, 2, 5 and 10 times a power of ten.
fn round_up(gap: f64) -> f64 {
    let power = 10.0_f64.powi(power_of_ten(gap));
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * power >= gap * (1.0 - FLAT));
    factor.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(values: &[f64], most: usize) -> Vec<String> {
        Axis::around(values.iter().copied(), most).unwrap().ticks().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round_and_include_zero_where_it_is_near() {
        assert_eq!(labels(&[0.81, 2.3], 6), ["0", "0.5", "1.0", "1.5", "2.0", "2.5"]);
        assert_eq!(labels(&[0.81, 0.92], 4), ["0.80", "0.85", "0.90", "0.95"]);
        assert_eq!(labels(&[-3.0, 4.0], 5), ["-4", "-2", "0", "2", "4"]);
        assert_eq!(labels(&[12_000.0, 90_000.0], 4), ["0", "50\u{202f}000", "100\u{202f}000"]);
    }

    #[test]
    fn one_value_stands_in_the_middle() {
        for value in [0.5, -0.5, 7e99, 3e-200] {
            let axis = Axis::around([value], 5).unwrap();
            assert!((axis.place(value) - 0.5).abs() < 0.26, "{value}: {axis:?}");
        }
        assert_eq!(labels(&[0.0], 3), ["0", "0.5", "1.0"]);
    }

    #[test]
    fn very_large_and_very_small_numbers_keep_their_ticks_apart() {
        assert_eq!(labels(&[1e12, 3e12], 4), ["0", "1e12", "2e12", "3e12"]);
        assert_eq!(labels(&[1e-9, 4e-9], 3), ["0", "2e-9", "4e-9"]);
    }

    #[test]
    fn steps_are_whole_and_end_where_the_run_ends() {
        let ticks = |first, last, most| -> Vec<String> {
            Axis::of_steps([first, last], most).unwrap().ticks().map(|(_, label)| label).collect()
        };
        assert_eq!(ticks(10, 100, 6), ["20", "40", "60", "80", "100"]);
        assert_eq!(ticks(1, 3, 6), ["1", "2", "3"]);
        assert_eq!(ticks(7, 7, 6), ["7"]);
        assert_eq!(Axis::of_steps([7], 6).unwrap().place(7.0), 0.5);
        assert_eq!(Axis::of_steps([], 6), None);
    }

    proptest::proptest! {
        #[test]
        fn every_value_lies_between_the_ends_and_ticks_differ(
            values in proptest::collection::vec(-1e99..1e99_f64, 1..9), small in -9..9_i32, most in 2..9_usize,
        ) {
            for scale in [1.0, 1e-99, 10.0_f64.powi(small) * 1e-99] {
                let values: Vec<_> = values.iter().map(|value| value * scale).collect();
                let axis = Axis::around(values.iter().copied(), most).unwrap();
                proptest::prop_assert!(values.iter().all(|value| *value >= axis.low - axis.gap * 1e-6
                    && *value <= axis.high + axis.gap * 1e-6), "{axis:?}");
                let labels: Vec<_> = axis.ticks().map(|(_, label)| label).collect();
                let unique: std::collections::BTreeSet<_> = labels.iter().collect();
                proptest::prop_assert!(labels.len() >= 2 && labels.len() <= most.max(3), "{labels:?}");
                proptest::prop_assert_eq!(unique.len(), labels.len(), "{:?}", labels);
            }
        }
    }
}
