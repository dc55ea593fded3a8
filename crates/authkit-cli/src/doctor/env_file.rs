//! What reading `.env` has changed: a `$` in a value stands for a variable, and a password loses what follows it.
//!
//! Asks dotenvy twice, once with a character in place of each `$` that means nothing to it. Never shows a value.

use super::{
    check::{Check, Name},
    environment::Environment,
};
use std::{env, fs, path::PathBuf};

/// Stands for a `$`: a character of the private use area, which no value has.
const DOLLAR: &str = "\u{f8ff}";

/// Values that are not as they are written, one line each.
pub fn check(environment: &Environment) -> Vec<Check> {
    let name = Name::EnvFile;
    let Some(path) = find() else {
        return vec![name.good("there is none")];
    };
    let shown = path.display();
    // One that can't be read has stopped the program before it came here.
    let text = fs::read_to_string(&path).unwrap_or_default();
    let in_effect = |(variable, value): &(String, String)| {
        environment.get(variable).as_ref().unwrap_or(value) == value
    };
    let replaced = replaced(&text).into_iter().filter(in_effect);
    let mut checks: Vec<_> = replaced
        .map(|(variable, _)| {
            name.warning(
                format!("{variable} has a $ in {shown}, and a variable's value is in its place now, or nothing"),
                "write the value in single quotes, if the $ belongs to it; or leave it, if that was meant",
            )
            .about(variable)
        })
        .collect();
    if checks.is_empty() {
        checks.push(name.good(format!("{shown}: every value is as it is written")));
    }
    checks
}

/// The file that is read: in this folder, or the nearest above it.
fn find() -> Option<PathBuf> {
    let here = env::current_dir().ok()?;
    let files = here.ancestors().map(|folder| folder.join(".env"));
    files.into_iter().find(|file| file.is_file())
}

/// The variables whose values have had something put in the place of a `$`, as they are read.
fn replaced(text: &str) -> Vec<(String, String)> {
    let text = text.trim_start_matches('\u{feff}');
    let literal = text.replace('$', DOLLAR);
    let read = dotenvy::from_read_iter(text.as_bytes());
    // With a backslash before it a $ stands for itself, and this line can't be read with another character there.
    let written = dotenvy::from_read_iter(literal.as_bytes());
    read.zip(written)
        .filter_map(|lines| {
            let ((name, value), (_, written)) = (lines.0.ok()?, lines.1.ok()?);
            (value != written.replace(DOLLAR, "$")).then_some((name, value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_lost_something_is_named_and_one_that_is_as_written_is_not() {
        let text = "\u{feff}PLAIN=abc # $x\n\
                    # COMMENT=$x\n\
                    LOST=postgres://u:pa$no_such_variable_here@h/db\n\
                    SINGLE='pa$word'\n\
                    DOUBLE=\"pa$no_such_variable_here\"\n\
                    ESCAPED=\"pa\\$word\"\n\
                    AMOUNT='5 $'\n\
                    export COPY=${PLAIN}d\n\
                    LINES='one $\ntwo'\n\
                    LAST=$no_such_variable_here\n";
        let names: Vec<_> = replaced(text).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["LOST", "DOUBLE", "COPY", "LAST"]);
    }
}
