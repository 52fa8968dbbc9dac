//! The codes of problems. The table is in [`catalogue`].

mod catalogue;

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

pub use catalogue::Code;

/// What the catalogue says about a code.
#[derive(Debug)]
struct Entry {
    id: &'static str,
    name: &'static str,
    meaning: &'static str,
    expected: &'static str,
    advice: &'static str,
}

impl Code {
    /// The code itself: `B` and three digits. It never changes its meaning.
    pub const fn id(self) -> &'static str {
        self.entry().id
    }

    /// A name for people, in kebab case.
    pub const fn name(self) -> &'static str {
        self.entry().name
    }

    /// What it means, in one sentence.
    pub fn meaning(self) -> &'static str {
        self.entry().meaning.trim_start()
    }

    /// What should be there instead.
    pub const fn expected(self) -> &'static str {
        self.entry().expected
    }

    /// What to do about it. `FILE` stands for the input.
    pub const fn advice(self) -> &'static str {
        self.entry().advice
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

/// A text that is no [`Code`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownCode(String);

impl fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no code of a problem", self.0)
    }
}

impl std::error::Error for UnknownCode {}

impl FromStr for Code {
    type Err = UnknownCode;

    /// Takes the code or its name.
    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        let found = Self::ALL.iter().copied().find(|code| code.id().eq_ignore_ascii_case(text) || code.name() == text);
        found.ok_or_else(|| UnknownCode(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_and_names_are_well_formed_and_occur_once() {
        let (mut ids, mut names) = (BTreeSet::new(), BTreeSet::new());
        for code in Code::ALL {
            let digits = code.id().strip_prefix('B').unwrap();
            assert!(digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
            let kebab = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            assert!(code.name().bytes().all(kebab), "{}", code.name());
            assert!(ids.insert(code.id()) && names.insert(code.name()), "{code} {}", code.name());
            assert!(code.meaning().ends_with('.') && !code.expected().ends_with('.'), "{code}");
            // A command is not followed by a full stop, which would be copied with it.
            let advice = code.advice();
            assert!(advice.ends_with(['.', '}']) || advice.ends_with("FILE") || advice.ends_with(".jsonl"), "{advice}");
        }
        assert!(Code::ALL.windows(2).all(|pair| pair[0].id() < pair[1].id()));
    }

    #[test]
    fn a_code_is_found_by_itself_and_by_its_name() {
        for code in Code::ALL {
            assert_eq!(code.id().to_lowercase().parse(), Ok(*code));
            assert_eq!(code.name().parse(), Ok(*code));
        }
        assert_eq!("B999".parse::<Code>().unwrap_err().to_string(), "\"B999\" is no code of a problem");
    }
}
