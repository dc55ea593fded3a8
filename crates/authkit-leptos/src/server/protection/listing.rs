//! [`Listing`]: which routes of an app a [`Protection`] leaves open, for people who want to see it at a glance.
//!
//! Made for the command `authkit routes`. Decides about no request: the rules do.

use super::{
    description::Protection,
    pattern::Pattern,
    rules::{ProtectionError, Required, Rules},
};
use std::fmt;

/// Routes and who may ask for them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing {
    /// The routes, in the order in which they were named.
    pub routes: Vec<RouteAccess>,
    /// Patterns that no path of these routes matches, with the method they were given to: mistyped, most likely, or for
    /// files.
    pub unmatched: Vec<(&'static str, Pattern)>,
}

/// Who may ask for a route.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RouteAccess {
    /// As the router knows it: `/posts/{id}`.
    pub route: String,
    /// Who may ask for its paths.
    pub access: Access,
    /// Patterns for which it is different.
    pub except: Vec<(Pattern, Access)>,
}

/// Who may ask for a path.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// Every caller: a route of the login, which nothing locks.
    Open,
    /// Every caller: it is listed.
    Public,
    /// Callers who are signed in, or bring an accepted token.
    SignedIn,
    /// Callers who pass these guards.
    Guarded(Vec<String>),
}

/// In a few words: `public`, `protected`, `guard HasRole<Admin>`.
impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("open"),
            Self::Public => f.write_str("public"),
            Self::SignedIn => f.write_str("protected"),
            Self::Guarded(guards) => write!(f, "guard {}", guards.join(" and ")),
        }
    }
}

impl RouteAccess {
    /// The [`except`](Self::except) in words: `public at /posts/new`. Empty where there is none.
    #[must_use]
    pub fn exceptions(&self) -> String {
        let except = self.except.iter();
        let except = except.map(|(pattern, access)| format!("{access} at {pattern}"));
        except.collect::<Vec<_>>().join(", ")
    }
}

impl Protection {
    /// Who may ask for these routes of axum, of an app whose callback is at `redirect_path`; and for those of the login,
    /// which come last.
    ///
    /// ```
    /// use authkit_leptos::server::{Access, Protection};
    ///
    /// let protection = Protection::new().unauthenticated_paths(["/", "/posts/new"]);
    /// let listing = protection.list("/callback", ["/", "/posts/{id}"])?;
    /// assert_eq!(listing.routes[0].access, Access::Public);
    /// assert_eq!(listing.routes[1].access, Access::SignedIn);
    /// assert_eq!(listing.routes[1].except[0].0.to_string(), "/posts/new");
    /// # Ok::<_, authkit_leptos::server::ProtectionError>(())
    /// ```
    ///
    /// # Errors
    /// [`ProtectionError`], with every pattern that is none.
    pub fn list<R: Into<String>>(
        self,
        redirect_path: &str,
        routes: impl IntoIterator<Item = R>,
    ) -> Result<Listing, ProtectionError> {
        let rules = Rules::new(self, redirect_path, "")?;
        let mut routes: Vec<String> = routes.into_iter().map(Into::into).collect();
        for own in rules.open_paths() {
            if !routes.iter().any(|route| route == own) {
                routes.push(own.to_owned());
            }
        }
        let patterns: Vec<_> = routes.iter().map(|it| Pattern::of_route(it)).collect();
        let unmatched = rules.patterns().filter(|(_, pattern)| {
            let is_matched = patterns.iter().any(|route| route.meets(pattern));
            !is_matched
        });
        let unmatched = unmatched
            .map(|(list, pattern)| (list, pattern.clone()))
            .collect();
        let routes = routes.into_iter().zip(&patterns);
        let routes = routes.map(|(route, pattern)| rules.access(route, pattern));
        Ok(Listing {
            routes: routes.collect(),
            unmatched,
        })
    }
}

impl Rules {
    fn patterns(&self) -> impl Iterator<Item = (&'static str, &Pattern)> {
        let named = |name| move |pattern| (name, pattern);
        let required = self.required.iter().flat_map(|it| &it.patterns);
        let public = self.unauthenticated.iter();
        public
            .map(named("unauthenticated_paths"))
            .chain(self.sign_up.iter().map(named("sign_up_paths")))
            .chain(required.map(named("require")))
    }

    fn access(&self, route: String, pattern: &Pattern) -> RouteAccess {
        if self.is_open(&route) {
            return RouteAccess {
                route,
                access: Access::Open,
                except: Vec::new(),
            };
        }
        let is_whole = |it: &Required| it.patterns.iter().any(|it| it.covers(pattern));
        let (whole, partly): (Vec<_>, Vec<_>) = self.required.iter().partition(|it| is_whole(it));
        let guards: Vec<_> = whole.iter().map(|it| it.guard.clone()).collect();
        let public = || self.unauthenticated.iter();
        let access = if !guards.is_empty() {
            Access::Guarded(guards)
        } else if public().any(|it| it.covers(pattern)) {
            Access::Public
        } else {
            Access::SignedIn
        };
        let meeting = |patterns: &[Pattern], access: Access| {
            let meeting = patterns.iter().filter(|it| it.meets(pattern));
            let meeting = meeting.map(move |it| (it.clone(), access.clone()));
            meeting.collect::<Vec<_>>()
        };
        let mut except = Vec::new();
        if access == Access::SignedIn {
            except.extend(meeting(&self.unauthenticated, Access::Public));
        }
        for required in partly {
            let guard = Access::Guarded(vec![required.guard.clone()]);
            except.extend(meeting(&required.patterns, guard));
        }
        RouteAccess {
            route,
            access,
            except,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::caller::guard::{AuthKitUser, HasRole};
    use crate::slug;

    slug!(Admin = "admin");

    fn guarded(names: &[&str]) -> Access {
        Access::Guarded(names.iter().map(|it| (*it).to_owned()).collect())
    }

    #[test]
    fn each_route_is_listed_with_who_may_ask_for_it() {
        let protection = Protection::new()
            .unauthenticated_paths(["/", "/blog/**", "/posts/new", "/blgo"])
            .sign_up_paths(["/join/*"])
            .require::<AuthKitUser>(["/account/**"])
            .require::<HasRole<Admin>>(["/account/billing", "/admin/**"]);
        let routes = [
            "/",
            "/blog/{slug}",
            "/posts/{id}",
            "/account",
            "/account/billing",
            "/account/{*rest}",
            "/admin",
            "/api/auth/callback",
            "/sign-in",
        ];
        let listing = protection.list("/api/auth/callback", routes).unwrap();
        let own = listing.routes[routes.len()..].iter();
        let own: Vec<_> = own.map(|it| (it.route.as_str(), &it.access)).collect();
        assert!(own.contains(&("/auth/session", &Access::Open)), "{own:?}");
        let access = listing.routes[..routes.len()]
            .iter()
            .map(|it| it.access.clone());
        let access: Vec<_> = access.collect();
        let user = guarded(&["AuthKitUser"]);
        let both = guarded(&["AuthKitUser", "HasRole<Admin>"]);
        let admin = guarded(&["HasRole<Admin>"]);
        assert_eq!(
            access,
            [
                Access::Public,
                Access::Public,
                Access::SignedIn,
                user.clone(),
                both,
                user,
                admin.clone(),
                Access::Open,
                Access::Open
            ]
        );
        let except = |route: usize| {
            let except = listing.routes[route].except.iter();
            let except = except.map(|(pattern, access)| (pattern.to_string(), access.clone()));
            except.collect::<Vec<_>>()
        };
        assert_eq!(except(2), [("/posts/new".to_owned(), Access::Public)]);
        assert_eq!(listing.routes[2].exceptions(), "public at /posts/new");
        assert_eq!(except(3), []);
        assert_eq!(except(5), [("/account/billing".to_owned(), admin)]);
        let unmatched = listing.unmatched.iter();
        let unmatched: Vec<_> = unmatched.map(|(list, it)| format!("{list} {it}")).collect();
        assert_eq!(
            unmatched,
            ["unauthenticated_paths /blgo", "sign_up_paths /join/*"]
        );
    }
}
