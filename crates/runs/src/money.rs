use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use mistral_models::Invalid;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Currency;

/// An amount of money that is not negative, in millionths of its currency.
///
/// Whole numbers throughout, so that sums are exact. The largest amount is over 18 million million.
///
/// Shown with two digits, rounded half up; below one cent with as many as there are, up to six.
/// [`amount`](Self::amount) is exact, and is what travels in JSON: `{"amount": "12.34", "currency": "USD"}`.
///
/// Amounts of different currencies have no order and no sum.
///
/// ```
/// use mistral_runs::{Currency, Money};
///
/// let paid: Money = "USD 12.345".parse()?;
/// assert_eq!(paid.to_string(), "USD 12.35");
/// assert_eq!(paid.amount(), "12.345");
///
/// let budget = Money::parse("20", Currency::USD)?;
/// assert!(paid < budget);
/// assert_eq!(Money::from_millionths(1_500, Currency::USD).to_string(), "USD 0.0015");
/// # Ok::<(), mistral_models::Invalid>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    millionths: u64,
    currency: Currency,
}

/// A unit of the currency, in millionths.
const UNIT: u64 = 1_000_000;
/// A hundredth of the currency, in millionths.
const CENT: u64 = UNIT / 100;
/// Digits after the point that are kept.
const DIGITS: usize = 6;

impl Money {
    /// An amount in millionths of a currency.
    pub const fn from_millionths(millionths: u64, currency: Currency) -> Self {
        Self { millionths, currency }
    }

    /// No money at all.
    pub const fn zero(currency: Currency) -> Self {
        Self::from_millionths(0, currency)
    }

    /// Reads a decimal number such as `12.34` as an amount of a currency.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for anything but digits with at most one point between them and six digits after it, and for what is
    /// too large. Signs, exponents and separators of thousands are refused, so that no price is misread.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, Invalid> {
        let millionths = millionths(amount).map_err(|problem| Invalid::new("amount", problem))?;
        Ok(Self { millionths, currency })
    }

    /// The amount in millionths of the currency.
    pub const fn millionths(self) -> u64 {
        self.millionths
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The exact amount as a decimal number, without the currency: `12.34`, `0.0015`. At least two digits after the
    /// point.
    pub fn amount(self) -> String {
        let mut digits = format!("{:06}", self.millionths % UNIT);
        while digits.len() > 2 && digits.ends_with('0') {
            digits.pop();
        }
        format!("{}.{digits}", self.millionths / UNIT)
    }

    /// The sum, or nothing if it is too large or the currencies differ.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let millionths = self.millionths.checked_add(other.millionths)?;
        (self.currency == other.currency).then_some(Self { millionths, ..self })
    }

    /// The sum, or the largest amount if it is too large; nothing if the currencies differ.
    pub fn saturating_add(self, other: Self) -> Option<Self> {
        let millionths = self.millionths.saturating_add(other.millionths);
        (self.currency == other.currency).then_some(Self { millionths, ..self })
    }
}

/// The millionths in a decimal number, or what is wrong with it.
pub(crate) fn millionths(amount: &str) -> Result<u64, String> {
    let refused = |why: &str| format!("{amount:?} {why}");
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());

    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, "0"));
    if !is_number(whole) || !is_number(fraction) {
        return Err(refused("is not an amount; write digits, such as 12.34"));
    }
    if fraction.len() > DIGITS {
        return Err(refused("has more than six digits after the point"));
    }
    format!("{whole}{fraction:0<DIGITS$}").parse().map_err(|_| refused("is too large"))
}

impl PartialOrd for Money {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self.currency == other.currency).then(|| self.millionths.cmp(&other.millionths))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let currency = self.currency;
        if self.millionths < CENT {
            return f.pad(&format!("{currency} {}", self.amount()));
        }
        let cents = self.millionths / CENT + u64::from(self.millionths % CENT >= CENT / 2);
        f.pad(&format!("{currency} {}.{:02}", cents / 100, cents % 100))
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, self.amount())
    }
}

impl FromStr for Money {
    type Err = Invalid;

    /// Reads the currency and the amount: `USD 12.34`.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (currency, amount) = text.split_once(' ').ok_or_else(|| {
            Invalid::new("money", format!("{text:?} is not currency and amount; write them such as USD 12.34"))
        })?;
        Self::parse(amount, Currency::parse(currency)?)
    }
}

#[derive(Serialize, Deserialize)]
struct Parts {
    amount: String,
    currency: Currency,
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Parts { amount: self.amount(), currency: self.currency }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Parts { amount, currency } = Parts::deserialize(deserializer)?;
        let millionths = millionths(&amount).map_err(de::Error::custom)?;
        Ok(Self { millionths, currency })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn usd(millionths: u64) -> Money {
        Money::from_millionths(millionths, Currency::USD)
    }

    #[test]
    fn is_shown_with_cents_and_below_one_cent_in_full() {
        let shown = [0, 1, 1_500, 9_999, 10_000, 14_999, 15_000, 12_344_999, 12_345_000, 1_999_995_000, u64::MAX]
            .map(|millionths| usd(millionths).to_string());
        insta::assert_snapshot!(shown.join("\n"), @r"
        USD 0.00
        USD 0.000001
        USD 0.0015
        USD 0.009999
        USD 0.01
        USD 0.01
        USD 0.02
        USD 12.34
        USD 12.35
        USD 2000.00
        USD 18446744073709.55
        ");
    }

    #[test]
    fn is_read_from_digits_alone() {
        assert_eq!(Money::parse("12.34", Currency::USD).unwrap(), usd(12_340_000));
        assert_eq!(Money::parse("7", Currency::USD).unwrap(), usd(7_000_000));
        assert_eq!(Money::parse("0.000001", Currency::USD).unwrap(), usd(1));

        let refused = ["", ".5", "5.", "-1", "+1", "1e3", "1,000", "1.2.3", " 1", "0.0000001", "99999999999999"]
            .map(|amount| Money::parse(amount, Currency::USD).unwrap_err().to_string());
        insta::assert_snapshot!(refused.join("\n"), @r#"
        amount: "" is not an amount; write digits, such as 12.34
        amount: ".5" is not an amount; write digits, such as 12.34
        amount: "5." is not an amount; write digits, such as 12.34
        amount: "-1" is not an amount; write digits, such as 12.34
        amount: "+1" is not an amount; write digits, such as 12.34
        amount: "1e3" is not an amount; write digits, such as 12.34
        amount: "1,000" is not an amount; write digits, such as 12.34
        amount: "1.2.3" is not an amount; write digits, such as 12.34
        amount: " 1" is not an amount; write digits, such as 12.34
        amount: "0.0000001" has more than six digits after the point
        amount: "99999999999999" is too large
        "#);
    }

    #[test]
    fn a_text_needs_a_currency() {
        assert_eq!("EUR 1.50".parse::<Money>().unwrap(), Money::from_millionths(1_500_000, Currency::EUR));
        assert_eq!(
            "12.34".parse::<Money>().unwrap_err().to_string(),
            r#"money: "12.34" is not currency and amount; write them such as USD 12.34"#,
        );
    }

    #[test]
    fn currencies_do_not_mix() {
        let euro = Money::from_millionths(1, Currency::EUR);
        assert_eq!(usd(1).checked_add(euro), None);
        assert_eq!(usd(1).saturating_add(euro), None);
        assert_eq!(usd(1).partial_cmp(&euro), None);
    }

    #[test]
    fn a_sum_that_is_too_large_is_nothing_or_the_largest_amount() {
        assert_eq!(usd(u64::MAX).checked_add(usd(1)), None);
        assert_eq!(usd(u64::MAX).saturating_add(usd(1)), Some(usd(u64::MAX)));
    }

    #[test]
    fn travels_as_a_decimal_text_and_a_currency() {
        let json = serde_json::to_string(&usd(12_345_678)).unwrap();
        assert_eq!(json, r#"{"amount":"12.345678","currency":"USD"}"#);
    }

    proptest! {
        #[test]
        fn the_sum_of_the_parts_is_the_whole(
            parts in prop::collection::vec(any::<u32>(), 0..50),
            cut in any::<prop::sample::Index>(),
        ) {
            let sum = |parts: &[u32]| {
                parts.iter().try_fold(usd(0), |sum, part| sum.checked_add(usd(u64::from(*part)))).unwrap()
            };
            let (left, right) = parts.split_at(cut.index(parts.len() + 1));
            prop_assert_eq!(sum(left).checked_add(sum(right)), Some(sum(&parts)));
        }

        #[test]
        fn what_is_written_is_read_back(millionths: u64) {
            let money = usd(millionths);
            prop_assert_eq!(Money::parse(&money.amount(), Currency::USD).unwrap(), money);
            prop_assert_eq!(format!("{money:?}").parse::<Money>().unwrap(), money);
            let json = serde_json::to_string(&money).unwrap();
            prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
        }

        #[test]
        fn what_is_shown_is_at_most_half_a_cent_off(millionths in 0..u64::MAX / 2) {
            let shown: Money = usd(millionths).to_string().parse().unwrap();
            prop_assert!(shown.millionths().abs_diff(millionths) <= CENT / 2);
        }
    }
}
