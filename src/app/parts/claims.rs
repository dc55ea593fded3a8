//! What a token says, as a table: claims, or the parameters of its header.

use leptos::prelude::*;

/// A claim, or a header parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Its name.
    pub name: String,
    /// Its value, in words.
    pub value: String,
}

impl Claim {
    /// What the claim is about, for the ones everybody has.
    fn meaning(&self) -> &'static str {
        match self.name.as_str() {
            "iss" => "Who issued it",
            "sub" => "Who you are",
            "aud" => "Whom it is meant for",
            "sid" => "This session",
            "jti" => "This token",
            "client_id" => "The app it was made for",
            "org_id" => "The organization",
            "role" => "Your role there",
            "roles" => "Your roles there",
            "permissions" => "What you may do there",
            "iat" => "Issued",
            "nbf" => "Valid from",
            "exp" => "Expires",
            "auth_time" => "When you signed in",
            "act" => "Who is acting as you",
            _ => "",
        }
    }
}

/// The table; `label` is the id of the heading above it.
#[component]
pub fn Claims(claims: Vec<Claim>, label: &'static str) -> impl IntoView {
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
    view! {
        <table class="table" aria-labelledby=label>
            <thead>
                <tr>
                    <th scope="col">"Claim"</th>
                    <th scope="col">"Value"</th>
                    <th scope="col">"Meaning"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
