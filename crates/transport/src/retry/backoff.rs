use std::time::Duration;

/// How long to wait before trying again: a growing interval, with jitter.
///
/// Before retry `n`, counted from 0, the interval is min([`cap`](Self::cap), [`initial`](Self::initial) ×
/// [`factor`](Self::factor)ⁿ), and [`jitter`](Self::jitter) says where in it the delay lies. Clients that failed together
/// do not come back together.
///
/// ```
/// use std::time::Duration;
/// use mistral_transport::retry::Backoff;
///
/// let backoff = Backoff { initial: Duration::from_secs(1), cap: Duration::from_secs(60), ..Backoff::default() };
/// assert!(backoff.delay(3) <= Duration::from_secs(8));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backoff {
    /// The shortest delay. Default 100 ms.
    pub floor: Duration,
    /// The interval before the first retry. Default 500 ms.
    pub initial: Duration,
    /// What the interval grows by with every retry. Default 2.
    pub factor: f64,
    /// The longest delay. Default 20 s.
    pub cap: Duration,
    /// What chance adds or takes. Default [`Jitter::Full`].
    pub jitter: Jitter,
}

/// What chance does to an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jitter {
    /// The delay is anything from [`floor`](Backoff::floor) to the interval.
    Full,
    /// The delay is the interval and anything up to this, [`cap`](Backoff::cap) at the most.
    Added(Duration),
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            floor: Duration::from_millis(100),
            initial: Duration::from_millis(500),
            factor: 2.0,
            cap: Duration::from_secs(20),
            jitter: Jitter::Full,
        }
    }
}

impl Backoff {
    /// A delay before retry `n`, counted from 0.
    pub fn delay(&self, n: u32) -> Duration {
        let floor = self.floor.as_secs_f64();
        let growth = self.factor.max(1.0).powi(i32::try_from(n).unwrap_or(i32::MAX));
        let interval = (self.initial.as_secs_f64() * growth).min(self.cap.as_secs_f64()).max(floor);
        let delay = match self.jitter {
            Jitter::Full => floor + fastrand::f64() * (interval - floor),
            Jitter::Added(most) => (interval + fastrand::f64() * most.as_secs_f64()).min(self.cap.as_secs_f64()),
        };
        Duration::try_from_secs_f64(delay).unwrap_or(self.cap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_stay_between_floor_and_ceiling_and_differ() {
        let backoff = Backoff::default();
        for (n, ceiling) in [(0, 0.5), (1, 1.0), (3, 4.0), (6, 20.0), (4_000_000_000, 20.0)] {
            let delays: Vec<f64> = (0..200).map(|_| backoff.delay(n).as_secs_f64()).collect();
            assert!(delays.iter().all(|delay| (0.1..=ceiling).contains(delay)), "{n}: {delays:?}");
            let spread = delays.iter().copied().fold(0.0, f64::max) - delays.iter().copied().fold(f64::MAX, f64::min);
            assert!(spread > (ceiling - 0.1) / 2.0, "no jitter before retry {n}");
        }
    }

    #[test]
    fn odd_settings_do_not_panic() {
        for factor in [f64::NAN, f64::INFINITY, -3.0, 0.0] {
            let backoff = Backoff { factor, cap: Duration::MAX, ..Backoff::default() };
            backoff.delay(0);
            backoff.delay(u32::MAX);
        }
    }
}
