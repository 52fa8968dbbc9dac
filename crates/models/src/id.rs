//! Ids as types: what names a file cannot name a job.

use crate::Invalid;

macro_rules! id {
    ($(#[$meta:meta])* $name:ident, $field:literal, $check:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// The id as it travels.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Tells whether this can be an id at all, before it becomes part of a path.
            ///
            /// # Errors
            ///
            /// [`Invalid`] with the form that was expected.
            pub fn check(&self) -> Result<(), Invalid> {
                $check($field, &self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.into())
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id.into())
            }
        }

        impl From<&String> for $name {
            fn from(id: &String) -> Self {
                Self(id.as_str().into())
            }
        }

        impl From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

id! {
    /// Names a file. A UUID.
    FileId, "file_id", uuid
}

id! {
    /// Names a batch job. A UUID.
    BatchJobId, "job_id", uuid
}

id! {
    /// Names a fine-tuning job. A UUID.
    FineTuningJobId, "job_id", uuid
}

id! {
    /// Names a model, such as `mistral-small-latest` or `ft:open-mistral-7b:587a6b29:20240514:7e773925`.
    ModelId, "model_id", segment
}

id! {
    /// Names an agent of the deprecated agents API, which a batch job can use in place of a model.
    AgentId, "agent_id", segment
}

/// Eight, four, four, four and twelve hexadecimal digits; upper case is as good as lower.
fn uuid(field: &'static str, id: &str) -> Result<(), Invalid> {
    let shape = id.len() == 36
        && id.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    if shape {
        return Ok(());
    }
    Err(Invalid::new(
        field,
        format!("{} is not an id; expected a UUID such as 0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d", excerpt(id)),
    ))
}

/// Anything that stays one segment of a path once it is percent-encoded.
fn segment(field: &'static str, id: &str) -> Result<(), Invalid> {
    if id.is_empty() || id == "." || id == ".." || id.chars().any(char::is_control) {
        return Err(Invalid::new(
            field,
            format!("{} is not an id; expected a name such as mistral-small-latest", excerpt(id)),
        ));
    }
    Ok(())
}

/// The given text, quoted, escaped and cut, so that it can neither flood nor forge a line.
fn excerpt(text: &str) -> String {
    const SHOWN: usize = 64;
    if text.chars().count() <= SHOWN {
        return format!("{text:?}");
    }
    let head: String = text.chars().take(SHOWN).collect();
    format!("{head:?}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_an_id_in_either_case() {
        assert_eq!(FileId::from("0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d").check(), Ok(()));
        assert_eq!(BatchJobId::from("0D9C8B7A-6E5F-4A3B-8C2D-1E0F9A8B7C6D").check(), Ok(()));
    }

    #[test]
    fn what_could_change_the_path_is_not_a_file_id() {
        for id in
            ["", "..", "../models", "%2e%2e%2fmodels", "id?x=1", "id#f", "a\r\nb", "0d9c8b7a6e5f4a3b8c2d1e0f9a8b7c6d"]
        {
            let refused = FileId::from(id).check().unwrap_err();
            assert_eq!(refused.field(), "file_id");
            assert!(!refused.to_string().contains('\n'), "{refused}");
        }
    }

    #[test]
    fn a_model_id_may_hold_colons_and_slashes_but_not_step_out_of_its_segment() {
        for id in ["mistral-small-latest", "ft:open-mistral-7b:587a6b29:20240514:7e773925", "a/b"] {
            assert_eq!(ModelId::from(id).check(), Ok(()));
        }
        for id in ["", ".", "..", "a\nb"] {
            assert!(ModelId::from(id).check().is_err(), "{id:?}");
        }
    }

    #[test]
    fn a_long_id_is_cut_in_the_message() {
        let refused = FileId::from("x".repeat(10_000)).check().unwrap_err();
        assert!(refused.to_string().len() < 200);
    }
}
