//! [`Protection`]: what an app says about its paths.
//!
//! Made by an app's `main`, and given to the builder. Not checked yet: the [`Rules`](super::Rules) are.

use crate::server::caller::{
    UserIdentity,
    guard::{Denied, Guard},
};
use std::any::type_name;

/// A protection by path: every path needs a caller who is signed in, unless it is listed.
///
/// Given to [`Builder::protection`](crate::server::Builder::protection), it is kept by [`AuthKit::layer`](crate::server::AuthKit::layer)
/// and [`AuthKit::protect`](crate::server::AuthKit::protect), before the app is asked. Who is turned away gets:
///
/// | Request | signed out | session can't be checked | lacks what [`require`](Self::require) asks for |
/// |---|---|---|---|
/// | a browser goes to a page | 302 to the sign-in, which leads back | 503, a page | 403, a page |
/// | a browser sends a form | 303 to the sign-in, which leads to the form's page | 503, a page | 403, a page |
/// | a script, a WebSocket, an image | 401, `"SignedOut"` | 503, `"Unavailable"` | 403, `"Forbidden"` |
/// | a program with a bearer token | 401 or 400 if it is not accepted | 503 | 403 |
///
/// Each answer has the reason in `x-authkit-reason`. The pages are the app's own at
/// [`paths::FORBIDDEN`](crate::paths::FORBIDDEN) and [`paths::UNAVAILABLE`](crate::paths::UNAVAILABLE), shown at the address
/// that was asked for, or plain ones.
///
/// # Patterns
///
/// `/about` is this path alone, `/blog/*` has one more segment, `/docs/**` is `/docs` and all below it. Letters count as
/// they are written, one slash at the end does not count. A path that could mean another one (dot segments, empty ones, a
/// backslash, an encoded slash) is never public.
///
/// # What stays open
///
/// The routes of the login, wherever `WORKOS_REDIRECT_URI` leads, webhooks, and [`sign_in_path`](Self::sign_in_path). A
/// preflight (CORS) reaches the app, and its answer has headers only. Files are protected like everything else inside the layer: list `/pkg/**` and
/// `/favicon.ico`, or serve files beside it, as authkit-serve does.
///
/// Server functions keep guards of their own: a list of paths is a net below them, not instead of them.
///
/// ```no_run
/// use authkit_leptos::server::{AuthKit, Config, Protection, guard::HasRole};
///
/// authkit_leptos::slug!(Admin = "admin");
/// # async fn body() -> Result<(), Box<dyn std::error::Error>> {
/// let protection = Protection::new()
///     .unauthenticated_paths(["/", "/about", "/blog/**", "/pkg/**"])
///     .sign_up_paths(["/join/**"])
///     .require::<HasRole<Admin>>(["/admin/**"]);
/// let authkit = AuthKit::builder(Config::from_env()?)
///     .protection(protection)
///     .sqlite_file("data/app.db")
///     .start()
///     .await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "give it to Builder::protection"]
pub struct Protection {
    pub(super) unauthenticated: Vec<String>,
    pub(super) sign_up: Vec<String>,
    pub(super) required: Vec<Requirement>,
    pub(super) sign_in_path: Option<String>,
}

/// Checks a caller, as [`Guard::check`] does.
pub(super) type Check = fn(&UserIdentity, u64) -> Result<(), Denied>;

/// A guard, and the patterns it is for.
#[derive(Clone, Debug)]
pub(super) struct Requirement {
    pub check: Check,
    /// The guard's name, for people: `HasRole<Admin>`.
    pub guard: String,
    pub patterns: Vec<String>,
}

impl Protection {
    /// Protects every path.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets everybody see these paths.
    ///
    /// ```
    /// # use authkit_leptos::server::Protection;
    /// let protection = Protection::new().unauthenticated_paths(["/", "/blog/**"]);
    /// ```
    pub fn unauthenticated_paths<P: Into<String>>(
        mut self,
        patterns: impl IntoIterator<Item = P>,
    ) -> Self {
        self.unauthenticated
            .extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Leads who is signed out from these paths to AuthKit's sign-up screen instead of the sign-in.
    ///
    /// ```
    /// # use authkit_leptos::server::Protection;
    /// let protection = Protection::new().sign_up_paths(["/join/**"]);
    /// ```
    pub fn sign_up_paths<P: Into<String>>(mut self, patterns: impl IntoIterator<Item = P>) -> Self {
        self.sign_up.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Asks for more than a sign-in on these paths: the caller has to pass the guard. Of several guards of a path all
    /// count, and they count for an unauthenticated path, too.
    ///
    /// ```
    /// # use authkit_leptos::server::{Protection, guard::{AuthKitUser, HasRole}};
    /// # authkit_leptos::slug!(Admin = "admin");
    /// let protection = Protection::new()
    ///     .require::<AuthKitUser>(["/account/**"])
    ///     .require::<HasRole<Admin>>(["/admin/**"]);
    /// ```
    pub fn require<G: Guard>(
        mut self,
        patterns: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.required.push(Requirement {
            check: G::check,
            guard: without_modules(type_name::<G>()),
            patterns: patterns.into_iter().map(Into::into).collect(),
        });
        self
    }

    /// The app's own page to sign in at, to which who is signed out is led with `return_to`:
    /// [`paths::SIGN_IN`](crate::paths::SIGN_IN) by default. It stays open.
    ///
    /// ```
    /// # use authkit_leptos::server::Protection;
    /// let protection = Protection::new().sign_in_path("/login");
    /// ```
    pub fn sign_in_path(mut self, path: impl Into<String>) -> Self {
        self.sign_in_path = Some(path.into());
        self
    }
}

/// The name of a type without the modules it is in: `HasRole<Admin>`.
fn without_modules(name: &str) -> String {
    let mut short = String::new();
    let mut start = 0;
    for (at, c) in name.char_indices() {
        if !(c.is_alphanumeric() || c == '_' || c == ':') {
            let word = &name[start..at];
            short.push_str(word.rsplit("::").next().unwrap_or(word));
            short.push(c);
            start = at + c.len_utf8();
        }
    }
    short + name[start..].rsplit("::").next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::caller::guard::{HasRole, SignedInWithin};
    use crate::slug;

    slug!(Admin = "admin");

    #[test]
    fn a_guard_is_named_without_its_modules() {
        let name = |name: &str| without_modules(name);
        assert_eq!(name(type_name::<HasRole<Admin>>()), "HasRole<Admin>");
        type Both = (HasRole<Admin>, SignedInWithin<300>);
        let both = name(type_name::<Both>());
        assert!(
            both.starts_with("(HasRole<Admin>, SignedInWithin<300"),
            "{both}"
        );
        assert_eq!(name("Admin"), "Admin");
    }
}
