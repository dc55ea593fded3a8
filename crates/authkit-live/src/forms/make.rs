//! [`MakeForm`]: a form in the making: what it shows at once, and what it says; and [`Form`], the form that was made.
//!
//! Called in the body of an island. What is typed is kept if the server refuses it, and never overwritten if the user has
//! gone on typing.

use super::{
    Forms, Sent,
    fields::{FormFields, focus},
    sentence,
};
use crate::{
    arguments::{Wrong, arguments},
    call::call_telling,
    mutation::{Done, Mutation},
    query::{LiveQuery, Written},
    ui::LiveQueryHandle,
};
use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

/// Shows a submission, and gives what ends that: with what was written, or, dropped, by taking it back.
type Show<M> = Box<dyn Fn(&Arc<Sent<M>>) -> Box<dyn FnOnce(Written)> + Send + Sync>;

/// What is said of a submission.
type Line<M> = Box<dyn Fn(&Sent<M>) -> String + Send + Sync>;

/// A form for `M` in the making; from [`Forms::make`].
#[must_use]
pub struct MakeForm<M: Mutation> {
    forms: Forms,
    hooks: Hooks<M>,
}

/// What a feature does about submissions.
struct Hooks<M: Mutation> {
    shows: Vec<Show<M>>,
    says: Line<M>,
    fails: Line<M>,
    focus: Option<&'static str>,
    keeps_typed: bool,
}

/// A form in the hands of an island: for `<LiveForm>` and `<Field>`. One stands for all forms of the page that ask for the
/// same, such as a button in each row of a list.
#[derive(Clone, Copy)]
pub struct Form {
    pub(super) forms: Forms,
    pub(super) name: &'static str,
    submit: StoredValue<Arc<dyn Fn(SubmitEvent) + Send + Sync>>,
}

impl<M: Mutation> MakeForm<M> {
    pub(super) fn new(forms: Forms) -> Self {
        let hooks = Hooks {
            shows: Vec::new(),
            says: Box::new(|_| String::new()),
            fails: Box::new(|_| String::new()),
            focus: None,
            keeps_typed: false,
        };
        Self { forms, hooks }
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
        self.hooks.focus = Some(id);
        self
    }

    /// What is typed stays in the fields: for a form that changes what is there. Pressed again before the answer is there,
    /// with the same in it, it is not sent again.
    pub fn keeps_typed(mut self) -> Self {
        self.hooks.keeps_typed = true;
        self
    }

    /// The form.
    #[must_use]
    pub fn done(self) -> Form {
        let Self { forms, hooks } = self;
        let hooks = Arc::new(hooks);
        let under_way = Arc::default();
        let submit = move |event: SubmitEvent| submit(forms, &hooks, &under_way, &event);
        Form {
            forms,
            name: M::NAME,
            submit: StoredValue::new(Arc::new(submit)),
        }
    }
}

impl Form {
    pub(super) fn submit(self, event: SubmitEvent) {
        if let Some(submit) = self.submit.try_get_value() {
            submit(event);
        }
    }
}

/// Sends what is in the form, unless its types refuse it.
fn submit<M: Mutation>(
    forms: Forms,
    hooks: &Arc<Hooks<M>>,
    under_way: &Arc<Mutex<Vec<M>>>,
    event: &SubmitEvent,
) {
    event.prevent_default();
    let Some(form) = FormFields::of(event) else {
        return;
    };
    forms.clear();
    let sent: M = match arguments(form.sent()) {
        Ok(sent) => sent,
        Err(Wrong::Field(field, sentence)) => {
            form.focus(&field);
            return forms.show(M::NAME, Some(&field), sentence);
        }
        Err(Wrong::Incomplete) => {
            return forms.show(M::NAME, None, "The form is not complete.".to_owned());
        }
    };
    if hooks.keeps_typed && lock(under_way).contains(&sent) {
        return;
    }
    lock(under_way).push(sent.clone());
    let nth = forms.with(|inner| {
        inner.sent += 1;
        inner.sent
    });
    let sent = Arc::new(Sent::new(sent, nth));
    let shown: Vec<_> = hooks.shows.iter().map(|show| show(&sent)).collect();
    if !hooks.keeps_typed {
        form.clear();
    }
    if let Some(id) = hooks.focus {
        focus(id);
    }
    let (hooks, under_way) = (Arc::clone(hooks), Arc::clone(under_way));
    spawn_local(async move {
        let lost = Arc::new(AtomicBool::new(false));
        let tells = Arc::clone(&lost);
        let tries_again = move || {
            if !tells.swap(true, Ordering::Relaxed) {
                forms.try_again(true);
            }
        };
        let outcome = call_telling::<M>(&sent, tries_again).await;
        if lost.load(Ordering::Relaxed) {
            forms.try_again(false);
        }
        let at = lock(&under_way).iter().position(|it| *it == **sent);
        at.map(|at| lock(&under_way).swap_remove(at));
        match outcome {
            Ok(Done { answer, written }) => {
                let _ = sent.answer.set(answer);
                for settle in shown {
                    settle(written.clone());
                }
                let said = (hooks.says)(&sent);
                if !said.is_empty() {
                    forms.news.say(said);
                }
            }
            Err(refused) => {
                drop(shown);
                form.restore();
                let what = (hooks.fails)(&sent);
                forms.show(M::NAME, refused.field.as_deref(), sentence(&what, &refused));
            }
        }
    });
}

fn lock<T>(all: &Mutex<T>) -> MutexGuard<'_, T> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}
