use std::fmt;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::{Invalid, UnixTime};

/// A moment as RFC 3339 text with a zone, the form of the API's date filters.
///
/// Kept as it was written, fraction and offset included, because that is what travels.
///
/// ```
/// use mistral_models::{DateTime, UnixTime};
///
/// assert_eq!(DateTime::from(UnixTime::from_secs(1_740_832_200)).as_str(), "2025-03-01T12:30:00Z");
/// assert_eq!(DateTime::parse("2025-03-01T14:30:00+02:00")?.as_str(), "2025-03-01T14:30:00+02:00");
/// assert!(DateTime::parse("2025-03-01").is_err());
/// # Ok::<(), mistral_models::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DateTime(Box<str>);

impl DateTime {
    /// Reads `2025-03-01T12:30:00Z`, with or without a fraction of a second, with `Z` or an offset such as `+02:00`.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for any other form, a missing zone above all: the service would have to guess it.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if is_rfc3339(text.as_bytes()) {
            return Ok(Self(text.into()));
        }
        Err(Invalid::new(
            "date",
            format!("{text:?} is not a date with time and zone; expected a form such as 2025-03-01T12:30:00Z"),
        ))
    }

    /// The moment as it travels.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<UnixTime> for DateTime {
    fn from(time: UnixTime) -> Self {
        const DAY: i64 = 24 * 60 * 60;
        let (days, second) = (time.as_secs().div_euclid(DAY), time.as_secs().rem_euclid(DAY));
        let (year, month, day) = civil(days);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        Self(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z").into())
    }
}

impl From<SystemTime> for DateTime {
    fn from(time: SystemTime) -> Self {
        UnixTime::from(time).into()
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Year, month and day of the Gregorian calendar, from days since 1970-01-01.
///
/// Counted in years that begin in March, so that the leap day is the last of its year. Ours because this crate depends
/// on serde alone; a test compares it with `jiff`.
fn civil(days: i64) -> (i64, i64, i64) {
    const ERA: i64 = 146_097; // days in 400 years
    let days = days.saturating_add(719_468); // from 0000-03-01
    let era = days.div_euclid(ERA);
    let day_of_era = days.rem_euclid(ERA);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn is_rfc3339(text: &[u8]) -> bool {
    let number = |digits: &[u8], least: u32, most: u32| {
        let value = digits.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit.wrapping_sub(b'0')));
        digits.iter().all(u8::is_ascii_digit) && (least..=most).contains(&value)
    };
    let clock =
        |text: &[u8]| text.len() == 5 && number(&text[..2], 0, 23) && text[2] == b':' && number(&text[3..], 0, 59);
    let Some((date, rest)) = text.split_at_checked(10) else { return false };
    let Some((time, rest)) = rest.split_at_checked(9) else { return false };
    let date = number(&date[..4], 0, 9999)
        && date[4] == b'-'
        && number(&date[5..7], 1, 12)
        && date[7] == b'-'
        && number(&date[8..], 1, 31);
    let time = time[0] == b'T' && clock(&time[1..6]) && time[6] == b':' && number(&time[7..], 0, 60);
    let zone = match rest {
        [b'.', fraction @ ..] => {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 {
                return false;
            }
            &fraction[digits..]
        }
        zone => zone,
    };
    let zone = match zone {
        [b'Z'] => true,
        [b'+' | b'-', offset @ ..] => clock(offset),
        _ => false,
    };
    date && time && zone
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_unix_time_is_the_date_that_jiff_says(seconds in -62_000_000_000_i64..253_000_000_000) {
            let expected = jiff::Timestamp::from_second(seconds).unwrap().to_string();
            let date = DateTime::from(UnixTime::from_secs(seconds));
            prop_assert_eq!(date.as_str(), expected.as_str());
            prop_assert_eq!(DateTime::parse(&expected), Ok(date));
        }
    }

    #[test]
    fn extremes_do_not_panic() {
        for seconds in [i64::MIN, -1, 0, i64::MAX] {
            assert!(!DateTime::from(UnixTime::from_secs(seconds)).as_str().is_empty());
        }
    }

    #[test]
    fn fractions_and_offsets_are_kept() {
        for text in ["2025-03-01T12:30:00.000Z", "2025-03-01T12:30:00.25-05:30", "2025-03-01T12:30:60Z"] {
            assert_eq!(DateTime::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn a_date_without_zone_or_out_of_range_is_refused() {
        for text in [
            "",
            "now",
            "2025-03-01",
            "2025-03-01T12:30:00",
            "2025-03-01 12:30:00Z",
            "2025-13-01T12:30:00Z",
            "2025-03-01T24:30:00Z",
            "2025-03-01T12:30:00.Z",
            "2025-03-01T12:30:00+2:00",
            "2025-03-01T12:30:00é",
        ] {
            assert!(DateTime::parse(text).is_err(), "{text}");
        }
    }
}
