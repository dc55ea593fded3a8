//! [`FormFields`]: the fields of a form in the page: what is typed in them, and what becomes of that.
//!
//! Called for each submission, which there are in the browser only. Never overwrites what the user has typed since.

use crate::mutation::KEY_FIELD;
use leptos::{ev::SubmitEvent, prelude::document, wasm_bindgen::JsCast};
use web_sys::{HtmlElement, HtmlFormElement, HtmlInputElement};

/// The fields of a form that is being sent.
pub struct FormFields {
    form: HtmlFormElement,
    sent: Vec<(String, String)>,
}

impl FormFields {
    /// Of the form that is being sent, with what is in its fields now.
    pub fn of(event: &SubmitEvent) -> Option<Self> {
        let form: HtmlFormElement = event.target()?.unchecked_into();
        let mut sent = Vec::new();
        for field in fields(&form) {
            let is_chosen = match field.type_().as_str() {
                "submit" | "button" | "reset" | "file" | "image" => false,
                "checkbox" | "radio" => field.checked(),
                _ => true,
            };
            let name = field.name();
            if is_chosen && !name.is_empty() && name != KEY_FIELD {
                sent.push((name, field.value()));
            }
        }
        // The button that was pressed may have a name and a value, as without scripts.
        if let Some(button) = event.submitter() {
            let button: HtmlInputElement = button.unchecked_into();
            if !button.name().is_empty() {
                sent.push((button.name(), button.value()));
            }
        }
        Some(Self { form, sent })
    }

    /// Names and texts.
    pub fn sent(&self) -> &[(String, String)] {
        &self.sent
    }

    /// Empties what was typed.
    pub fn clear(&self) {
        for field in self.typed() {
            field.set_value("");
        }
    }

    /// Puts back what was typed, where nothing else is by now.
    pub fn restore(&self) {
        for field in self.typed() {
            let name = field.name();
            let was = self.sent.iter().find(|(sent, _)| *sent == name);
            if let (true, Some((_, text))) = (field.value().is_empty(), was) {
                field.set_value(text);
            }
        }
    }

    /// Puts the focus on a field, whose error is then read out.
    pub fn focus(&self, name: &str) {
        let mut fields = fields(&self.form);
        if let Some(field) = fields.find(|field| field.name() == name && field.type_() != "hidden")
        {
            let _ = field.focus();
        }
    }

    /// The fields that people type into.
    fn typed(&self) -> impl Iterator<Item = HtmlInputElement> {
        fields(&self.form).filter(|field| {
            let kind = field.type_();
            !matches!(
                kind.as_str(),
                "hidden"
                    | "submit"
                    | "button"
                    | "reset"
                    | "file"
                    | "image"
                    | "checkbox"
                    | "radio"
                    | "select-one"
                    | "select-multiple"
            )
        })
    }
}

/// The controls of a form. Those that are no inputs have the same properties where it matters: name, type, value. A
/// `<fieldset>`, which has no value, is none.
fn fields(form: &HtmlFormElement) -> impl Iterator<Item = HtmlInputElement> + use<> {
    let controls = form.elements();
    let controls = (0..controls.length()).filter_map(move |at| controls.item(at));
    let controls = controls.map(JsCast::unchecked_into::<HtmlInputElement>);
    controls.filter(|control| control.type_() != "fieldset")
}

/// Puts the focus on the element with this id.
pub fn focus(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        let _ = element.unchecked_into::<HtmlElement>().focus();
    }
}
