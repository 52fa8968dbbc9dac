use std::fmt;

use mistral_models::Invalid;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The three letters of a currency, as in ISO 4217: `USD`.
///
/// Any three capital letters are taken; whether such a currency exists is not checked.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The dollar of the United States, the currency of the built-in prices.
    pub const USD: Self = Self(*b"USD");
    /// The euro.
    pub const EUR: Self = Self(*b"EUR");

    /// Reads the code of a currency.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for anything but three capital letters.
    pub fn parse(code: &str) -> Result<Self, Invalid> {
        read(code).map_err(|problem| Invalid::new("currency", problem))
    }

    /// The three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Reads a code, or says what is wrong with it.
fn read(code: &str) -> Result<Currency, String> {
    match <[u8; 3]>::try_from(code.as_bytes()) {
        Ok(letters) if letters.iter().all(u8::is_ascii_uppercase) => Ok(Currency(letters)),
        _ => Err(format!("{code:?} is not a currency; write three letters such as USD")),
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        read(&code).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_capital_letters_are_a_currency() {
        assert_eq!(Currency::parse("USD").unwrap(), Currency::USD);
        assert_eq!(Currency::parse("CHF").unwrap().to_string(), "CHF");
    }

    #[test]
    fn anything_else_is_not() {
        for code in ["", "usd", "US", "USDT", "$", "€", "U D"] {
            let error = Currency::parse(code).unwrap_err().to_string();
            assert_eq!(error, format!("currency: {code:?} is not a currency; write three letters such as USD"));
        }
    }
}
