use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, and goes on with the value if an earlier holder panicked: a broken test must not break the ones beside it.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
