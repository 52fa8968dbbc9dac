use super::Point;

/// At most `most` points of a curve, with the same ends, peaks and lows: of each stretch of neighbours the lowest and the
/// highest are kept. A curve that is short enough is kept whole.
pub(crate) fn thin(points: &[Point], most: usize) -> Vec<Point> {
    let (Some((first, rest)), true) = (points.split_first(), points.len() > most.max(4)) else {
        return points.to_vec();
    };
    let Some((last, inner)) = rest.split_last() else { return points.to_vec() };
    let stretches = (most.max(4) - 2) / 2;
    let mut kept = vec![*first];
    for stretch in inner.chunks(inner.len().div_ceil(stretches)) {
        let by_value = |one: &&Point, other: &&Point| one.value.total_cmp(&other.value);
        let ends = stretch.iter().min_by(by_value).zip(stretch.iter().max_by(by_value));
        let Some((low, high)) = ends else { continue };
        let (before, after) = if low.step <= high.step { (low, high) } else { (high, low) };
        kept.push(*before);
        if before != after {
            kept.push(*after);
        }
    }
    kept.push(*last);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(values: impl IntoIterator<Item = f64>) -> Vec<Point> {
        values.into_iter().enumerate().map(|(at, value)| Point { step: at as u64 * 10, value }).collect()
    }

    #[test]
    fn a_short_curve_is_kept_whole() {
        for length in 0..=10 {
            let points = points((0..length).map(f64::from));
            assert_eq!(thin(&points, 10), points);
        }
    }

    #[test]
    fn a_spike_of_one_step_is_never_lost() {
        for spike in [1, 617, 4998] {
            let points = points((0..5000).map(|at| if at == spike { 99.0 } else { 1.0 }));
            assert!(thin(&points, 300).contains(&points[spike]));
        }
    }

    proptest::proptest! {
        #[test]
        fn ends_extremes_and_order_stay(values in proptest::collection::vec(-5.0..5.0_f64, 1..2000), most in 4..500_usize) {
            let points = points(values);
            let thinned = thin(&points, most);
            let lowest = |points: &[Point]| points.iter().map(|point| point.value).fold(f64::MAX, f64::min);
            proptest::prop_assert!(thinned.len() <= most);
            proptest::prop_assert_eq!((thinned.first(), thinned.last()), (points.first(), points.last()));
            proptest::prop_assert_eq!(lowest(&thinned), lowest(&points));
            proptest::prop_assert!(thinned.windows(2).all(|pair| pair[0].step < pair[1].step));
        }
    }
}
