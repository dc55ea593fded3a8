//! [`come_alive`]: follows the rows of a list, and sends its forms.
//!
//! Called by the island of lists. What the server has is shown by `list_rows`; what the user typed comes into a row as text,
//! never as HTML.

use super::{
    follow_key,
    list_rows::{List, all, switched},
};
use crate::{
    arguments::Wrong,
    call::Body,
    forms::{Begin, Form, Forms, Submission, field_id, pending_id, problem_id},
    list::{FormOfList, HtmlRow, HtmlRows, fill::fill},
    mutation::{path_of, written_of},
    query::Revision,
    ui::{LiveQueryHandle, Pending},
    values::Limits,
};
use authkit_leptos::use_auth;
use html_escape::encode_quoted_attribute;
use leptos::{ev::SubmitEvent, html, prelude::*, wasm_bindgen::JsCast};
use std::{
    cell::RefCell,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use web_sys::Element;

/// What `server::ListForm` writes a form's kind into.
const KIND: &str = "data-live";
/// Forms of lists.
const FORMS: &str = "form[data-live]";
/// What a field of a form writes into its control of how long a text may be.
const LIMITS: &str = "data-limits";

/// Brings the list to life that will be at `list`, under the heading with this `id`, and that shows the rows of this revision.
/// Gives what submits its forms.
pub fn come_alive(
    forms: Forms,
    key: String,
    seen: Revision,
    id: &str,
    list: NodeRef<html::Ol>,
) -> impl Fn(SubmitEvent) + use<> {
    let rows = LiveQueryHandle::<HtmlRows>::new(seen.clone(), Vec::new());
    let made = StoredValue::new_local(Rc::new(RefCell::new(Vec::new())));
    // Now: which fields show what is wrong with them has to be known before anything is.
    let root = by_id(id).and_then(|heading| heading.closest(".live-list").ok()?);
    if let Some(root) = root {
        all(&root, FORMS).for_each(|form| _ = form_of(forms, rows, &made.get_value(), &form));
    }
    Effect::new(move |_| forms.each_field(|form, field, problem| mark(form, field, &problem)));
    list.on_load(move |list| {
        let me = use_auth().with_untracked(|auth| Some(auth.identity()?.user.id.clone()));
        let mut shown = List::of(list, me);
        rows.update(|all| all.replace(seen.clone(), shown.rows()));
        follow_key(key, seen, rows);
        let answer = rows.answer();
        Effect::new(move |_| answer.with(|rows| shown.show(rows)));
    });
    move |event| {
        let target = event.target().map(JsCast::unchecked_into::<Element>);
        let form = target.filter(|form| form.matches(FORMS) == Ok(true));
        let of = |(form, made): (Element, Rc<_>)| form_of(forms, rows, &made, &form);
        if let Some(form) = form.zip(made.try_get_value()).and_then(of) {
            form.submit(&event);
        }
    }
}

/// What tells a kind of forms from others: what the server has written of it, and the row that it adds.
type KindAsHtml = (String, Option<String>);

/// The form that an element is one of, made when the first of its kind is met. A page has a few kinds, however many rows.
fn form_of(
    forms: Forms,
    rows: LiveQueryHandle<HtmlRows>,
    made: &RefCell<Vec<(KindAsHtml, Form)>>,
    element: &Element,
) -> Option<Form> {
    let adds = element.query_selector("template").ok().flatten();
    let adds = adds.map(|template| template.inner_html());
    let kind = (element.get_attribute(KIND)?, adds);
    if let Some((_, known)) = made.borrow().iter().find(|(of, _)| *of == kind) {
        return Some(*known);
    }
    let of: FormOfList = serde_json::from_str(&kind.0).ok()?;
    let named = all(element, "[name]").filter_map(|it| Some((it.get_attribute("name")?, it)));
    let named: Vec<(String, Element)> = named.collect();
    let limits = named.iter().filter_map(|(field, control)| {
        let limits = control.get_attribute(LIMITS)?;
        Some((field.clone(), serde_json::from_str(&limits).ok()?))
    });
    let (name, focus) = (kept(of.name.clone()), of.focuses.clone().map(kept));
    let keeps_typed = of.keeps_typed;
    let of = Arc::new(Kind {
        adds: kind.1.clone(),
        limits: limits.collect(),
        of,
        rows,
    });
    let begin: Arc<Begin> = Arc::new(move |fields, nth| Submitted::begin(&of, fields, nth));
    let form = Form::of_the_page(forms, name, focus, keeps_typed, begin);
    for (field, _) in named {
        if by_id(&problem_id(name, &field)).is_some() {
            let _ = form.field(kept(field));
        }
    }
    made.borrow_mut().push((kind, form));
    Some(form)
}

/// A text that is kept until the page is left. Only for names of its forms and fields, of which there are few.
fn kept(text: String) -> &'static str {
    text.leak()
}

/// What the forms of a kind have in common.
struct Kind {
    of: FormOfList,
    /// How long texts may be, by field.
    limits: Vec<(String, Limits)>,
    /// The row that it adds, as HTML.
    adds: Option<String>,
    rows: LiveQueryHandle<HtmlRows>,
}

/// A submission of a form of the page.
struct Submitted {
    kind: Arc<Kind>,
    fields: Vec<(String, String)>,
    shown: Vec<Pending<HtmlRows>>,
    /// Whether it is known to be done.
    is_done: Arc<AtomicBool>,
}

impl Submitted {
    /// Shows it from now on, unless a text is too long, or too short.
    fn begin(
        kind: &Arc<Kind>,
        fields: &[(String, String)],
        nth: u32,
    ) -> Result<Box<dyn Submission>, Wrong> {
        let mut submitted = Self {
            kind: Arc::clone(kind),
            fields: fields.to_vec(),
            shown: Vec::new(),
            is_done: Arc::default(),
        };
        for (field, limits) in &kind.limits {
            // One without text may be left empty: else it would be required.
            let typed = submitted.typed(field).filter(|text| !text.is_empty());
            if let Some(Err(why)) = typed.map(|text| limits.check(&text)) {
                return Err(Wrong::Field(field.clone(), why.to_string()));
            }
        }
        let removes = kind.of.removes.as_deref();
        if let Some(id) = removes.and_then(|name| submitted.typed(name)) {
            let removed = kind.rows.apply(move |rows| rows.retain(|row| row.id != id));
            submitted.shown.push(removed);
        }
        if let Some((id, to)) = &kind.of.switches
            && let Some((id, is_on)) = submitted.typed(id).zip(submitted.typed(to))
        {
            let (path, field) = (path_of(&kind.of.name), to.clone());
            let is_on = is_on == "true";
            let switched = kind.rows.apply(move |rows| {
                for row in rows.iter_mut().filter(|row| row.id == id) {
                    row.html = switched(&row.html, &path, &field, is_on);
                }
            });
            submitted.shown.push(switched);
        }
        if let Some(html) = &kind.adds {
            let typed = |name: &str| submitted.typed(name);
            let html = fill(html, |name| {
                Some(encode_quoted_attribute(&typed(name)?).into())
            });
            let is_done = Arc::clone(&submitted.is_done);
            let added = kind.rows.apply(move |rows| {
                let row = HtmlRow {
                    id: pending_id(nth),
                    html: html.clone(),
                    is_stored: Some(is_done.load(Ordering::Relaxed)),
                };
                rows.insert(0, row);
            });
            submitted.shown.push(added);
        }
        Ok(Box::new(submitted))
    }

    fn typed(&self, name: &str) -> Option<String> {
        let typed = self.fields.iter().find(|(field, _)| field == name);
        typed.map(|(_, text)| text.clone())
    }

    fn said(&self, text: &str) -> String {
        fill(text, |name| self.typed(name))
    }
}

impl Submission for Submitted {
    fn path(&self) -> String {
        path_of(&self.kind.of.name)
    }

    fn body(&self) -> Body {
        let mut form = form_urlencoded::Serializer::new(String::new());
        Body {
            media_type: "application/x-www-form-urlencoded",
            text: form.extend_pairs(&self.fields).finish(),
        }
    }

    fn settle(&mut self, answer: &str) -> bool {
        let Some(written) = written_of(answer) else {
            return false;
        };
        self.is_done.store(true, Ordering::Relaxed);
        for shown in self.shown.drain(..) {
            shown.settle(written.clone());
        }
        true
    }

    fn take_back(&mut self) {
        self.shown.clear();
    }

    fn done_line(&self) -> String {
        self.said(&self.kind.of.says)
    }

    fn failed_line(&self) -> String {
        self.said(&self.kind.of.fails)
    }
}

/// Shows what is wrong with a field at it, or that nothing is.
fn mark(form: &str, field: &str, problem: &str) {
    let Some(place) = by_id(&problem_id(form, field)) else {
        return;
    };
    let words = place.first_element_child();
    if words
        .as_ref()
        .and_then(|words| words.text_content())
        .as_deref()
        == Some(problem)
    {
        return;
    }
    let set = |element: &Element, name: &str, value: &str| {
        let _ = match problem {
            "" => element.remove_attribute(name),
            _ => element.set_attribute(name, value),
        };
    };
    if let Some(control) = by_id(&field_id(form, field)) {
        set(&control, "aria-invalid", "true");
    }
    set(&place, "role", "alert");
    if let Some(words) = words {
        words.set_text_content(Some(problem));
    }
}

fn by_id(id: &str) -> Option<Element> {
    document().get_element_by_id(id)
}
