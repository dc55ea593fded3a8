//! [`load_early`]: has the browser load the part of the WASM that a lazy island is in while the rest still comes.
//!
//! Called by pages. Leptos does so for lazy routes, and not for islands: a browser would learn of the part once the first WASM
//! runs, a round trip and a compilation later. Goes when Leptos does it itself.

use leptos::{WasmSplitManifest, prelude::*};
use leptos_meta::Link;

/// Links in the head of the page for the parts that an island, such as `Notes`, is in. None in a build without parts.
///
/// ```
/// # use leptos::prelude::*;
/// # #[component]
/// # fn Notes() -> impl IntoView {}
/// fn notes() -> impl IntoView {
///     view! {
///         {authkit_app::load_early("Notes")}
///         <Notes />
///     }
/// }
/// ```
#[must_use]
pub fn load_early(island: &str) -> impl IntoView + use<> {
    let links = parts_of(island).into_iter().map(|href| {
        view! { <Link rel="preload" href as_="fetch" type_="application/wasm" crossorigin="anonymous" /> }
    });
    links.collect_view()
}

fn parts_of(island: &str) -> Vec<String> {
    let Some(WasmSplitManifest(manifest)) = use_context() else {
        return Vec::new();
    };
    manifest.with_value(|(folder, parts, _)| {
        let files = parts.iter().find_map(|(loader, files)| {
            let (name, _) = loader.rsplit_once("_loader_")?;
            is_in_snake_case(name, island).then_some(files)
        });
        let files = files.into_iter().flatten();
        files.map(|file| format!("{folder}/{file}.wasm")).collect()
    })
}

/// Whether `copy_button` is how the macro that splits writes `CopyButton`.
fn is_in_snake_case(name: &str, island: &str) -> bool {
    let letters = name.bytes().filter(|it| *it != b'_');
    letters.eq(island.bytes().map(|it| it.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn an_island_s_own_parts_are_loaded_early_and_no_other_s() {
        let parts = ["copy_button", "copy", "notes"].map(|island| {
            let files = vec!["chunk_1.x".to_owned(), format!("split_{island}.y")];
            (format!("{island}_loader_1234"), files)
        });
        let manifest = ("/pkg".to_owned(), HashMap::from(parts), String::new());
        Owner::new().with(|| {
            assert_eq!(parts_of("Notes"), [""; 0], "there are none yet");
            provide_context(WasmSplitManifest(ArcStoredValue::new(manifest)));
            let of = |island| parts_of(island).pop();
            assert_eq!(parts_of("Notes").len(), 2);
            assert_eq!(of("Notes").as_deref(), Some("/pkg/split_notes.y.wasm"));
            assert_eq!(
                of("CopyButton").as_deref(),
                Some("/pkg/split_copy_button.y.wasm")
            );
            assert_eq!(of("Numbers"), None);
        });
    }
}
