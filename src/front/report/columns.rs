//! Rows in aligned columns.

use std::fmt::Write;

use super::Styles;

/// The alignment of the cells in their columns; the first column is always aligned left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cells {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// The rows as lines, indented by two, their cells in columns two apart.
pub(super) fn aligned(rows: &[Vec<String>], cells: Cells) -> String {
    let widths = widths(rows);
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let _ = if column == 0 || cells == Cells::Left {
                write!(line, "  {cell:width$}")
            } else {
                write!(line, "  {cell:>width$}")
            };
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// A table whose first row has the titles of the columns. If a line is wider than the terminal,
/// each row becomes a paragraph with a line for each cell.
pub(super) fn table(rows: &[Vec<String>], cells: Cells, styles: &Styles) -> String {
    let width: usize = widths(rows).iter().map(|width| width + 2).sum();
    if width <= styles.width {
        return aligned(rows, cells);
    }
    let Some((titles, rows)) = rows.split_first() else { return String::new() };
    let mut text = String::new();
    for row in rows {
        if let (Some(title), Some(cell)) = (titles.first(), row.first()) {
            let title = if title.is_empty() { String::new() } else { format!("{title}: ") };
            let _ = writeln!(text, "  {title}{cell}");
        }
        for (title, cell) in titles.iter().zip(row).skip(1).filter(|(_, cell)| !cell.is_empty()) {
            let _ = writeln!(text, "      {title}: {cell}");
        }
    }
    text
}

fn widths(rows: &[Vec<String>]) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width_of = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    (0..columns).map(width_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_is_too_wide_becomes_paragraphs() {
        let rows = [["fault", "at", "noticed"], ["db1@a crashes", "6.000s", "-"]];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec());
        let wide = "  fault          at      noticed\n  db1@a crashes  6.000s  -\n";
        assert_eq!(table(&rows, Cells::Left, &Styles::plain()), wide);
        let narrow = "  fault: db1@a crashes\n      at: 6.000s\n      noticed: -\n";
        assert_eq!(table(&rows, Cells::Left, &Styles::plain().within(24)), narrow);
    }
}
