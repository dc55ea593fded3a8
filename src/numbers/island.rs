//! The island: the form and the list, current in every open browser.
//!
//! What is added or removed shows at once, and is taken back with a sentence if the server refuses it. Without scripts the
//! browser sends the same forms itself.

// The `island` macro makes a type for the props that it does not document.
#![allow(missing_docs)]

use super::model::{AddNumber, ListNumbers, Number, RemoveNumber, Value};
use crate::{ui::PersonAvatar, users::Person};
use authkit_leptos::{distance::in_words, use_auth};
use authkit_live::{
    ConnectionState, Field, Form, FormProblem, LiveForm, NewsRegion, PageStart, Preloaded, Sent,
    is_pending, ticking, use_forms, use_live_query, use_news, words,
};
use leptos::prelude::*;

/// The role whose users may remove any number.
const ADMIN: &str = "admin";
/// The id of the list's heading.
const LATEST: &str = "latest";

#[cfg_attr(feature = "split", island(lazy))]
#[cfg_attr(not(feature = "split"), island)]
pub fn Numbers(preloaded: Preloaded<ListNumbers>, start: PageStart) -> impl IntoView {
    let (auth, now, news) = (use_auth(), ticking(start.now), use_news());
    let count = preloaded.query.count.to_usize();
    let numbers = use_live_query(preloaded);
    let forms = use_forms(start, news);
    let me = auth.with_untracked(|auth| auth.identity().map(|me| Person::from(me.user.clone())));
    let my_id = me.as_ref().map(|me| me.id.clone());
    let add = forms
        .make::<AddNumber>()
        .shows(numbers, move |numbers, sent| {
            let added_at = now.get_untracked();
            numbers.splice(0..0, me.clone().map(|me| Number::sent(sent, me, added_at)));
            numbers.truncate(count);
        })
        .says(|sent| format!("You added {}.", sent.value))
        .fails(|sent| format!("{} was not added.", sent.value))
        .done();
    let remove = forms
        .make::<RemoveNumber>()
        .shows(numbers, |list, sent| list.retain(|it| it.id != sent.id))
        .says(|sent| {
            sent.answer()
                .map_or_else(String::new, |value| format!("You removed {value}."))
        })
        .fails(move |sent| {
            let numbers = numbers.answer().get_untracked();
            let number = numbers.into_iter().find(|number| number.id == sent.id);
            number.map_or_else(String::new, |it| format!("{} was not removed.", it.value))
        })
        .focuses(LATEST)
        .done();
    news.follow(
        numbers.answer(),
        move |number: &Number| (my_id.as_ref() != Some(&number.added_by.id)).then_some(&*number.id),
        |number| format!("{} added {}.", number.added_by.display_name(), number.value),
        |count| format!("{count} new numbers."),
    );
    // Whether the page is open for a while: a row that comes then moves.
    let is_open = StoredValue::new(false);
    Effect::new(move |_| is_open.set_value(true));
    let key = |number: &Number| number.added_by.row_key(&number.id);
    view! {
        <LiveForm form=add class="field add">
            <Field
                form=add
                name="value"
                label="Number"
                kind="number"
                min=Value::MIN
                max=Value::MAX
                hint="Whole, from −1,000,000 to 1,000,000."
            />
            <button class="button primary big" type="submit">
                "Add number"
            </button>
        </LiveForm>
        <section aria-labelledby=LATEST>
            <div class="row">
                <h2 id=LATEST tabindex="-1">
                    "Latest numbers"
                </h2>
                <ConnectionState />
            </div>
            <FormProblem forms />
            <NewsRegion news />
            // Said twice for WebKit, which takes a list without markers for none.
            <ol class="numbers" role="list" aria-labelledby=LATEST>
                <For
                    each=move || numbers.answer().get()
                    key
                    children=move |number| row(number, now, remove, is_open)
                />
            </ol>
            // Hidden by the stylesheet as soon as there is one.
            <p class="empty">"No numbers yet. Add the first one."</p>
        </section>
    }
}

impl Number {
    /// One that is being added, or was a moment ago.
    fn sent(sent: &Sent<AddNumber>, added_by: Person, added_at: u64) -> Self {
        let id = sent.answer().map_or(sent.pending_id(), |added| &added.id);
        Self {
            id: id.to_owned(),
            value: sent.value,
            added_by,
            added_at,
        }
    }
}

/// `now` is in seconds since the epoch, by the server's clock.
fn row(
    number: Number,
    now: ReadSignal<u64>,
    remove: Form,
    is_open: StoredValue<bool>,
) -> impl IntoView {
    let Number {
        value, added_at, ..
    } = number;
    let is_adding = is_pending(&number.id);
    let (auth, who) = (use_auth(), number.added_by);
    let is_mine = auth.with_untracked(|auth| auth.identity().is_some_and(|me| me.is(&who.id)));
    let name = match is_mine {
        true => "You".to_owned(),
        false => who.display_name().to_owned(),
    };
    let when = move || match is_adding {
        true => "adding…".to_owned(),
        // The clock of the server that stored it may be ahead.
        false => in_words(added_at.min(now.get().saturating_sub(1)), now.get()),
    };
    let class = match (is_adding, is_open.get_value()) {
        (true, _) => "adding",
        // One's own was shown when it was sent.
        (false, true) if !is_mine => "new",
        (false, _) => "",
    };
    let is_admin = move || auth.with(|auth| auth.identity().is_some_and(|me| me.has_role(ADMIN)));
    let remover = move || {
        // The role may change while the page is open.
        let may_remove = !is_adding && (is_mine || is_admin());
        may_remove.then(|| {
            let hidden = vec![("id", number.id.clone())];
            view! {
                <LiveForm form=remove hidden>
                    <button class="button" type="submit" aria-label=format!("Remove {value}")>
                        "Remove"
                    </button>
                </LiveForm>
            }
        })
    };
    view! {
        <li class=class>
            <strong class="value num">{value.to_string()}</strong>
            <PersonAvatar person=who />
            <p><bdi>{name}</bdi> " " <span class="quiet small">{words(when)}</span></p>
            {remover}
        </li>
    }
}
