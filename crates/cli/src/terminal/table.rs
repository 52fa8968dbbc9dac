//! Rows of text: aligned columns for eyes, tab-separated for programs.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::escape;

/// A column of a [`Table`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    title: &'static str,
    right: bool,
    shrinks: bool,
    at_least: usize,
    /// Left out on a narrow terminal, the highest first; 0 for never.
    rank: u8,
}

impl Column {
    /// A column of text, never cut: ids, states, dates.
    pub(crate) const fn fixed(title: &'static str) -> Self {
        Self { title, right: false, shrinks: false, at_least: 0, rank: 0 }
    }

    /// A column of text that is cut when the terminal is too narrow.
    pub(crate) const fn shrinking(title: &'static str) -> Self {
        Self { shrinks: true, ..Self::fixed(title) }
    }

    /// A column of numbers.
    pub(crate) const fn number(title: &'static str) -> Self {
        Self { right: true, ..Self::fixed(title) }
    }

    /// At least so wide, for rows that are printed one after the other.
    pub(crate) const fn at_least(self, width: usize) -> Self {
        Self { at_least: width, ..self }
    }

    /// Left out when the terminal is too narrow for all; those of higher rank go first.
    pub(crate) const fn optional(self, rank: u8) -> Self {
        Self { rank, ..self }
    }
}

/// Rows under columns.
#[derive(Debug)]
pub(crate) struct Table {
    columns: &'static [Column],
    header: bool,
    rows: Vec<Vec<String>>,
}

/// The narrowest a cut column gets.
const NARROWEST: usize = 12;
const GAP: usize = 2;

impl Table {
    pub(crate) fn new(columns: &'static [Column]) -> Self {
        Self { columns, header: true, rows: Vec::new() }
    }

    /// Only the rows, below rows that were printed before.
    pub(crate) fn without_header(self) -> Self {
        Self { header: false, ..self }
    }

    /// Adds a row, one cell a column. What could act on a terminal is escaped here, in both forms: a tab or a line break
    /// inside a cell would break either.
    pub(crate) fn row<const N: usize>(&mut self, cells: [&str; N]) {
        debug_assert_eq!(N, self.columns.len());
        self.rows.push(cells.into_iter().map(|cell| escape(cell).into_owned()).collect());
    }

    /// Tab-separated, no header, nothing cut or left out.
    pub(crate) fn write_plain(&self, out: &mut impl Write) -> io::Result<()> {
        self.rows.iter().try_for_each(|row| writeln!(out, "{}", row.join("\t")))
    }

    /// Aligned under a header, in `width` columns if that can be done by cutting and leaving out the columns that may be.
    pub(crate) fn write_aligned(&self, out: &mut impl Write, width: usize) -> io::Result<()> {
        let layout = self.layout(width);
        if self.header {
            let titles: Vec<_> = self.columns.iter().map(|column| column.title.to_owned()).collect();
            self.write_row(out, &layout, &titles, |_| Style::new().bold())?;
        }
        self.rows.iter().try_for_each(|row| self.write_row(out, &layout, row, state_style))
    }

    fn write_row(
        &self,
        out: &mut impl Write,
        layout: &[(usize, usize)],
        cells: &[String],
        style: fn(&str) -> Style,
    ) -> io::Result<()> {
        let filled = layout.iter().rposition(|(at, _)| !cells[*at].is_empty()).unwrap_or_default();
        for (place, (at, width)) in layout.iter().enumerate().take(filled + 1) {
            let cell = cut(&cells[*at], *width);
            let padding = " ".repeat(width.saturating_sub(cell.width()));
            let style = style(&cell);
            let gap = if place == 0 { 0 } else { GAP };
            match (self.columns[*at].right, place == filled) {
                (true, _) => write!(out, "{:gap$}{padding}{style}{cell}{style:#}", "")?,
                (false, true) => write!(out, "{:gap$}{style}{cell}{style:#}", "")?,
                (false, false) => write!(out, "{:gap$}{style}{cell}{style:#}{padding}", "")?,
            }
        }
        writeln!(out)
    }

    /// The columns that are shown, and how wide each is.
    fn layout(&self, limit: usize) -> Vec<(usize, usize)> {
        let natural = |(at, column): (usize, &Column)| {
            let cells = self.rows.iter().map(|row| row[at].width());
            (at, cells.max().unwrap_or_default().max(column.title.width()).max(column.at_least))
        };
        let mut layout: Vec<_> = self.columns.iter().enumerate().map(natural).collect();
        let least = |(at, width): &(usize, usize)| {
            if self.columns[*at].shrinks { NARROWEST.min(*width) } else { *width }
        };
        let gaps = |layout: &[_]| GAP * layout.len().saturating_sub(1);
        while layout.iter().map(least).sum::<usize>() + gaps(&layout) > limit {
            let rank = |(_, (at, _)): &(usize, &(usize, usize))| self.columns[*at].rank;
            match layout.iter().enumerate().max_by_key(rank).filter(|last| rank(last) > 0).map(|(place, _)| place) {
                Some(place) => drop(layout.remove(place)),
                None => break,
            }
        }
        let mut excess = (layout.iter().map(|(_, width)| width).sum::<usize>() + gaps(&layout)).saturating_sub(limit);
        // The widest gives first, one step at a time, so that equals stay equal.
        while excess > 0 {
            let shrinking = layout.iter_mut().filter(|(at, width)| self.columns[*at].shrinks && *width > NARROWEST);
            match shrinking.max_by_key(|(_, width)| *width) {
                Some((_, width)) => *width -= 1,
                None => break,
            }
            excess -= 1;
        }
        layout
    }
}

/// Colour for the words that say how a job stands; the word is there without it.
fn state_style(cell: &str) -> Style {
    let color = match cell {
        "SUCCESS" => AnsiColor::Green,
        "FAILED" | "TIMEOUT_EXCEEDED" => AnsiColor::Red,
        "CANCELLED" | "CANCELLATION_REQUESTED" => AnsiColor::Yellow,
        "RUNNING" => AnsiColor::Cyan,
        _ => return Style::new(),
    };
    Style::new().fg_color(Some(color.into()))
}

fn cut(cell: &str, width: usize) -> String {
    if cell.width() <= width {
        return cell.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1; // the ellipsis
    for char in cell.chars() {
        used += char.width().unwrap_or(0);
        if used > width {
            break;
        }
        kept.push(char);
    }
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[
        Column::fixed("ID"),
        Column::shrinking("NAME"),
        Column::fixed("KIND").optional(2),
        Column::number("BYTES"),
        Column::fixed("NOTE").optional(1),
    ];

    fn table() -> Table {
        let mut table = Table::new(COLUMNS);
        table.row(["a", "日本語.jsonl", "text", "5", ""]);
        table.row(["bb", "evil\u{1b}[2J\tname\nand a long tail", "image", "12345", "new"]);
        table
    }

    fn aligned(width: usize) -> String {
        let mut out = Vec::new();
        table().write_aligned(&mut anstream::StripStream::new(&mut out), width).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_line_up_whatever_the_width_of_the_characters() {
        insta::assert_snapshot!(aligned(100), @r"
        ID  NAME                                  KIND   BYTES  NOTE
        a   日本語.jsonl                          text       5
        bb  evil\u{1b}[2J\tname\nand a long tail  image  12345  new
        ");
    }

    #[test]
    fn a_narrow_terminal_cuts_first_and_leaves_out_then() {
        insta::assert_snapshot!(aligned(40), @r"
        ID  NAME              KIND   BYTES  NOTE
        a   日本語.jsonl      text       5
        bb  evil\u{1b}[2J\t…  image  12345  new
        ");
        insta::assert_snapshot!(aligned(32), @r"
        ID  NAME             BYTES  NOTE
        a   日本語.jsonl         5
        bb  evil\u{1b}[2J\…  12345  new
        ");
        insta::assert_snapshot!(aligned(5), @r"
        ID  NAME          BYTES
        a   日本語.jsonl      5
        bb  evil\u{1b}[…  12345
        ");
    }

    #[test]
    fn the_plain_form_has_one_row_a_line_and_one_tab_between_cells() {
        let mut out = Vec::new();
        table().write_plain(&mut out).unwrap();
        let shown = String::from_utf8(out).unwrap();
        assert_eq!(shown.lines().count(), 2);
        assert!(shown.lines().all(|line| line.matches('\t').count() == 4), "{shown}");
        assert!(!shown.contains('\u{1b}'));
    }
}
