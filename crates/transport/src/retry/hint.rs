//! How long the server asks to wait.

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, HeaderName, RETRY_AFTER};

/// Newer servers give milliseconds here.
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");

/// The longest wait the answer asks for, in any of the forms in use: whole seconds, milliseconds, or a date.
///
/// A date is measured against the answer's own `Date`, so that a wrong clock here does not matter; without one it says
/// nothing. Zero, the past and anything unreadable count as no wish at all.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |value: &http::HeaderValue| value.to_str().ok().map(|text| text.trim().to_owned());
    let sent = || headers.get(DATE).and_then(text).and_then(|date| httpdate::parse_http_date(&date).ok());
    let seconds = headers.get_all(RETRY_AFTER).iter().filter_map(text).filter_map(|wish| match number(&wish) {
        Some(seconds) => Some(Duration::from_secs(seconds)),
        None => httpdate::parse_http_date(&wish).ok()?.duration_since(sent()?).ok(),
    });
    let millis = headers.get_all(RETRY_AFTER_MS).iter().filter_map(text).filter_map(|wish| number(&wish));
    seconds.chain(millis.map(Duration::from_millis)).filter(|wish| !wish.is_zero()).max()
}

/// Digits and nothing else, and not so many that they cannot be meant.
fn number(text: &str) -> Option<u64> {
    const MOST: u64 = 10_000_000_000;
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().filter(|number| *number <= MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(headers: &[(&'static str, &str)]) -> Option<Duration> {
        let headers = headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        retry_after(&headers.fold(HeaderMap::new(), |mut map, (name, value)| {
            map.append(name, value);
            map
        }))
    }

    #[test]
    fn seconds_and_milliseconds_are_read_and_the_longest_counts() {
        assert_eq!(wish(&[("retry-after", "5")]), Some(Duration::from_secs(5)));
        assert_eq!(wish(&[("retry-after-ms", "250")]), Some(Duration::from_millis(250)));
        assert_eq!(
            wish(&[("retry-after", "2"), ("retry-after", "7"), ("retry-after-ms", "10")]),
            Some(Duration::from_secs(7))
        );
    }

    #[test]
    fn all_three_date_forms_are_measured_against_the_answers_own_date() {
        let date = ("date", "Sun, 06 Nov 1994 08:49:07 GMT");
        for form in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(wish(&[date, ("retry-after", form)]), Some(Duration::from_secs(30)), "{form}");
        }
        assert_eq!(wish(&[date, ("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT")]), None);
    }

    #[test]
    fn a_date_without_the_answers_own_says_nothing() {
        let later = ("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT");
        assert_eq!(wish(&[later]), None);
        assert_eq!(wish(&[("date", "today"), later]), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_wish_only_if_it_is_seconds_or_a_date(text in "[ -~]{0,40}") {
            let wished = wish(&[("date", "Sun, 06 Nov 1994 08:49:07 GMT"), ("retry-after", &text)]);
            let readable = text.trim().parse::<u64>().is_ok() || httpdate::parse_http_date(text.trim()).is_ok();
            proptest::prop_assert!(wished.is_none() || readable, "{wished:?}");
        }

        #[test]
        fn seconds_are_what_they_say(seconds in 1..1_000_000_u64) {
            proptest::prop_assert_eq!(wish(&[("retry-after", &seconds.to_string())]), Some(Duration::from_secs(seconds)));
        }
    }

    #[test]
    fn nonsense_counts_as_absent() {
        let digits = "1".repeat(30);
        for nonsense in ["0", "soon", "-5", "", "5, 10", "1e9", "NaN", "1.5", &digits, "99999999999999999"] {
            assert_eq!(wish(&[("retry-after", nonsense)]), None, "{nonsense}");
        }
    }
}
