//! [`Page`]: the page about the reason codes, whose tables are half found and half written.
//!
//! A row is `| code | where it is seen | where it is made | what it means | what to do |`. The first three are found, and
//! kept current here; the other two are people's, and kept as they are. All other lines too.

use std::collections::{BTreeMap, BTreeSet};

/// What is found of a code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mechanical {
    /// Where it is seen, as the page says it.
    pub seen: String,
    /// Where it is made, as the page says it.
    pub made: String,
    /// The same with lines, for the person who writes the row.
    pub places: Vec<String>,
}

/// The head of a table with rows that are still to be written.
const TO_BE_WRITTEN: &str = "\n## Still to be written\n\n\
    | Code | Where it is seen | Made in | What it means | What to do |\n\
    | --- | --- | --- | --- | --- |\n";

/// The page.
pub struct Page {
    lines: Vec<Line>,
}

enum Line {
    Row(Row),
    Other(String),
}

struct Row {
    code: String,
    seen: String,
    made: String,
    meaning: String,
    remedy: String,
}

impl Row {
    /// `None` for a line that is no row of a code.
    fn read(line: &str) -> Option<Self> {
        let cells: Vec<_> = line.strip_prefix("| `")?.split(" | ").collect();
        let [code, seen, made, meaning, remedy] = cells[..] else {
            return None;
        };
        Some(Self {
            code: code.strip_suffix('`')?.to_owned(),
            seen: seen.to_owned(),
            made: made.to_owned(),
            meaning: meaning.trim().to_owned(),
            remedy: remedy.trim_end_matches('|').trim().to_owned(),
        })
    }

    fn write(&self, found: &Mechanical) -> String {
        let Self {
            code,
            meaning,
            remedy,
            ..
        } = self;
        let Mechanical { seen, made, .. } = found;
        format!("| `{code}` | {seen} | {made} | {meaning} | {remedy} |\n")
    }
}

impl Page {
    /// Reads the page.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let line = |line: &str| match Row::read(line) {
            Some(row) => Line::Row(row),
            None => Line::Other(line.to_owned()),
        };
        Self {
            lines: text.lines().map(line).collect(),
        }
    }

    fn rows(&self) -> impl Iterator<Item = &Row> {
        self.lines.iter().filter_map(|line| match line {
            Line::Row(row) => Some(row),
            Line::Other(_) => None,
        })
    }

    /// What is wrong with the page, a sentence each.
    #[must_use]
    pub fn faults(&self, found: &BTreeMap<String, Mechanical>) -> Vec<String> {
        let mut faults = Vec::new();
        let mut told = BTreeSet::new();
        for row in self.rows() {
            let code = &row.code;
            if !told.insert(code.as_str()) {
                faults.push(format!("`{code}` has two rows"));
            }
            match found.get(code) {
                None => faults.push(format!("`{code}` has a row, and no code writes it")),
                Some(found) if found.seen != row.seen || found.made != row.made => {
                    faults.push(format!("the row of `{code}` is out of date"));
                }
                Some(_) => {}
            }
            if row.meaning.is_empty() || row.remedy.is_empty() {
                faults.push(format!(
                    "the row of `{code}` does not say what it means and what to do"
                ));
            }
        }
        for (code, found) in found {
            if !told.contains(code.as_str()) {
                let places = found.places.join(", ");
                faults.push(format!("`{code}` has no row: it is made in {places}"));
            }
        }
        faults
    }

    /// The page with what is found now, and all that people have written.
    #[must_use]
    pub fn updated(&self, found: &BTreeMap<String, Mechanical>) -> String {
        let mut text = String::new();
        for line in &self.lines {
            match line {
                Line::Row(row) => {
                    if let Some(found) = found.get(&row.code) {
                        text.push_str(&row.write(found));
                    }
                }
                Line::Other(line) => {
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
        let told: BTreeSet<_> = self.rows().map(|row| row.code.as_str()).collect();
        let missing: Vec<_> = found
            .iter()
            .filter(|(code, _)| !told.contains(code.as_str()))
            .collect();
        if !missing.is_empty() {
            text.push_str(TO_BE_WRITTEN);
        }
        for (code, found) in missing {
            let Mechanical { seen, made, .. } = found;
            text.push_str(&format!("| `{code}` | {seen} | {made} |  |  |\n"));
        }
        text
    }
}
