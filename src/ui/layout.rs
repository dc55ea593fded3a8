//! The frame around every page: header, notices, footer.

use super::{avatar::Avatar, head::PRODUCT, islands::SessionEnded};
use authkit_app::fixed;
use authkit_leptos::{
    AuthLoading, AuthProvider, AuthState, Authenticated, Authorized, Impersonation, ScriptsEnded,
    SignInLink, SignOutForm, SignUpLink, Unauthenticated, server, use_auth,
};
use authkit_live::server::Link;
use leptos::prelude::*;

/// Contents of the frame besides the auth state.
#[derive(Clone, Debug, Default)]
pub struct Notice {
    /// Address of the emulator, when sign-in uses it.
    pub emulator_url: Option<String>,
    /// Address of the debug page, on servers that have it.
    pub debug: Option<&'static str>,
}

/// The frame. `links` are those of features, and `path` is that of the page, which the navigation marks as current.
#[component]
pub fn Layout(
    auth: AuthState,
    notice: Notice,
    links: Vec<Link>,
    path: String,
    children: Children,
) -> impl IntoView {
    let may_end = matches!(auth, AuthState::SignedIn(_));
    view! {
        <AuthProvider initial=auth>
            <a class="skip" href="#main">
                "Skip to content"
            </a>
            <Header links path />
            <Impersonation button_class="button" {..} class="banner impersonation" />
            <main id="main" tabindex="-1">
                <div class="in">{notice_of_sign_in()} {children()}</div>
            </main>
            {fixed!(<Plain />)}
            <Footer />
            <DevelopmentBanner notice />
            {may_end.then(|| fixed!(<Ended />))}
        </AuthProvider>
    }
}

/// What is to be said after a sign-in that was asked for in between.
fn notice_of_sign_in() -> impl IntoView {
    let notice = server::sign_in_notice()?;
    Some(view! {
        <p class="banner" role="status">
            {notice.sentence()}
        </p>
    })
}

#[component]
fn Header(links: Vec<Link>, path: String) -> impl IntoView {
    let features = links.into_iter().map(|Link { to, text }| {
        view! {
            <NavLink to name=text path=path.clone() />
            " "
        }
    });
    view! {
        <header class="top">
            <div class="in">
                <a class="brand" href="/">
                    <Mark />
                    " "
                    <span class="word">{PRODUCT}</span>
                </a>
                <nav aria-label="Main">
                    <NavLink to="/" name="Home" path=path.clone() />
                    " "
                    {features.collect_view()}
                    <NavLink to="/account" name="Account" path=path.clone() />
                    <Authorized role="admin">
                        " "
                        <NavLink to="/admin" name="Admin" path=path.clone() />
                    </Authorized>
                </nav>
                <div class="who">
                    <Unauthenticated>
                        <SignInLink {..} class="button bare">
                            "Sign in"
                        </SignInLink>
                        <SignUpLink {..} class="button primary">
                            "Sign up"
                        </SignUpLink>
                    </Unauthenticated>
                    <Authenticated>
                        <Who />
                        {fixed!(<SignOut />)}
                    </Authenticated>
                    <AuthLoading>
                        <Who />
                        " "
                        <span class="name status warn small">"Not verified"</span>
                        {fixed!(<SignOut />)}
                    </AuthLoading>
                </div>
            </div>
        </header>
    }
}

#[component]
fn NavLink(to: &'static str, name: &'static str, path: String) -> impl IntoView {
    let current = (path == to).then_some("page");
    view! {
        <a href=to aria-current=current>
            {name}
        </a>
    }
}

/// The user; while the session can't be checked, the last one known.
#[component]
fn Who() -> impl IntoView {
    let user = use_auth().with_untracked(|state| match state {
        AuthState::SignedIn(identity) => Some(identity.user.clone()),
        AuthState::Unavailable(user) => user.clone(),
        AuthState::SignedOut => None,
    });
    user.map(|user| {
        let name = user.display_name();
        view! {
            <a href="/account">
                <Avatar user />
                " "
                <bdi class="name">{name}</bdi>
            </a>
        }
    })
}

#[component]
fn SignOut() -> impl IntoView {
    view! {
        <SignOutForm>
            <button class="button" type="submit">
                "Sign out"
            </button>
        </SignOutForm>
    }
}

/// [`SessionEnded`], and what it shows. Its link leads back to the page it is on when it is shown: the island sees to that.
#[component]
fn Ended() -> impl IntoView {
    view! {
        <SessionEnded>
            <div>
                <p class="status">"Signed out"</p>
                <h2 id="ended">"Your session has ended"</h2>
                <p id="ended-why">
                    "You were signed out, here or somewhere else. Sign in again to go on where you were."
                </p>
            </div>
            <div class="row">
                <SignInLink {..} class="button primary big">
                    "Sign in again"
                </SignInLink>
                <a href="/" rel="external">
                    "Go home"
                </a>
            </div>
        </SessionEnded>
    }
}

/// Shown when the page's scripts have stopped or never ran.
#[component]
fn Plain() -> impl IntoView {
    view! {
        <ScriptsEnded {..} class="banner warning plain" aria-label="About this page">
            <p data-why="missing">"Part of this page could not be loaded."</p>
            <p data-why="unsupported">"This browser has no WebAssembly."</p>
            <p data-why="broken">"Part of this page has stopped."</p>
            <p>
                "The page works, but shows nothing new by itself. " <a href="">"Load it again"</a>
            </p>
        </ScriptsEnded>
    }
}

#[component]
fn Footer() -> impl IntoView {
    view! {
        <footer class="bottom">
            <div class="in">
                <p>"WorkOS AuthKit for Leptos and axum"</p>
                <p>"MIT or Apache-2.0"</p>
            </div>
        </footer>
    }
}

#[component]
fn DevelopmentBanner(notice: Notice) -> impl IntoView {
    let debug = notice.debug.map(|address| {
        view! {
            " "
            <a href=address>"Debug"</a>
        }
    });
    notice.emulator_url.map(|url| {
        view! {
            <aside class="banner development" aria-label="Development">
                <p>
                    "Development: signing in with the AuthKit on this machine, "
                    <a href=url.clone()>{url.clone()}</a>
                </p>
                {debug}
            </aside>
        }
    })
}

/// The logo as inline SVG; `public/favicon.svg` is the same with colours of its own.
#[component]
fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
            <path class="arch" d="M4.1 22V11.4a7.9 7.9 0 0 1 15.8 0V22" />
            <path class="key" d="M12 8.2a3.4 3.4 0 0 1 1.7 6.3L15 22H9l1.3-7.5A3.4 3.4 0 0 1 12 8.2Z" />
        </svg>
    }
}
