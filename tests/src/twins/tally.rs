//! What came of all comparisons, counted.

use std::collections::BTreeMap;
use std::fmt;

use super::answers::{self, LENIENCIES};
use super::differences::ON_THE_WIRE;
use super::generation::Generation;
use super::wire;

/// The counts of one generation, or of several added up.
#[derive(Debug, Default)]
pub struct Tally {
    rows: Vec<String>,
    on_the_wire: BTreeMap<&'static str, usize>,
    in_answers: BTreeMap<&'static str, usize>,
    unexplained: Vec<String>,
}

impl Tally {
    /// The row and the counts of one generation: its written cases, its seeded ones, and the answers it was given.
    pub fn of(
        generation: Generation,
        written: &wire::Compared,
        seeded: &wire::Compared,
        read: &answers::Compared,
    ) -> Self {
        let mut tally = Self::default();
        let mut explained = 0;
        for mismatch in written.mismatches.iter().chain(&seeded.mismatches) {
            match mismatch.why {
                Some(why) => *tally.on_the_wire.entry(why.name).or_default() += 1,
                None => tally.unexplained.push(mismatch.line()),
            }
            explained += usize::from(mismatch.why.is_some());
        }
        for misread in &read.misread {
            match misread.why {
                Some(why) => *tally.in_answers.entry(why.name).or_default() += 1,
                None => tally.unexplained.push(misread.line()),
            }
            explained += usize::from(misread.why.is_some());
        }
        let answers::Compared { answers, read_by_both, refused_by_both, .. } = read;
        tally.rows.push(format!(
            "| {generation} | {} | {} | {answers} | {read_by_both} | {refused_by_both} | {explained} | {} |",
            written.cases,
            seeded.cases,
            tally.unexplained.len(),
        ));
        tally
    }

    /// Takes the counts of another generation in.
    pub fn add(&mut self, other: Self) {
        let Self { rows, on_the_wire, in_answers, unexplained } = other;
        self.rows.extend(rows);
        self.unexplained.extend(unexplained);
        for (all, more) in [(&mut self.on_the_wire, on_the_wire), (&mut self.in_answers, in_answers)] {
            for (name, count) in more {
                *all.entry(name).or_default() += count;
            }
        }
    }

    /// One of each kind of unexplained difference, with how many there are: what stands before the first line break
    /// tells them apart.
    pub fn unexplained(&self) -> Vec<(usize, &str)> {
        let mut kinds: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
        for text in &self.unexplained {
            let kind = text.split_once('\n').map_or(text.as_str(), |(first, _)| first);
            kinds.entry(kind).or_insert((0, text)).0 += 1;
        }
        kinds.into_values().collect()
    }

    /// The differences that no case has shown: they are not true any more, or never were.
    pub fn unseen(&self) -> Vec<&'static str> {
        let wire = ON_THE_WIRE.iter().map(|one| one.name).filter(|name| !self.on_the_wire.contains_key(name));
        let answers = LENIENCIES.iter().map(|one| one.name).filter(|name| !self.in_answers.contains_key(name));
        wire.chain(answers).collect()
    }
}

/// The tables, as Markdown.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = "| client | written calls | generated calls | answers | read by both | refused by both | explained | \
                       unexplained |";
        writeln!(f, "{columns}\n|---|---:|---:|---:|---:|---:|---:|---:|\n{}", self.rows.join("\n"))?;
        let reasons = ON_THE_WIRE.iter().map(|one| (one.name, one.why));
        reasons_table(f, "What is sent otherwise, and why", &self.on_the_wire, reasons)?;
        let reasons = LENIENCIES.iter().map(|one| (one.name, one.why));
        reasons_table(f, "What is read otherwise, and why", &self.in_answers, reasons)
    }
}

fn reasons_table(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    seen: &BTreeMap<&str, usize>,
    reasons: impl Iterator<Item = (&'static str, &'static str)>,
) -> fmt::Result {
    writeln!(f, "\n### {title}\n\n| difference | seen | why |\n|---|---:|---|")?;
    for (name, why) in reasons {
        writeln!(f, "| {name} | {} | {why} |", seen.get(name).unwrap_or(&0))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(lines: &[&str]) -> Tally {
        Tally { unexplained: lines.iter().map(|line| (*line).to_owned()).collect(), ..Tally::default() }
    }

    #[test]
    fn unexplained_differences_are_told_once_a_kind() {
        let mut tally = told(&["query differs\n given a", "path differs"]);
        tally.add(told(&["query differs\n given b"]));
        assert_eq!(tally.unexplained(), [(1, "path differs"), (2, "query differs\n given a")]);
    }

    #[test]
    fn a_difference_that_was_seen_is_not_unseen() {
        let mut tally = Tally::default();
        assert_eq!(tally.unseen().len(), ON_THE_WIRE.len() + LENIENCIES.len());
        tally.add(Tally { on_the_wire: BTreeMap::from([(ON_THE_WIRE[0].name, 2)]), ..Tally::default() });
        assert!(!tally.unseen().contains(&ON_THE_WIRE[0].name));
        assert!(tally.to_string().contains(&format!("| {} | 2 |", ON_THE_WIRE[0].name)));
    }
}
