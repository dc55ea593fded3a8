//! [`arguments_of_address`]: what the address of the page says that is being rendered.
//!
//! Called by pages, which also show what was refused. The address is a stranger's: its types are all there is between
//! it and a query.

use crate::address::{Arguments, FromAddress};
use axum::extract::FromRequestParts;
use http::{Uri, request::Parts};
use leptos::prelude::with_context;
use std::convert::Infallible;

/// What the address of this request says, for pages of Leptos. Everything is the default where there is no request, as
/// when Leptos collects the routes at start.
///
/// ```
/// # use authkit_live::{FromAddress, LiveQuery, server::arguments_of_address};
/// # use leptos::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
/// # struct FindNames { search: String }
/// # impl LiveQuery for FindNames { const NAME: &'static str = "find_names"; type Answer = Vec<String>; }
/// fn page() -> impl IntoView {
///     let FromAddress { arguments, refused } = arguments_of_address::<FindNames>();
///     let wrong = (!refused.is_empty()).then(|| format!("Not understood: {}.", refused.join(", ")));
///     view! {
///         <p role="alert">{wrong}</p>
///         <input name="search" value=arguments.search />
///     }
/// }
/// ```
#[must_use]
pub fn arguments_of_address<T: Arguments>() -> FromAddress<T> {
    with_context::<Parts, _>(|request| of(&request.uri)).unwrap_or_default()
}

fn of<T: Arguments>(uri: &Uri) -> FromAddress<T> {
    FromAddress::read(uri.query().unwrap_or_default())
}

/// For axum handlers. Never refuses a request: it says what was refused.
impl<T: Arguments, S: Send + Sync> FromRequestParts<S> for FromAddress<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(of(&parts.uri))
    }
}
