//! [`Forms`]: what the forms of an island, or of a list, share: which problem is shown, what is said, and what they start from.
//!
//! An island, or the page of a list, makes it of its [`PageStart`], and each form of it. The server renders the same forms,
//! which work without scripts, with what went wrong with one that led back here. Knows no form of any feature.

mod field;
mod fields;
mod make;
mod sent;
mod submission;
mod turn;
mod view;

pub use field::{Field, FieldProblem, FormField, TextArea};
pub use make::{Form, MakeForm};
pub use sent::{Sent, is_pending};
pub use view::{FormProblem, LiveForm};
#[cfg(feature = "hydrate")]
pub(crate) use {
    field::{field_id, problem_id},
    fields::focus,
    make::Begin,
    sent::pending_id,
    submission::Submission,
    turn::all_come,
};

use self::turn::Turn;
use crate::{
    call::call_again,
    mutation::{Done, Mutation, Refused},
    page_start::PageStart,
    parts::News,
};
use leptos::prelude::*;
use std::{
    cell::Cell,
    sync::{Arc, Mutex, PoisonError},
};

/// What is said while an answer is missing.
const STILL_TRYING: &str = "The server has not answered yet. Still trying; nothing is done twice.";

/// After so many failures of a submission, which take half a minute, and less where answers of the stream end the waits, the
/// ones behind it are sent without waiting for it.
const PATIENCE: u32 = 7;

/// The forms of an island, or of a list; from [`use_forms`].
#[derive(Clone, Copy)]
pub struct Forms {
    /// What is wrong; empty if nothing is.
    problem: RwSignal<String>,
    /// [`STILL_TRYING`], or empty.
    trying: RwSignal<String>,
    news: News,
    inner: StoredValue<Arc<Mutex<Inner>>>,
}

#[derive(Default)]
struct Inner {
    start: PageStart,
    /// The form and the field at which the problem is; empty where it is at none.
    at: (String, String),
    /// The fields that are in the page, by form.
    fields: Vec<(&'static str, &'static str)>,
    /// Submissions whose answer was lost, and which are being sent again.
    trying: u32,
    /// Counts submissions.
    sent: u32,
    /// Mutation and arguments of those whose answer is not there yet.
    under_way: Vec<String>,
}

/// The forms of an island, for its body. `news` says what came of them.
///
/// ```
/// # use authkit_live::{Field, FormProblem, LiveForm, Mutation, NewsRegion, PageStart, Text, use_forms, use_news};
/// # use leptos::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// #[derive(Clone, PartialEq, Serialize, Deserialize)]
/// struct AddNote { text: Text<1, 80> }
/// impl Mutation for AddNote {
///     const NAME: &'static str = "add_note";
///     type Answer = ();
/// }
///
/// #[island]
/// fn Notes(start: PageStart) -> impl IntoView {
///     let news = use_news();
///     let forms = use_forms(start, news);
///     let add = forms.make::<AddNote>().says(|note| format!("You added {}.", note.text)).done();
///     view! {
///         <LiveForm form=add>
///             <Field form=add name="text" label="Note" />
///             <button type="submit">"Add"</button>
///         </LiveForm>
///         <FormProblem forms />
///         <NewsRegion news />
///     }
/// }
/// ```
#[must_use]
pub fn use_forms(start: PageStart, news: News) -> Forms {
    let mut inner = Inner {
        start,
        ..Inner::default()
    };
    let mut problem = String::new();
    if let Some(form) = &inner.start.refused {
        problem.clone_from(&form.refused.message);
        let field = form.refused.field.clone().unwrap_or_default();
        inner.at = (form.name.clone(), field);
    }
    Forms {
        problem: RwSignal::new(problem),
        trying: RwSignal::default(),
        news,
        inner: StoredValue::new(Arc::new(Mutex::new(inner))),
    }
}

impl Forms {
    /// A form for this mutation, in the making.
    pub fn make<M: Mutation>(self) -> MakeForm<M> {
        MakeForm::new(self)
    }

    /// [`call`](crate::call), for what no form of the island asks for, such as an answer to a key. It is sent after all
    /// that the page's forms have sent before, and while the answer is missing, the [`FormProblem`] says that the page is still
    /// trying.
    ///
    /// # Errors
    /// As [`call`](crate::call).
    ///
    /// ```
    /// # use authkit_live::{Forms, Mutation};
    /// # use leptos::{prelude::*, task::spawn_local};
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Clone, PartialEq, Serialize, Deserialize)]
    /// # struct ArchiveNote { id: String }
    /// # impl Mutation for ArchiveNote {
    /// #     const NAME: &'static str = "archive_note";
    /// #     type Answer = ();
    /// # }
    /// fn archive(forms: Forms, id: String) {
    ///     spawn_local(async move {
    ///         if let Err(refused) = forms.call(&ArchiveNote { id }).await {
    ///             leptos::logging::warn!("{refused}");
    ///         }
    ///     });
    /// }
    /// ```
    pub async fn call<M: Mutation>(self, arguments: &M) -> Result<Done<M::Answer>, Refused> {
        let trying = Trying::new(self);
        trying.turn.come().await;
        call_again(arguments, &mut || trying.again()).await
    }

    /// What is said of them.
    pub(crate) fn news(self) -> News {
        self.news
    }

    /// Calls back with each field, and with what is wrong with it, which is empty for most; again whenever it is something else,
    /// where it is called from an effect.
    #[cfg(feature = "hydrate")]
    pub(crate) fn each_field(self, mut shows: impl FnMut(&str, &str, String)) {
        let fields = self.with(|inner| inner.fields.clone());
        self.problem.track();
        for (form, field) in fields {
            shows(form, field, self.problem_at(form, field));
        }
    }

    /// Takes back what was said and shown of earlier submissions, so that screen readers read the same words again.
    fn clear(self) {
        self.problem.try_set(String::new());
        self.news.clear();
    }

    /// Shows what is wrong: at this field of this form, or, where it has none of that name, in the [`FormProblem`].
    fn show(self, form: &str, field: Option<&str>, mut problem: String) {
        self.with(|inner| {
            inner.at = (form.to_owned(), field.unwrap_or_default().to_owned());
            if inner.sent % 2 == 0 {
                // Screen readers read a text again only if it differs from the last one that they saw. `clear` has emptied
                // it in the same turn, so they have not seen that.
                problem.push('\u{a0}');
            }
        });
        self.problem.try_set(problem);
    }

    /// The problem at this field of this form; empty if there is none.
    fn problem_at(self, form: &'static str, field: &'static str) -> String {
        let problem = self.problem.get();
        match self.with(|inner| inner.is_at(form, field)) {
            true => problem,
            false => String::new(),
        }
    }

    /// The problem that no field shows.
    fn problem_elsewhere(self) -> String {
        let problem = self.problem.get();
        let is_shown = |inner: &mut Inner| {
            let mut fields = inner.fields.iter();
            fields.any(|(form, field)| inner.is_at(form, field))
        };
        match self.with(is_shown) {
            true => String::new(),
            false => problem,
        }
    }

    /// A submission is sent again, or, if `more` is false, is so no more.
    fn try_again(self, more: bool) {
        let trying = self.with(|inner| {
            inner.trying = match more {
                true => inner.trying + 1,
                false => inner.trying.saturating_sub(1),
            };
            inner.trying
        });
        let said = if trying > 0 { STILL_TRYING } else { "" };
        self.trying.try_set(said.to_owned());
    }

    fn with<T>(self, act: impl FnOnce(&mut Inner) -> T) -> T {
        // Where the island is gone, nobody looks at it any more.
        let inner = self.inner.try_get_value().unwrap_or_default();
        let mut inner = inner.lock().unwrap_or_else(PoisonError::into_inner);
        act(&mut inner)
    }
}

/// A submission until it is known what came of it: it has a turn, and that it has to be sent again is said.
struct Trying {
    forms: Forms,
    turn: Turn,
    failures: Cell<u32>,
}

impl Trying {
    fn new(forms: Forms) -> Self {
        Self {
            forms,
            turn: Turn::take(),
            failures: Cell::new(0),
        }
    }

    /// Has failed once more. Others don't wait for it for ever.
    fn again(&self) {
        let failures = self.failures.get() + 1;
        self.failures.set(failures);
        match failures {
            1 => self.forms.try_again(true),
            PATIENCE => self.turn.give_up(),
            _ => {}
        }
    }
}

impl Drop for Trying {
    fn drop(&mut self) {
        if self.failures.get() > 0 {
            self.forms.try_again(false);
        }
    }
}

impl Inner {
    fn is_at(&self, form: &str, field: &str) -> bool {
        self.at.0 == form && self.at.1 == field
    }
}

/// A refusal after what it is about.
fn sentence(what: &str, refused: &Refused) -> String {
    match what {
        "" => refused.message.clone(),
        what => [what, " ", &refused.message].concat(),
    }
}
