//! The table of a report, in Markdown.
//!
//! Called by the report, which has its rows.

use serde_json::{Value, json};

#[derive(Debug)]
pub struct Row {
    what: String,
    found: String,
    beside: String,
    wanted: Option<Requirement>,
}

#[derive(Debug)]
struct Requirement {
    what: String,
    reached: bool,
}

impl Row {
    pub fn new(what: String, found: String, beside: String) -> Self {
        Self {
            what,
            found,
            beside,
            wanted: None,
        }
    }

    pub fn requiring(self, what: String, reached: bool) -> Self {
        Self {
            wanted: Some(Requirement { what, reached }),
            ..self
        }
    }

    /// Whether it is what it has to be, if anything.
    pub fn is_reached(&self) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted.reached)
    }

    pub fn json(&self) -> Value {
        json!({
            "what": self.what,
            "found": self.found,
            "beside": self.beside,
            "wanted": self.wanted.as_ref().map(|it| &it.what),
            "reached": self.wanted.as_ref().map(|it| it.reached),
        })
    }

    fn cells(&self) -> [String; 4] {
        let wanted = self.wanted.as_ref().map(|wanted| {
            let verdict = match wanted.reached {
                true => "reached",
                false => "MISSED",
            };
            format!("{}: {verdict}", wanted.what)
        });
        let [what, found, beside] = [&self.what, &self.found, &self.beside].map(String::clone);
        [what, found, beside, wanted.unwrap_or_default()]
    }
}

/// The table, with columns as wide as their widest cell.
pub fn markdown(group: &str, rows: &[Row]) -> String {
    let mut lines = vec![[group, "found", "beside it", "wanted"].map(str::to_owned)];
    lines.extend(rows.iter().map(Row::cells));
    let width = |column: usize| {
        let widths = lines.iter().map(|line| line[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let widths: [usize; 4] = std::array::from_fn(width);
    let line = |cells: &[String; 4]| {
        let cells = cells.iter().zip(widths);
        let padded = cells.map(|(cell, width)| format!(" {cell:<width$} |"));
        format!("|{}\n", padded.collect::<String>())
    };
    let rule = widths.map(|width| "-".repeat(width));
    let mut table = line(&lines[0]) + &line(&rule);
    table.extend(lines[1..].iter().map(line));
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_says_of_each_row_whether_it_is_what_it_has_to_be() {
        let row = |what: &str| Row::new(what.to_owned(), "5 s".to_owned(), String::new());
        let rows = [
            row("é").requiring("5 s".to_owned(), true),
            row("an island").requiring("4 s".to_owned(), false),
            row("a file"),
        ];
        assert_eq!(
            markdown("loop", &rows),
            "| loop      | found | beside it | wanted       |\n\
             | --------- | ----- | --------- | ------------ |\n\
             | é         | 5 s   |           | 5 s: reached |\n\
             | an island | 5 s   |           | 4 s: MISSED  |\n\
             | a file    | 5 s   |           |              |\n"
        );
        assert_eq!(rows.map(|row| row.is_reached()), [true, false, true]);
    }
}
