//! The figures, each with what it has to be.

use std::{fmt, process::ExitCode};

/// All of them, in order.
#[derive(Default)]
pub struct Report(Vec<Figure>);

struct Figure {
    what: &'static str,
    found: String,
    wanted: Option<(&'static str, bool)>,
}

impl Report {
    /// A figure that is worth knowing.
    pub fn note(&mut self, what: &'static str, found: impl fmt::Display) {
        self.add(what, found, None);
    }

    /// A figure that has to be something, and whether it is.
    pub fn require(
        &mut self,
        what: &'static str,
        found: impl fmt::Display,
        wanted: &'static str,
        reached: bool,
    ) {
        self.add(what, found, Some((wanted, reached)));
    }

    fn add(
        &mut self,
        what: &'static str,
        found: impl fmt::Display,
        wanted: Option<(&'static str, bool)>,
    ) {
        let found = found.to_string();
        eprintln!("  {what}: {found}");
        self.0.push(Figure {
            what,
            found,
            wanted,
        });
    }

    /// Prints the table. 1 if something was missed.
    pub fn print(self) -> ExitCode {
        println!("\n{:<62} {:>16}   wanted", "figure", "found");
        let mut missed = 0;
        for Figure {
            what,
            found,
            wanted,
        } in self.0
        {
            let wanted = match wanted {
                None => String::new(),
                Some((wanted, true)) => format!("{wanted}: reached"),
                Some((wanted, false)) => {
                    missed += 1;
                    format!("{wanted}: MISSED")
                }
            };
            println!("{what:<62} {found:>16}   {wanted}");
        }
        match missed {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        }
    }
}
