//! What is said of a command line that can't be used: what kind of mistake it is, and the usage.
//!
//! Asked for by `main`. Never repeats what was typed: it may be a token in the wrong place, and standard
//! error is kept in logs.

use clap::{
    builder::StyledStr,
    error::{ContextKind, Error, ErrorFormatter},
};

/// Words for clap's errors without a value in them.
pub struct WithoutValues;

impl ErrorFormatter for WithoutValues {
    fn format_error(error: &Error<Self>) -> StyledStr {
        let mistake = error.kind().as_str().unwrap_or("this can't be understood");
        let usage = error.get(ContextKind::Usage);
        let usage = usage.map_or_else(String::new, |usage| format!("\n\n{usage}"));
        format!("error: {mistake}{usage}\n\nFor more information, try '--help'.\n").into()
    }
}
