use std::borrow::Cow;

use memchr::memchr2;

/// The members of an object whose text is known to be JSON: keys without their quotes, values as they are written.
///
/// A body has been read once when its line was; to look for three keys in it, a second full reading would take a sixth of
/// the whole check.
#[derive(Debug)]
pub(super) struct Members<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Members<'a> {
    pub(super) fn of(object: &'a str) -> Self {
        Self { text: object, at: 0 }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes to the next byte that is neither white space nor one of these.
    fn skip(&mut self, punctuation: &[u8]) {
        while self.byte().is_some_and(|byte| byte.is_ascii_whitespace() || punctuation.contains(&byte)) {
            self.at += 1;
        }
    }

    /// Goes behind the string that begins here.
    fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            self.at += memchr2(b'"', b'\\', self.text.as_bytes().get(self.at..)?)?;
            if self.byte() == Some(b'"') {
                self.at += 1;
                return Some(());
            }
            self.at += 2;
        }
    }

    /// Goes behind the value that begins here.
    fn value(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.byte()? {
                b'"' => self.string()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b',' | b'}' | b']' if depth == 0 => return Some(()),
                b'}' | b']' => {
                    depth -= 1;
                    self.at += 1;
                }
                _ => self.at += 1,
            }
        }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        self.skip(b"{,");
        if self.byte() != Some(b'"') {
            return None;
        }
        let start = self.at;
        self.string()?;
        let key = self.text.get(start + 1..self.at - 1)?;
        let key = match key.contains('\\') {
            true => Cow::Owned(serde_json::from_str(self.text.get(start..self.at)?).ok()?),
            false => Cow::Borrowed(key),
        };
        self.skip(b":");
        let start = self.at;
        self.value()?;
        Some((key, self.text.get(start..self.at)?.trim_end()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn members(object: &str) -> Vec<(String, String)> {
        Members::of(object).map(|(key, value)| (key.into_owned(), value.to_owned())).collect()
    }

    #[test]
    fn keys_are_found_at_the_top_alone() {
        let object = r#" { "a" : {"b": "}\"", "c": [1, {}]} , "m\u006fdel":"x\\" ,"a":-1e9, "": null }"#;
        let expected = [("a", r#"{"b": "}\"", "c": [1, {}]}"#), ("model", r#""x\\""#), ("a", "-1e9"), ("", "null")];
        assert_eq!(members(object), expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert_eq!(members("{}"), []);
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf =
            prop_oneof![Just(Value::Null), any::<f64>().prop_map(Value::from), any::<String>().prop_map(Value::from)];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("[a-c\"\\\\é]{0,3}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_full_reading(value in value(), pretty: bool) {
            let object = serde_json::json!({"first": value, "second": [value], "th\"rd": {"in": value}});
            let text = if pretty { serde_json::to_string_pretty(&object) } else { serde_json::to_string(&object) };
            let text = text.unwrap();
            let found: serde_json::Map<String, Value> =
                Members::of(&text).map(|(key, value)| (key.into_owned(), serde_json::from_str(value).unwrap())).collect();
            prop_assert_eq!(Value::Object(found), serde_json::from_str::<Value>(&text).unwrap());
        }

        #[test]
        fn no_text_upsets_it(text in r#"[\{\["][a-z":,\{\}\[\]é \\]{0,40}"#) {
            let _ = members(&text);
        }
    }
}
