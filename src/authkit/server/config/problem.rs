//! What is wrong with a configuration, told so that it can be put right in one go.

use std::fmt;

/// One thing that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The variable.
    pub variable: &'static str,
    /// What is wrong with it. Never its value, if that is a secret.
    pub problem: String,
    /// How to get a right value.
    pub remedy: String,
}

/// Everything that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => write!(f, "1 problem with the configuration:")?,
            count => write!(f, "{count} problems with the configuration:")?,
        }
        for Problem {
            variable,
            problem,
            remedy,
        } in &self.0
        {
            write!(f, "\n  {variable} {problem}\n    → {remedy}")?;
        }
        Ok(())
    }
}

/// What is wrong with a value, and what to do about it.
pub(super) type Complaint = (String, String);

pub(super) fn complaint<T>(problem: &str, remedy: &str) -> Result<T, Complaint> {
    Err((problem.to_owned(), remedy.to_owned()))
}
