//! What was typed into a field before its island came to life: [`typed_early`].
//!
//! Called by islands that write the text of a field themselves, which would lose it. On the server it does nothing.

#[cfg(feature = "hydrate")]
use leptos::prelude::*;
#[cfg(feature = "hydrate")]
use wasm_bindgen::JsCast;

/// Has what was typed into a field before its island came to life count as typed, once it is alive.
///
/// For fields with `prop:value`, which writes into them what the page was made with. Call it in the body of the island, with the
/// `id` of the `<input>` and what happens with what is typed. A text that the browser itself has put back, after a reload,
/// counts, too.
///
/// ```
/// # use authkit_live::typed_early;
/// # use leptos::prelude::*;
/// #[island]
/// fn Greeting() -> impl IntoView {
///     let (name, set_name) = signal("Ada".to_owned());
///     typed_early("name", move |text| set_name.set(text));
///     view! {
///         <input id="name" value="Ada" prop:value=name on:input:target=move |it| set_name.set(it.target().value()) />
///     }
/// }
/// ```
pub fn typed_early(id: &str, typed: impl Fn(String) + 'static) {
    #[cfg(feature = "hydrate")]
    if let Some(text) = found(id) {
        let mut text = Some(text);
        // Later: while the island comes to life it has to be as the server has written it.
        Effect::new(move |_| {
            if let Some(text) = text.take() {
                untrack(|| typed(text));
            }
        });
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (id, typed);
}

/// The text of a field, where it is not what the server has written.
#[cfg(feature = "hydrate")]
fn found(id: &str) -> Option<String> {
    let field = document().get_element_by_id(id)?;
    let field = field.dyn_into::<web_sys::HtmlInputElement>().ok()?;
    let text = field.value();
    (text != field.default_value()).then_some(text)
}
