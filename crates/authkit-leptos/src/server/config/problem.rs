//! What is wrong with a configuration, told so that it can be put right in one go.

use std::fmt;

/// One thing that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The variable.
    pub variable: &'static str,
    /// Whether the app could start like this.
    pub severity: Severity,
    /// What is wrong with it. Never its value, if that is a secret.
    pub problem: String,
    /// How to get a right value.
    pub remedy: String,
}

/// What a problem prevents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Severity {
    /// The configuration does not work.
    Unusable,
    /// The configuration works and is not safe: development may go on, a deployed app must not start.
    Unsafe,
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
        for problem in &self.0 {
            write!(f, "\n  {problem}\n    → {}", problem.remedy)?;
        }
        Ok(())
    }
}

/// The variable and what is wrong with it, without the remedy.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.variable, self.problem)
    }
}

/// What is wrong with a value, and what to do about it.
pub(super) type Complaint = (String, String);

pub(super) fn complaint<T>(problem: &str, remedy: &str) -> Result<T, Complaint> {
    Err((problem.to_owned(), remedy.to_owned()))
}

/// The same, about a value that works and is not safe.
pub(super) fn risk(problem: &str, remedy: &str) -> Option<Complaint> {
    Some((problem.to_owned(), remedy.to_owned()))
}
