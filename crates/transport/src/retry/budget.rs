use std::sync::atomic::{AtomicUsize, Ordering};

use tower::retry::budget::Budget;

/// What keeps a crowd of failing calls from becoming a storm of retries.
///
/// A bucket of tokens: a retry costs [`COST`](Self::COST), a success earns one, and a retry that succeeds gets its cost
/// back. Empty, it allows no retries; first attempts always go. In an outage a client thus adds one request in ten to
/// a thousand calls, one in a hundred to ten thousand.
///
/// A read whose answer is broken, a resume that follows less than 64 KiB, and a download that is begun anew are paid for
/// too; an answer that breaks off earns nothing.
#[derive(Debug)]
pub struct RetryBudget {
    tokens: AtomicUsize,
    capacity: usize,
}

impl RetryBudget {
    /// What a retry costs, in tokens.
    pub const COST: usize = 5;

    /// A full bucket of so many tokens.
    pub fn new(capacity: usize) -> Self {
        Self { tokens: AtomicUsize::new(capacity), capacity }
    }

    /// Gives back what a retry cost, because it succeeded.
    pub fn refund(&self) {
        self.add(Self::COST);
    }

    /// Takes back what a success earned, because its answer was of no use.
    pub(crate) fn forfeit(&self) {
        let taken = |have: usize| Some(have.saturating_sub(1));
        // The closure never declines, so there is no failure to handle.
        let _ = self.tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken);
    }

    fn add(&self, tokens: usize) {
        let added = |have: usize| Some(have.saturating_add(tokens).min(self.capacity));
        // The closure never declines, so there is no failure to handle.
        let _ = self.tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, added);
    }
}

impl Default for RetryBudget {
    /// 500 tokens.
    fn default() -> Self {
        Self::new(500)
    }
}

impl Budget for RetryBudget {
    fn deposit(&self) {
        self.add(1);
    }

    fn withdraw(&self) -> bool {
        let taken = |have: usize| have.checked_sub(Self::COST);
        self.tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_bucket_pays_for_a_hundred_retries_and_no_more() {
        let budget = RetryBudget::default();
        assert_eq!((0..1_000).filter(|_| budget.withdraw()).count(), 100);
        budget.refund();
        assert!(budget.withdraw());
        assert!(!budget.withdraw());
    }

    #[test]
    fn successes_refill_it_to_the_brim_and_no_further() {
        let budget = RetryBudget::new(10);
        (0..100).for_each(|_| budget.deposit());
        assert_eq!((0..10).filter(|_| budget.withdraw()).count(), 2);
    }
}
