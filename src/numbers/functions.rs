//! The server functions of numbers: an API for the page, for plain forms and for programs.
//!
//! The first line of each says who may call it.

#[cfg(feature = "ssr")]
use super::transactions;
use super::{
    error::NumbersError,
    model::{Added, Number},
};
#[cfg(feature = "ssr")]
use authkit_leptos::server::guard::{self, AuthKitUser};
use authkit_live::Written;
use leptos::{prelude::server, server_fn::codec::GetUrl};

/// The latest numbers, newest first: `GET /api/list_numbers?count=20`.
#[server(prefix = "/api", endpoint = "list_numbers", input = GetUrl)]
pub async fn list_numbers(
    /// From 1 to 100; 20 by default.
    count: Option<i64>,
) -> Result<Vec<Number>, NumbersError> {
    guard::require::<AuthKitUser>()?;
    transactions::list(count).await
}

/// Adds a number: `POST /api/add_number`, `value=42`.
#[server(prefix = "/api", endpoint = "add_number")]
pub async fn add_number(
    /// As typed: see [`Value::parse`](super::model::Value::parse).
    value: String,
) -> Result<Added, NumbersError> {
    let user = guard::require::<AuthKitUser>()?;
    transactions::add(&user, &value).await
}

/// Removes a number of the caller, or any number if the caller has the role `admin`. `POST /api/remove_number`, `id=…`.
#[server(prefix = "/api", endpoint = "remove_number")]
pub async fn remove_number(
    /// Its id.
    id: String,
) -> Result<Written, NumbersError> {
    let user = guard::require::<AuthKitUser>()?;
    transactions::remove(&user, &id).await
}
