//! What islands call to be where the address bar says, and to say there where one is: [`use_address_bar`].
//!
//! On the server it gives what the page was made with, and links. A page that does not call it has none of it in its WASM.

use crate::address::{self, Arguments};
use leptos::{ev::MouseEvent, prelude::*};
use std::sync::Arc;

#[cfg(feature = "hydrate")]
use crate::browser::Bar;
#[cfg(not(feature = "hydrate"))]
use bar_absent::Bar;

/// Follows the arguments in the address bar, and writes them there when they change in the page, so that loading the
/// page anew, or sending its address to somebody, shows the same.
///
/// Takes what the page was rendered with: what `server::arguments_of_address` has read. Parameters that are not of `T`
/// are left as they are, so several islands of a page can have arguments of their own.
///
/// ```
/// # use authkit_live::{typed_early, use_address_bar};
/// # use leptos::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// #[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
/// struct Found { search: String, page: u8 }
///
/// #[island]
/// fn Search(found: Found) -> impl IntoView {
///     let address = use_address_bar(found);
///     let found = address.arguments();
///     let typed = move |search| address.replace(|found| *found = Found { search, page: 0 });
///     typed_early("search", typed);
///     view! {
///         <form method="get" on:submit=|event| event.prevent_default()>
///             <input
///                 id="search"
///                 name="search"
///                 prop:value=move || found.get().search
///                 value=found.get_untracked().search
///                 on:input:target=move |it| typed(it.target().value())
///             />
///         </form>
///         <a
///             href=move || address.link(|found| found.page += 1)
///             on:click=move |event| address.follow_link(&event, |found| found.page += 1)
///         >
///             "Next page"
///         </a>
///     }
/// }
/// ```
#[must_use]
pub fn use_address_bar<T: Arguments>(arguments: T) -> AddressBar<T> {
    let (arguments, set_arguments) = signal(arguments);
    let address_bar = AddressBar {
        arguments,
        set_arguments,
        bar: StoredValue::new(Arc::new(Bar::here())),
    };
    #[cfg(feature = "hydrate")]
    crate::browser::follow_history(address_bar);
    address_bar
}

/// The address bar, as far as it is about these arguments; from [`use_address_bar`].
pub struct AddressBar<T: Arguments> {
    arguments: ReadSignal<T>,
    set_arguments: WriteSignal<T>,
    bar: StoredValue<Arc<Bar>>,
}

impl<T: Arguments> Clone for AddressBar<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Arguments> Copy for AddressBar<T> {}

impl<T: Arguments> AddressBar<T> {
    /// What the address says. Going back and forward in the history changes it.
    #[must_use]
    pub fn arguments(self) -> ReadSignal<T> {
        self.arguments
    }

    /// Changes the arguments where one is: for typing. The address bar follows when that settles, and going back leads
    /// to where one was before.
    pub fn replace(self, change: impl FnOnce(&mut T)) {
        if self.change(change) {
            #[cfg(feature = "hydrate")]
            crate::browser::write_soon(self);
        }
    }

    /// Goes to other arguments: for a page, a filter. Going back leads to the ones before.
    pub fn push(self, change: impl FnOnce(&mut T)) {
        #[cfg(feature = "hydrate")]
        crate::browser::write_now(self);
        if self.change(change) {
            #[cfg(feature = "hydrate")]
            crate::browser::push(self);
        }
    }

    /// The address with other arguments: for the `href` of a link, which works without scripts, and in another tab.
    /// Follows the arguments.
    #[must_use]
    pub fn link(self, change: impl FnOnce(&mut T)) -> String {
        let mut arguments = self.arguments.get();
        change(&mut arguments);
        self.address_with(&arguments)
    }

    /// [Pushes](Self::push) instead of loading another page, for a click on such a link: not for one that opens it in
    /// another tab or window.
    pub fn follow_link(self, event: &MouseEvent, change: impl FnOnce(&mut T)) {
        let is_for_browser = event.button() != 0
            || event.ctrl_key()
            || event.meta_key()
            || event.shift_key()
            || event.alt_key();
        if !is_for_browser && !event.default_prevented() {
            event.prevent_default();
            self.push(change);
        }
    }

    /// Sets the arguments; whether these are others than before.
    fn change(self, change: impl FnOnce(&mut T)) -> bool {
        let changed = self.set_arguments.try_maybe_update(|arguments| {
            let mut after = arguments.clone();
            change(&mut after);
            let is_new = *arguments != after;
            *arguments = after;
            (is_new, is_new)
        });
        changed.unwrap_or(false)
    }

    fn address_with(self, arguments: &T) -> String {
        let bar = self.bar.try_get_value();
        let bar = bar.unwrap_or_else(|| Arc::new(Bar::here()));
        address::address(&bar.path(), &address::written(arguments, &bar.query()))
    }
}

#[cfg(feature = "hydrate")]
impl<T: Arguments> AddressBar<T> {
    /// The address with the arguments as they are; `None` when the island is gone.
    pub(super) fn address(self) -> Option<String> {
        let arguments = self.arguments.try_get_untracked()?;
        Some(self.address_with(&arguments))
    }

    pub(super) fn bar(self) -> Option<Arc<Bar>> {
        self.bar.try_get_value()
    }

    /// Shows what the address says.
    pub(super) fn set(self, read: T) {
        self.change(|arguments| *arguments = read);
    }
}

/// Without a browser there is no bar: only the address of the request.
#[cfg(not(feature = "hydrate"))]
mod bar_absent {
    #[derive(Default)]
    pub struct Bar {
        path: String,
        query: String,
    }

    impl Bar {
        #[cfg(feature = "ssr")]
        pub fn here() -> Self {
            let here = |request: &http::request::Parts| Self {
                path: request.uri.path().to_owned(),
                query: request.uri.query().unwrap_or_default().to_owned(),
            };
            leptos::prelude::with_context(here).unwrap_or_default()
        }

        #[cfg(not(feature = "ssr"))]
        pub fn here() -> Self {
            Self::default()
        }

        pub fn path(&self) -> String {
            self.path.clone()
        }

        pub fn query(&self) -> String {
            self.query.clone()
        }
    }
}
