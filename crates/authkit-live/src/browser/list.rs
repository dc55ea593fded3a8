//! [`come_alive`]: puts the rows of a list in place as the server sends them, and sends its forms.
//!
//! Called by the island of lists. All HTML that it puts into the page was made by the server, but for what the user typed,
//! which is text.

use super::follow_key;
use crate::{
    arguments::Wrong,
    call::Body,
    forms::{Begin, Form, Forms, Submission, field_id, pending_id, problem_id},
    list::{FormOfList, HtmlRow, HtmlRows, fill::fill},
    mutation::{path_of, written_of},
    query::Revision,
    ui::{LiveQueryHandle, Pending},
};
use authkit_leptos::use_auth;
use html_escape::encode_quoted_attribute;
use leptos::{
    ev::SubmitEvent,
    html,
    prelude::*,
    wasm_bindgen::{JsCast, UnwrapThrowExt},
};
use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use web_sys::{Element, HtmlElement, HtmlOListElement};

/// What `server::ListForm` writes a form's kind into.
const KIND: &str = "data-live";
/// Forms of lists.
const FORMS: &str = "form[data-live]";
/// What can have the focus in a row.
const FOCUSABLE: &str = "a[href], button, input, select, textarea, summary, [tabindex]";

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
    let (name, focus) = (kept(of.name.clone()), of.focuses.clone().map(kept));
    let keeps_typed = of.keeps_typed;
    let of = Arc::new(Kind {
        adds: kind.1.clone(),
        of,
        rows,
    });
    let begin: Arc<Begin> = Arc::new(move |fields, nth| Submitted::begin(&of, fields, nth));
    let form = Form::of_the_page(forms, name, focus, keeps_typed, begin);
    for control in all(element, "[name]") {
        if let Some(field) = control.get_attribute("name")
            && by_id(&problem_id(name, &field)).is_some()
        {
            let _ = form.field(kept(field));
        }
    }
    made.borrow_mut().push((kind, form));
    Some(form)
}

/// For as long as the page: names of forms and fields are those that its HTML has, and no more come.
fn kept(text: String) -> &'static str {
    text.leak()
}

/// What the forms of a kind have in common.
struct Kind {
    of: FormOfList,
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
        for (field, limits) in &kind.of.limits {
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

/// The rows in the page.
struct List {
    list: HtmlOListElement,
    rows: Vec<Shown>,
    /// The user's id.
    me: Option<String>,
}

/// A row in the page.
struct Shown {
    row: HtmlRow,
    item: Element,
    /// Whether the row's HTML is as it was sent, and not as the browser writes what came with the page.
    is_as_sent: bool,
}

/// Where the focus is: in which row, at which of the elements that can have it.
struct Focused {
    element: HtmlElement,
    row: String,
    nth: usize,
}

impl List {
    /// With the rows that came with the page.
    fn of(list: HtmlOListElement, me: Option<String>) -> Self {
        let rows = all(&list, "li[data-row]").map(|item| Shown {
            row: HtmlRow {
                id: item.get_attribute("data-row").unwrap_or_default(),
                html: item.inner_html(),
                is_stored: None,
            },
            item,
            is_as_sent: false,
        });
        Self {
            rows: rows.collect(),
            list,
            me,
        }
    }

    fn rows(&self) -> Vec<HtmlRow> {
        self.rows.iter().map(|shown| shown.row.clone()).collect()
    }

    /// Shows these, each id once. An element stays for as long as its row does, and so does the focus in it.
    fn show(&mut self, rows: &[HtmlRow]) {
        let focused = self.focused();
        let before = std::mem::take(&mut self.rows).into_iter();
        let mut before: HashMap<_, _> = before.map(|shown| (shown.row.id.clone(), shown)).collect();
        let mut ids = HashSet::new();
        for row in rows.iter().filter(|row| ids.insert(&row.id)) {
            let shown = match before.remove(&row.id) {
                Some(shown) => self.update(shown, row),
                None => self.make(row),
            };
            self.rows.push(shown);
        }
        for gone in before.into_values() {
            gone.item.remove();
        }
        let mut next = self.list.first_element_child();
        for Shown { item, .. } in &self.rows {
            match next {
                Some(it) if it == *item => next = it.next_element_sibling(),
                _ => _ = self.list.insert_before(item, next.as_deref()),
            }
        }
        if let Some(focused) = focused {
            self.focus_again(&focused);
        }
    }

    fn focused(&self) -> Option<Focused> {
        let element = document().active_element()?;
        let row = self
            .rows
            .iter()
            .find(|shown| shown.item.contains(Some(&element)))?;
        let nth = all(&row.item, FOCUSABLE).position(|it| it == element)?;
        Some(Focused {
            row: row.row.id.clone(),
            nth,
            element: element.unchecked_into(),
        })
    }

    /// An element that is moved loses the focus, and one that is replaced is gone.
    fn focus_again(&self, focused: &Focused) {
        let Focused { element, row, nth } = focused;
        if document().active_element().as_ref() == Some(element.as_ref()) {
            return;
        }
        if element.is_connected() {
            let _ = element.focus();
        } else if let Some(shown) = self.rows.iter().find(|shown| shown.row.id == *row)
            && let Some(other) = all(&shown.item, FOCUSABLE).nth(*nth)
            && other.tag_name() == element.tag_name()
        {
            let _ = other.unchecked_into::<HtmlElement>().focus();
        }
    }

    fn make(&self, row: &HtmlRow) -> Shown {
        // A document can make an `li`.
        let item = document().create_element("li").unwrap_throw();
        let _ = item.set_attribute("data-row", &row.id);
        self.fill(&item, row);
        Shown {
            row: row.clone(),
            item,
            is_as_sent: true,
        }
    }

    fn update(&self, shown: Shown, row: &HtmlRow) -> Shown {
        if shown.row == *row {
            return shown;
        }
        let made = self.make(row);
        if shown.is_as_sent || bare(&shown.item) != bare(&made.item) {
            self.fill(&shown.item, row);
        }
        Shown {
            item: shown.item,
            ..made
        }
    }

    fn fill(&self, item: &Element, row: &HtmlRow) {
        item.set_inner_html(&row.html);
        for part in all(item, "[data-only-for]") {
            let is_mine = self.me.is_some() && part.get_attribute("data-only-for") == self.me;
            let _ = part.toggle_attribute_with_force("hidden", !is_mine);
        }
        if let Some(is_stored) = row.is_stored {
            item.set_class_name(if is_stored { "" } else { "adding" });
            // It can't be asked for: its id is not known.
            all(item, "form").for_each(|form| form.remove());
        }
    }
}

/// The HTML of a row without what differs from page to page: the key of a form that is sent without scripts, and the comments
/// that Leptos tells nodes apart by.
fn bare(item: &Element) -> Option<String> {
    let item: Element = item.clone_node_with_deep(true).ok()?.unchecked_into();
    all(&item, "input[name=once]").for_each(|key| key.remove());
    Some(item.inner_html().replace("<!---->", ""))
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

/// All elements below this one that a selector finds; none for one that is none.
fn all(below: &Element, selector: &str) -> impl Iterator<Item = Element> + use<> {
    let found = below.query_selector_all(selector).ok();
    let at = move |at| found.as_ref()?.get(at);
    (0..).map_while(at).map(JsCast::unchecked_into)
}
