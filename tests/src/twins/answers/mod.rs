//! What both read from the same answer, compared.

mod compare;
mod generate;
mod shapes;

use std::io;

use fastrand::Rng;

pub use compare::{LENIENCIES, Leniency, Misread};
pub use generate::{Answer, Oddity};
pub use shapes::{ANSWERS, Field, Shape};

use super::call;
use super::case::{Case, rich_cases};
use super::driver::Driver;

/// What came of comparing one generation.
#[derive(Debug, Default)]
pub struct Compared {
    /// Answers given to both.
    pub answers: usize,
    /// Those among them that both read.
    pub read_by_both: usize,
    /// Those that both refused.
    pub refused_by_both: usize,
    /// Where they differ.
    pub misread: Vec<Misread>,
}

/// Gives `count` answers to both sides and compares what they read.
///
/// # Errors
///
/// When the official client cannot be driven.
pub async fn compare(driver: &Driver, seed: u64, count: usize) -> io::Result<Compared> {
    let generation = driver.generation;
    let mut rng = Rng::with_seed(seed);
    // The first case of an operation is given nothing but what it needs.
    let cases = rich_cases();
    let spoken: Vec<(Case, Shape)> = ANSWERS
        .iter()
        .filter_map(|(name, shape)| {
            let case = cases.iter().find(|case| case.operation.name == *name)?;
            Some((case.spoken_by(&generation)?, *shape))
        })
        .collect();
    let given: Vec<(Case, Answer)> = (0..count)
        .map(|_| {
            let (case, shape) = &spoken[rng.usize(..spoken.len())];
            (case.clone(), generate::answer(*shape, &generation, &mut rng))
        })
        .collect();
    let calls: Vec<_> = given.iter().map(|(case, answer)| (case.clone(), Some(answer.body.clone()))).collect();
    let replies = driver.make(&calls)?;
    let mut compared = Compared { answers: count, ..Compared::default() };
    for ((case, answer), reply) in given.into_iter().zip(replies) {
        let ours = call::make(&case, &generation, answer.body.clone()).await;
        match (&ours.read, &reply.read) {
            (Some(_), Some(_)) => compared.read_by_both += 1,
            (None, None) => compared.refused_by_both += 1,
            _ => {}
        }
        compared.misread.extend(compare::misread(&generation, &case, &answer, &ours, &reply));
    }
    Ok(compared)
}
