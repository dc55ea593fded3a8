//! Finds the reason codes that sources can write, and holds a page about them against the sources.
//!
//! Called by a test, with the source folders of the workspace. It reads Rust as `syn` parses it, and never runs it. An
//! expression that it can't follow to its codes is a fault, never passed over.

mod expression;
mod finder;
mod page;
mod sources;

pub use finder::{Findings, Passage, Site, find};
pub use page::{Mechanical, Page};
pub use sources::{Sources, Unreadable};
