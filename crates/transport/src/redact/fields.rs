//! Secrets that stand in JSON under a name of their own, such as the key of an integration.

use super::REDACTED;

/// Names of members that hold a secret. Words alone are not enough: a file's `signature` and a count of tokens are none.
const NAMES: [&str; 8] =
    ["api_key", "apikey", "token", "access_token", "refresh_token", "secret", "client_secret", "password"];

/// Replaces the text of each member that holds a secret, in JSON and in text that looks like it.
pub(super) fn scrub_fields(bytes: &[u8]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(quote) = rest.iter().position(|byte| *byte == b'"') {
        let (before, string) = rest.split_at(quote + 1);
        clean.extend_from_slice(before);
        let name = string_end(string);
        let after = &string[name..];
        clean.extend_from_slice(&string[..name]);
        rest = after;
        if !is_secret(&string[..name]) {
            // What closes a name may open a value: the quote that ended this string is passed over with it.
            let quote = usize::from(!after.is_empty());
            clean.extend_from_slice(&after[..quote]);
            rest = &after[quote..];
        } else if let Some(start) = value_start(after) {
            clean.extend_from_slice(&after[..start]);
            clean.extend_from_slice(REDACTED.as_bytes());
            rest = &after[start..];
            rest = &rest[string_end(rest)..];
            let quote = usize::from(!rest.is_empty());
            clean.extend_from_slice(&rest[..quote]);
            rest = &rest[quote..];
        }
    }
    clean.extend_from_slice(rest);
    clean
}

fn is_secret(name: &[u8]) -> bool {
    NAMES.iter().any(|secret| name.eq_ignore_ascii_case(secret.as_bytes()))
}

/// The length of a string's text up to its closing quote, or to the end if it has none.
fn string_end(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

/// Where the text of a member's value begins, counted from its name's closing quote, if the value is a string.
fn value_start(after: &[u8]) -> Option<usize> {
    let blanks = |from: usize| from + after[from..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let colon = blanks(1.min(after.len()));
    (after.get(colon) == Some(&b':')).then_some(())?;
    let quote = blanks(colon + 1);
    (after.get(quote) == Some(&b'"')).then_some(quote + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scrubbed(text: &str) -> String {
        String::from_utf8(scrub_fields(text.as_bytes())).unwrap()
    }

    #[test]
    fn members_that_hold_a_secret_lose_it() {
        for (text, clean) in [
            (r#"{"api_key":"kk"}"#, r#"{"api_key":"REDACTED"}"#),
            (r#"{"a":"x","token" : "t\"t\\", "b":1}"#, r#"{"a":"x","token" : "REDACTED", "b":1}"#),
            (
                r#"[{"type":"wandb","api_key":"k","project":"p"}]"#,
                r#"[{"type":"wandb","api_key":"REDACTED","project":"p"}]"#,
            ),
            (r#"{"password":"never closed"#, r#"{"password":"REDACTED"#),
        ] {
            assert_eq!(scrubbed(text), clean);
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            r#"{"signature":"s","prompt_tokens":"3","key":"value"}"#,
            r#"{"content":"the \"token\": \"x\" in a text"}"#,
            r#"{"token":7,"secret":null}"#,
            r#"["token","x"]"#,
            "token",
            "\"token\"",
            "",
        ] {
            assert_eq!(scrubbed(text), text);
        }
    }

    proptest! {
        #[test]
        fn any_json_stays_json_and_any_bytes_are_borne(text in r#"[\\"a-z:{}, ]{0,40}"#, key in "[a-z\"\\\\]{1,12}") {
            scrub_fields(text.as_bytes());
            let json = serde_json::json!({"project": text, "token": key, "next": text});
            let clean: serde_json::Value = serde_json::from_slice(&scrub_fields(json.to_string().as_bytes())).unwrap();
            prop_assert_eq!(clean, serde_json::json!({"project": text, "token": "REDACTED", "next": text}));
        }
    }
}
