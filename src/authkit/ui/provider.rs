//! [`AuthProvider`] carries the server's answer into the browser; [`use_auth`] reads it.

use crate::authkit::AuthState;
use leptos::prelude::*;

/// The state in context; a type of its own, so that nobody else's signal is taken for it.
#[derive(Clone, Copy)]
struct AuthContext(ReadSignal<AuthState>);

/// Gives everything inside the answer the server found, on both sides: put it around the page.
///
/// `initial` becomes part of the HTML. It holds an identity and no token.
#[island]
pub fn AuthProvider(initial: AuthState, children: Children) -> impl IntoView {
    let (state, _) = signal(initial);
    provide_context(AuthContext(state));
    children()
}

/// Who is signed in, here and now.
///
/// Known from the first render on: on the server from the request, in the browser from
/// [`AuthProvider`]. Outside of a provider the browser knows nothing and says signed out.
#[must_use]
pub fn use_auth() -> Signal<AuthState> {
    match use_context::<AuthContext>() {
        Some(AuthContext(state)) => state.into(),
        None => Signal::stored(state_of_request()),
    }
}

fn state_of_request() -> AuthState {
    #[cfg(feature = "ssr")]
    return crate::authkit::server::auth_state();
    #[cfg(not(feature = "ssr"))]
    AuthState::SignedOut
}
