use std::fmt;

/// A number of bytes as people say it, in powers of 1000.
pub(crate) struct Bytes(pub(crate) u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut value, mut unit) = (self.0 as f64, "B");
        for larger in ["kB", "MB", "GB"] {
            // Half of the last digit shown: 999.96 kB is 1.0 MB.
            if value < 999.95 {
                break;
            }
            (value, unit) = (value / 1000.0, larger);
        }
        if unit == "B" { write!(f, "{} B", self.0) } else { write!(f, "{value:.1} {unit}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well() {
        let shown = [0, 999, 1000, 12_345, 999_960, 512 << 20].map(|bytes| Bytes(bytes).to_string());
        assert_eq!(shown, ["0 B", "999 B", "1.0 kB", "12.3 kB", "1.0 MB", "536.9 MB"]);
    }
}
