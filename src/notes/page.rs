//! The page of notes, `/notes`: for users in an organization.

use super::data::{ListNotes, Note, RemoveNote, Words, WriteNote};
use crate::{
    ui::{Entry, FeaturePage},
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
    let added = |by| view! { <Entry by text="{text}" /> }.into_any();
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
                    adds=Person::me().map(added)
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
        let (remove, user) = (use_form::<RemoveNote>(), note.written_by.id.clone());
        let label = format!("Remove “{}”", note.text);
        let says = "Your note is removed.";
        view! {
            <Entry by=note.written_by text=note.text />
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
