//! Contents of a token as a table: its claims, or the parameters of its header.
//!
//! For pages of users and of developers. Dates are formatted; values are shown as they are otherwise.

use super::table::Table;
use authkit_live::moment;
use leptos::prelude::*;
use serde_json::{Map, Value};

/// Claims that are dates (RFC 7519 §2, `NumericDate`).
const DATES: [&str; 4] = ["iat", "nbf", "exp", "auth_time"];

/// A claim, or a header parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Its name.
    pub name: String,
    /// Its value, formatted.
    pub value: String,
}

impl Claim {
    /// Meaning of the common claims; empty for others.
    fn meaning(&self) -> &'static str {
        match self.name.as_str() {
            "alg" => "How it is signed",
            "kid" => "Which of the issuer’s keys",
            "typ" => "What kind of token",
            "iss" => "Who issued it",
            "sub" => "Whose it is",
            "aud" => "Whom it is meant for",
            "sid" => "This session",
            "jti" => "This token",
            "client_id" => "The app it was made for",
            "org_id" => "The organization",
            "role" => "The role there",
            "roles" => "The roles there",
            "permissions" => "What is permitted there",
            "iat" => "Issued",
            "nbf" => "Valid from",
            "exp" => "Expires",
            "auth_time" => "When the user signed in",
            "act" => "Who is acting for the user",
            _ => "",
        }
    }
}

/// A table of claims, each with what it means; `label` is the id of the heading above it.
///
/// ```
/// use authkit_app::inspect::{Claims, claims};
/// use leptos::prelude::*;
///
/// let token = serde_json::json!({ "sub": "user_1", "exp": 1_700_000_000 });
/// let claims = claims(token.as_object().unwrap());
/// let table = view! { <Claims claims label="claims" /> };
/// # assert!(table.to_html().contains("user_1"));
/// ```
#[component]
pub fn Claims(claims: Vec<Claim>, #[prop(into)] label: String) -> impl IntoView {
    let rows = claims
        .into_iter()
        .map(|claim| {
            let meaning = claim.meaning();
            view! {
                <tr>
                    <th scope="row">
                        <code>{claim.name}</code>
                    </th>
                    <td>
                        <code>{claim.value}</code>
                    </td>
                    <td>{meaning}</td>
                </tr>
            }
        })
        .collect_view();
    view! { <Table label columns=["Name", "Value", "Meaning"] rows /> }
}

/// The claims with their values formatted.
pub fn claims(claims: &Map<String, Value>) -> Vec<Claim> {
    let claim = |(name, value): (&String, &Value)| Claim {
        value: in_words(name, value),
        name: name.clone(),
    };
    claims.iter().map(claim).collect()
}

fn in_words(name: &str, value: &Value) -> String {
    match value {
        Value::Number(number) if DATES.contains(&name) => number
            .as_u64()
            .map_or_else(|| number.to_string(), |seconds| moment(seconds).text),
        Value::String(text) => text.clone(),
        Value::Array(items) => items
            .iter()
            .map(|item| in_words("", item))
            .collect::<Vec<_>>()
            .join(", "),
        other => other.to_string(),
    }
}
