//! The table at the end: what was promised, what was found, and whether that is as it should be.

use std::fmt;

/// Its rows, in order.
#[derive(Default)]
pub struct Table(Vec<Row>);

struct Row {
    what: String,
    found: String,
    wanted: Option<(String, bool)>,
}

impl Table {
    /// A heading for the rows that follow.
    pub fn heading(&mut self, what: &str) {
        self.note(format!("— {what}"), "");
    }

    /// A figure that is worth knowing.
    pub fn note(&mut self, what: impl Into<String>, found: impl fmt::Display) {
        self.add(what.into(), found, None);
    }

    /// A figure that has to be something, and whether it is.
    pub fn require(
        &mut self,
        what: impl Into<String>,
        found: impl fmt::Display,
        wanted: impl Into<String>,
        kept: bool,
    ) {
        self.add(what.into(), found, Some((wanted.into(), kept)));
    }

    /// A count that has to be nothing.
    pub fn require_none(&mut self, what: impl Into<String>, found: usize) {
        self.require(what, found, "0", found == 0);
    }

    fn add(&mut self, what: String, found: impl fmt::Display, wanted: Option<(String, bool)>) {
        self.0.push(Row {
            what,
            found: found.to_string(),
            wanted,
        });
    }

    /// Prints it. Whether all promises were kept.
    pub fn print(self) -> bool {
        println!("\n{:<58} {:>22}   promised", "", "found");
        let mut broken = 0;
        for Row {
            what,
            found,
            wanted,
        } in self.0
        {
            let wanted = match wanted {
                None => String::new(),
                Some((wanted, true)) => format!("   {wanted}: kept"),
                Some((wanted, false)) => {
                    broken += 1;
                    format!("   {wanted}: BROKEN")
                }
            };
            println!("{what:<58} {found:>22}{wanted}");
        }
        match broken {
            0 => println!("\nAll promises were kept."),
            _ => println!("\n{broken} promises were broken."),
        }
        broken == 0
    }
}
