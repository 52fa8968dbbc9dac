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
    narrowest: usize,
}

impl Column {
    /// A column of text, never cut: ids, states, dates.
    pub(crate) const fn fixed(title: &'static str) -> Self {
        Self { title, right: false, shrinks: false, narrowest: 0 }
    }

    /// A column of text that is cut when the terminal is too narrow.
    pub(crate) const fn shrinking(title: &'static str) -> Self {
        Self { title, right: false, shrinks: true, narrowest: 0 }
    }

    /// A column of numbers.
    pub(crate) const fn number(title: &'static str) -> Self {
        Self { title, right: true, shrinks: false, narrowest: 0 }
    }
}

impl Column {
    /// At least so wide, for rows that are printed one after the other.
    pub(crate) const fn at_least(self, narrowest: usize) -> Self {
        Self { narrowest, ..self }
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
const NARROWEST: usize = 8;
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

    /// Tab-separated, no header, nothing cut.
    pub(crate) fn write_plain(&self, out: &mut impl Write) -> io::Result<()> {
        self.rows.iter().try_for_each(|row| writeln!(out, "{}", row.join("\t")))
    }

    /// Aligned under a header, in `width` columns if that can be done by cutting the columns that may shrink.
    pub(crate) fn write_aligned(&self, out: &mut impl Write, width: usize) -> io::Result<()> {
        let widths = self.widths(width);
        if self.header {
            let style = Style::new().bold();
            let titles: Vec<_> = self.columns.iter().map(|column| column.title.to_owned()).collect();
            write!(out, "{style}")?;
            self.write_row(out, &widths, &titles)?;
            write!(out, "{style:#}")?;
        }
        self.rows.iter().try_for_each(|row| self.write_row(out, &widths, row))
    }

    fn write_row(&self, out: &mut impl Write, widths: &[usize], cells: &[String]) -> io::Result<()> {
        let last = cells.len().saturating_sub(1);
        for (at, ((cell, column), width)) in cells.iter().zip(self.columns).zip(widths).enumerate() {
            let cell = cut(cell, *width);
            let padding = " ".repeat(width.saturating_sub(cell.width()));
            let style = state_style(&cell);
            match (column.right, at == last) {
                (true, _) => write!(out, "{padding}{style}{cell}{style:#}")?,
                (false, true) => write!(out, "{style}{cell}{style:#}")?,
                (false, false) => write!(out, "{style}{cell}{style:#}{padding}")?,
            }
            if at != last {
                write!(out, "{:GAP$}", "")?;
            }
        }
        writeln!(out)
    }

    fn widths(&self, limit: usize) -> Vec<usize> {
        let mut widths: Vec<usize> =
            self.columns.iter().map(|column| column.title.width().max(column.narrowest)).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        let gaps = GAP * widths.len().saturating_sub(1);
        let mut excess = (widths.iter().sum::<usize>() + gaps).saturating_sub(limit);
        // The widest gives first, one step at a time, so that equals stay equal.
        while excess > 0 {
            let widest = widths
                .iter_mut()
                .zip(self.columns)
                .filter(|(width, column)| column.shrinks && **width > NARROWEST)
                .map(|(width, _)| width)
                .max();
            match widest {
                Some(width) => *width -= 1,
                None => break,
            }
            excess -= 1;
        }
        widths
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

    const COLUMNS: &[Column] = &[Column::fixed("ID"), Column::shrinking("NAME"), Column::number("BYTES")];

    fn table() -> Table {
        let mut table = Table::new(COLUMNS);
        table.row(["a", "日本語.jsonl", "5"]);
        table.row(["bb", "evil\u{1b}[2J\tname\nand a long tail", "12345"]);
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
        ID  NAME                                  BYTES
        a   日本語.jsonl                              5
        bb  evil\u{1b}[2J\tname\nand a long tail  12345
        ");
    }

    #[test]
    fn only_a_shrinking_column_is_cut_to_fit() {
        let shown = aligned(30);
        assert!(shown.lines().all(|line| line.width() <= 30), "{shown}");
        assert!(shown.contains('…') && shown.contains("12345"), "{shown}");
    }

    #[test]
    fn a_table_that_cannot_fit_keeps_its_ids() {
        assert!(aligned(5).contains("12345"));
    }

    #[test]
    fn the_plain_form_has_one_row_a_line_and_one_tab_between_cells() {
        let mut out = Vec::new();
        table().write_plain(&mut out).unwrap();
        let shown = String::from_utf8(out).unwrap();
        assert_eq!(shown.lines().count(), 2);
        assert!(shown.lines().all(|line| line.matches('\t').count() == 2), "{shown}");
        assert!(!shown.contains('\u{1b}'));
    }
}
