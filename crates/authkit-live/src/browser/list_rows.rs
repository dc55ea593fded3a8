//! [`List`]: the rows of a list in the page: puts those in place that the server sends, and keeps the focus.
//!
//! Called by `list`. Touches a row only when it is another one, and knows nothing of what is in it.

use crate::list::HtmlRow;
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
    pub fn of(list: HtmlOListElement, me: Option<String>) -> Self {
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

/// The HTML of a row whose switch for this field is on, or off. The form has the opposite in the field: what it is switched to
/// next.
pub fn switched(html: &str, field: &str, is_on: bool) -> String {
    // A document can make an `li`.
    let item = document().create_element("li").unwrap_throw();
    item.set_inner_html(html);
    let on = is_on.to_string();
    let fields = all(&item, "form input[type=hidden]");
    for input in fields.filter(|it| it.get_attribute("name").as_deref() == Some(field)) {
        let _ = input.set_attribute("value", if is_on { "false" } else { "true" });
        let form = input.closest("form").ok().flatten();
        for state in ["aria-pressed", "aria-checked"] {
            let has_it = ["[", state, "]"].concat();
            let buttons = form.iter().flat_map(|form| all(form, &has_it));
            buttons.for_each(|button| _ = button.set_attribute(state, &on));
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
