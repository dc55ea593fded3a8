//! [`send_form`]: a form that no page has, sent as if somebody had pressed its button.
//!
//! For what ends in another page, maybe on another host, where no script can follow a redirect.

use leptos::{
    prelude::document,
    wasm_bindgen::{JsCast, JsValue},
};
use web_sys::HtmlFormElement;

/// Sends `field` to `path` and goes where that leads. Without a document to do it in, nothing happens.
pub fn send_form(path: &str, field: Option<(&str, &str)>) {
    let _ = send(path, field);
}

fn send(path: &str, field: Option<(&str, &str)>) -> Result<(), JsValue> {
    let document = document();
    let form = document.create_element("form")?;
    form.set_attribute("method", "post")?;
    form.set_attribute("action", path)?;
    form.set_attribute("target", "_top")?;
    if let Some((name, value)) = field {
        let input = document.create_element("input")?;
        input.set_attribute("type", "hidden")?;
        input.set_attribute("name", name)?;
        input.set_attribute("value", value)?;
        form.append_child(&input)?;
    }
    if let Some(body) = document.body() {
        body.append_child(&form)?;
    }
    // Tells of itself, unlike `submit`: the page knows that it is being left.
    form.unchecked_into::<HtmlFormElement>().request_submit()
}
