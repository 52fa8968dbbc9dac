use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderMap;
use http::header::DATE;
use mistral_models::UnixTime;
use tokio::time::Instant;

/// The service's own time, as its answers tell it.
///
/// Jobs are looked for by when the service says they were made, and nobody says that this machine's clock is right.
#[derive(Debug, Clone, Default)]
pub(crate) struct ServerClock(Arc<Mutex<Option<(UnixTime, Instant)>>>);

impl ServerClock {
    /// Takes note of an answer.
    pub(crate) fn see(&self, headers: &HeaderMap) {
        let date = headers.get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
        if let Some(date) = date {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((date.into(), Instant::now()));
        }
    }

    /// The time of the service; this machine's before the first answer.
    pub(crate) fn now(&self) -> UnixTime {
        match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((date, seen)) => {
                let since = i64::try_from(seen.elapsed().as_secs()).unwrap_or(i64::MAX);
                UnixTime::from_secs(date.as_secs().saturating_add(since))
            }
            None => local(),
        }
    }
}

/// The time by this machine's clock.
pub(crate) fn local() -> UnixTime {
    std::time::SystemTime::now().into()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_last_answer_tells_the_time_and_it_goes_on_from_there() {
        let clock = ServerClock::default();
        assert_eq!(clock.now().since(local()), Duration::ZERO);
        clock.see(&HeaderMap::from_iter([(DATE, "Thu, 01 Jan 1970 00:01:40 GMT".parse().unwrap())]));
        clock.see(&HeaderMap::from_iter([(DATE, "soon".parse().unwrap())]));
        tokio::time::advance(Duration::from_secs(7)).await;
        assert_eq!(clock.now(), UnixTime::from_secs(107));
    }
}
