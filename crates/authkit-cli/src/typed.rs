//! Messages about a command line that can't be used: the kind of mistake, and the usage.
//!
//! `main` asks for them. They never repeat an argument: it may be a token in the wrong place, and standard error is kept
//! in logs.

use clap::{
    builder::StyledStr,
    error::{ContextKind, Error, ErrorFormatter},
};

/// Formats clap's errors without the values in them.
///
/// ```
/// # use clap::Parser;
/// # #[derive(Parser)]
/// # struct Arguments {}
/// let error = Arguments::try_parse_from(["app", "sk_test_secret"]).err().unwrap();
/// let error = error.apply::<authkit_cli::WithoutValues>();
/// assert!(!error.to_string().contains("sk_test_secret"));
/// ```
pub struct WithoutValues;

impl ErrorFormatter for WithoutValues {
    fn format_error(error: &Error<Self>) -> StyledStr {
        let mistake = error.kind().as_str().unwrap_or("this can't be understood");
        let usage = error.get(ContextKind::Usage);
        let usage = usage.map_or_else(String::new, |usage| format!("\n\n{usage}"));
        format!("error: {mistake}{usage}\n\nFor more information, try '--help'.\n").into()
    }
}
