//! What [`Inspect`](super::Inspect) shows. Has claims and verdicts, never a token or a signature.

use super::{
    claims::{Claims, claims},
    table::Table,
};
use authkit_leptos::{
    AuthState, Identity,
    server::{
        Inspection, SessionCookie,
        token::{Examination, Verdict},
    },
};
use authkit_live::{Time, moment};
use leptos::{either::Either, prelude::*};

/// How a page shows an id: the id, and what it is.
pub type ShowId = fn(String, &'static str) -> AnyView;

/// The page at `path`. `pasted` is the examination of the token in the form.
#[component]
pub fn Found(
    path: &'static str,
    show_id: ShowId,
    inspection: Inspection,
    pasted: Option<Examination>,
) -> impl IntoView {
    let pasted = pasted.map(|examination| {
        view! {
            <Token
                examination
                id="pasted"
                heading="The pasted token"
                text="What it says, checked or not, and what each provider says of it."
            />
        }
    });
    let (heading, text) = match inspection.bearer {
        Some(_) => (
            "The token in the Authorization header",
            "The access token that came with this request. Cookies are not looked at then.",
        ),
        None => (
            "The session’s token",
            "The access token in the session cookie. It is renewed before it expires.",
        ),
    };
    let own = inspection
        .token
        .clone()
        .map(|examination| view! { <Token examination id="own" heading text /> });
    view! {
        <div class="stack">
            <h1>"Session and tokens"</h1>
            <p class="quiet">
                "Who this server takes you for, and why a token is accepted or refused. In development only."
            </p>
        </div>
        <PasteBox path />
        {pasted}
        <Session inspection show_id />
        {own}
    }
}

#[component]
fn PasteBox(path: &'static str) -> impl IntoView {
    // The fragment takes the browser to the answer.
    let action = format!("{path}#pasted");
    view! {
        <section class="section" aria-labelledby="paste">
            <div>
                <h2 id="paste">"Check a token"</h2>
                <p>"Any JSON Web Token, whoever issued it."</p>
            </div>
            <form class="stack" method="post" action=action>
                <div class="field">
                    <label for="token">"Token"</label>
                    <p class="hint" id="token-hint">
                        "It is looked at and forgotten: not shown again, not logged, not in the address."
                    </p>
                    <input
                        id="token"
                        name="token"
                        type="text"
                        required
                        autocomplete="off"
                        autocapitalize="off"
                        spellcheck="false"
                        aria-describedby="token-hint"
                    />
                </div>
                <button class="button primary" type="submit">
                    "Check"
                </button>
            </form>
        </section>
    }
}

#[component]
fn Session(inspection: Inspection, show_id: ShowId) -> impl IntoView {
    let (tone, state) = match &inspection.state {
        AuthState::SignedIn(_) => ("status good", "Signed in"),
        AuthState::SignedOut => ("status", "Signed out"),
        AuthState::Unavailable(_) => ("status warn", "Unavailable"),
    };
    let voucher = inspection.token.as_ref().map(|token| {
        let voucher = token.accepted_by().map(ToString::to_string);
        view! {
            <dt>"Vouched for by"</dt>
            <dd>
                {match voucher {
                    Some(provider) => Either::Left(view! { <code>{provider}</code> }),
                    None => Either::Right("Nobody"),
                }}
            </dd>
        }
    });
    let identity = inspection.state.identity().cloned();
    // A session that has ended, or that can't be verified.
    let other_id = match identity {
        Some(_) => None,
        None => inspection.session_id,
    };
    view! {
        <section class="section" aria-labelledby="session">
            <div>
                <h2 id="session">"Session"</h2>
                <p>"What the pages of this app are told."</p>
            </div>
            <dl class="facts">
                <dt>"State"</dt>
                <dd>
                    <span class=tone>{state}</span>
                </dd>
                {identity.map(|identity| view! { <Who identity show_id /> })}
                {other_id.map(|id| view! { <SessionId id show_id /> })}
                {voucher}
                {match inspection.bearer {
                    Some(outcome) => Either::Left(view! { <Bearer outcome /> }),
                    None => Either::Right(view! {
                        <dt>"Cookie"</dt>
                        <dd>
                            <Cookie cookie=inspection.cookie />
                        </dd>
                    }),
                }}
            </dl>
        </section>
    }
}

#[component]
fn Who(identity: Identity, show_id: ShowId) -> impl IntoView {
    let organization = identity.organization_id.map(|id| {
        view! {
            <dt>"Organization"</dt>
            <dd>{show_id(id, "organization id")}</dd>
        }
    });
    view! {
        <dt>"User"</dt>
        <dd>{identity.user.email}</dd>
        <dt>"User id"</dt>
        <dd>{show_id(identity.user.id, "user id")}</dd>
        <SessionId id=identity.session_id show_id />
        {organization}
        <dt>"Token expires"</dt>
        <dd>
            <Time moment=moment(identity.expires_at) />
        </dd>
    }
}

#[component]
fn SessionId(id: String, show_id: ShowId) -> impl IntoView {
    view! {
        <dt>"Session id"</dt>
        <dd>{show_id(id, "session id")}</dd>
    }
}

#[component]
fn Cookie(cookie: Option<SessionCookie>) -> impl IntoView {
    let Some(SessionCookie {
        name,
        pieces,
        bytes,
        refused,
        ..
    }) = cookie
    else {
        return Either::Left("None was sent");
    };
    let pieces = match pieces {
        1 => "one piece".to_owned(),
        pieces => format!("{pieces} pieces"),
    };
    let refused = refused.map(|reason| view! { ", refused: " <code>{reason}</code> });
    Either::Right(view! {
        <code>{name}</code>
        {format!(", {bytes} bytes in {pieces}")}
        {refused}
    })
}

/// The header, and the reason code if it was refused.
#[component]
fn Bearer(outcome: Result<(), &'static str>) -> impl IntoView {
    let outcome = match outcome {
        Ok(()) => Either::Left(", accepted"),
        Err(reason) => Either::Right(view! { ", refused: " <code>{reason}</code> }),
    };
    view! {
        <dt>"Authorization"</dt>
        <dd>"Bearer" {outcome}</dd>
    }
}

/// A decoded token and the verdicts on it. The ids of the headings begin with `id`.
#[component]
fn Token(
    examination: Examination,
    id: &'static str,
    heading: &'static str,
    text: &'static str,
) -> impl IntoView {
    let refusal = examination.refusal();
    let verdict = match &refusal {
        None => view! { <span class="status good">"Accepted"</span> },
        Some(_) => view! { <span class="status bad">"Refused"</span> },
    };
    let decides = match &refusal {
        None => examination.accepted_by(),
        Some(refusal) => refusal.provider(),
    };
    let decides = decides.map(ToString::to_string);
    let reason = refusal.map(|refusal| {
        view! {
            <dt>"Because"</dt>
            <dd>{refusal.error.to_string()}</dd>
            <dt>"Reason code"</dt>
            <dd>
                <code>{refusal.error.code()}</code>
            </dd>
        }
    });
    let expires = examination
        .decoded
        .as_ref()
        .ok()
        .and_then(|decoded| decoded.date("exp"))
        .map(|at| {
            view! {
                <dt>"Expires"</dt>
                <dd>
                    <Time moment=moment(at) />
                </dd>
            }
        });
    let details = examination.decoded.ok().map(|decoded| {
        let [providers, header, said] =
            ["providers", "header", "claims"].map(|part| format!("{id}-{part}"));
        view! {
            <div class="section">
                <h3 id=providers.clone()>"Providers"</h3>
                <Verdicts verdicts=examination.verdicts decides label=providers />
            </div>
            <div class="section">
                <h3 id=header.clone()>"Header"</h3>
                <Claims claims=claims(&decoded.header) label=header />
            </div>
            <div class="section">
                <h3 id=said.clone()>"Claims"</h3>
                <Claims claims=claims(&decoded.claims) label=said />
            </div>
        }
    });
    view! {
        <section aria-labelledby=id>
            <div class="section">
                <div>
                    <h2 id=id>{heading}</h2>
                    <p>{text}</p>
                </div>
                <dl class="facts">
                    <dt>"Verdict"</dt>
                    <dd>{verdict}</dd>
                    {reason}
                    {expires}
                </dl>
            </div>
            {details}
        </section>
    }
}

/// The verdict of each provider; `decides` is the provider whose verdict counts.
#[component]
fn Verdicts(verdicts: Vec<Verdict>, decides: Option<String>, label: String) -> impl IntoView {
    let rows = verdicts
        .into_iter()
        .map(|Verdict { provider, outcome }| {
            let provider = provider.to_string();
            let (tone, verdict) = match &outcome {
                Ok(()) => ("status good small", "Accepted"),
                // The other providers are probably not the issuer of the token.
                Err(_) if decides.as_ref() == Some(&provider) => ("status bad small", "Refused"),
                Err(_) => ("status small", "Refused"),
            };
            let sentence = match outcome {
                Ok(()) => "Every check is passed".to_owned(),
                Err(error) => error.to_string(),
            };
            view! {
                <tr>
                    <th scope="row">
                        <code>{provider}</code>
                    </th>
                    <td>{sentence}</td>
                    <td>
                        <span class=tone>{verdict}</span>
                    </td>
                </tr>
            }
        })
        .collect_view();
    let columns = ["Provider", "First check that failed", "Verdict"];
    view! { <Table label columns rows /> }
}
