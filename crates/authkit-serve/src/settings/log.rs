//! What is logged, and how a line is written: `RUST_LOG` and `LOG_FORMAT`.
//!
//! Called by the log when it starts, and by commands that check a configuration.

use super::{error::SettingError, variable};

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON object a line.
    Json,
}

impl LogFormat {
    /// What `LOG_FORMAT` says: `text`, the default, or `json`.
    ///
    /// # Errors
    /// [`SettingError::LogFormat`] for another word.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingError> {
        let Some(value) = variable::value(variable, "LOG_FORMAT")? else {
            return Ok(Self::default());
        };
        match value.as_str() {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(SettingError::LogFormat { value }),
        }
    }
}

/// Checks `RUST_LOG`. The log itself reads it and would ignore a value in quotes without an error.
///
/// # Errors
/// [`SettingError::Quoted`].
pub fn log_filter(variable: impl Fn(&str) -> Option<String>) -> Result<(), SettingError> {
    variable::value(variable, "RUST_LOG")?;
    Ok(())
}
