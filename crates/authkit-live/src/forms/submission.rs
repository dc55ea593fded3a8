//! [`Submission`]: one submission of a form, of whatever mutation, from the button to what came of it.
//!
//! Not generic, so that a page has it once, however many forms there are. Never sends what is under way already from a form
//! that keeps what is typed.

use super::{
    Form, Trying,
    fields::{FormFields, focus},
    sentence,
};
use crate::{
    arguments::Wrong,
    call::{Body, NOT_ANSWERED, OUTDATED, send},
};
use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};

/// A submission, as its form knows it.
pub trait Submission {
    /// Where it is sent.
    fn path(&self) -> String;
    /// Its arguments.
    fn body(&self) -> Body;
    /// It came to this answer, which is shown from now on. False, and nothing done, if it is none.
    fn settle(&mut self, answer: &str) -> bool;
    /// It came to nothing: it is shown no more.
    fn take_back(&mut self);
    /// What is said of it once it is done.
    fn done_line(&self) -> String;
    /// What is said of it before the reason of a refusal.
    fn failed_line(&self) -> String;
}

impl Form {
    /// Sends what is in the form, unless its types refuse it.
    pub(crate) fn submit(self, event: &SubmitEvent) {
        event.prevent_default();
        let (Some(fields), Some(begin)) = (FormFields::of(event), self.begin.try_get_value())
        else {
            return;
        };
        let forms = self.forms;
        forms.clear();
        let nth = forms.with(|inner| {
            inner.sent += 1;
            inner.sent
        });
        let submission = match begin(fields.sent(), nth) {
            Ok(submission) => submission,
            Err(Wrong::Field(field, sentence)) => {
                fields.focus(&field);
                return forms.show(self.name, Some(&field), sentence);
            }
            Err(Wrong::Incomplete) => {
                return forms.show(self.name, None, "The form is not complete.".to_owned());
            }
        };
        let body = submission.body();
        let name = [self.name, " ", &body.text].concat();
        if self.keeps_typed && forms.with(|inner| inner.under_way.last() == Some(&name)) {
            return;
        }
        forms.with(|inner| inner.under_way.push(name.clone()));
        if !self.keeps_typed {
            fields.clear();
        }
        if let Some(id) = self.focus {
            focus(id);
        }
        let trying = Trying::new(forms);
        spawn_local(self.see_to_its_end(submission, body, name, fields, trying));
    }

    async fn see_to_its_end(
        self,
        mut submission: Box<dyn Submission>,
        body: Body,
        name: String,
        fields: FormFields,
        trying: Trying,
    ) {
        let forms = self.forms;
        let path = submission.path();
        trying.turn.come().await;
        let outcome = {
            let mut reads = |answer: &str| submission.settle(answer);
            send(&path, &body, &mut || trying.again(), &mut reads).await
        };
        drop(trying);
        forms.with(|inner| {
            let at = inner.under_way.iter().position(|it| *it == name);
            at.map(|at| inner.under_way.remove(at))
        });
        match outcome {
            Ok(()) => {
                let said = submission.done_line();
                if !said.is_empty() {
                    forms.news.say(said);
                }
            }
            Err(refused) => {
                submission.take_back();
                let what = match refused.code.as_str() {
                    // Else it would be sent a second time.
                    OUTDATED | NOT_ANSWERED => String::new(),
                    _ => {
                        fields.restore();
                        submission.failed_line()
                    }
                };
                let field = refused.field.as_deref();
                forms.show(self.name, field, sentence(&what, &refused));
            }
        }
    }
}
