//! Requests of a CSV table, from its text to lines that a batch takes.

use mistral_datasets::batch::{self, Options};
use mistral_datasets::table::{CsvRows, CustomId, Requests, TableError, Template};

fn lines(table: &str, template: &Template, id: CustomId) -> Result<String, TableError> {
    let mut lines = Vec::new();
    Requests::new(CsvRows::new(table.as_bytes())?, template, id)?.write(&mut lines)?;
    Ok(String::from_utf8(lines).unwrap())
}

#[test]
fn a_row_becomes_a_request_that_a_batch_takes() {
    let table = "\u{feff}id,question\r\n7,\"He said: \"\"Où?\"\"\r\nTwice.\"\r\nx,\r\n";
    let lines = lines(table, &Template::chat("question"), CustomId::Column("id".into())).unwrap();
    insta::assert_snapshot!(lines, @r#"
    {"custom_id":"7","body":{"messages":[{"role":"user","content":"He said: \"Où?\"\r\nTwice."}]}}
    {"custom_id":"x","body":{"messages":[{"role":"user","content":""}]}}
    "#);
    assert!(batch::check(lines.as_bytes(), Options::default()).unwrap().is_valid());
}

#[test]
fn what_does_not_fit_is_told_with_row_and_column() {
    let error = |table: &str, id: CustomId| lines(table, &Template::input("text"), id).unwrap_err().to_string();
    let id = || CustomId::Column("id".into());
    insta::assert_snapshot!(error("id,txt\n1,a\n", id()), @r#"there is no column "text"; expected one of "id", "txt""#);
    insta::assert_snapshot!(error("text\na\n", id()), @r#"there is no column "id"; expected one of "text""#);
    insta::assert_snapshot!(error("text,text\na,b\n", CustomId::Generated), @r#"two columns are called "text"; rename one, so that it is clear which is meant"#);
    insta::assert_snapshot!(error("id,text\n1,a\n ,b\n", id()), @r#"row 2: column "id" is empty; expected an id, a text or a number. Fill it in, name another column, or have ids generated"#);
    insta::assert_snapshot!(error("id,text\n", id()), @"the table has no rows; expected the names of its columns and at least one row");
    insta::assert_snapshot!(error("id,text\n1,a\n2\n", id()), @"row 2, line 3: 1 values for 2 columns; write one value for each, in quotes if it has a comma or a line break");
}

#[test]
fn columns_that_nobody_asks_for_may_have_the_same_name() {
    let table = "x,text,x\n1,a,2\n";
    let lines = lines(table, &Template::input("text"), CustomId::Generated).unwrap();
    assert_eq!(lines, "{\"custom_id\":\"row-1\",\"body\":{\"input\":\"a\"}}\n");
}
