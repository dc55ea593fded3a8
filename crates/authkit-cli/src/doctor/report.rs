//! The report: a table for people, or JSON for machines.
//!
//! Called once, at the end. Prints what the checks say and nothing else, in the order given.

use super::check::{Check, Outcome};
use std::fmt::Write;

/// Columns of the table.
const WIDTH: usize = 100;
/// Columns before the text: mark and title.
const INDENT: usize = 30;

/// One JSON object per line.
pub fn json(checks: &[Check]) -> String {
    let lines = checks
        .iter()
        .filter_map(|it| serde_json::to_string(it).ok());
    lines.map(|line| line + "\n").collect()
}

/// A table with a fix under each problem, and what it comes to.
pub fn table(checks: &[Check]) -> String {
    let mut table = String::new();
    let (mut bad, mut warnings) = (0, 0);
    for check in checks {
        let (mark, text, fix) = match &check.outcome {
            Outcome::Good { found } => ("ok", found, None),
            Outcome::Skipped { why } => ("skip", why, None),
            Outcome::Warning { problem, fix } => {
                warnings += 1;
                ("warn", problem, Some(fix))
            }
            Outcome::Bad { problem, fix } => {
                bad += 1;
                ("FAIL", problem, Some(fix))
            }
        };
        let title = check.name.title();
        let _ = write!(table, "{:<INDENT$}", format!("{mark:<6}{title}"));
        table.push_str(&wrapped(text, ""));
        if let Some(fix) = fix {
            table.push_str(&" ".repeat(INDENT));
            table.push_str(&wrapped(fix, "→ "));
        }
    }
    let _ = match (bad, warnings) {
        (0, 0) => writeln!(
            table,
            "\nNo failure and no warning in what could be looked at."
        ),
        _ => writeln!(
            table,
            "\n{} and {}.",
            count(bad, "failure"),
            count(warnings, "warning")
        ),
    };
    table
}

fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}

/// Words in lines of the table's width, those after the first indented.
fn wrapped(text: &str, prefix: &str) -> String {
    let room = WIDTH - INDENT;
    let mut lines = vec![prefix.to_owned()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("never empty");
        let starts = line.chars().all(char::is_whitespace) || line.as_str() == prefix;
        if !starts && line.chars().count() + 1 + word.chars().count() > room {
            let hanging = " ".repeat(prefix.chars().count());
            lines.push(hanging + word);
        } else {
            if !starts {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join(&format!("\n{}", " ".repeat(INDENT))) + "\n"
}

#[cfg(test)]
mod tests {
    use super::{super::check::Name, *};

    #[test]
    fn a_table_fits_a_hundred_columns_and_has_a_fix_per_problem() {
        let long = "words that go on and on ".repeat(12);
        let checks = [
            Name::RedirectUriRegistered.bad(&long, &long),
            Name::Clock.warning("is late", "set it"),
            Name::Api.good("answers"),
        ];
        let table = table(&checks);
        assert!(
            table.lines().all(|line| line.chars().count() <= WIDTH),
            "{table}"
        );
        assert_eq!(table.matches('→').count(), 2);
        assert!(table.ends_with("1 failure and 1 warning.\n"), "{table}");
    }

    #[test]
    fn a_line_of_json_is_flat() {
        let check = Name::Variables
            .bad("is not set", "set it")
            .about("WORKOS_API_KEY");
        assert_eq!(
            json(&[check]),
            "{\"check\":\"variables\",\"about\":\"WORKOS_API_KEY\",\"outcome\":\"bad\",\
             \"problem\":\"is not set\",\"fix\":\"set it\"}\n"
        );
    }
}
