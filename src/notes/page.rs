//! The page of notes, `/notes`: for users in an organization.

use super::data::{ListNotes, Note, RemoveNote, Words, WriteNote};
use crate::{
    ui::{FeaturePage, PersonAvatar},
    users::Person,
};
use authkit_live::{
    PageStart, Preloaded, TextArea,
    server::{List, ListForm, LiveList, OnlyFor, use_form},
};
use leptos::prelude::*;

/// Shows the organization's notes, or why they can't be shown.
pub fn page() -> impl IntoView {
    FeaturePage::new("Notes", ListNotes::default(), notes)
        .description("What your organization has noted, as it is written.")
        .island("LiveRows")
        .view()
}

fn notes(preloaded: Preloaded<ListNotes>, start: PageStart) -> AnyView {
    let write = use_form::<WriteNote>();
    let note = |(written_by, text)| Note {
        id: String::new(),
        text,
        written_by,
    };
    let added = Person::me().zip("{text}".parse().ok()).map(note);
    view! {
        <div class="split live">
            <div>
                <h1>"Notes"</h1>
                <p>
                    "Everybody in your organization reads and writes them, and nobody else. "
                    <a href="/account/organizations">"Switch organization"</a>
                </p>
            </div>
            <LiveList preloaded start heading="Latest notes" id="latest">
                <ListForm
                    form=write
                    class="field add"
                    limits=vec![("text", Words::LIMITS)]
                    adds=added.map(|note| ListNotes::row(note).into_any())
                    says="Your note is written."
                    fails="“{text}” was not written."
                >
                    <TextArea form=write name="text" label="Note" rows=2 />
                    <button class="button primary big" type="submit">
                        "Write"
                    </button>
                </ListForm>
            </LiveList>
        </div>
    }
    .into_any()
}

impl List for ListNotes {
    type Row = Note;

    fn id(note: &Note) -> &str {
        &note.id
    }

    fn row(note: Note) -> impl IntoView {
        let (who, text) = (note.written_by, note.text.into_string());
        let (name, user) = (who.display_name().to_owned(), who.id.clone());
        let remove = use_form::<RemoveNote>();
        let label = format!("Remove “{text}”");
        let says = "Your note is removed.";
        view! {
            <PersonAvatar person=who />
            <p>
                <bdi class="quiet small">{name}</bdi>
                <span>{text}</span>
            </p>
            <OnlyFor user>
                <ListForm form=remove hidden=vec![("id", note.id)] removes="id" says focuses="latest">
                    <button class="button" type="submit" aria-label=label>
                        "Remove"
                    </button>
                </ListForm>
            </OnlyFor>
        }
    }
}
