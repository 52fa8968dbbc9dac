//! Files from the storage behind the API, by signed URLs: another origin, which must learn nothing of the key.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use mistral_sdk::transport::ProxySettings;
use mistral_sdk::{Client, Error, ErrorKind};
use serde_json::json;
use tests::blob::{Blob, Cut, Turn, header};
use tests::peer::{self, Peer};
use tests::rig::{ABSENT, KEY, builder, check, client, direct};

/// An API that signs URLs: for each it asks `url`, which gets the number of the URL from 0. And how many it made.
async fn signing(url: impl Fn(usize) -> String + Send + Sync + 'static) -> (Client, Arc<AtomicUsize>) {
    let (signed, url) = (Arc::new(AtomicUsize::new(0)), Arc::new(url));
    let count = Arc::clone(&signed);
    let peer = Peer::start(move |_, mut stream| {
        let (count, url) = (Arc::clone(&count), Arc::clone(&url));
        async move {
            while let Some(head) = peer::read_request(&mut stream).await {
                assert!(head.starts_with(&format!("GET /v1/files/{ABSENT}/url?expiry=24 ")), "{head}");
                assert_eq!(header(&head, "authorization"), Some(format!("Bearer {KEY}")));
                let url = url(count.fetch_add(1, Ordering::Relaxed));
                peer::answer(&mut stream, "200 OK", &json!({ "url": url }).to_string()).await;
            }
        }
    })
    .await;
    (client(&peer.base), signed)
}

/// Bytes that repeat nowhere soon.
fn content(length: u32) -> Bytes {
    (0..length).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect::<Vec<_>>().into()
}

/// Nothing of the key or of our own headers reached the storage.
#[track_caller]
fn learnt_nothing(blob: &Blob) {
    for head in blob.heads() {
        assert!(!head.contains(KEY), "{head}");
        for line in head.lines().skip(1).filter(|line| !line.is_empty()) {
            let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
            assert!(matches!(&*name, "host" | "range" | "if-range"), "{head}");
        }
    }
}

/// What the error and its causes say holds no signature.
#[track_caller]
fn hides_the_signature(error: &Error) {
    check(error, "files.download_signed: ");
    let mut all = format!("{error} {error:?}");
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        all += &format!(" {deeper} {deeper:?}");
        cause = deeper.source();
    }
    assert!(!all.contains("canary"), "{all}");
}

#[tokio::test]
async fn f64_a_download_cut_at_60_percent_is_resumed() {
    let whole = content(4 << 20);
    let at = whole.len() / 10 * 6;
    let file = whole.clone();
    let blob = Blob::start(move |number, _| match number {
        0 => Turn::cut(&file, at, Cut::Fin),
        _ => Turn::file(&file),
    })
    .await;
    let url = blob.url("canary");
    let (client, signed) = signing(move |_| url.clone()).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let bytes = client.files().download_signed(ABSENT).await.unwrap().save(&path).await.unwrap();
    assert!(bytes == whole.len() as u64 && std::fs::read(&path).unwrap() == whole);
    assert_eq!(blob.ranges(), [format!("bytes={at}-")]);
    assert_eq!((blob.sent(), signed.load(Ordering::Relaxed)), (whole.len() as u64, 1));
    learnt_nothing(&blob);
}

/// Downloads 4 MiB that are cut at 20 places in this way; how many bytes were sent, and how many there are.
async fn cut_twenty_times(how: Cut) -> (u64, u64) {
    const CUTS: usize = 20;
    let whole = content(4 << 20);
    let mut places: Vec<usize> = (0..CUTS).map(|_| fastrand::usize(1..whole.len())).collect();
    places.sort_unstable();
    places.dedup();
    let (file, cuts) = (whole.clone(), places.clone());
    let blob = Blob::start(move |number, _| match cuts.get(number) {
        Some(at) => Turn::cut(&file, *at, how),
        None => Turn::file(&file),
    })
    .await;
    let url = blob.url("canary");
    let (client, signed) = signing(move |_| url.clone()).await;
    let read = client.files().download_signed(ABSENT).await.unwrap().bytes().await.unwrap();
    assert!(read == whole, "{places:?}");
    assert_eq!((blob.ranges().len(), signed.load(Ordering::Relaxed)), (places.len(), 1), "{places:?}");
    learnt_nothing(&blob);
    (blob.sent(), whole.len() as u64)
}

#[tokio::test]
async fn f65_twenty_cuts_are_resumed_each_time() {
    // What a reset finds on its way is lost, so how much is sent then depends on the machine's buffers.
    let ((sent, size), _) = tokio::join!(cut_twenty_times(Cut::Fin), cut_twenty_times(Cut::Reset));
    assert_eq!(sent, size);
}

#[tokio::test]
async fn f66_a_resume_that_is_answered_from_the_start_is_not_joined() {
    let whole = Bytes::from_static(b"hello world");
    let file = whole.clone();
    let blob = Blob::start(move |number, _| Turn::File {
        content: file.clone(),
        etag: "\"1\"",
        ranges: false,
        cut: (number == 0).then_some((5, Cut::Fin)),
    })
    .await;
    let url = blob.url("canary");
    let (client, _) = signing(move |_| url.clone()).await;
    assert_eq!(client.files().download_signed(ABSENT).await.unwrap().bytes().await.unwrap(), whole);
    assert_eq!(blob.ranges(), ["bytes=5-"]);
}

#[tokio::test]
async fn f67_a_file_that_changes_between_parts_is_begun_anew() {
    let (old, new) = (Bytes::from_static(b"old old old"), Bytes::from_static(b"NEW NEW NEW"));
    let later = new.clone();
    let blob = Blob::start(move |number, _| match number {
        0 => Turn::cut(&old, 5, Cut::Fin),
        _ => Turn::File { content: later.clone(), etag: "\"2\"", ranges: true, cut: None },
    })
    .await;
    let url = blob.url("canary");
    let (client, _) = signing(move |_| url.clone()).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    client.files().download_signed(ABSENT).await.unwrap().save(&path).await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), new);
    let tags: Vec<_> = blob.heads().iter().filter_map(|head| header(head, "if-range")).collect();
    assert_eq!((tags, blob.heads().len()), (vec!["\"1\"".to_owned()], 3));
}

#[tokio::test]
async fn f68_a_cut_after_the_last_byte_asks_for_nothing_more() {
    for how in [Cut::Fin, Cut::Reset] {
        let whole = content(100_000);
        let file = whole.clone();
        let blob = Blob::start(move |_, _| Turn::cut(&file, file.len(), how)).await;
        let url = blob.url("canary");
        let (client, _) = signing(move |_| url.clone()).await;
        assert!(client.files().download_signed(ABSENT).await.unwrap().bytes().await.unwrap() == whole);
        assert!(blob.heads().len() <= 2 && !blob.ranges().contains(&"bytes=100000-".to_owned()), "{:?}", blob.ranges());
    }
}

#[tokio::test]
async fn f74_a_target_that_cannot_be_written_is_told_of_the_signed_download() {
    let blob = Blob::start(|_, _| Turn::file(&Bytes::from_static(b"hello world"))).await;
    let url = blob.url("canary");
    let (client, _) = signing(move |_| url.clone()).await;
    let folder = tempfile::tempdir().unwrap();
    let download = client.files().download_signed(ABSENT).await.unwrap();
    let error = download.save(folder.path().join("missing/out")).await.unwrap_err();
    hides_the_signature(&error);
    assert_eq!(error.kind(), ErrorKind::LocalIo);
}

#[tokio::test]
async fn f69_a_url_that_expires_midway_is_signed_anew() {
    let whole = content(1 << 20);
    let file = whole.clone();
    let blob = Blob::start(move |_, head| {
        let first = head.contains("sig=canary-0");
        match header(head, "range") {
            None if first => Turn::cut(&file, 600_000, Cut::Fin),
            Some(_) if first => Turn::expired(),
            _ => Turn::file(&file),
        }
    })
    .await;
    let store = blob.url("");
    let (client, signed) = signing(move |number| format!("{store}canary-{number}")).await;
    let read = client.files().download_signed(ABSENT).await.unwrap().bytes().await.unwrap();
    assert!(read == whole);
    assert_eq!(blob.ranges(), ["bytes=600000-", "bytes=600000-"]);
    assert_eq!((blob.sent(), signed.load(Ordering::Relaxed)), (whole.len() as u64, 2));
    learnt_nothing(&blob);
}

#[tokio::test]
async fn f69_a_url_that_is_never_accepted_is_signed_three_times() {
    let blob = Blob::start(|_, _| Turn::expired()).await;
    let store = blob.url("");
    let (client, signed) = signing(move |number| format!("{store}canary-{number}")).await;
    let error = client.files().download_signed(ABSENT).await.unwrap_err();
    hides_the_signature(&error);
    assert_eq!((error.kind(), error.status().map(|status| status.as_u16())), (ErrorKind::Auth, Some(403)));
    assert!(error.to_string().contains("Signature not valid"), "{error}");
    assert_eq!((blob.heads().len(), signed.load(Ordering::Relaxed)), (3, 3));
    learnt_nothing(&blob);
}

#[tokio::test]
async fn f69_a_redirect_of_the_storage_is_followed_and_learns_nothing_either() {
    let whole = content(1_000);
    let file = whole.clone();
    let second = Blob::start(move |_, _| Turn::file(&file)).await;
    let to = second.url("canary-2");
    let first = Blob::start(move |_, _| Turn::redirect(&to)).await;
    let url = first.url("canary-1");
    let (client, _) = signing(move |_| url.clone()).await;
    assert!(client.files().download_signed(ABSENT).await.unwrap().bytes().await.unwrap() == whole);
    learnt_nothing(&first);
    learnt_nothing(&second);

    let circle = Blob::start(|_, _| Turn::redirect("/store/file?sig=canary-3")).await;
    let url = circle.url("canary-1");
    let (client, _) = signing(move |_| url.clone()).await;
    let error = client.files().download_signed(ABSENT).await.unwrap_err();
    hides_the_signature(&error);
    assert_eq!((error.kind(), circle.heads().len()), (ErrorKind::Redirect, 4));

    let away = Blob::start(|_, _| Turn::redirect("http://10.0.0.1/store/file?sig=canary-3")).await;
    let url = away.url("canary-1");
    let (client, _) = signing(move |_| url.clone()).await;
    let error = client.files().download_signed(ABSENT).await.unwrap_err();
    hides_the_signature(&error);
    assert_eq!((error.kind(), away.heads().len()), (ErrorKind::Redirect, 1));
}

/// An API on another machine, as far as a client can see: behind a proxy that plays it. It signs this one URL.
async fn elsewhere(url: String) -> (Client, Peer) {
    let peer = Peer::start(move |_, mut stream| {
        let url = url.clone();
        async move {
            let asked = peer::read_head(&mut stream).await.unwrap_or_default();
            assert!(asked.starts_with("CONNECT api.example.test:80 "), "{asked}");
            peer::answer(&mut stream, "200 OK", "").await;
            while peer::read_request(&mut stream).await.is_some() {
                peer::answer(&mut stream, "200 OK", &json!({ "url": url }).to_string()).await;
            }
        }
    })
    .await;
    let proxy = ProxySettings::to(&peer.base).unwrap().except("10.0.0.0/8,127.0.0.0/8,localhost");
    let api = builder("http://api.example.test").allow_insecure_http().client(direct().proxy(proxy));
    (api.build().unwrap().into(), peer)
}

#[tokio::test]
async fn f70_a_url_that_is_not_public_is_not_connected_to() {
    let whole = Bytes::from_static(b"0123456789");
    let blob = Blob::start(move |_, _| Turn::file(&whole)).await;
    let here = blob.url("canary");
    let port = here.split(':').nth(2).and_then(|rest| rest.split('/').next()).unwrap();
    let mut urls = vec![here.clone()];
    for host in ["127.0.0.1", "127.8.0.1", "localhost", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", "127.1", "2130706433"]
    {
        urls.push(format!("https://{host}:{port}/store/file?sig=canary"));
    }
    for host in
        ["10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "[fe80::1]", "[fd00:ec2::254]"]
    {
        urls.push(format!("https://{host}/store/file?sig=canary"));
    }
    urls.push("http://blobs.example.com/store/file?sig=canary".to_owned());
    for url in urls {
        let (client, api) = elsewhere(url.clone()).await;
        let error = client.files().download_signed(ABSENT).await.unwrap_err();
        hides_the_signature(&error);
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Redirect, 0), "{url}: {error}");
        assert_eq!((blob.connections(), api.connections()), (0, 1), "{url}");
    }
}
