//! The island of notes: a form, and the list, current in every open browser of the organization.

// The `island` macro makes a type for the props that it does not document.
#![allow(missing_docs)]

use super::model::{ListNotes, Note, RemoveNote, Words, WriteNote};
use crate::{ui::PersonAvatar, users::Person};
use authkit_leptos::use_auth;
use authkit_live::{
    ConnectionState, FormProblem, LiveForm, NewsRegion, PageStart, Preloaded, TextArea, is_pending,
    use_forms, use_live_query, use_news,
};
use leptos::prelude::*;

#[cfg_attr(feature = "split", island(lazy))]
#[cfg_attr(not(feature = "split"), island)]
pub fn Notes(preloaded: Preloaded<ListNotes>, start: PageStart) -> impl IntoView {
    let news = use_news();
    let forms = use_forms(start, news);
    let notes = use_live_query(preloaded);
    let me = use_auth().with_untracked(|auth| Some(Person::from(auth.identity()?.user.clone())));
    let my_id = me.as_ref().map(|me| me.id.clone());
    let write = forms
        .make::<WriteNote>()
        .shows(notes, move |notes, sent| {
            let id = sent.answer().map_or(sent.pending_id(), String::as_str);
            let note = |written_by| Note {
                id: id.to_owned(),
                text: sent.text.clone(),
                written_by,
            };
            notes.splice(0..0, me.clone().map(note));
        })
        .says(|_| "Your note is written.".to_owned())
        .fails(|sent| format!("“{}” was not written.", sent.text))
        .done();
    let remove = forms
        .make::<RemoveNote>()
        .shows(notes, |notes, sent| notes.retain(|note| note.id != sent.id))
        .says(|_| "Your note is removed.".to_owned())
        .focuses("latest")
        .done();
    let row = move |note: Note| {
        let (who, text) = (note.written_by, note.text.to_string());
        let is_mine = my_id.as_ref() == Some(&who.id);
        let class = is_pending(&note.id).then_some("adding");
        let label = format!("Remove “{text}”");
        let remover = (is_mine && class.is_none()).then(|| {
            view! {
                <LiveForm form=remove hidden=vec![("id", note.id)]>
                    <button class="button" type="submit" aria-label=label>
                        "Remove"
                    </button>
                </LiveForm>
            }
        });
        let name = who.display_name().to_owned();
        view! {
            <li class=class>
                <PersonAvatar person=who />
                <p>
                    <bdi class="quiet small">{name}</bdi>
                    <span>{text}</span>
                </p>
                {remover}
            </li>
        }
    };
    let key = |note: &Note| note.written_by.row_key(&note.id);
    view! {
        <LiveForm form=write class="field add">
            <TextArea form=write name="text" label="Note" rows=2 maxlength=Words::MAXLENGTH />
            <button class="button primary big" type="submit">
                "Write"
            </button>
        </LiveForm>
        <section aria-labelledby="latest">
            <div class="row">
                <h2 id="latest" tabindex="-1">
                    "Latest notes"
                </h2>
                <ConnectionState />
            </div>
            <FormProblem forms />
            <NewsRegion news />
            <ol class="entries" role="list" aria-labelledby="latest">
                <For each=move || notes.answer().get() key children=row.clone() />
            </ol>
        </section>
    }
}
