//! [`MakeForm`]: a form in the making: what it shows at once, and what it says; and [`Form`], the form that was made.
//!
//! Called in the body of an island, and on the server by the page of a list. What is typed is kept if the server refuses it,
//! and never overwritten if the user has gone on typing.

use super::{Forms, Sent, submission::Submission};
use crate::{
    arguments::{Wrong, arguments},
    call::Body,
    mutation::{Done, Mutation},
    query::{LiveQuery, Written},
    ui::LiveQueryHandle,
};
use leptos::prelude::*;
use std::sync::Arc;

/// Shows a submission, and gives what ends that: with what was written, or, dropped, by taking it back.
type Show<M> = Box<dyn Fn(&Arc<Sent<M>>) -> Box<dyn FnOnce(Written)> + Send + Sync>;

/// What is said of a submission.
type Line<M> = Box<dyn Fn(&Sent<M>) -> String + Send + Sync>;

/// A form for `M` in the making; from [`Forms::make`].
#[must_use]
pub struct MakeForm<M: Mutation> {
    forms: Forms,
    hooks: Hooks<M>,
    focus: Option<&'static str>,
    keeps_typed: bool,
}

/// What a feature does about submissions.
struct Hooks<M: Mutation> {
    shows: Vec<Show<M>>,
    says: Line<M>,
    fails: Line<M>,
}

/// A form in the hands of an island, or of a page with a list: for `<LiveForm>`, `<ListForm>` and `<Field>`. One stands for
/// all forms of the page that ask for the same, such as a button in each row of a list.
#[derive(Clone, Copy)]
pub struct Form {
    pub(super) forms: Forms,
    pub(super) name: &'static str,
    pub(super) focus: Option<&'static str>,
    pub(super) keeps_typed: bool,
    pub(super) begin: StoredValue<Arc<Begin>>,
}

/// Begins a submission of what is in the fields; the number tells it from all others of the page.
pub(crate) type Begin =
    dyn Fn(&[(String, String)], u32) -> Result<Box<dyn Submission>, Wrong> + Send + Sync;

impl Form {
    /// Of a mutation whose types the browser does not have.
    #[cfg(feature = "hydrate")]
    pub(crate) fn of_the_page(
        forms: Forms,
        name: &'static str,
        focus: Option<&'static str>,
        keeps_typed: bool,
        begin: Arc<Begin>,
    ) -> Self {
        Self {
            forms,
            name,
            focus,
            keeps_typed,
            begin: StoredValue::new(begin),
        }
    }

    /// The name of its mutation.
    #[cfg(feature = "ssr")]
    pub(crate) fn name(self) -> &'static str {
        self.name
    }
}

impl<M: Mutation> MakeForm<M> {
    pub(super) fn new(forms: Forms) -> Self {
        let hooks = Hooks {
            shows: Vec::new(),
            says: Box::new(|_| String::new()),
            fails: Box::new(|_| String::new()),
        };
        Self {
            forms,
            hooks,
            focus: None,
            keeps_typed: false,
        }
    }

    /// Shows at once what the submission is about to bring about, in the answer of this query. If it comes to nothing it is
    /// taken back; once the server has done it, [`Sent::answer`] has what came of it, and the change stays until an answer
    /// has that.
    pub fn shows<Q: LiveQuery>(
        mut self,
        query: LiveQueryHandle<Q>,
        change: impl Fn(&mut Q::Answer, &Sent<M>) + Send + Sync + 'static,
    ) -> Self {
        let change = Arc::new(change);
        self.hooks.shows.push(Box::new(move |sent| {
            let (change, sent) = (Arc::clone(&change), Arc::clone(sent));
            let pending = query.apply(move |answer| change(answer, &sent));
            Box::new(move |written| pending.settle(written))
        }));
        self
    }

    /// What is said once it is done: "You added 7."
    pub fn says(mut self, line: impl Fn(&Sent<M>) -> String + Send + Sync + 'static) -> Self {
        self.hooks.says = Box::new(line);
        self
    }

    /// What is said before the reason when it is refused: "7 was not added."
    pub fn fails(mut self, line: impl Fn(&Sent<M>) -> String + Send + Sync + 'static) -> Self {
        self.hooks.fails = Box::new(line);
        self
    }

    /// Where the focus goes, by an element's id: for a button that is gone from the page once it is pressed.
    pub fn focuses(mut self, id: &'static str) -> Self {
        self.focus = Some(id);
        self
    }

    /// What is typed stays in the fields: for a form that changes what is there. Pressed again before the answer is there,
    /// with the same in it, it is not sent again, unless something else was sent in between.
    pub fn keeps_typed(mut self) -> Self {
        self.keeps_typed = true;
        self
    }

    /// The form.
    #[must_use]
    pub fn done(self) -> Form {
        let hooks = Arc::new(self.hooks);
        Form {
            forms: self.forms,
            name: M::NAME,
            focus: self.focus,
            keeps_typed: self.keeps_typed,
            begin: StoredValue::new(Arc::new(move |fields, nth| begin(&hooks, fields, nth))),
        }
    }
}

/// What was typed, as a submission that is shown from now on, unless its types refuse it.
fn begin<M: Mutation>(
    hooks: &Arc<Hooks<M>>,
    fields: &[(String, String)],
    nth: u32,
) -> Result<Box<dyn Submission>, Wrong> {
    let sent = Arc::new(Sent::new(arguments::<M>(fields)?, nth));
    Ok(Box::new(Submitted {
        shown: hooks.shows.iter().map(|show| show(&sent)).collect(),
        sent,
        hooks: Arc::clone(hooks),
    }))
}

/// A submission of `M`, and what shows it.
struct Submitted<M: Mutation> {
    sent: Arc<Sent<M>>,
    shown: Vec<Box<dyn FnOnce(Written)>>,
    hooks: Arc<Hooks<M>>,
}

impl<M: Mutation> Submission for Submitted<M> {
    fn path(&self) -> String {
        M::path()
    }

    fn body(&self) -> Body {
        // Arguments that can't be written can't have been read either.
        Body::json(serde_json::to_string(&**self.sent).unwrap_or_default())
    }

    fn settle(&mut self, answer: &str) -> bool {
        let Some(Done { answer, written }) = Done::read(answer) else {
            return false;
        };
        let _ = self.sent.answer.set(answer);
        for settle in std::mem::take(&mut self.shown) {
            settle(written.clone());
        }
        true
    }

    fn take_back(&mut self) {
        self.shown.clear();
    }

    fn done_line(&self) -> String {
        (self.hooks.says)(&self.sent)
    }

    fn failed_line(&self) -> String {
        (self.hooks.fails)(&self.sent)
    }
}
