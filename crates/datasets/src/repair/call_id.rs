/// What the service takes as the id of a call: nine letters and digits of ASCII.
pub(super) fn is_call_id(id: &str) -> bool {
    id.len() == LENGTH && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

const LENGTH: usize = 9;
const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// An id made of what it stands for: the same origin always gives the same id. `again` gives others, for when one is taken.
pub(super) fn call_id(origin: &str, again: u32) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&again.to_le_bytes()).update(origin.as_bytes());
    let mut number = 0_u128;
    for byte in &hasher.finalize().as_bytes()[..16] {
        number = number << 8 | u128::from(*byte);
    }
    let letter = |_| {
        let letter = LETTERS[(number % 62) as usize];
        number /= 62;
        char::from(letter)
    };
    (0..LENGTH).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_the_form_that_is_wanted_and_depends_on_its_origin_alone() {
        for origin in ["", "call_abc", "é", &"x".repeat(1000)] {
            assert!(is_call_id(&call_id(origin, 0)), "{origin}");
            assert_eq!(call_id(origin, 0), call_id(origin, 0));
            assert_ne!(call_id(origin, 0), call_id(origin, 1));
        }
        assert_eq!(call_id("call_abc", 0), "a8cqNywe2", "files repaired by another version must match");
    }

    #[test]
    fn other_forms_are_known() {
        assert!(is_call_id("aB3dE5gH7"));
        for id in ["", "aB3dE5gH", "aB3dE5gH78", "aB3-E5gH7", "aB3dE5gé"] {
            assert!(!is_call_id(id), "{id}");
        }
    }
}
