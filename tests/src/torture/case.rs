use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};

use super::faults;

/// What happens in one run.
#[derive(Debug, Clone)]
pub struct Case {
    /// What all of it follows from.
    pub seed: u64,
    pub(super) rows: Vec<Row>,
    /// How many rows each file has; none for rows that can be read only once.
    pub(super) files: Vec<usize>,
    pub(super) part_rows: u64,
    pub(super) inline_rows: u64,
    pub(super) retries: u32,
    pub(super) dedupe: bool,
    pub(super) generate_ids: bool,
    pub(super) detach: bool,
    /// Requests that may be pending.
    pub(super) pending: u64,
    /// Rows of a job of somebody else.
    pub(super) foreign: u64,
    pub(super) queue: Duration,
    pub(super) requests_per_second: u64,
    pub(super) faults: Value,
    /// What is done to the so-manieth download.
    pub(super) mangled: Vec<(u64, Mangling)>,
    /// How the first lives of the run end.
    pub(super) deaths: Vec<Death>,
    /// When somebody else cancels one of the jobs.
    pub(super) cancelled: Option<Duration>,
}

/// A row of the input.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) id: Option<String>,
    pub(super) question: String,
}

/// What happens to the lines of a download.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mangling {
    Shuffled,
    Doubled,
    Dropped,
    Broken,
    Stray,
    OddEnds,
}

/// How a life of a run ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Death {
    pub(super) when: When,
    pub(super) tear: Tear,
    pub(super) pause: Duration,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum When {
    Polls(u64),
    After(Duration),
}

/// What the end of the journal looks like then.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tear {
    None,
    /// A record was being written.
    Begun,
    /// The last record did not get to the disk, unless it is one that must be there before the step it tells of.
    Lost,
}

impl Case {
    /// The case of a seed.
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let dedupe = rng.u8(..) < 50;
        let generate_ids = rng.u8(..) < 50;
        let count = if rng.bool() { rng.usize(10..60) } else { rng.usize(10..300) };
        let rows: Vec<_> = (0..count).map(|row| random_row(&mut rng, row, dedupe, generate_ids)).collect();
        let part_rows = rng.u64(5..=100).max(count as u64 / 12);
        let limited = rng.u8(..) < 60;
        let files = match rng.u8(0..4) {
            0 => Vec::new(),
            1 => {
                let first = rng.usize(1..count);
                vec![first, count - first]
            }
            _ => vec![count],
        };
        Self {
            seed,
            files,
            part_rows,
            inline_rows: if rng.bool() { 0 } else { rng.u64(1..40) },
            retries: rng.u32(0..4),
            dedupe,
            generate_ids,
            detach: rng.u8(..) < 60,
            pending: if limited { part_rows * rng.u64(1..4) } else { 1_000_000 },
            foreign: if rng.u8(..) < 40 { rng.u64(1..=part_rows) } else { 0 },
            queue: Duration::from_secs(rng.u64(0..120)),
            requests_per_second: rng.u64(1..50),
            faults: json!((0..rng.usize(3..9)).map(|_| faults::random(&mut rng)).collect::<Vec<_>>()),
            mangled: (0..rng.usize(0..3)).map(|_| (rng.u64(1..8), random_mangling(&mut rng))).collect(),
            deaths: (0..rng.usize(0..4)).map(|_| random_death(&mut rng)).collect(),
            cancelled: (rng.u8(..) < 30).then(|| Duration::from_secs(rng.u64(1..200))),
            rows,
        }
    }
}

fn random_row(rng: &mut Rng, row: usize, dedupe: bool, generate_ids: bool) -> Row {
    let odd = ["", "é", "\"", "\\", "\u{1f600}", "\u{2028}", "\u{7f}"][rng.usize(..7)];
    let id = (!generate_ids || rng.bool()).then(|| format!("{odd}id-{row}"));
    // Where the same body is sent once, there have to be some.
    let question = if dedupe { rng.usize(0..40) } else { row };
    Row { id, question: format!("Question {question}?") }
}

fn random_mangling(rng: &mut Rng) -> Mangling {
    use Mangling::{Broken, Doubled, Dropped, OddEnds, Shuffled, Stray};

    [Shuffled, Doubled, Dropped, Broken, Stray, OddEnds][rng.usize(..6)]
}

fn random_death(rng: &mut Rng) -> Death {
    let when = match rng.u8(0..3) {
        0 => When::After(Duration::from_millis(rng.u64(0..200_000))),
        _ => When::Polls(rng.u64(1..120)),
    };
    let tear = [Tear::None, Tear::Begun, Tear::Lost][rng.usize(..3)];
    let pause = Duration::from_secs(if rng.bool() { 0 } else { rng.u64(0..600) });
    Death { when, tear, pause }
}
