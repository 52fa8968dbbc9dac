//! What a small read costs, against the same read on bare hyper.

use std::process::Command;

use mistral_sdk::BatchJob;
use tests::rig::{builder, direct};

use crate::bare::Bare;
use crate::process::processor_time;
use crate::replies::ID;
use crate::report::{Report, median};
use crate::server::Server;
use crate::transfers::client;

const CALLS: u32 = 20_000;
const ROUNDS: usize = 7;
/// What a call may cost, as a multiple of the same on bare hyper: URI, key, limits, spans, retries and checks included.
const BOUND: f64 = 3.0;

pub(crate) fn run(report: &mut Report) {
    report.title("One read of a job on a warm connection, decoded, against bare hyper and serde_json");
    let server = Server::start(false);
    let client = client(&server);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut bare = Bare::to(&server).await;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let started = processor_time();
            for _ in 0..CALLS {
                bare_read(&mut bare).await;
            }
            theirs.push((processor_time() - started) as f64 / f64::from(CALLS) / 1_000.0);
            let started = processor_time();
            for _ in 0..CALLS {
                client.batch().jobs().get(ID).await.unwrap();
            }
            ours.push((processor_time() - started) as f64 / f64::from(CALLS) / 1_000.0);
        }
        let (ours, theirs) = (median(ours), median(theirs));
        report.show("processor time a call, in µs", format!("{ours:.1}"));
        report.show("  of bare hyper, in µs", format!("{theirs:.1}"));
        report.at_most("processor time, as a multiple of bare hyper", ours / theirs, BOUND);
    });
    match (instructions("ours", &server), instructions("bare", &server)) {
        (Some(ours), Some(theirs)) => {
            report.show("instructions a call", format!("{ours:.0}"));
            report.show("  of bare hyper", format!("{theirs:.0}"));
            report.at_most("instructions, as a multiple of bare hyper", ours / theirs, BOUND);
        }
        _ => report.show("instructions a call", "no valgrind"),
    }
}

/// Makes calls and nothing else, for a tool that counts what they cost.
pub(crate) fn only(what: &str, base: &str, times: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        if what == "bare" {
            let mut bare = Bare::connect(base, None).await;
            for _ in 0..times {
                bare_read(&mut bare).await;
            }
        } else {
            let jobs = mistral_sdk::Jobs::new(builder(base).client(direct()).build().unwrap());
            for _ in 0..times {
                jobs.get(ID).await.unwrap();
            }
        }
    });
}

async fn bare_read(bare: &mut Bare) {
    let body = bare.get(&format!("/v1/batch/jobs/{ID}")).await;
    let job: BatchJob = serde_json::from_slice(&body).unwrap();
    assert_eq!(job.id.as_str(), ID);
}

/// Instructions a call, in user space; none where they cannot be counted. What the start costs cancels out.
fn instructions(what: &str, server: &Server) -> Option<f64> {
    let count = |times: u32| {
        let counted = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(std::env::current_exe().ok()?)
            .args(["loop", what, &server.base, &times.to_string()])
            .output()
            .ok()?;
        let said = String::from_utf8(counted.stderr).ok()?;
        said.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse::<f64>().ok())
    };
    Some((count(3_000)? - count(1_000)?) / 2_000.0)
}
