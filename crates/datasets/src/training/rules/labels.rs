use std::collections::BTreeMap;

use super::{Context, Path};
use crate::shorten::shorten;
use crate::training::Code;
use crate::training::problems::Problems;
use crate::training::read::{Label, Labels};
use crate::training::{Problem, Statistics};

/// The targets of a classifier, which must be the same in every sample.
#[derive(Debug, Default)]
pub(in crate::training) struct Targets {
    /// The line that set them.
    line: Option<u64>,
    known: BTreeMap<String, Target>,
    samples: u64,
    /// Labels of all targets that are counted.
    counted: usize,
}

#[derive(Debug, Default)]
struct Target {
    /// Whether it has a list of labels, and the first line that says so.
    list: Option<(bool, u64)>,
    counts: BTreeMap<String, u64>,
    /// Whether there were labels that were not counted.
    uncounted: bool,
}

/// Targets a sample can set.
const MOST_TARGETS: usize = 1000;
/// Labels that are counted, over all targets.
const MOST_LABELS: usize = 10_000;
/// Bytes of a label that is counted.
const LONGEST: usize = 256;

impl Targets {
    pub(super) fn check(&mut self, labels: &Labels<'_>, context: &mut Context<'_>) {
        let line = context.sink.line;
        self.samples += 1;
        // A sample with an object of labels sets them, even if some of the labels are wrong.
        let first = *self.line.get_or_insert(line);
        if first == line {
            for (target, _) in labels.0.iter().take(MOST_TARGETS) {
                self.known.insert(target.to_string(), Target::default());
            }
        }
        let root = Path::Root;
        let path = root.key("labels");
        let mut seen = 0;
        for (name, label) in &labels.0 {
            let at = path.key(name);
            let Some(target) = self.known.get_mut(&**name) else {
                context.sink.add(Code::TargetsDiffer, &at, || {
                    format!(
                        "the target {:?} is not on line {first}; expected the same targets in every sample",
                        shorten(name)
                    )
                });
                continue;
            };
            seen += 1;
            target.add(label, line, &mut self.counted, context, &at);
        }
        if seen < self.known.len() && !labels.0.is_empty() {
            let given = |name: &str| labels.0.iter().any(|(given, _)| given == name);
            context.sink.add(Code::TargetsDiffer, &path, || {
                let missing = self.known.keys().find(|name| !given(name)).map_or("", String::as_str);
                format!(
                    "the target {:?} of line {first} is missing; expected the same targets in every sample",
                    shorten(missing)
                )
            });
        }
    }

    /// What can only be said at the end, and the counts.
    pub(in crate::training) fn finish(self, problems: &mut Problems, statistics: &mut Statistics) {
        for (name, target) in self.known {
            let whole = |code, message| Problem { code, line: None, column: None, path: None, message };
            if target.uncounted {
                *problems.counts.entry(Code::LabelsUncounted).or_default() += 1;
                problems.kept.push(whole(Code::LabelsUncounted, format!(
                    "the target {:?} has labels beyond {MOST_LABELS} or longer than {LONGEST} bytes, which are not counted; \
                     expected a set of classes",
                    shorten(&name)
                )));
            } else if self.samples > 1 && target.counts.len() == 1 {
                let label = target.counts.keys().next().map_or("", String::as_str);
                *problems.counts.entry(Code::SingleClass).or_default() += 1;
                problems.kept.push(whole(
                    Code::SingleClass,
                    format!(
                        "the target {:?} has the label {:?} alone; expected at least two",
                        shorten(&name),
                        shorten(label)
                    ),
                ));
            }
            statistics.labels.insert(name, target.counts);
        }
    }
}

impl Target {
    fn add(&mut self, label: &Label<'_>, line: u64, counted: &mut usize, context: &mut Context<'_>, path: &Path<'_>) {
        let list = match label {
            Label::Wrong => return,
            Label::One(label) => {
                self.count(label, counted);
                false
            }
            Label::Many(labels) => {
                labels.iter().for_each(|label| self.count(label, counted));
                true
            }
        };
        let (expected, first) = *self.list.get_or_insert((list, line));
        if expected != list {
            context.sink.add(Code::LabelKindDiffers, path, || {
                let kind = |list| if list { "a list of labels" } else { "one label" };
                format!("{}; expected {} as on line {first}", kind(list), kind(expected))
            });
        }
    }

    fn count(&mut self, label: &str, counted: &mut usize) {
        if let Some(count) = self.counts.get_mut(label) {
            *count += 1;
        } else if *counted < MOST_LABELS && label.len() <= LONGEST {
            *counted += 1;
            self.counts.insert(label.to_owned(), 1);
        } else {
            self.uncounted = true;
        }
    }
}
