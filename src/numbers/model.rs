//! The types of the feature, for server and browser: a number, the query for the list of them, and what may be done.
//!
//! A value out of range can't be constructed: parsing and deserializing refuse it.

use crate::users::Person;
use authkit_live::{LiveQuery, Mutation, Whole};
use serde::{Deserialize, Serialize};

/// The value of a number.
pub type Value = Whole<-1_000_000, 1_000_000>;

/// A number that a user added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::FromRow))]
pub struct Number {
    /// A ULID: unique, and sorts by time.
    pub id: String,
    /// The number itself.
    pub value: Value,
    /// The user who added it.
    #[cfg_attr(feature = "ssr", sqlx(flatten))]
    pub added_by: Person,
    /// When it was added: seconds since the epoch.
    #[cfg_attr(feature = "ssr", sqlx(try_from = "i64"))]
    pub added_at: u64,
}

/// How many numbers are asked for.
pub type Count = Whole<1, 100>;

/// Asks for the latest numbers, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListNumbers {
    /// The length of the list.
    pub count: Count,
}

impl Default for ListNumbers {
    fn default() -> Self {
        let count = Count::of::<20>();
        Self { count }
    }
}

impl LiveQuery for ListNumbers {
    const NAME: &'static str = "list_numbers";
    type Answer = Vec<Number>;
}

/// Adds a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddNumber {
    /// Its value.
    pub value: Value,
}

impl Mutation for AddNumber {
    const NAME: &'static str = "add_number";
    type Answer = Added;
}

/// A number was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// Its id.
    pub id: String,
}

/// Removes a number of the caller, or any number if the caller has the role `admin`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveNumber {
    /// Its id.
    pub id: String,
}

impl Mutation for RemoveNumber {
    const NAME: &'static str = "remove_number";
    type Answer = Value;
}
