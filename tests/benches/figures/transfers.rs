//! 512 MB to the service and back, against a bare hyper loop with the same duty.

use std::path::Path;
use std::time::Instant;

use mistral_sdk::transport::TlsSettings;
use mistral_sdk::{Client, FilePurpose, Upload};
use tests::rig::{builder, direct};

use crate::bare::Bare;
use crate::process::{forget_peak, peak, resident};
use crate::replies::ID;
use crate::report::{Report, median};
use crate::server::{CONTENT, Server};

const MEBIBYTE: f64 = (1 << 20) as f64;

/// How often each is timed, by turns.
const ROUNDS: usize = 7;

/// In a process for each of the two, so that what one leaves in memory does not hide what the other takes.
pub(crate) fn run(report: &mut Report, tls: bool) {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.jsonl");
    std::fs::write(&input, vec![b'x'; CONTENT as usize]).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(both_ways(report, tls, &input));
}

async fn both_ways(report: &mut Report, tls: bool, input: &Path) {
    let server = Server::start(tls);
    let client = client(&server);
    report.title(if tls { "512 MB over TLS, HTTP/1.1" } else { "512 MB over plain HTTP/1.1" });
    let output = input.with_file_name("out");

    // Memory first: what the bare loop leaves behind would hide what the client takes.
    for _ in 0..100 {
        client.batch().jobs().get(ID).await.unwrap();
    }
    let grown = measure_growth(upload(&client, input)).await;
    report.at_most("upload: growth of memory, MiB", grown, 8.0);
    let grown = measure_growth(download(&client, &output)).await;
    report.at_most("download: growth of memory, MiB", grown, 8.0);

    let mut bare = Bare::to(&server).await;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        theirs.push(time(bare.upload(input)).await);
        ours.push(time(upload(&client, input)).await);
    }
    compare(report, "upload", ours, theirs);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        theirs.push(time(bare.download(&output)).await);
        ours.push(time(download(&client, &output)).await);
    }
    compare(report, "download, synced and renamed", ours, theirs);
}

/// A client of the server, with nothing else in the way.
pub(crate) fn client(server: &Server) -> Client {
    let mut settings = direct();
    if let Some(root) = &server.root {
        settings = settings.tls(TlsSettings::default().only_roots(root.as_bytes()).unwrap());
    }
    builder(&server.base).client(settings).build().unwrap().into()
}

async fn upload(client: &Client, path: &Path) {
    let file = client.files().upload(Upload::path(path), FilePurpose::Batch).await.unwrap();
    assert!(file.bytes.is_some_and(|bytes| bytes > CONTENT), "the form is larger than the file in it");
}

async fn download(client: &Client, path: &Path) {
    let bytes = client.files().download(ID).await.unwrap().save(path).await.unwrap();
    assert_eq!(bytes, CONTENT);
}

/// By how many MiB memory grew at the most.
async fn measure_growth(work: impl Future<Output = ()>) -> f64 {
    forget_peak();
    let before = resident();
    work.await;
    peak().saturating_sub(before) as f64 / MEBIBYTE
}

async fn time(work: impl Future<Output = ()>) -> f64 {
    let started = Instant::now();
    work.await;
    started.elapsed().as_secs_f64()
}

fn compare(report: &mut Report, what: &str, ours: Vec<f64>, theirs: Vec<f64>) {
    // Round by round, because whatever else the machine does slows down neighbours alike.
    let ratios = ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect();
    report.at_most(&format!("{what}: time, as a multiple of the bare loop"), median(ratios), 1.3);
    let (ours, theirs) = (median(ours), median(theirs));
    report.show("  seconds, the median of ours", format!("{ours:.3}"));
    report.show("  seconds, the median of the bare loop", format!("{theirs:.3}"));
}
