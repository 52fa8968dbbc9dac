use std::collections::HashMap;
use std::io::BufReader;

use mistral_datasets::batch::{self, Code, Options, Request};
use proptest::prelude::*;

use super::check;

/// Pieces that make half-valid lines when they are put together.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(r#"{"custom_id":"a","body":{}}"#.to_owned()),
        Just(r#"{"custom_id":"#.to_owned()),
        Just(r#""body":{"model":"m","#.to_owned()),
        Just(r#""\ud800","#.to_owned()),
        Just("[{".to_owned()),
        Just("}}\n".to_owned()),
        Just("\r\n".to_owned()),
        "[\\[\\]{},:\"\\\\ue0-9a-z \u{feff}\u{2028}]{0,6}",
    ]
}

proptest! {
    #[test]
    fn no_bytes_upset_it(file in proptest::collection::vec(any::<u8>(), 0..300)) {
        let report = check(&file);
        prop_assert!(report.statistics().bytes == file.len() as u64);
        let _ = Request::parse(&file);
    }

    #[test]
    fn how_the_bytes_come_makes_no_difference(pieces in proptest::collection::vec(piece(), 0..12), size in 1_usize..40) {
        let file = pieces.concat();
        let whole = check(&file);
        let options = Options::default().name("in.jsonl");
        let in_pieces = batch::check(BufReader::with_capacity(size, file.as_bytes()), options).unwrap();
        prop_assert_eq!(serde_json::to_string(&whole).unwrap(), serde_json::to_string(&in_pieces).unwrap());
        prop_assert!(whole.problems().len() as u64 == whole.total().min(10));
        prop_assert!(whole.problems().is_sorted_by_key(|problem| problem.line));
        prop_assert_eq!(whole.statistics().bytes, file.len() as u64);
    }

    #[test]
    fn duplicates_agree_with_a_map(ids in proptest::collection::vec("[a-cé\"]{1,2}", 0..60)) {
        let (mut file, mut map, mut expected) = (String::new(), HashMap::new(), Vec::new());
        for (id, line) in ids.iter().zip(1_u64..) {
            file += &format!("{}\n", serde_json::json!({"custom_id": id, "body": {}}));
            match map.get(id) {
                Some(first) => expected.push((line, format!("the custom_id is that of line {first}"))),
                None => {
                    map.insert(id, line);
                }
            }
        }
        let report = batch::check(file.as_bytes(), Options::default().kept(100)).unwrap();
        prop_assert_eq!(report.count(Code::DuplicateCustomId), expected.len() as u64);
        let duplicates = report.problems().iter().filter(|problem| problem.code == Code::DuplicateCustomId);
        let found: Vec<_> = duplicates.map(|problem| (problem.line.unwrap(), problem.what.clone())).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn a_body_is_given_byte_for_byte(texts in proptest::collection::vec(any::<String>(), 1..4), space in "[ \t]{0,3}") {
        let body = serde_json::to_string_pretty(&serde_json::json!({"input": texts})).unwrap().replace('\n', " ");
        let line = format!("{{{space}\"body\"{space}:{space}{body}{space}}}");
        prop_assert_eq!(Request::parse(line.as_bytes()).unwrap().body, body);
    }
}
