//! Runs whole batch workloads on the Mistral AI API: from ten rows to ten million, through whatever happens.
//!
//! ```text
//!  rows ─► plan ─► parts ─► upload ─► create once ─► wait ─► collect ─► join ─► retry ─► output, in order
//!                    └────────────── journal: one record a step, synced before it counts ──────────────┘
//! ```
//!
//! A run takes rows, a JSONL file or requests made by the program, cuts them into parts that the service takes, submits each
//! part as one job and no more, waits for all of them with one listing a look, joins every result to its row, sends again what
//! failed of something that passes, and writes the answers in the order of the rows. What it must remember is in a journal in
//! the run's folder: dropped or killed at any moment, it is taken up where it stopped, and ends with the same bytes.
//!
//! ```no_run
//! use mistral_models::{BatchEndpoint, CreateBatchJob};
//! use mistral_runs::{Input, Runs, Spec};
//! use mistral_transport::{ApiKey, Transport};
//!
//! # async fn demo() -> mistral_transport::Result<()> {
//! let runs = Runs::new(Transport::builder(ApiKey::from_env()?).build()?);
//! let spec = Spec::new(CreateBatchJob::new(BatchEndpoint::Embeddings).model("mistral-embed"));
//!
//! let run = runs.start("night.run", Input::file("texts.jsonl"), spec.output("vectors.jsonl")).await?;
//! let report = run.finish().await?;
//! println!("{} answered, {} failed, {} missing", report.tally.succeeded, report.tally.failed, report.tally.missing);
//! # Ok(()) }
//! ```
//!
//! After a crash, or on another machine: [`Runs::resume`]. To submit now and collect later: [`Run::submit`]. What happens
//! meanwhile is a stream of [`Event`]s ([`Run::watch`]); what became of each row is a stream of [`Row`]s, decoded as a type of
//! the caller's ([`Run::rows`]).
//!
//! # What holds in every case
//!
//! * **One job a part.** The job carries a marker; a process that dies between the request and its answer is followed by one
//!   that looks for the marker first. Where nobody can tell whether a job exists, the run stops and says so.
//! * **One outcome a row**: answered, failed, or missing. The three add up to the rows of the input.
//! * **The output is absent, old or whole**, and in the order of the rows.
//! * **Memory grows with a part, not with the input**: about 30 bytes a row of the part that is being joined, some kilobytes a
//!   part, blocks of 256 KiB, and up to 8 MiB of results on their way.
//! * **The workspace's limit of pending requests is kept**, what other runs and other programs have pending included, as far as
//!   the service tells. Runs on one machine take turns; two on different machines that submit in the same moment may pass it
//!   together, and the service refuses one then, which waits.
//!
//! # The folder of a run
//!
//! | file | what it is |
//! |---|---|
//! | `journal` | one record a step, as a line with its length and its checksum; can be read in a text editor |
//! | `lock` | who is at the run |
//! | `input.jsonl` | the rows, if they could be read only once |
//! | `*.rows`, `twins.firsts` | which rows are sent again, or have the body of an earlier one |
//! | `answers-00000.jsonl`, `.classes` | the answers of a part, in the order of its rows, and one byte a row |
//! | `unreadable-00000.txt` | lines of its results that could not be read; 1 MiB at the most |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod answers;
mod blocking;
mod class;
mod clock;
mod context;
mod currency;
mod cut_off;
mod digest;
mod drive;
mod estimate;
mod event;
mod folder;
mod input;
mod inputs;
mod join;
mod journal;
mod limits;
mod money;
mod output;
mod part;
mod plan;
mod prices;
mod progress;
mod report;
mod rows;
mod run;
mod runs;
mod spec;
mod status;
mod tally;
mod usage;
mod whole;

pub use answers::{Cause, Failed, JobReport, Row, Sample};
pub use class::Class;
pub use currency::Currency;
pub use estimate::{Estimate, EstimateRequest};
pub use event::Event;
pub use input::Input;
pub use limits::Limits;
pub use money::Money;
pub use plan::{InvalidInput, Plan, PlannedPart};
pub use prices::{Price, PriceTable};
pub use progress::Progress;
pub use report::Report;
pub use run::Run;
pub use runs::Runs;
pub use spec::{Cleanup, Spec};
pub use status::{PartStatus, Stage, Status};
pub use tally::Tally;
pub use usage::Usage;
