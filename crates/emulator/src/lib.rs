//! The Mistral AI API for batch jobs, fine-tuning jobs, files and models on this machine: for tests, trials and work
//! without a key.
//!
//! It is an emulator and says so: every answer carries the header `x-emulator`, every text it makes carries
//! `[emulator]`, and no model is asked unless you name a server of your own. What the service's documents leave open is decided here and written down
//! below; what holds here need not hold there.
//!
//! # In the same process
//!
//! An [`Emulator`] is a [`tower::Service`] over [`http`] types: no port, no socket, and a clock of your own.
//!
//! ```
//! use http::Request;
//! use http_body_util::{BodyExt, Full};
//! use mistral_emulator::{Emulator, Pace};
//! use serde_json::{Value, json};
//! use tower::ServiceExt;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! let emulator = Emulator::builder().pace(Pace::instant()).build()?;
//! let send = async |method: &str, path: &str, body: Value| {
//!     let request = Request::builder().method(method).uri(path).header("authorization", "Bearer any key");
//!     let answer = emulator.clone().oneshot(request.body(Full::from(body.to_string()))?).await?;
//!     let bytes = answer.into_body().collect().await?.to_bytes();
//!     Ok::<Value, tower::BoxError>(serde_json::from_slice(&bytes)?)
//! };
//!
//! let job = json!({
//!     "endpoint": "/v1/chat/completions",
//!     "model": "mistral-small-latest",
//!     "requests": [{"custom_id": "q-1", "body": {"messages": [{"role": "user", "content": "Name one river."}]}}],
//! });
//! let job = send("POST", "/v1/batch/jobs", job).await?;
//! assert_eq!(job["status"], "QUEUED");
//!
//! let job = send("GET", &["/v1/batch/jobs/", job["id"].as_str().unwrap_or_default()].concat(), Value::Null).await?;
//! assert_eq!(job["status"], "SUCCESS");
//! assert_eq!(
//!     job["outputs"][0]["response"]["body"]["choices"][0]["message"]["content"],
//!     "[emulator] No model was asked. Your last message was: Name one river.",
//! );
//! assert_eq!(emulator.ledger().jobs_created(), 1);
//! # Ok(()) }
//! ```
//!
//! # On a port
//!
//! `Emulator::serve` (feature `server`, on by default) listens on loopback for any client: point the official ones at it
//! with their `server_url` or `serverURL` and any key.
//!
//! # What it does
//!
//! * **Files**: upload, list with every filter, get, delete, download, signed URL. Contents are on disk and never whole
//!   in memory; the folder is private and goes with the last handle.
//! * **Batch jobs**: create from files or inline, list with every filter, get, cancel, delete. A job passes through
//!   `QUEUED`, `RUNNING` and its end at a [`Pace`], by a [`Clock`]; its input is checked line by line, its results are
//!   files in the service's shapes, in no promised order.
//! * **Fine-tuning jobs**: create, dry run, list with every filter, get, cancel, start. A job passes through `QUEUED`,
//!   `VALIDATING`, `VALIDATED`, `RUNNING` and its end, with events, checkpoints and losses that look like those of a
//!   training; its data is checked by [`mistral_datasets`], and the model it makes can be used by batch jobs. The
//!   service retired these jobs in August 2026: [`Builder::fine_tuning_retired`] makes them answer 410 as they do there.
//! * **Models**: list, get, delete; update, archive and unarchive of fine-tuned ones.
//! * An [`Engine`] answers the requests of a batch: [`EchoEngine`] for every endpoint, or one of your own.
//! * An [`Upstream`] has them answered by a real inference server instead.
//! * A [`Ledger`] tells what was asked of it.
//! * A [`FaultScript`] makes chosen answers go wrong: other statuses, broken connections, slow and endless bodies.
//!
//! Any key that is not empty is let in, and stands for one user: `created_by_me` and private files go by it.
//!
//! # What the documents leave open
//!
//! | question | here |
//! |---|---|
//! | What fails a whole job? | Any line that is not a request: not JSON, not an object, `custom_id` not a string, no `body` or one that is not an object, a `custom_id` twice, a line over 64 MiB; no line at all, or more than 1,000,000. Nothing is worked on then; `errors` names the lines, the first ten one by one. |
//! | What fails one request? | No or an unknown model, or a body its endpoint would refuse. It goes to the error file with its status, and `errors` sums up by message. |
//! | Is `custom_id` needed? | No: null or absent is allowed, as the API's description has it. |
//! | The job's model or the body's? | The body's, if it names one. |
//! | Files and inline requests at once, or neither? | Refused, 422. |
//! | Do inline jobs make files? | Yes, as other jobs do: the official batch helper reads them. `outputs` has the same lines, failures after successes. |
//! | When are there `outputs`? | Once the job has ended: with `inline=true` for any job, and unasked for one created inline; never in a listing, never for more than 10,000 results. |
//! | From when does `timeout_hours` count? | From the start of work. |
//! | What happens to a cancelled job's results? | They are kept, like those of a job out of time. Requests go on until the job is `CANCELLED`. |
//! | Cancelling a job that has ended? | The job is answered as it is. |
//! | Deleting a job at work? | It stops. Its input and result files stay. |
//! | Deleting a file that a job needs? | The job keeps what it read at its creation. |
//! | What does a deleted file answer? | `deleted: true` when asked for; 404 to all else. |
//! | The same upload twice? | Same name, content, purpose, visibility and user, and no expiry: the file that is there. |
//! | 512 MB? | 512 MiB; more is 413. A JSON body may have 64 MiB. |
//! | Too many pending requests? | 400 at the creation, past 1,000,000 over all jobs. |
//! | A date without a zone? | UTC. |
//!
//! And with an [`Upstream`]:
//!
//! | question | here |
//! |---|---|
//! | Do jobs go on when nobody looks? | Yes, unlike those an [`Engine`] answers: as fast as the server does. |
//! | How much is under way? | As many lines as [`Builder::upstream`] allows, over all jobs, and no more are in memory; as many jobs are `RUNNING`, the others `QUEUED`, first come, first served. |
//! | What is sent? | The line's body, byte for byte; if it names neither a model nor an agent, the job's are added. A body that asks for a stream is refused, 422. |
//! | What is the result? | The server's status and body, byte for byte, in the order they came. |
//! | Which models are there? | Any: a name is the server's to refuse. Listed are those it tells, or else the emulator's own. |
//! | Cancelling, deleting, running out of time? | Requests under way are dropped once the job is `CANCELLED`, `TIMEOUT_EXCEEDED` or gone, a quarter of a second later at the most; they have no result. |
//! | The emulator's end? | Its tasks end with the last handle, and with them the requests under way. |
//!
//! And of fine-tuning:
//!
//! | question | here |
//! |---|---|
//! | Which models can be tuned? | Those of the catalogue with the capability `fine_tuning`, for either kind of job; any other is 422 with a plain text. A tuned model is not one of them. |
//! | What must a file be? | There, and uploaded with the purpose `fine-tune`; 422 otherwise. Its content is read when the job is validated. |
//! | Which data fails the validation? | Samples with an error of [`mistral_datasets::training`], if they are more than the part that may be skipped, or all; a file that is wrong as a whole; labels for a completion job, or none for a classifier; labels that are not of the job's targets; validation files over the smaller of 1 MB and 5 % of the training files, unless there are repositories too. Warnings fail nothing. |
//! | How is it told? | In the data of the event `FAILED_VALIDATION`: `error` is a sentence, `problems` lists the first ten by file, line, column, path and code. |
//! | What does the event `VALIDATED` tell? | `skipped_samples`, if any are left out. |
//! | Which jobs are similar? | Those with the same model, type, files, weights, hyperparameters, repositories, targets and suffix, whoever created them. While one is `QUEUED`, `VALIDATING`, `VALIDATED` or `RUNNING`, another is 409. |
//! | What does the job do between `VALIDATED` and `RUNNING`? | With `auto_start` nothing: both have the same time. Otherwise it waits for its start. `STARTED` is never used. |
//! | Starting a job that is not `VALIDATED`? | Answered as it is if it was started already; 400 otherwise. |
//! | Cancelling? | In any state that is not final. Checkpoints go on until the job is `CANCELLED`; it makes no model. A job that has ended is answered as it is. |
//! | `training_steps` and `epochs`? | The steps, if given; else as many as the epochs take; else three epochs and ten steps at least. A step takes four sequences of `seq_len`, 32,768 unless set. |
//! | Tokens, cost, duration? | Tokens are estimated; 3 euros a million and 4 at least, made up; the time is the one the job takes here. |
//! | A dry run of bad data? | `details` says how the job would end. |
//! | The losses? | A function of the job: an approach to a floor by learning rate and warm-up, with the validation loss turning away over many epochs. `valid_loss` and the accuracy only with validation files, the accuracy not for a classifier. Ten checkpoints, or one a step. |
//! | What makes a job `FAILED`? | A learning rate of 0.1 or more: the training diverges and stops half-way. |
//! | `trained_tokens`? | From the end on; of a cancelled job what was trained. |
//! | A classifier without targets? | Gets those of its data. |
//! | Repositories? | Never fetched: a made-up commit, and 250,000 tokens each. |
//! | The model's name without a suffix? | The first eight digits of the workspace's id in its place. |
//! | What can a tuned model do? | What its base can; a classifier classifies alone. Archived, it is still listed and can be used. |
//! | Changing a base model? | 403. |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod api;
mod auth;
mod blocking;
mod body;
mod builder;
mod catalogue;
mod clock;
mod emulator;
mod engine;
mod error;
mod faults;
mod fields;
mod files;
mod fine_tuning;
mod ids;
mod jobs;
mod json;
mod ledger;
mod limits;
mod lock;
mod models;
mod pace;
mod query;
mod random;
mod route;
#[cfg(feature = "server")]
mod server;
mod store;
mod table;
mod upstream;

pub use body::Body;
pub use builder::Builder;
pub use clock::{Clock, ManualClock, SystemClock, TokioClock};
pub use emulator::Emulator;
pub use engine::{Answer, EchoEngine, Engine, Inference};
pub use faults::{FaultScript, FaultScriptError, FaultUse};
pub use ledger::{Entry, Ledger};
pub use pace::Pace;
pub use upstream::{Upstream, UpstreamAnswer, UpstreamRequest};
