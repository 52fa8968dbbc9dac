use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use bytes::Bytes;
use futures_util::{TryStreamExt as _, stream};
use http::{Request, Response};
use mistral_sdk::runs::{Event, Limits};
use mistral_sdk::transport::Body;
use mistral_sdk::{BatchEndpoint, Client, CreateBatchJob, Input, Spec, Transport};
use serde_json::json;
use tests::rig::{address, key};

use super::{MIB, input, myself, numbers};
use crate::process;
use crate::report::{Report, median};

const ROWS: u64 = 1_000_000;
/// Times the rows' numbers, modulo their count, gives each number once and in no order.
const STEP: u64 = 618_033;

/// Joins a million results of 500 bytes, in no order, to their requests: one part of a run whose service is a few files.
pub(super) fn run(report: &mut Report) {
    report.title("A join of 1,000,000 results in no order to their requests");
    let folder = tempfile::tempdir().unwrap();
    input::write(&folder.path().join("in.jsonl"), ROWS);
    report.show("megabytes of results", write_results(&folder.path().join("results.jsonl")) / 1_000_000);
    let once = |_| {
        let run = folder.path().join("run");
        let measured = numbers(myself(&["runs-join", folder.path().to_str().unwrap()]));
        std::fs::remove_dir_all(run).unwrap();
        std::fs::remove_file(folder.path().join("out.jsonl")).unwrap();
        measured
    };
    let measured: Vec<_> = (0..3).map(once).collect();
    let of = |at: usize| measured.iter().map(|numbers| numbers[at]).collect::<Vec<_>>();
    report.at_most("seconds from the look at the job to the answers on disk", median(of(0)), 4.0);
    report.at_most("most memory, MiB", of(1).into_iter().fold(0.0, f64::max) / MIB, 48.0);
    report.show("seconds until the output was written too", format!("{:.3}", median(of(2))));
    let (from, to) = (folder.path().join("results.jsonl"), folder.path().join("copy.jsonl"));
    let started = Instant::now();
    std::fs::copy(from, &to).unwrap();
    File::open(to).unwrap().sync_all().unwrap();
    report.show(
        "seconds to copy the results and sync them, afterwards",
        format!("{:.3}", started.elapsed().as_secs_f64()),
    );
}

fn write_results(path: &Path) -> u64 {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path).unwrap());
    let filler = "x".repeat(270);
    for number in 0..ROWS {
        let row = number * STEP % ROWS;
        let body = format!(
            r#"{{"id":"chat","choices":[{{"index":0,"finish_reason":"stop","message":{{"role":"assistant","content":"{filler}"}}}}],"usage":{{"prompt_tokens":9,"completion_tokens":9}}}}"#
        );
        let response = format!(r#"{{"status_code":200,"body":{body}}}"#);
        writeln!(file, r#"{{"id":"r-{row}","custom_id":"{}","response":{response},"error":null}}"#, input::id(row))
            .unwrap();
    }
    input::finished(file)
}

/// One join, in a process of its own.
pub(crate) fn only(folder: &str) {
    let folder = PathBuf::from(folder);
    let results = folder.join("results.jsonl");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let service = tower::service_fn(move |request: Request<Body>| {
            let results = results.clone();
            async move { Ok::<_, std::io::Error>(answer(&request, &results)) }
        });
        let client: Client = Transport::builder(key()).base_uri(address()).http(service).build().unwrap().into();
        let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions).model("mistral-small-latest");
        let spec = Spec::new(job).limits(Limits::default().part_rows(ROWS)).output(folder.join("out.jsonl"));
        let runs = client.runs().check_model(false);
        let run = runs.start(folder.join("run"), Input::file(folder.join("in.jsonl")), spec).await.unwrap();
        run.submit().try_for_each(|_| std::future::ready(Ok(()))).await.unwrap();

        process::forget_peak();
        let started = Instant::now();
        let (mut events, mut joined) = (run.watch(), 0.0);
        while let Some(event) = events.try_next().await.unwrap() {
            if let Event::Collected { tally, .. } = event {
                assert_eq!(tally.succeeded, ROWS);
                joined = started.elapsed().as_secs_f64();
            }
        }
        println!("{joined} {} {}", process::peak(), started.elapsed().as_secs_f64());
    });
}

const ID: &str = "0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d";

/// A service that has one job, which has ended.
fn answer(request: &Request<Body>, results: &Path) -> Response<Body> {
    let path = request.uri().path();
    let job = json!({
        "id": ID, "object": "batch", "input_files": [ID], "endpoint": "/v1/chat/completions", "errors": [],
        "status": "SUCCESS", "created_at": 1_700_000_000, "total_requests": ROWS, "completed_requests": ROWS,
        "succeeded_requests": ROWS, "failed_requests": 0, "output_file": ID, "model": "mistral-small-latest",
    });
    let file = json!({
        "id": ID, "object": "file", "bytes": 1, "created_at": 1_700_000_000, "filename": "f", "purpose": "batch",
        "sample_type": "batch_request", "source": "upload",
    });
    if path.ends_with("/content") {
        let length = std::fs::metadata(results).unwrap().len();
        let blocks = stream::try_unfold(File::open(results).unwrap(), |mut file| async move {
            let mut block = vec![0; 64 << 10];
            let read = file.read(&mut block)?;
            block.truncate(read);
            Ok::<_, std::io::Error>((read > 0).then(|| (Bytes::from(block), file)))
        });
        return Response::builder().header("content-length", length).body(Body::stream(blocks)).unwrap();
    }
    let body = match (request.method().as_str(), path) {
        ("GET", "/v1/batch/jobs") if request.uri().query().is_some_and(|query| query.contains("status=")) => {
            json!({"object": "list", "data": [], "total": 0})
        }
        ("GET", "/v1/batch/jobs") => json!({"object": "list", "data": [job], "total": 1}),
        (_, path) if path.starts_with("/v1/batch/jobs") => job,
        ("DELETE", _) => json!({"id": ID, "object": "file", "deleted": true}),
        _ => file,
    };
    let response = Response::builder().header("content-type", "application/json");
    response.body(Body::from(body.to_string())).unwrap()
}
