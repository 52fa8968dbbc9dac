//! Uploads, listings, downloads and signed URLs.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod common;

use std::time::Duration;

use common::{Api, FORM, form};
use http::Request;
use http_body_util::Empty;
use serde_json::{Value, json};

fn ids(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|file| file["filename"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_uploaded_file_is_described_in_full() {
    let api = Api::new();
    let file = api.upload("in.jsonl", "{\"body\":{}}\n{\"body\":{}}").await.ok();
    insta::assert_json_snapshot!("files.upload", file);
    let mut got = api.get(&format!("/v1/files/{}", file["id"].as_str().unwrap())).await.ok();
    assert_eq!(got.as_object_mut().unwrap().remove("deleted"), Some(json!(false)));
    assert_eq!(got, file);
}

#[tokio::test]
async fn parts_are_taken_in_the_order_of_either_official_client() {
    let api = Api::new();
    let python = "--edge\r\nContent-Disposition: form-data; name=\"expiry\"\r\n\r\n48\r\n\
        --edge\r\nContent-Disposition: form-data; name=\"visibility\"\r\n\r\nuser\r\n\
        --edge\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nocr\r\n\
        --edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"Grüße; 'x' %22y%22.pdf\"\r\n\
        Content-Type: application/pdf\r\n\r\n%PDF\r\n--edge--\r\n";
    let typescript = "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"blob\"\r\n\
        Content-Type: application/octet-stream\r\n\r\nx\r\n--not the edge\r\n\
        --edge\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n\
        --edge\r\nContent-Disposition: form-data; name=\"visibility\"\r\n\r\nworkspace\r\n--edge--\r\n";
    let file = api.send("POST", "/v1/files", FORM, python).await.ok();
    assert_eq!(file["filename"], "Grüße; 'x' %22y%22.pdf");
    assert_eq!((&file["purpose"], &file["visibility"], &file["bytes"]), (&json!("ocr"), &json!("user"), &json!(4)));
    assert_eq!(file["expires_at"].as_i64().unwrap() - file["created_at"].as_i64().unwrap(), 48 * 3_600);
    assert_eq!((&file["mimetype"], &file["num_lines"]), (&json!("application/pdf"), &Value::Null));

    let file = api.send("POST", "/v1/files", FORM, typescript).await.ok();
    assert_eq!((&file["filename"], &file["bytes"], &file["num_lines"]), (&json!("blob"), &json!(17), &json!(2)));
    let content = api.get(&format!("/v1/files/{}/content", file["id"].as_str().unwrap())).await;
    assert_eq!(content.text(), "x\r\n--not the edge");
}

#[tokio::test]
async fn a_bad_form_is_refused_with_what_is_wrong() {
    let api = Api::with(|builder| builder.max_file_bytes(1_000));
    let send = async |content_type: &str, body: &str| {
        let answer = api.send("POST", "/v1/files", content_type, body.to_owned()).await;
        (answer.status.as_u16(), answer.json().to_string())
    };
    let text = |name: &str, value: &str| {
        format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
            + &form("a", "x", "batch")
    };
    let cases = [
        (FORM, "--edge--\r\n".to_owned(), 422, "[\"body\",\"file\"]"),
        ("application/json", "{}".to_owned(), 422, "multipart/form-data"),
        (FORM, form("a", "x", "cake"), 422, "[\"body\",\"purpose\"]"),
        (FORM, text("visibility", "everybody"), 422, "[\"body\",\"visibility\"]"),
        (FORM, text("expiry", "soon"), 422, "[\"body\",\"expiry\"]"),
        (FORM, text("expiry", "0"), 422, "[\"body\",\"expiry\"]"),
        (FORM, form("a", "x", "batch").replace("--edge--", "--edge"), 400, "cannot be read"),
        (FORM, form("a", &"x".repeat(1_001), "batch"), 413, "larger than 1000 bytes"),
    ];
    for (content_type, body, status, says) in cases {
        let (answered, said) = send(content_type, &body).await;
        assert!(answered == status && said.contains(says), "{body}: {answered} {said}");
    }
    assert_eq!(send(FORM, &form("a", &"x".repeat(1_000), "batch")).await.0, 200);
    assert_eq!(api.get("/v1/files").await.ok()["total"], 1);
}

#[tokio::test]
async fn an_upload_announced_as_too_large_is_refused_at_once() {
    let api = Api::new();
    let request = |length: u64| {
        Request::post("/v1/files")
            .header("authorization", "Bearer key")
            .header("content-type", FORM)
            .header("content-length", length)
            .body(Empty::new())
            .unwrap()
    };
    assert_eq!(api.raw(request(600 << 20)).await.status(), 413);
    // 512 MB in either reading may come; this one breaks off.
    assert_eq!(api.raw(request(512 << 20)).await.status(), 400);
}

#[tokio::test]
async fn the_same_upload_is_answered_with_the_same_file() {
    let api = Api::new();
    let first = api.upload("in.jsonl", "a\n").await.ok();
    assert_eq!(api.upload("in.jsonl", "a\n").await.ok(), first);
    assert_ne!(api.upload("in.jsonl", "b\n").await.ok()["id"], first["id"]);
    assert_ne!(api.upload("other.jsonl", "a\n").await.ok()["id"], first["id"]);
    api.delete(&format!("/v1/files/{}", first["id"].as_str().unwrap())).await.ok();
    assert_ne!(api.upload("in.jsonl", "a\n").await.ok()["id"], first["id"]);
    assert_eq!((api.emulator.ledger().files_created(), api.emulator.ledger().count("files.upload")), (4, 5));
}

#[tokio::test]
async fn a_listing_is_filtered_by_everything_the_api_has() {
    let api = Api::new();
    api.upload("in.jsonl", "a").await.ok();
    api.send("POST", "/v1/files", FORM, form("train.jsonl", "b", "fine-tune")).await.ok();
    api.send("POST", "/v1/files", FORM, form("Scan.PDF", "c", "ocr")).await.ok();
    let id = api.chat_job(&common::chat_line("q", "hi")).await;
    api.wait(2_000);
    let result = format!("{id}_results.jsonl");

    // Nobody has looked at the job since it ended.
    let listed = async |query: &str| {
        let list = api.get(&format!("/v1/files{query}")).await.ok();
        ids(&list).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(listed("").await, [result.as_str(), "in.jsonl", "Scan.PDF", "train.jsonl", "in.jsonl"]);
    assert_eq!(listed("?purpose=batch").await, [result.as_str(), "in.jsonl", "in.jsonl"]);
    assert_eq!(listed("?source=mistral").await, [result.as_str()]);
    assert_eq!(listed("?source=mistral&source=repository").await, [result.as_str()]);
    assert_eq!(listed("?sample_type=batch_result&sample_type=instruct").await, [&result, "Scan.PDF", "train.jsonl"]);
    assert_eq!(listed("?search=scan").await, ["Scan.PDF"]);
    assert_eq!(listed("?search=").await.len(), 5);
    assert_eq!(listed("?mimetypes=application%2Fpdf&mimetypes=text%2Fplain").await, ["Scan.PDF"]);
    assert_eq!(listed("?page=1&page_size=2").await, ["Scan.PDF", "train.jsonl"]);
    assert_eq!(listed("?page=3&page_size=2").await.len(), 0);
}

#[tokio::test]
async fn a_listing_says_how_many_there_are_unless_told_not_to() {
    let api = Api::new();
    for n in 0..3 {
        api.upload(&format!("{n}.jsonl"), "a").await.ok();
    }
    let list = api.get("/v1/files?page_size=1").await.ok();
    assert_eq!((&list["object"], &list["total"]), (&json!("list"), &json!(3)));
    assert_eq!(api.get("/v1/files?include_total=false").await.ok()["total"], Value::Null);
    let refused = api.get("/v1/files?page=-1&page_size=0&include_total=perhaps").await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["detail"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_deleted_file_is_answered_as_deleted_and_nowhere_else() {
    let api = Api::new();
    let file = api.upload("in.jsonl", "a").await.ok();
    let id = file["id"].as_str().unwrap();
    let path = format!("/v1/files/{id}");
    assert_eq!(
        api.delete(&path.to_uppercase().replace("V1/FILES", "v1/files")).await.ok(),
        json!({"id": id, "object": "file", "deleted": true})
    );
    assert_eq!(api.get(&path).await.ok()["deleted"], true);
    assert_eq!(api.get("/v1/files").await.ok()["total"], 0);
    for gone in
        [api.delete(&path).await, api.get(&format!("{path}/content")).await, api.get(&format!("{path}/url")).await]
    {
        assert_eq!(gone.status, 404);
        assert_eq!(gone.json()["type"], "not_found_error");
    }
}

#[tokio::test]
async fn an_id_that_is_no_uuid_is_invalid_and_an_unknown_one_is_not_found() {
    let api = Api::new();
    let invalid = api.get("/v1/files/..%2Fmodels").await;
    assert_eq!((invalid.status.as_u16(), &invalid.json()["detail"][0]["loc"]), (422, &json!(["path", "file_id"])));
    let unknown = api.get("/v1/files/0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d").await;
    assert_eq!(unknown.status, 404);
    assert_eq!(unknown.json()["message"], "No file with this id: 0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d.");
}

#[tokio::test]
async fn an_expired_file_is_as_good_as_deleted() {
    let api = Api::new();
    let expiry = "--edge\r\nContent-Disposition: form-data; name=\"expiry\"\r\n\r\n1\r\n";
    let file = api.send("POST", "/v1/files", FORM, expiry.to_owned() + &form("a", "x", "batch")).await.ok();
    let path = format!("/v1/files/{}", file["id"].as_str().unwrap());
    api.clock.advance(Duration::from_secs(3_599));
    assert_eq!(api.get(&path).await.ok()["deleted"], false);
    api.clock.advance(Duration::from_secs(1));
    assert_eq!(api.get("/v1/files").await.ok()["total"], 0);
    assert_eq!(api.get(&path).await.ok()["deleted"], true);
}

#[tokio::test]
async fn a_private_file_is_its_uploaders_alone() {
    let mut api = Api::new();
    let private = "--edge\r\nContent-Disposition: form-data; name=\"visibility\"\r\n\r\nuser\r\n";
    let file = api.send("POST", "/v1/files", FORM, private.to_owned() + &form("a", "x", "batch")).await.ok();
    let path = format!("/v1/files/{}", file["id"].as_str().unwrap());
    assert_eq!(api.get(&path).await.status, 200);
    api.key = "somebody-else";
    assert_eq!(api.get(&path).await.status, 404);
    assert_eq!(api.get("/v1/files").await.ok()["total"], 0);
}

#[tokio::test]
async fn a_download_is_raw_bytes_of_known_length() {
    let api = Api::new();
    let content = "é\u{2028}\r\n".repeat(100_000);
    let file = api.upload("big.jsonl", &content).await.ok();
    let answer = api.get(&format!("/v1/files/{}/content", file["id"].as_str().unwrap())).await;
    assert_eq!(answer.headers["content-type"], "application/octet-stream");
    assert_eq!(answer.headers["content-length"], content.len().to_string());
    assert!(answer.bytes == content);
}

#[tokio::test]
async fn a_signed_url_works_without_a_key_until_it_expires() {
    let api = Api::new();
    let file = api.upload("in.jsonl", "secret").await.ok();
    let id = file["id"].as_str().unwrap();
    let signed = api.get(&format!("/v1/files/{id}/url?expiry=2")).await.ok();
    let url = signed["url"].as_str().unwrap();
    assert!(url.starts_with(&format!("http://127.0.0.1:8787/emulator/files/{id}?expires=")), "{url}");
    let fetch = async |url: &str| {
        let request = Request::get(url).body(Empty::new()).unwrap();
        let answer = common::collect(api.raw(request).await).await;
        (answer.status.as_u16(), answer.text().to_owned())
    };
    assert_eq!(fetch(url).await, (200, "secret".to_owned()));

    let (start, signature) = url.split_once("&sig=").unwrap();
    let forged = format!("{start}&sig={}{}", if signature.starts_with('0') { '1' } else { '0' }, &signature[1..]);
    let later = url.replace("expires=1", "expires=2");
    for bad in [start, forged.as_str(), later.as_str(), &format!("{start}&sig=x")] {
        assert_eq!(fetch(bad).await.0, 403, "{bad}");
    }
    api.clock.advance(Duration::from_secs(7_200));
    assert_eq!(fetch(url).await.0, 403);
}

#[tokio::test]
async fn a_signed_url_lasts_1_to_168_hours_and_24_unless_asked() {
    let api = Api::new();
    let file = api.upload("in.jsonl", "x").await.ok();
    let path = format!("/v1/files/{}/url", file["id"].as_str().unwrap());
    for bad in ["0", "169", "x"] {
        assert_eq!(api.get(&format!("{path}?expiry={bad}")).await.status, 422);
    }
    let url = api.get(&path).await.ok()["url"].as_str().unwrap().to_owned();
    // The manual clock stands at 2026-01-01.
    assert!(url.contains(&format!("expires={}&", 1_767_225_600 + 24 * 3_600)), "{url}");
}

#[tokio::test]
async fn two_emulators_never_sign_alike() {
    let url = async || {
        let api = Api::new();
        let file = api.upload("in.jsonl", "x").await.ok();
        api.get(&format!("/v1/files/{}/url", file["id"].as_str().unwrap())).await.ok()["url"].clone()
    };
    assert_ne!(url().await, url().await);
}
