//! [`Whole`] and [`Text`] in columns: they are bound to a statement and read from a row like the number or text they are. And
//! [`Bit`], for `bool`.
//!
//! Called by sqlx. What a column has is checked as what a form sends is: nothing else becomes such a value.

use crate::values::{Text, Whole};
use sqlx::{Database, Decode, Encode, Type, encode::IsNull, error::BoxDynError};

/// How a `bool` is read from a column of `BIGINT`, which has 0 or 1: SQLite has no other, and PostgreSQL's own is not SQLite's.
///
/// ```
/// #[derive(sqlx::FromRow)]
/// struct Task {
///     id: String,
///     #[sqlx(try_from = "authkit_live::server::Bit")]
///     done: bool,
/// }
/// ```
pub type Bit = Whole<0, 1>;

impl From<Bit> for bool {
    fn from(bit: Bit) -> Self {
        i64::from(bit) == 1
    }
}

/// For a column of `BIGINT`.
impl<DB: Database, const MIN: i64, const MAX: i64> Type<DB> for Whole<MIN, MAX>
where
    i64: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        i64::type_info()
    }

    fn compatible(info: &DB::TypeInfo) -> bool {
        i64::compatible(info)
    }
}

impl<'q, DB: Database, const MIN: i64, const MAX: i64> Encode<'q, DB> for Whole<MIN, MAX>
where
    i64: Encode<'q, DB>,
{
    fn encode_by_ref(&self, to: &mut DB::ArgumentBuffer<'q>) -> Result<IsNull, BoxDynError> {
        i64::from(*self).encode_by_ref(to)
    }
}

impl<'r, DB: Database, const MIN: i64, const MAX: i64> Decode<'r, DB> for Whole<MIN, MAX>
where
    i64: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(i64::decode(value)?.try_into()?)
    }
}

/// For a column of `TEXT`.
impl<DB: Database, const MIN: usize, const MAX: usize, const LINES: bool> Type<DB>
    for Text<MIN, MAX, LINES>
where
    String: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        String::type_info()
    }

    fn compatible(info: &DB::TypeInfo) -> bool {
        String::compatible(info)
    }
}

impl<'q, DB: Database, const MIN: usize, const MAX: usize, const LINES: bool> Encode<'q, DB>
    for Text<MIN, MAX, LINES>
where
    String: Encode<'q, DB>,
{
    fn encode_by_ref(&self, to: &mut DB::ArgumentBuffer<'q>) -> Result<IsNull, BoxDynError> {
        self.as_ref().to_owned().encode_by_ref(to)
    }
}

impl<'r, DB: Database, const MIN: usize, const MAX: usize, const LINES: bool> Decode<'r, DB>
    for Text<MIN, MAX, LINES>
where
    String: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(String::decode(value)?.parse()?)
    }
}
