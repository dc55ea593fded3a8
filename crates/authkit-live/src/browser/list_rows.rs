//! [`List`]: the rows of a list in the page: puts those in place that the server sends, and keeps the focus.
//!
//! Called by `list`. Touches a row only when it is another one, and knows nothing of what is in it.

use super::submit::new_key;
use crate::{forms::focus, list::HtmlRow};
use leptos::{
    prelude::document,
    wasm_bindgen::{JsCast, UnwrapThrowExt},
};
use std::collections::{HashMap, HashSet};
use web_sys::{Element, HtmlElement, HtmlOListElement};

/// What can have the focus in a row.
const FOCUSABLE: &str = "a[href], button, input, select, textarea, summary, [tabindex]";

/// The rows in the page.
pub struct List {
    list: HtmlOListElement,
    rows: Vec<Shown>,
    /// The user's id.
    me: Option<String>,
}

/// A row in the page.
struct Shown {
    row: HtmlRow,
    item: Element,
}

/// Where the focus is: in which row, at which place in the list, and at which of the elements that can have it.
struct Focused {
    element: HtmlElement,
    row: String,
    at: usize,
    nth: Option<usize>,
}

impl List {
    /// With the rows that came with the page.
    pub fn of(list: HtmlOListElement, me: Option<String>) -> Self {
        let rows = all(&list, "li[data-row]").map(|item| Shown {
            row: HtmlRow {
                id: item.get_attribute("data-row").unwrap_or_default(),
                html: item.inner_html(),
                is_stored: None,
            },
            item,
        });
        Self {
            rows: rows.collect(),
            list,
            me,
        }
    }

    pub fn rows(&self) -> Vec<HtmlRow> {
        self.rows.iter().map(|shown| shown.row.clone()).collect()
    }

    /// Shows these, each id once. An element stays for as long as its row does, and so does the focus in it.
    pub fn show(&mut self, rows: &[HtmlRow]) {
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
        let mut rows = self.rows.iter();
        let at = rows.position(|shown| shown.item.contains(Some(&element)))?;
        let Shown { row, item, .. } = &self.rows[at];
        Some(Focused {
            row: row.id.clone(),
            at,
            nth: all(item, FOCUSABLE).position(|it| it == element),
            element: element.unchecked_into(),
        })
    }

    /// Moving an element takes the focus from it, and replacing it removes it. If the row itself is gone, the row in its place
    /// gets the focus. That row's button does not: a user who is about to press the old one would press it.
    fn focus_again(&self, focused: &Focused) {
        let Focused {
            element,
            row,
            at,
            nth,
        } = focused;
        if document().active_element().as_ref() == Some(element.as_ref()) {
            return;
        }
        if element.is_connected() {
            let _ = element.focus();
            return;
        }
        let same = self.rows.iter().find(|shown| shown.row.id == *row);
        let others = same.map(|shown| all(&shown.item, FOCUSABLE));
        let other = others
            .zip(*nth)
            .and_then(|(mut others, nth)| others.nth(nth));
        if let Some(other) = other.filter(|other| other.tag_name() == element.tag_name()) {
            let _ = other.unchecked_into::<HtmlElement>().focus();
        } else if let Some(next) = same.or(self.rows.get(*at)).or(self.rows.last()) {
            let _ = next.item.set_attribute("tabindex", "-1");
            let _ = next.item.unchecked_ref::<HtmlElement>().focus();
        } else {
            self.list
                .get_attribute("aria-labelledby")
                .iter()
                .for_each(|id| focus(id));
        }
    }

    fn make(&self, row: &HtmlRow) -> Shown {
        // A document can make an `li`.
        let item = document().create_element("li").unwrap_throw();
        let _ = item.set_attribute("data-row", &row.id);
        self.fill(&item, row);
        is_adding(&item, row);
        Shown {
            row: row.clone(),
            item,
        }
    }

    fn update(&self, shown: Shown, row: &HtmlRow) -> Shown {
        if shown.row == *row {
            return shown;
        }
        let made = self.make(row);
        // What a button shows already is not made anew under a finger.
        if bare(&shown.item) != bare(&made.item) {
            self.fill(&shown.item, row);
        }
        is_adding(&shown.item, row);
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
        if row.is_stored.is_some() {
            // It can't be asked for: its id is not known.
            all(item, "form").for_each(|form| form.remove());
        }
        // What is the same for everybody has none, and the browser sends the forms if the scripts end.
        for key in all(item, "input[name=once]") {
            let _ = key.set_attribute("value", &new_key());
        }
    }
}

/// Whether the row says that it is not known to be stored.
fn is_adding(item: &Element, row: &HtmlRow) {
    if let Some(is_stored) = row.is_stored {
        item.set_class_name(if is_stored { "" } else { "adding" });
    }
}

/// The HTML of a row without what differs from page to page: the key of a form that is sent without scripts, and the comments
/// that Leptos tells nodes apart by.
fn bare(item: &Element) -> Option<String> {
    let item: Element = item.clone_node_with_deep(true).ok()?.unchecked_into();
    all(&item, "input[name=once]").for_each(|key| key.remove());
    Some(item.inner_html().replace("<!---->", ""))
}

/// The HTML of a row whose switch for this field is on, or off. The form that is sent to this path has the opposite in the field:
/// what it is switched to next.
pub fn switched(html: &str, path: &str, field: &str, is_on: bool) -> String {
    // A document can make an `li`.
    let item = document().create_element("li").unwrap_throw();
    item.set_inner_html(html);
    let on = is_on.to_string();
    let fields = all(&item, "form input[type=hidden]");
    for input in fields.filter(|it| it.get_attribute("name").as_deref() == Some(field)) {
        let form = input.closest("form").ok().flatten();
        let Some(form) = form.filter(|it| it.get_attribute("action").as_deref() == Some(path))
        else {
            continue;
        };
        let _ = input.set_attribute("value", if is_on { "false" } else { "true" });
        for state in ["aria-pressed", "aria-checked"] {
            let has_it = ["[", state, "]"].concat();
            all(&form, &has_it).for_each(|button| _ = button.set_attribute(state, &on));
        }
    }
    item.inner_html()
}

/// All elements below this one that a selector finds; none for one that is none.
pub fn all(below: &Element, selector: &str) -> impl Iterator<Item = Element> + use<> {
    let found = below.query_selector_all(selector).ok();
    let at = move |at| found.as_ref()?.get(at);
    (0..).map_while(at).map(JsCast::unchecked_into)
}
