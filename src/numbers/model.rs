//! The types of the feature, for server and browser: a number, and the query for the list of them.
//!
//! A value out of range can't be constructed: parsing and deserializing refuse it.

use super::error::NumbersError;
use crate::users::Person;
use authkit_live::{LiveQuery, Written};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A number that a user added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    /// A ULID: unique, and sorts by time.
    pub id: String,
    /// The number itself.
    pub value: Value,
    /// The user who added it.
    pub added_by: Person,
    /// When it was added: seconds since the epoch.
    pub added_at: u64,
}

/// The value of a number: whole, from [`MIN`](Self::MIN) to [`MAX`](Self::MAX).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Value(i32);

impl Value {
    /// The smallest.
    pub const MIN: i32 = -1_000_000;
    /// The largest.
    pub const MAX: i32 = 1_000_000;

    /// Parses a value as it is typed.
    ///
    /// # Errors
    /// [`NumbersError::Value`].
    ///
    /// ```
    /// use starter::numbers::model::Value;
    /// assert_eq!(Value::parse(" 42 ").map(i64::from), Ok(42));
    /// assert!(Value::parse("4.2").is_err() && Value::parse("1000001").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, NumbersError> {
        let number: i64 = text.trim().parse().map_err(|_| NumbersError::Value)?;
        number.try_into()
    }
}

impl TryFrom<i64> for Value {
    type Error = NumbersError;

    fn try_from(number: i64) -> Result<Self, NumbersError> {
        i32::try_from(number)
            .ok()
            .filter(|number| (Self::MIN..=Self::MAX).contains(number))
            .map(Self)
            .ok_or(NumbersError::Value)
    }
}

impl fmt::Display for Value {
    /// With a minus sign and a thousands separator: −1,000.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "−" } else { "" };
        match self.0.unsigned_abs() {
            small @ ..1_000 => write!(f, "{sign}{small}"),
            large @ ..1_000_000 => write!(f, "{sign}{},{:03}", large / 1_000, large % 1_000),
            // No value is larger.
            _ => write!(f, "{sign}1,000,000"),
        }
    }
}

impl From<Value> for i64 {
    fn from(Value(number): Value) -> Self {
        number.into()
    }
}

/// Number of numbers asked for: from 1 to [`MAX`](Self::MAX).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Count(u8);

impl Count {
    /// The largest count.
    pub const MAX: u8 = 100;
}

impl Default for Count {
    fn default() -> Self {
        Self(20)
    }
}

impl TryFrom<i64> for Count {
    type Error = NumbersError;

    fn try_from(count: i64) -> Result<Self, NumbersError> {
        u8::try_from(count)
            .ok()
            .filter(|count| (1..=Self::MAX).contains(count))
            .map(Self)
            .ok_or(NumbersError::Count)
    }
}

impl From<Count> for i64 {
    fn from(Count(count): Count) -> Self {
        count.into()
    }
}

impl From<Count> for usize {
    fn from(Count(count): Count) -> Self {
        count.into()
    }
}

/// Asks for the latest numbers, newest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListNumbers {
    /// The length of the list.
    pub count: Count,
}

impl LiveQuery for ListNumbers {
    const NAME: &'static str = "list_numbers";
    type Answer = Vec<Number>;
}

/// A number was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// Its id.
    pub id: String,
    /// The topics it changed, and their revision.
    pub written: Written,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_whole_number_within_range() {
        for (text, value) in [
            ("0", Some(0)),
            ("-7", Some(-7)),
            (" 1000000\n", Some(1_000_000)),
            ("-1000000", Some(-1_000_000)),
            ("1000001", None),
            ("-1000001", None),
            ("99999999999999999999999", None),
            ("4294967338", None),
            ("", None),
            ("1.0", None),
            ("1e3", None),
            ("NaN", None),
            ("٣", None),
        ] {
            let parsed = Value::parse(text).map(i64::from);
            assert_eq!(parsed, value.ok_or(NumbersError::Value), "{text:?}");
        }
    }

    #[test]
    fn a_value_is_shown_as_people_write_it() {
        for (number, text) in [
            (0, "0"),
            (-7, "−7"),
            (999, "999"),
            (1_005, "1,005"),
            (-123_456, "−123,456"),
            (1_000_000, "1,000,000"),
            (-1_000_000, "−1,000,000"),
        ] {
            assert_eq!(Value::try_from(number).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_value_out_of_range_is_not_read_from_json_either() {
        assert!(serde_json::from_str::<Value>("7").is_ok());
        for json in ["1000001", "1.5", "\"7\"", "null"] {
            assert!(serde_json::from_str::<Value>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn counts_are_from_one_to_a_hundred() {
        for (count, good) in [
            (1, true),
            (100, true),
            (0, false),
            (101, false),
            (-1, false),
        ] {
            assert_eq!(Count::try_from(count).is_ok(), good, "{count}");
        }
        assert!(Count::try_from(257).is_err() && Count::try_from(i64::MIN).is_err());
    }
}
