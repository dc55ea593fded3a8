//! `/debug/parts`: each part of the style sheet in each of its states, in both colour schemes.
//!
//! For developers who style an app of their own. The buttons and fields do nothing.

use crate::{
    ui::{Chip, Entry, Head, Table},
    users::Person,
};
use leptos::prelude::*;

/// A part by itself: its name, and its states.
type Part = (&'static str, AnyView);

/// The page.
pub fn page() -> impl IntoView {
    view! {
        <Head title="Parts" description="Each part of the style sheet, in each of its states." />
        <div class="stack">
            <h1>"Parts"</h1>
            <p class="quiet">
                "What " <code>"style/main.css"</code>
                " has for every page, in light and in dark. In development only. Pages that say one thing are at "
                <a href="/signed-out">"/signed-out"</a> ", " <a href="/account-deleted">"/account-deleted"</a> ", "
                <a href="/sign-in-failed">"/sign-in-failed"</a> " and " <a href="/nothing">"/nothing"</a> "."
            </p>
        </div>
        {scheme("light", "Light")}
        {scheme("dark", "Dark")}
    }
}

fn scheme(class: &'static str, name: &'static str) -> impl IntoView {
    let id = |part: &str| format!("{class}-{}", part.to_lowercase());
    let parts = parts_of(class).map(|(part, states)| {
        view! {
            <section class="section" aria-labelledby=format!("{class} {}", id(part))>
                <h3 id=id(part)>{part}</h3>
                <div class="stack">{states}</div>
            </section>
        }
    });
    view! {
        <div class=format!("scheme {class}")>
            <h2 id=class>{name}</h2>
            {parts.collect_view()}
        </div>
    }
}

/// `scheme` is part of ids, which are there twice otherwise.
fn parts_of(scheme: &'static str) -> [Part; 10] {
    [
        ("Buttons", buttons().into_any()),
        ("Fields", fields(scheme).into_any()),
        ("Status", status().into_any()),
        ("Avatars", avatars().into_any()),
        ("Chips", chips().into_any()),
        ("Banners", banners().into_any()),
        ("Cards", cards().into_any()),
        ("Entries", entries(scheme).into_any()),
        ("Tables", tables(scheme).into_any()),
        ("Text", text().into_any()),
    ]
}

fn buttons() -> impl IntoView {
    let kinds = ["", "primary", "bare", "danger", "primary big"].map(|kind| {
        let class = format!("button {kind}");
        view! {
            <p class="row">
                <button class=class.clone() type="button">{format!("Button {kind}")}</button>
                <button class=class.clone() type="button" disabled>"Disabled"</button>
                <button class=class.clone() type="button" aria-busy="true">"Busy"</button>
                <button class=class type="button" aria-pressed="true">"Pressed"</button>
            </p>
        }
    });
    kinds.collect_view()
}

fn fields(scheme: &'static str) -> impl IntoView {
    let id = |name: &str| format!("{scheme}-{name}");
    view! {
        <div class="field">
            <label for=id("plain")>"Label " <span class="optional">"(optional)"</span></label>
            <p class="hint" id=id("hint")>"A hint before the field."</p>
            <input id=id("plain") aria-describedby=id("hint") />
        </div>
        <div class="field">
            <label for=id("wrong")>"Label"</label>
            <input id=id("wrong") value="wrong" aria-invalid="true" aria-describedby=id("error") />
            <p class="error" id=id("error")>"What is wrong, and what to do."</p>
        </div>
    }
}

fn status() -> impl IntoView {
    ["", "good", "warn", "bad"].map(|tone| {
        view! { <p><span class=format!("status {tone}")>{format!("Status {tone}")}</span></p> }
    })
}

fn avatars() -> impl IntoView {
    let hues = (0..12).map(|hue| view! { <span class=format!("avatar hue-{hue}")>"AL"</span> " " });
    view! {
        <p class="row">{hues.collect_view()}</p>
        <p class="row">
            <span class="avatar big hue-8">"AL"</span>
            <span class="avatar big">"AL" <img src="/favicon.svg" alt="" /></span>
        </p>
    }
}

fn chips() -> impl IntoView {
    view! {
        <p><Chip value="user_01ABC".to_owned() what="a value" /></p>
        <ul class="tags">
            <li>"notes:read"</li>
            <li>"notes:write"</li>
        </ul>
    }
}

fn banners() -> impl IntoView {
    ["", "warning", "danger", "impersonation", "development"].map(|kind| {
        view! { <div class=format!("banner {kind}")><p>{format!("Banner {kind}")}</p></div> }
    })
}

fn cards() -> impl IntoView {
    view! {
        <div class="card"><p>"Card"</p></div>
        <div class="empty">
            <h4>"Empty"</h4>
            <p class="quiet">"What to do, where there is nothing yet."</p>
        </div>
    }
}

fn entries(scheme: &'static str) -> impl IntoView {
    let entry = |name: Option<&str>| {
        let by = Person::new("user_ada".to_owned(), name.map(str::to_owned), None, None);
        view! { <Entry by text="What they say." /> }
    };
    view! {
        <ol class="entries" role="list" aria-labelledby=format!("{scheme}-entries")>
            <li>
                {entry(Some("Ada"))}
                <button class="button" type="button" aria-label="Remove “What they say.”">"Remove"</button>
            </li>
            <li class="adding">{entry(Some("Ada"))}</li>
            <li>{entry(None)}</li>
        </ol>
    }
}

fn tables(scheme: &'static str) -> impl IntoView {
    let row = view! {
        <tr>
            <th scope="row">"Acme"</th>
            <td>"admin"</td>
            <td><button class="button" type="button">"Switch"</button></td>
        </tr>
    };
    view! {
        <Table label=format!("{scheme}-tables") columns=["Column", "Column", "Column"] rows=row />
        <dl class="facts">
            <dt>"Fact"</dt>
            <dd>"Its value"</dd>
            <dt>"Another"</dt>
            <dd><code>"a code"</code></dd>
        </dl>
        <dl class="codes">
            <dt>"Reason"</dt>
            <dd><code>"for_support"</code></dd>
        </dl>
    }
}

fn text() -> impl IntoView {
    view! {
        <p>"Text, " <a href="#main">"a link"</a> ", " <code>"code"</code> " and " <strong>"weight"</strong> "."</p>
        <p class="quiet">"Quiet text."</p>
        <p class="quiet small">"Small and quiet."</p>
        <pre class="source"><code>"let it = " <b>"source"</b> ";"</code></pre>
        <ol class="trace">
            <li>
                <p class="step"><code>"One"</code> " " <span class="num">"200"</span></p>
                <p>"What happens first."</p>
            </li>
            <li>
                <p class="step"><code>"Two"</code> " " <span class="num">"302"</span></p>
                <p>"And then."</p>
            </li>
        </ol>
    }
}
