use std::time::Duration;

use form_urlencoded::parse;
use serde_json::json;

use crate::error::Complaints;

/// The parameters of a request, decoded; a list repeats its name, and of a repeated single value the last counts.
#[derive(Debug)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(query: Option<&str>) -> Self {
        Self(parse(query.unwrap_or_default().as_bytes()).into_owned().collect())
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.all(name).last()
    }

    pub(crate) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The pairs whose name is none of `names`.
    pub(crate) fn others<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str())).filter(|(key, _)| !names.contains(key))
    }

    /// A whole number of `least` or more.
    pub(crate) fn number(&self, name: &str, least: u64, default: u64, complaints: &mut Complaints) -> u64 {
        let Some(text) = self.text(name) else { return default };
        match text.parse::<i128>() {
            Ok(number) if number >= i128::from(least) => u64::try_from(number).unwrap_or(u64::MAX),
            Ok(_) => {
                let message = format!("Input should be greater than or equal to {least}");
                complaints.add(json!(["query", name]), message, "greater_than_equal");
                default
            }
            Err(_) => {
                complaints.add(json!(["query", name]), "Input should be a valid integer", "int_parsing");
                default
            }
        }
    }

    /// A date-time, as time since the epoch.
    pub(crate) fn moment(&self, name: &str, complaints: &mut Complaints) -> Option<Duration> {
        let moment = moment(self.text(name)?);
        if moment.is_none() {
            complaints.add(json!(["query", name]), "Input should be a valid datetime", "datetime_parsing");
        }
        moment
    }

    pub(crate) fn flag(&self, name: &str, complaints: &mut Complaints) -> Option<bool> {
        match self.text(name)?.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => {
                complaints.add(json!(["query", name]), "Input should be a valid boolean", "bool_parsing");
                None
            }
        }
    }
}

/// Reads a date-time as time since the epoch. One without a zone, which the Python client sends, is taken as UTC.
fn moment(text: &str) -> Option<Duration> {
    let time = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()
    })?;
    Some(Duration::try_from(time.as_duration()).unwrap_or_default())
}

/// The page that was asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    number: u64,
    size: u64,
}

impl Page {
    /// Page 0 of 100 unless asked otherwise. The API states no maximum, and there is none here.
    pub(crate) fn from_query(query: &Query, complaints: &mut Complaints) -> Self {
        Self { number: query.number("page", 0, 0, complaints), size: query.number("page_size", 1, 100, complaints) }
    }

    /// Whether the item at `place`, counted from 0, is on the page.
    pub(crate) fn holds(self, place: u64) -> bool {
        let first = self.number.saturating_mul(self.size);
        (first..first.saturating_add(self.size)).contains(&place)
    }

    /// The items of the page.
    pub(crate) fn of<T>(self, items: impl Iterator<Item = T>) -> Vec<T> {
        let whole = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        items.skip(whole(self.number.saturating_mul(self.size))).take(whole(self.size)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plus_and_percent_both_decode_and_lists_repeat() {
        let query = Query::parse(Some("a=x+y&a=%C3%A9%20z&b="));
        assert_eq!(query.all("a").collect::<Vec<_>>(), ["x y", "é z"]);
        assert_eq!((query.text("b"), query.text("c")), (Some(""), None));
        assert_eq!(query.others(&["a"]).collect::<Vec<_>>(), [("b", "")]);
    }

    #[test]
    fn a_number_out_of_range_is_named() {
        let mut complaints = Complaints::default();
        let page = Page::from_query(&Query::parse(Some("page=-1&page_size=x")), &mut complaints);
        assert_eq!((page.number, page.size), (0, 100));
        let said = complaints.into_body().to_string();
        assert!(said.contains("greater than or equal to 0") && said.contains("valid integer"), "{said}");
    }

    #[test]
    fn a_page_past_the_end_is_empty_and_no_page_overflows() {
        let page = |number, size| Page { number, size }.of(0..5);
        assert_eq!(page(1, 2), [2, 3]);
        assert!(page(9, 2).is_empty());
        assert!(page(u64::MAX, u64::MAX).is_empty());
        assert_eq!(page(0, u64::MAX).len(), 5);
        let held = |number, size| (0..5).filter(|place| Page { number, size }.holds(*place)).count();
        assert_eq!([held(1, 2), held(2, 2), held(9, 2), held(u64::MAX, u64::MAX), held(0, u64::MAX)], [2, 1, 0, 0, 5]);
    }

    #[test]
    fn every_form_of_a_date_time_that_clients_send_is_read() {
        let half_past_twelve = Some(Duration::from_secs(1_740_832_200));
        for text in [
            "2025-03-01T12:30:00Z",
            "2025-03-01T12:30:00.000Z",
            "2025-03-01T14:30:00+02:00",
            "2025-03-01T12:30:00",
            "2025-03-01 12:30:00",
        ] {
            assert_eq!(moment(text), half_past_twelve, "{text}");
        }
        assert_eq!(moment("2025-03-01T12:30:00.250000Z"), half_past_twelve.map(|at| at + Duration::from_millis(250)));
        assert_eq!(moment("1900-01-01T00:00:00Z"), Some(Duration::ZERO));
        assert_eq!(moment("yesterday"), None);
    }
}
