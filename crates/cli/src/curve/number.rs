/// A measured value as people read it: four digits that count.
pub(crate) fn number(value: f64) -> String {
    let power = power_of_ten(value);
    if value == 0.0 {
        "0".to_owned()
    } else if !(-4..7).contains(&power) {
        format!("{value:.3e}")
    } else {
        let digits = usize::try_from(3 - power).unwrap_or_default();
        format!("{value:.digits$}")
    }
}

/// A whole number in groups of three digits, which a narrow space that does not break divides.
pub(crate) fn grouped(value: f64) -> String {
    let text = format!("{value:.0}");
    let digits = text.trim_start_matches('-');
    let mut grouped = if digits.len() < text.len() { "-".to_owned() } else { String::new() };
    for (at, digit) in digits.chars().enumerate() {
        // Four digits are read at a glance.
        if at > 0 && digits.len() > 4 && (digits.len() - at) % 3 == 0 {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// The power of ten of the first digit; 0 for what has none.
pub(super) fn power_of_ten(value: f64) -> i32 {
    // From the text, because logarithms of powers of ten are off by one here and there.
    let text = format!("{value:e}");
    text.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_show_four_digits_that_count() {
        let shown = [0.0, 0.8123456, 1.77, -12.3456, 4321.0, 0.00012345, 1.23456e-7, 9.87654e8].map(number);
        assert_eq!(shown, ["0", "0.8123", "1.770", "-12.35", "4321", "0.0001234", "1.235e-7", "9.877e8"]);
    }

    #[test]
    fn digits_are_grouped_from_five_on() {
        let shown = [0.0, 1234.0, 12345.0, -1234567.0].map(grouped);
        assert_eq!(shown, ["0", "1234", "12\u{202f}345", "-1\u{202f}234\u{202f}567"]);
    }

    #[test]
    fn powers_of_ten_are_exact() {
        assert_eq!([1000.0, 999.999, 0.001, -5.0, 0.0, f64::NAN].map(power_of_ten), [3, 2, -3, 0, 0, 0]);
    }
}
