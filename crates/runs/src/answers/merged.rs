use mistral_transport::Result;

use super::cursor::Cursor;
use super::twins::Twins;
use crate::Class;
use crate::journal::State;
use crate::rows::Source;

/// The last word on every row, in the order of the rows, in bounded memory.
///
/// A row that was sent again has an answer in several rounds. The last one counts, but a round that brought nothing does not
/// hide what an earlier one had to say.
#[derive(Debug)]
pub(crate) struct Merged {
    /// One cursor a round, the first round first.
    rounds: Vec<Cursor>,
    twins: Option<Twins>,
    row: u64,
    class: Class,
    line: Vec<u8>,
}

/// An answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer<'a> {
    pub(crate) row: u64,
    pub(crate) class: Class,
    /// The line, its end included.
    pub(crate) line: &'a [u8],
}

impl Merged {
    /// The answers of the parts that have been collected, which are all of each round or none.
    pub(crate) fn new(source: &Source, state: &State) -> Result<Self> {
        let mut rounds = Vec::new();
        for round in 0..state.rounds {
            let collected = state.round(round).filter(|part| part.collected.is_some());
            rounds.push(Cursor::new(&source.folder, collected.map(|part| part.part.clone()).collect())?);
        }
        let twins = if state.begun.spec.dedupe { Twins::open(source)? } else { None };
        Ok(Self { rounds, twins, row: 0, class: Class::Missing, line: Vec::new() })
    }

    /// The next row's answer; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Answer<'_>>> {
        let sent = self.rounds.first().and_then(|first| first.head.as_ref()).map(|head| head.row);
        while let Some(twins) = self.twins.as_mut().filter(|twins| twins.is_next(sent)) {
            if let Some((row, class)) = twins.answer(&mut self.line)? {
                return Ok(Some(Answer { row, class, line: &self.line }));
            }
        }
        let Some(row) = sent else { return Ok(None) };
        self.row = row;
        let mut found: Option<Class> = None;
        for round in &mut self.rounds {
            let Some(head) = round.head.as_mut().filter(|head| head.row == row) else { continue };
            let class = head.class.unwrap_or(Class::Missing);
            let silent = matches!(class, Class::Missing | Class::Unreadable);
            if found.is_none_or(|found| !silent || matches!(found, Class::Missing | Class::Unreadable)) {
                found = Some(class);
                std::mem::swap(&mut self.line, &mut head.line);
            }
            round.advance()?;
        }
        self.class = found.unwrap_or(Class::Missing);
        if let Some(twins) = &mut self.twins {
            twins.note(row, self.class, &self.line)?;
        }
        Ok(Some(Answer { row, class: self.class, line: &self.line }))
    }
}
