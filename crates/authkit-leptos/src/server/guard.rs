//! Guards, for the extractor [`Guarded`]. With Leptos, the module of this name has more: `leptos/guard.rs`.

pub use super::caller::{Guarded, NotAllowed, guard::*};
