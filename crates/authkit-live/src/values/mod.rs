//! Values that can't be wrong: what the arguments and answers of a feature are made of.
//!
//! Features name them, server and browser read them with the same rules, and a refusal is a sentence for the field it is
//! about. They know nothing of forms, of SQL and of how values travel.

mod text;
mod whole;

pub use text::{Limits, Line, NotText, Text};
pub use whole::{NotWhole, Whole};
