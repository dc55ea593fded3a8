//! [`Rules`]: a [`Protection`] that has been checked, and its decision about a request.
//!
//! Made by the builder; asked by the [`PathGuard`](super::PathGuard). Lets no caller pass that it is not sure of.

use super::{
    description::{Check, Protection},
    path::Segments,
    pattern::{Pattern, PatternProblem},
};
use crate::{
    paths,
    server::caller::{Caller, NotAllowed},
};
use http::Uri;
use std::fmt;

/// The patterns of a [`Protection`] that are none, all of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ProtectionError(pub Vec<BadPattern>);

/// A pattern that is none, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BadPattern {
    /// The method that it was given to.
    pub list: &'static str,
    /// As it was given.
    pub pattern: String,
    /// Why it is none.
    pub problem: PatternProblem,
    /// What it most likely means.
    pub instead: Option<Pattern>,
}

impl fmt::Display for ProtectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => f.write_str("1 problem with the protection by path:")?,
            count => write!(f, "{count} problems with the protection by path:")?,
        }
        for bad in &self.0 {
            let BadPattern {
                list,
                pattern,
                problem,
                instead,
            } = bad;
            write!(f, "\n  {list}: {pattern:?} {problem}\n    → ")?;
            match instead {
                Some(instead) => write!(f, "write {instead}")?,
                None => f.write_str(
                    "write the path as browsers send it; `*` is one segment, and `**` at the end all below",
                )?,
            }
        }
        Ok(())
    }
}

/// A checked protection.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(super) unauthenticated: Vec<Pattern>,
    pub(super) sign_up: Vec<Pattern>,
    pub(super) required: Vec<Required>,
    pub(super) sign_in_path: String,
    /// The path of `WORKOS_REDIRECT_URI`.
    redirect_path: String,
    /// The app's public origin.
    pub(super) origin: String,
}

/// A guard, and the paths it is for.
#[derive(Debug)]
pub(super) struct Required {
    pub check: Check,
    pub guard: String,
    pub patterns: Vec<Pattern>,
}

impl Rules {
    /// Checks a protection, of an app with this public origin whose callback is at `redirect_path`.
    ///
    /// # Errors
    /// [`ProtectionError`], with every pattern that is none.
    pub fn new(
        protection: Protection,
        redirect_path: &str,
        origin: &str,
    ) -> Result<Self, ProtectionError> {
        let mut bad = Vec::new();
        let mut read = |list, patterns: Vec<String>| {
            let mut good = Vec::new();
            for pattern in patterns {
                match Pattern::parse(&pattern) {
                    Ok(pattern) => good.push(pattern),
                    Err(problem) => bad.push(BadPattern {
                        list,
                        instead: Pattern::instead_of(&pattern),
                        pattern,
                        problem,
                    }),
                }
            }
            good
        };
        let unauthenticated = read("unauthenticated_paths", protection.unauthenticated);
        let sign_up = read("sign_up_paths", protection.sign_up);
        let required = protection.required.into_iter().map(|it| Required {
            check: it.check,
            guard: it.guard,
            patterns: read("require", it.patterns),
        });
        let required = required.collect();
        let sign_in_path = protection.sign_in_path.map(|path| {
            let read = read("sign_in_path", vec![path.clone()]);
            (path, read.iter().all(Pattern::is_one_path))
        });
        let sign_in_path = match sign_in_path {
            Some((pattern, false)) => {
                bad.push(BadPattern {
                    list: "sign_in_path",
                    pattern,
                    problem: PatternProblem::PartOfSegment,
                    instead: None,
                });
                String::new()
            }
            Some((path, true)) => path,
            None => paths::SIGN_IN.to_owned(),
        };
        if !bad.is_empty() {
            return Err(ProtectionError(bad));
        }
        Ok(Self {
            unauthenticated,
            sign_up,
            required,
            sign_in_path,
            redirect_path: redirect_path.to_owned(),
            origin: origin.to_owned(),
        })
    }

    /// Whether `caller` may ask this. `asked` is the address that the client sent, `routed` the one that the app's router
    /// sees, which may be shorter; `now` is in seconds since the epoch.
    ///
    /// # Errors
    /// [`NotAllowed`] says why not.
    pub fn check(
        &self,
        [asked, routed]: [&Uri; 2],
        caller: &Caller,
        now: u64,
    ) -> Result<(), NotAllowed> {
        if self.is_open(asked.path()) {
            return Ok(());
        }
        let mut readings = Segments::of_all_readings(asked.path());
        if routed != asked {
            readings.extend(Segments::of_all_readings(routed.path()));
        }
        let is_meant = |pattern: &Pattern| readings.iter().any(|path| pattern.has(path));
        let of_path = |required: &&Required| required.patterns.iter().any(is_meant);
        let mut required = self.required.iter().filter(of_path).peekable();
        if required.peek().is_none() && has(&self.unauthenticated, asked.path()) {
            return Ok(());
        }
        let identity = caller.identity()?.ok_or(NotAllowed::Anonymous)?;
        for required in required {
            (required.check)(identity, now)?;
        }
        Ok(())
    }

    /// Where who is signed out is led from this path.
    pub fn sign_in_from(&self, path: &str) -> &str {
        match has(&self.sign_up, path) {
            true => paths::SIGN_UP,
            false => &self.sign_in_path,
        }
    }

    /// Whether the path is one that nothing locks.
    pub(super) fn is_open(&self, path: &str) -> bool {
        self.open_paths().any(|open| open == path)
    }

    /// The paths that nothing locks.
    pub(super) fn open_paths(&self) -> impl Iterator<Item = &str> {
        let own = [self.redirect_path.as_str(), self.sign_in_path.as_str()];
        own.into_iter().chain(paths::OPEN)
    }
}

fn has(patterns: &[Pattern], path: &str) -> bool {
    Segments::of_public(path).is_some_and(|path| patterns.iter().any(|it| it.has(&path)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::caller::{BearerError, UserIdentity, guard::HasRole};
    use crate::slug;
    use proptest::prelude::*;
    use serde_json::json;
    use url::Url;

    slug!(Admin = "admin");

    fn checked(protection: Protection) -> Result<Rules, ProtectionError> {
        Rules::new(protection, "/api/auth/callback", "https://app.example")
    }

    fn rules(protection: Protection) -> Rules {
        checked(protection).unwrap()
    }

    fn with_role(role: &str) -> Caller {
        let claims = json!({"iss": "https://i", "sub": "s", "role": role});
        let mut identity: UserIdentity = serde_json::from_value(claims).unwrap();
        identity.is_authkit = true;
        Caller::Program(identity.into(), "token".into())
    }

    const NOBODY: Caller = Caller::Nobody { ended: None };

    fn may(rules: &Rules, path: &str, caller: &Caller) -> bool {
        let uri = path.parse().unwrap();
        let checked = rules.check([&uri, &uri], caller, 0);
        checked.is_ok()
    }

    #[test]
    fn every_bad_pattern_is_named_with_its_list_and_what_to_write() {
        let protection = Protection::new()
            .unauthenticated_paths(["/", "/docs/:path*", "about"])
            .sign_up_paths(["/join/"])
            .require::<HasRole<Admin>>(["/admin/**/x"])
            .sign_in_path("/login/*");
        let refused = checked(protection).unwrap_err();
        let said = refused.to_string();
        assert!(said.starts_with("5 problems"), "{said}");
        for expected in [
            "unauthenticated_paths: \"/docs/:path*\" has a parameter",
            "→ write /docs/**",
            "unauthenticated_paths: \"about\" does not begin with a slash",
            "sign_up_paths: \"/join/\" has an empty segment\n    → write /join\n",
            "require: \"/admin/**/x\" has `**` before its end\n    → write the path as browsers send it",
            "sign_in_path: \"/login/*\"",
        ] {
            assert!(said.contains(expected), "no {expected:?} in {said}");
        }
    }

    #[test]
    fn everything_needs_a_sign_in_but_what_is_listed() {
        let rules = rules(Protection::new().unauthenticated_paths(["/", "/blog/**"]));
        for path in ["/", "/blog", "/blog/1?page=2", "/blog/"] {
            assert!(may(&rules, path, &NOBODY), "{path}");
        }
        for path in [
            "/account",
            "/blogs",
            "/blog/../account",
            "/blog/%2e%2e/account",
        ] {
            assert!(!may(&rules, path, &NOBODY), "{path}");
            assert!(may(&rules, path, &with_role("member")), "{path}");
        }
    }

    #[test]
    fn nothing_locks_the_login() {
        let all = ["/**"];
        let rules = rules(
            Protection::new()
                .unauthenticated_paths::<&str>([])
                .require::<HasRole<Admin>>(all)
                .sign_in_path("/login"),
        );
        for path in paths::OPEN
            .into_iter()
            .chain(["/api/auth/callback", "/login"])
        {
            assert!(may(&rules, path, &NOBODY), "{path}");
        }
        assert!(!may(&rules, "/callback/", &NOBODY));
        assert!(!may(&rules, "/x/../callback", &NOBODY));
    }

    #[test]
    fn a_guard_counts_for_every_path_that_could_mean_its_own() {
        let protection = Protection::new().unauthenticated_paths(["/**"]);
        let rules = rules(protection.require::<HasRole<Admin>>(["/admin/**"]));
        for path in [
            "/admin",
            "/admin/",
            "/admin/people",
            "//admin",
            "/x/../admin",
            "/x/%2E./admin",
            "/%61dmin",
            "/x/..%2fadmin",
            "/admin/../x",
        ] {
            assert!(!may(&rules, path, &NOBODY), "{path}");
            assert!(!may(&rules, path, &with_role("member")), "{path}");
            assert!(may(&rules, path, &with_role("admin")), "{path}");
        }
        assert!(may(&rules, "/admins", &NOBODY));
        // A router inside of another sees the end of the path only.
        let [asked, routed] = ["/app/admin", "/admin"].map(|path| path.parse().unwrap());
        let checked = rules.check([&asked, &routed], &NOBODY, 0);
        assert!(checked.is_err());
    }

    #[test]
    fn a_refused_token_does_not_pass_and_an_accepted_one_does() {
        let rules = rules(Protection::new());
        let ended = Caller::Refused(BearerError::Ended.into());
        assert!(!may(&rules, "/api", &ended));
        assert!(may(&rules, "/api", &with_role("member")));
    }

    proptest! {
        /// Whatever a browser or Leptos's router would take for a path below `/admin` has its guard.
        #[test]
        fn a_path_that_means_a_guarded_one_is_guarded(
            path in "(/|\\\\|%2e|%2E|\\.|%2f|%5c|admin|x){0,8}"
        ) {
            let path = format!("/{path}");
            let rules = rules(Protection::new().require::<HasRole<Admin>>(["/admin/*"]));
            let url = Url::parse(&format!("http://app.test{path}")).unwrap();
            let mut meant = url.path().split('/').skip(1);
            let is_below = meant.next() == Some("admin")
                && meant.next().is_some_and(|it| !it.is_empty())
                && meant.next().is_none();
            if is_below && let Ok(uri) = path.parse::<Uri>() {
                let checked = rules.check([&uri, &uri], &with_role("member"), 0);
                prop_assert!(checked.is_err(), "{path}");
            }
        }
    }
}
