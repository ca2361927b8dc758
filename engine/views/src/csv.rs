//! Comma-separated values for spreadsheets (RFC 4180).
//!
//! **Absent on purpose:** what the columns are.

use crate::look::clean_line;

/// A line of cells, with its line end. A cell that a spreadsheet would take for a formula begins with an apostrophe.
pub(crate) fn row(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.map(|cell| quoted(&clean_line(&cell))).collect();
    cells.join(",") + "\r\n"
}

fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@']);
    let cell = if formula { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::row;

    #[test]
    fn a_cell_is_quoted_where_it_must_be_and_is_never_a_formula() {
        let cells = ["plain words", "a, \"b\"", "=1+1", "@SUM(A1)", "-2", "+3", "a\r\nb"];
        let row = row(cells.into_iter().map(str::to_owned));
        assert_eq!(row, "plain words,\"a, \"\"b\"\"\",'=1+1,'@SUM(A1),'-2,'+3,a b\r\n");
    }
}
