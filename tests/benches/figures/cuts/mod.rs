//! Answers cut at every place, by the end of the stream and by a reset: what comes out, and what is left on disk.

mod control;
mod downloads;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::{StreamExt as _, stream};
use mistral_sdk::Client;
use mistral_sdk::transport::retry::RetryBudget;
use tests::peer::{self, Peer};
use tests::rig::{builder, impatient};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::report::Report;

pub(crate) fn run(report: &mut Report) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        control::run(report).await;
        downloads::run(report).await;
    });
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Fin,
    Reset,
}

impl End {
    const BOTH: [Self; 2] = [Self::Fin, Self::Reset];

    async fn of(self, mut stream: TcpStream) {
        match self {
            // Whoever leaves may be gone already.
            Self::Fin => drop(stream.shutdown().await),
            Self::Reset => peer::reset(stream),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Fin => "FIN",
            Self::Reset => "RST",
        }
    }
}

/// Whether each answer of a case is cut, or the first alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Times {
    Once,
    Always,
}

/// The cases, and how often the server was asked in each.
#[derive(Debug)]
struct Cases<C> {
    cases: Vec<C>,
    requests: Vec<AtomicU32>,
}

/// How many cases are under way at a time.
const AT_ONCE: usize = 32;

/// What all ids of cases have in common; the number of the case follows.
const STEM: &str = "00000000-0000-4000-8000-";

impl<C: Copy + Debug + Send + Sync + 'static> Cases<C> {
    fn new(cases: Vec<C>) -> Arc<Self> {
        let requests = cases.iter().map(|_| AtomicU32::new(0)).collect();
        Arc::new(Self { cases, requests })
    }

    /// The id by which a request tells which case it is about.
    fn id(number: usize) -> String {
        format!("{STEM}{number:012x}")
    }

    /// The case that a request is about, and whether it is the first request of the case.
    fn asked(&self, request: &str) -> (C, bool) {
        let (_, rest) = request.split_once(STEM).expect("a request with an id in it");
        let number = usize::from_str_radix(&rest[..12], 16).unwrap();
        (self.cases[number], self.requests[number].fetch_add(1, Ordering::SeqCst) == 0)
    }

    /// Serves, plays every case, and prints how often each outcome came out; an `Err` is a wrong one.
    async fn play<S, F, P, G>(self: Arc<Self>, report: &mut Report, serve: S, play: P)
    where
        S: Fn(C, bool, String, TcpStream) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
        P: Fn(Client, C, String) -> G,
        G: Future<Output = Result<String, String>>,
    {
        let served = self.clone();
        let peer = Peer::start(move |_, mut stream| {
            let (served, serve) = (served.clone(), serve.clone());
            async move {
                let Some(request) = peer::read_request(&mut stream).await else { return };
                let (case, first) = served.asked(&request);
                serve(case, first, request, stream).await;
            }
        })
        .await;
        // Attempts a few milliseconds apart, and no budget that thousands of failures would use up.
        let budget = Arc::new(RetryBudget::new(usize::MAX));
        let client = Client::from(builder(&peer.base).retry(impatient()).retry_budget(budget).build().unwrap());
        let outcomes = stream::iter(self.cases.iter().enumerate())
            .map(|(number, case)| {
                let played = play(client.clone(), *case, Self::id(number));
                let this = &self;
                async move {
                    let outcome = played.await;
                    let requests = this.requests[number].load(Ordering::SeqCst);
                    (case, outcome.map(|outcome| format!("{outcome}, {requests} requests")))
                }
            })
            .buffer_unordered(AT_ONCE);
        let mut outcomes = std::pin::pin!(outcomes);
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        while let Some((case, outcome)) = outcomes.next().await {
            match outcome {
                Ok(outcome) => *counts.entry(outcome).or_default() += 1,
                Err(problem) => report.wrong(format!("{case:?}: {problem}")),
            }
        }
        for (outcome, count) in counts {
            report.show(&outcome, count);
        }
    }
}
