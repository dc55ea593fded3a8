//! The server half of live queries, put together in [`Live`].
//!
//! An app makes one [`Live`] over its [`Store`], registers its queries, and gives it to its pages and
//! server functions. Knows no table but its own, `live_topic`.

mod query;
mod store;

pub use query::Query;
pub use store::{Read, Store, StoreError, Write};
