//! The page of notes, `/notes`: for users in an organization.

use super::{ListNotes, Note, Person, RemoveNote, Words, WriteNote};
use crate::ui::{Entry, FeaturePage};
use authkit_live::{
    Preloaded, TextArea,
    server::{List, ListForm, LiveList, OnlyFor, use_form},
};
use leptos::prelude::*;

/// Shows the organization's notes, or why they can't be shown.
pub fn page() -> impl IntoView {
    FeaturePage::list("Notes", ListNotes::default(), notes)
        .description("What your organization has noted, as it is written.")
        .view()
}

fn notes(preloaded: Preloaded<ListNotes>) -> impl IntoView {
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
            <LiveList preloaded heading="Latest notes" id="latest">
                <ListForm
                    form=write
                    class="field add"
                    adds=Person::me().map(added)
                    says="Your note is written."
                    fails="“{text}” was not written."
                >
                    <TextArea form=write name="text" label="Note" rows=2 limits=Words::LIMITS />
                    <button class="button primary big" type="submit">
                        "Write"
                    </button>
                </ListForm>
            </LiveList>
        </div>
    }
}

impl List for ListNotes {
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
