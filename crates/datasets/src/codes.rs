//! Codes of problems: what every catalogue of them has.

use std::fmt;

/// A text that is no [`batch::Code`](crate::batch::Code) or no [`training::Code`](crate::training::Code), where one is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownCode(String);

impl UnknownCode {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no code of a problem", self.0)
    }
}

impl std::error::Error for UnknownCode {}

/// Makes a catalogue: the enum, its order, what is said about each code, and one column of the catalogue's own.
macro_rules! codes {
    (
        $(#[doc = $about:literal])+
        pub enum Code;

        $(#[doc = $column_about:literal])+
        $column:ident: $column_type:ty;

        $(
            #[doc = $meaning:literal]
            $variant:ident = $id:literal, $name:literal, $value:expr, $advice:literal;
        )+
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $( #[doc = $meaning] #[doc = concat!("\n\n`", $id, "`, `", $name, "`.")] $variant, )+
        }

        impl Code {
            /// Every code, in ascending order.
            pub const ALL: &'static [Self] = &[$( Self::$variant, )+];

            /// The code itself: a letter and three digits. It never changes its meaning.
            pub const fn id(self) -> &'static str {
                match self { $( Self::$variant => $id, )+ }
            }

            /// A name for people, in kebab case.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant => $name, )+ }
            }

            $(#[doc = $column_about])+
            pub const fn $column(self) -> $column_type {
                match self { $( Self::$variant => $value, )+ }
            }

            /// What it means, in one sentence.
            pub fn meaning(self) -> &'static str {
                let documented = match self { $( Self::$variant => $meaning, )+ };
                documented.trim_start()
            }

            /// What to do about it. `FILE`, where it occurs, stands for the input.
            pub const fn advice(self) -> &'static str {
                match self { $( Self::$variant => $advice, )+ }
            }
        }

        impl std::fmt::Display for Code {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.id())
            }
        }

        impl serde::Serialize for Code {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.id())
            }
        }

        impl std::str::FromStr for Code {
            type Err = $crate::codes::UnknownCode;

            /// Takes the code or its name.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let is_meant = |code: &Self| code.id().eq_ignore_ascii_case(text) || code.name() == text;
                Self::ALL.iter().copied().find(is_meant).ok_or_else(|| $crate::codes::UnknownCode::new(text))
            }
        }
    };
}

pub(crate) use codes;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::{Debug, Display};
    use std::str::FromStr;

    use super::*;
    use crate::{batch, training};

    fn check<C>(letter: char, all: &[C], name: fn(C) -> &'static str)
    where
        C: Copy + Debug + Display + PartialEq + FromStr<Err = UnknownCode>,
    {
        let ids: Vec<_> = all.iter().map(C::to_string).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
        let mut names = BTreeSet::new();
        for (code, id) in all.iter().zip(&ids) {
            let digits = id.strip_prefix(letter).unwrap();
            assert!(digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit()), "{id}");
            let name = name(*code);
            let kebab = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            assert!(name.bytes().all(kebab) && names.insert(name), "{name}");
            assert_eq!((id.to_lowercase().parse(), name.parse()), (Ok(*code), Ok(*code)));
        }
        let unknown = format!("{letter}999");
        assert_eq!(unknown.parse::<C>().unwrap_err().to_string(), format!("{unknown:?} is no code of a problem"));
    }

    #[test]
    fn codes_and_names_are_well_formed_occur_once_and_lead_back() {
        check('B', batch::Code::ALL, batch::Code::name);
        check('T', training::Code::ALL, training::Code::name);
    }
}
