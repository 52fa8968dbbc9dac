//! Curves drawn with characters.

use anstyle::{AnsiColor, Style};

use crate::curve::{Axis, Point};

/// A picture of two curves over the same steps: the first as a line, the second as crosses, so that nobody needs colour to
/// tell them apart.
#[derive(Debug)]
pub(crate) struct Plot<'a> {
    /// Drawn as a line.
    pub(crate) line: &'a [Point],
    /// Drawn as crosses.
    pub(crate) crosses: &'a [Point],
    /// Names of the two.
    pub(crate) names: [&'static str; 2],
    /// Columns of the whole picture.
    pub(crate) width: usize,
    /// Rows of the curves alone; the axis and the legend take three more.
    pub(crate) height: usize,
    /// Whether to colour the curves.
    pub(crate) color: bool,
}

/// A character of braille has two columns and four rows of dots.
const DOTS: (usize, usize) = (2, 4);
/// Fewer columns of curve say nothing.
const NARROWEST: usize = 8;

/// What is drawn in one character.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Cell {
    dots: u8,
    cross: bool,
}

impl Plot<'_> {
    /// The lines of the picture, without line ends; none if there is nothing to draw.
    pub(crate) fn lines(&self) -> Vec<String> {
        let both = || self.line.iter().chain(self.crosses);
        let steps = Axis::of_steps(both().map(|point| point.step), (self.width / 12).clamp(2, 8));
        let values = Axis::around(both().map(|point| point.value), (self.height / 2).clamp(3, 6));
        let (Some(steps), Some(values)) = (steps, values) else { return Vec::new() };
        let rows = self.height.max(3);
        let mut labels = vec![String::new(); rows];
        for (place, label) in values.ticks() {
            labels[place_of(1.0 - place, rows)] = label;
        }
        let margin = labels.iter().map(|label| label.chars().count()).max().unwrap_or_default();
        let columns = self.width.saturating_sub(margin + 2).max(NARROWEST);
        let cells = self.cells(&steps, &values, columns, rows);
        let mut lines = Vec::with_capacity(rows + 3);
        for (label, row) in labels.iter().zip(cells.chunks(columns)) {
            let tick = if label.is_empty() { '│' } else { '┤' };
            lines.push(format!("{label:>margin$} {tick}{}", self.row(row)));
        }
        lines.extend(below(&steps, margin, columns));
        lines.push(self.legend(margin));
        lines
    }

    fn cells(&self, steps: &Axis, values: &Axis, columns: usize, rows: usize) -> Vec<Cell> {
        let mut cells = vec![Cell::default(); columns * rows];
        let (wide, high) = (columns * DOTS.0, rows * DOTS.1);
        let dot = |point: &Point| {
            (place_of(steps.place(point.step as f64), wide), place_of(1.0 - values.place(point.value), high))
        };
        let mut set = |(x, y): (usize, usize)| cells[y / DOTS.1 * columns + x / DOTS.0].dots |= braille(x, y);
        let dots: Vec<_> = self.line.iter().map(dot).collect();
        dots.windows(2).for_each(|pair| between(pair[0], pair[1]).for_each(&mut set));
        if let [(x, y)] = dots[..] {
            // One dot of braille would be overlooked.
            let (x, y) = (x / DOTS.0 * DOTS.0, y / DOTS.1 * DOTS.1);
            [(x, y + 1), (x + 1, y + 1), (x, y + 2), (x + 1, y + 2)].into_iter().for_each(&mut set);
        }
        for point in self.crosses {
            let (x, y) = dot(point);
            cells[y / DOTS.1 * columns + x / DOTS.0].cross = true;
        }
        cells
    }

    fn row(&self, cells: &[Cell]) -> String {
        let drawn = cells.iter().rposition(|cell| *cell != Cell::default()).map_or(0, |last| last + 1);
        let mut row = String::new();
        for stretch in cells[..drawn].chunk_by(|one, other| one.style() == other.style()) {
            let text: String = stretch.iter().map(Cell::char).collect();
            row.push_str(&self.colored(stretch.first().and_then(Cell::style), &text));
        }
        row
    }

    fn legend(&self, margin: usize) -> String {
        let mut parts = Vec::new();
        if !self.line.is_empty() {
            parts.push(format!("{} {}", self.colored(Some(LINE), "⣀⣀"), self.names[0]));
        }
        if !self.crosses.is_empty() {
            parts.push(format!("{} {}", self.colored(Some(CROSSES), "×"), self.names[1]));
        }
        format!("{:margin$}  {}", "", parts.join("   "))
    }

    fn colored(&self, color: Option<AnsiColor>, text: &str) -> String {
        match color.filter(|_| self.color) {
            Some(color) => {
                let style = Style::new().fg_color(Some(color.into()));
                format!("{style}{text}{style:#}")
            }
            None => text.to_owned(),
        }
    }
}

const LINE: AnsiColor = AnsiColor::Cyan;
const CROSSES: AnsiColor = AnsiColor::Yellow;

impl Cell {
    fn char(&self) -> char {
        match self {
            Self { cross: true, .. } => '×',
            Self { dots: 0, .. } => ' ',
            Self { dots, .. } => char::from_u32(0x2800 + u32::from(*dots)).unwrap_or(' '),
        }
    }

    fn style(&self) -> Option<AnsiColor> {
        match self {
            Self { cross: true, .. } => Some(CROSSES),
            Self { dots: 0, .. } => None,
            Self { .. } => Some(LINE),
        }
    }
}

/// The axis of the steps and its labels.
fn below(steps: &Axis, margin: usize, columns: usize) -> [String; 2] {
    let mut axis = vec!['─'; columns];
    let mut labels = String::new();
    for (place, label) in steps.ticks() {
        let at = place_of(place, columns);
        // In the middle under its tick, but within the picture and a blank away from the last one.
        let width = label.chars().count();
        let start = at.saturating_sub(width / 2).min(columns.saturating_sub(width));
        let used = labels.chars().count();
        if used == 0 || start > used {
            axis[at] = '┬';
            labels.extend(std::iter::repeat_n(' ', start - used));
            labels.push_str(&label);
        }
    }
    [format!("{:margin$} └{}", "", axis.into_iter().collect::<String>()), format!("{:margin$}  {labels}", "")]
}

/// Which of so many places a part from 0 to 1 falls into.
fn place_of(part: f64, places: usize) -> usize {
    // In range by clamping; the fraction is what rounding is for.
    (part * places.saturating_sub(1) as f64).round().clamp(0.0, places.saturating_sub(1) as f64) as usize
}

/// The bit of a dot within its character.
fn braille(x: usize, y: usize) -> u8 {
    const BITS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];
    BITS[x % DOTS.0][y % DOTS.1]
}

/// The dots of a straight line, both ends included.
fn between(from: (usize, usize), to: (usize, usize)) -> impl Iterator<Item = (usize, usize)> {
    let count = from.0.abs_diff(to.0).max(from.1.abs_diff(to.1));
    let along = move |from: usize, to: usize, at: usize| {
        let (from, to) = (from as f64, to as f64);
        (from + (to - from) * at as f64 / count.max(1) as f64).round() as usize
    };
    (0..=count).map(move |at| (along(from.0, to.0, at), along(from.1, to.1, at)))
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr as _;

    use super::*;

    fn falling(points: u64, from: f64) -> Vec<Point> {
        (1..=points)
            .map(|at| Point { step: at * 100 / points, value: from / (1.0 + at as f64 * 5.0 / points as f64) })
            .collect()
    }

    fn plot(line: &[Point], crosses: &[Point], width: usize) -> String {
        Plot { line, crosses, names: ["train", "valid"], width, height: 8, color: false }.lines().join("\n")
    }

    #[test]
    fn two_falling_curves_on_a_wide_terminal() {
        insta::assert_snapshot!(plot(&falling(50, 2.6), &falling(10, 2.9), 80));
    }

    #[test]
    fn two_falling_curves_on_a_narrow_terminal() {
        insta::assert_snapshot!(plot(&falling(50, 2.6), &falling(10, 2.9), 40));
    }

    #[test]
    fn a_single_checkpoint_is_seen() {
        insta::assert_snapshot!(plot(&falling(1, 2.6), &[], 40));
    }

    #[test]
    fn nothing_to_draw_is_no_picture() {
        assert_eq!(plot(&[], &[], 80), "");
    }

    #[test]
    fn colour_only_wraps_what_is_there_without_it() {
        let (line, crosses) = (falling(20, 3.0), falling(5, 3.0));
        let plot =
            |color| Plot { line: &line, crosses: &crosses, names: ["train", "valid"], width: 60, height: 6, color };
        let colored = plot(true).lines().join("\n");
        assert!(colored.contains("\u{1b}[36m") && colored.contains("\u{1b}[33m×"), "{colored:?}");
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plot(false).lines().join("\n"));
    }

    proptest::proptest! {
        #[test]
        fn no_line_is_wider_than_the_terminal(
            values in proptest::collection::vec(-1e99..1e99_f64, 1..40), width in 30..200_usize, height in 1..30_usize,
        ) {
            let points: Vec<_> =
                values.iter().enumerate().map(|(at, value)| Point { step: at as u64 * 1_000_003, value: *value }).collect();
            let lines = Plot { line: &points, crosses: &points, names: ["train", "valid"], width, height, color: false }.lines();
            for line in &lines {
                proptest::prop_assert!(line.width() <= width, "{} > {width}: {line}", line.width());
            }
        }
    }
}
