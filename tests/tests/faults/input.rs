//! Bad input that the facade meets. What a person types is met by the command line, and tested there.

use mistral_sdk::{
    ApiKey, BatchEndpoint, BatchRequest, CreateBatchJob, Error, ErrorKind, FilePurpose, ListBatchJobs, ListFiles,
    Transport, Upload,
};
use serde_json::json;
use tests::rig::{KEY, Rig, check, key, one_request};

fn refused_key(key: &str) -> String {
    let error = ApiKey::new(key).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    error.to_string()
}

#[test]
fn b2_an_empty_key() {
    for empty in ["", "  \t\n", "Bearer ", "Bearer"] {
        assert_eq!(refused_key(empty), "the key is empty");
    }
    let named = ApiKey::named(" ", "MISTRAL_API_KEY").unwrap_err();
    assert_eq!(named.to_string(), "the key from MISTRAL_API_KEY is empty");
}

#[tokio::test]
async fn b3_b6_a_line_end_and_a_bearer_are_taken_off() {
    use mistral_sdk::Credentials as _;
    for typed in ["abc\n", " abc ", "Bearer abc", "Bearer  abc\r\n"] {
        let header = ApiKey::new(typed).unwrap().authorization().await.unwrap();
        assert_eq!(header, "Bearer abc");
        assert!(header.is_sensitive());
    }
}

#[test]
fn b4_b5_a_character_that_cannot_be_in_a_key_is_told_by_its_place() {
    for (key, place) in [
        (format!("{KEY}\nx"), "U+000A) at position 16"),
        (format!("ab\r{KEY}"), "U+000D) at position 3"),
        (format!("ab\u{7}{KEY}"), "U+0007) at position 3"),
        (format!("\u{200b}{KEY}"), "U+200B) at position 1"),
        (format!("abc\u{e9}{KEY}"), "U+00E9) at position 4"),
    ] {
        let said = refused_key(&key);
        assert!(said.contains(place) && !said.contains(KEY), "{said}");
    }
}

fn refused_base(base: &str) -> String {
    let error = Transport::builder(key()).base_uri(base).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    error.to_string()
}

#[test]
fn b8_b9_b10_an_address_that_is_none_or_not_safe() {
    for (base, part) in [
        ("api.mistral.ai", "lacks its scheme (https://)"),
        ("api.mistral.ai/v1", "lacks its scheme (https://)"),
        ("http://api.example.com", "in the clear"),
        ("http://192.168.1.7:8000", "in the clear"),
        ("https://api.example.com?x=1", "query"),
        ("https://api.example.com/#top", "fragment"),
        ("https://me:secret@api.example.com", "user name"),
        ("file:///etc/passwd", "must begin with https://"),
        ("ftp://api.example.com", "must begin with https://"),
        ("https://", "cannot be read"),
        ("", "cannot be read"),
    ] {
        let said = refused_base(base);
        assert!(said.contains(part) && !said.contains("secret"), "{base}: {said}");
    }
    for fine in ["http://127.0.0.1:8787", "http://[::1]:8787", "http://localhost", "https://api.example.com"] {
        Transport::builder(key()).base_uri(fine).build().unwrap();
    }
    Transport::builder(key()).base_uri("http://api.example.com").allow_insecure_http().build().unwrap();
}

#[tokio::test]
async fn b11_a_slash_or_the_version_at_the_end_of_the_address() {
    for end in ["", "/", "/v1", "/v1/", "//"] {
        let emulator = mistral_emulator::Emulator::new().unwrap();
        let builder = Transport::builder(key()).base_uri(format!("https://api.example.com{end}"));
        let client = mistral_sdk::Client::from(builder.http(emulator.clone()).build().unwrap());
        client.models().get("mistral-small-latest").await.unwrap();
        assert_eq!(emulator.ledger().entries()[0].path, "/v1/models/mistral-small-latest", "{end}");
    }
}

/// It is refused as bad input, and nothing was sent.
#[track_caller]
fn unsent<T: std::fmt::Debug>(rig: &Rig, refused: Result<T, Error>, operation: &str, part: &str) {
    let error = refused.unwrap_err();
    check(&error, operation);
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::BadInput, 0), "{error}");
    assert!(error.to_string().contains(part), "{error}");
    assert_eq!(rig.emulator.ledger().requests(), 0);
}

#[tokio::test]
async fn b17_to_b22_what_is_not_an_id_goes_nowhere() {
    let rig = Rig::new(json!([]));
    let (files, jobs) = (rig.client.files(), rig.client.batch().jobs());
    let expected = "expected a UUID such as 0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d";
    let ids = [
        "../models",
        "%2e%2e%2fmodels",
        "0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d?x=1",
        "0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d#f",
        "",
        "0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d\r\nx: y",
        "file-1",
    ];
    for id in ids {
        unsent(&rig, files.get(id).await, "files.get: ", expected);
        unsent(&rig, files.delete(id).await, "files.delete: ", expected);
        unsent(&rig, files.download(id).await, "files.download: ", expected);
        unsent(&rig, jobs.get(id).await, "batch.jobs.get: ", expected);
        unsent(&rig, jobs.cancel(id).await, "batch.jobs.cancel: ", expected);
        unsent(&rig, jobs.delete(id).await, "batch.jobs.delete: ", expected);
    }
    let file = rig.file("{}\n").await;
    assert_eq!(rig.client.files().get(file.id.as_str().to_uppercase()).await.unwrap().id, file.id);
}

#[tokio::test]
async fn b23_a_model_id_is_one_segment_or_refused() {
    let rig = Rig::new(json!([]));
    for id in ["", ".", "..", "a\r\nb"] {
        unsent(&rig, rig.client.models().get(id).await, "models.get: ", "expected a");
    }
    for id in ["ft:open-mistral-7b:587a6b29:20240514:7e773925", "a/b", "a?b#c"] {
        assert!(rig.client.models().get(id).await.unwrap_err().is_not_found());
    }
    let paths: Vec<_> = rig.emulator.ledger().entries().into_iter().map(|entry| entry.path).collect();
    let expected = ["ft%3Aopen-mistral-7b%3A587a6b29%3A20240514%3A7e773925", "a%2Fb", "a%3Fb%23c"];
    assert_eq!(paths, expected.map(|id| format!("/v1/models/{id}")));
}

#[tokio::test]
async fn b43_a_file_over_the_limit() {
    let rig = Rig::new(json!([]));
    let nothing = futures_util::stream::empty::<Result<bytes::Bytes, std::io::Error>>();
    let upload = Upload::stream("big.jsonl", Upload::MAX_BYTES + 1, nothing);
    unsent(&rig, rig.client.files().upload(upload, FilePurpose::Batch).await, "files.upload: ", "split the file");
}

#[tokio::test]
async fn b46_a_path_that_cannot_be_read() {
    let rig = Rig::new(json!([]));
    for path in ["no/such/file.jsonl", "."] {
        let error = rig.client.files().upload(Upload::path(path), FilePurpose::Batch).await.unwrap_err();
        check(&error, &format!("files.upload: {path} cannot be read: "));
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::LocalIo, 0));
    }
    assert_eq!(rig.emulator.ledger().requests(), 0);
}

#[tokio::test]
async fn b47_b48_b51_a_job_that_the_service_would_refuse() {
    let rig = Rig::new(json!([]));
    let many = vec![BatchRequest::new("a", &json!({})).unwrap(); 10_001];
    for (job, part) in [
        (one_request().metadata("k".repeat(33), "v"), "expected 1 to 32"),
        (one_request().metadata("", "v"), "expected 1 to 32"),
        (one_request().metadata("note", "v".repeat(513)), "\"note\" has 513 characters; expected 1 to 512"),
        (one_request().metadata("note", ""), "expected 1 to 512"),
        (one_request().timeout_hours(0), "expected 1 to 168 hours"),
        (one_request().timeout_hours(169), "expected 1 to 168 hours"),
        (CreateBatchJob::new(BatchEndpoint::Embeddings).requests(many), "upload a file instead"),
    ] {
        unsent(&rig, rig.client.batch().jobs().create(&job).await, "batch.jobs.create: ", part);
    }
}

#[tokio::test]
async fn b52_a_page_of_no_size() {
    let rig = Rig::new(json!([]));
    unsent(&rig, rig.client.files().list(&ListFiles::default().page_size(0)).await, "files.list: ", "page_size");
    let jobs = ListBatchJobs::default().page_size(0);
    unsent(&rig, rig.client.batch().jobs().list(&jobs).await, "batch.jobs.list: ", "page_size");
}

#[tokio::test]
async fn b59_an_upload_with_an_odd_name() {
    let rig = Rig::new(json!([]));
    let forged = "a\"; filename=\"b.jsonl";
    for name in
        ["a \"quoted\" \\ name.jsonl", "line\r\nX-Forged: yes.jsonl", "\u{1f980}.jsonl", forged, &"n".repeat(300)]
    {
        let file = rig.client.files().upload(Upload::bytes(name, "{}\n"), FilePurpose::Batch).await.unwrap();
        assert_eq!(file.bytes, Some(3), "{name:?}");
        // What would end the name early is percent-encoded, as browsers do it.
        assert_eq!(percent_encoding::percent_decode_str(&file.filename).decode_utf8().unwrap(), name);
        assert_eq!(rig.client.files().download(&file.id).await.unwrap().bytes().await.unwrap(), "{}\n");
    }
}

#[tokio::test(start_paused = true)]
async fn b60_what_a_terminal_would_obey_is_shown_escaped() {
    let evil = "\u{1b}]8;;https://evil.example\u{7}click\u{1b}[2J\u{202e}\u{2066}\u{9b}31m\u{7f}\nforged line";
    let body = json!({"message": evil});
    let rig = Rig::new(json!([{"operation": "models.get", "answer": {"status": 400, "body": body}}]));
    let error = rig.client.models().get("m").await.unwrap_err();
    check(&error, "models.get: ");
    let shown = error.to_string();
    let steers =
        |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c);
    assert!(!shown.contains(steers), "{shown:?}");
    assert!(shown.contains("\\u{1b}]8;;https://evil.example") && shown.contains("click"), "{shown}");
    rig.all_delivered();
}

#[tokio::test]
async fn b64_too_much_or_nowhere_is_refused_in_the_apis_own_shape() {
    use http_body_util::{BodyExt as _, Full};
    use tower::ServiceExt as _;
    let emulator = mistral_emulator::Emulator::builder().max_file_bytes(10).build().unwrap();
    for (path, status) in [("/v1/files", 413), ("/v1/nowhere", 404)] {
        let form = format!(
            "--e\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n{}\r\n--e--\r\n",
            "x".repeat(100)
        );
        let request = http::Request::post(path)
            .header("authorization", "Bearer any")
            .header("content-type", "multipart/form-data; boundary=e")
            .body(Full::new(bytes::Bytes::from(form)))
            .unwrap();
        let (parts, body) = emulator.clone().oneshot(request).await.unwrap().into_parts();
        let body: serde_json::Value = serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap();
        assert_eq!((parts.status.as_u16(), body["object"].as_str()), (status, Some("error")), "{path}");
    }
}
