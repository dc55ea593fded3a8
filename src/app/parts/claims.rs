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

/// The table; `label` is the id of the heading above it.
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
    view! {
        <table class="table" aria-labelledby=label>
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col">"Value"</th>
                    <th scope="col">"Meaning"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
