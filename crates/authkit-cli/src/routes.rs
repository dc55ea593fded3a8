//! `authkit routes`: the routes of an app, and who may ask for each.
//!
//! Asks the app that mounts the commands: the program `authkit` knows none. Contacts nobody and changes nothing.

use crate::{app::App, login::Login, refuse};
use authkit_leptos::{
    paths,
    server::{Listing, RouteAccess},
};
use serde_json::json;
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// What the help says besides the options.
const HELP: &str = "\
open: a route of the login, which no pattern locks. public: listed as such. protected: for callers who
are signed in or bring an accepted token. guard: for those who pass it.

Exit status: 0, with warnings too; 1 if a pattern is none; 2 if the program does not know its routes.";

/// What the list can't have.
const NOT_LISTED: &str = "\
What is public or open here may have a guard of its own, as server functions do.
Not listed, because nobody tells: routes beside the layer, such as files and webhooks, which are never
protected; and routes that the app has not named, which need a sign-in unless a pattern has them.";

/// The arguments of `routes`.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct Routes {
    /// One JSON object per line, for machines: route, access and except; or the pattern that is for none
    #[arg(long)]
    json: bool,
}

impl Routes {
    /// Prints the list. Exit status 1 if a pattern is none.
    pub fn run(self, app: App) -> ExitCode {
        let login = Login::read(&app);
        let Some(list) = app.routes else {
            return refuse(
                "this program knows no routes: run the app's own, which mounts this command and names them to \
                 App::routes",
            );
        };
        let redirect_path = match &login {
            Ok(Login::WorkOs(config)) => config.redirect_uri.path(),
            _ => paths::CALLBACK,
        };
        let listing = match list(redirect_path) {
            Ok(listing) => listing,
            Err(error) => {
                eprintln!("error: {error}");
                return ExitCode::FAILURE;
            }
        };
        let said = match self.json {
            true => as_json(&listing),
            false => as_text(&listing),
        };
        // A reader that has closed the pipe has seen enough.
        let _ = io::stdout().write_all(said.as_bytes());
        ExitCode::SUCCESS
    }
}

fn as_text(listing: &Listing) -> String {
    let width = listing.routes.iter().map(|it| it.route.len()).max();
    let width = width.unwrap_or_default();
    let mut lines: Vec<_> = listing.routes.iter().map(|it| line(it, width)).collect();
    lines.extend([String::new(), NOT_LISTED.to_owned()]);
    for (list, pattern) in &listing.unmatched {
        lines.push(format!(
            "warning: {list}: {pattern} matches no route of these: mistyped, or for one that is not listed"
        ));
    }
    lines.join("\n") + "\n"
}

fn line(it: &RouteAccess, width: usize) -> String {
    let (route, access) = (&it.route, &it.access);
    match it.exceptions().as_str() {
        "" => format!("{route:width$}  {access}"),
        except => format!("{route:width$}  {access}, but {except}"),
    }
}

fn as_json(listing: &Listing) -> String {
    let routes = listing.routes.iter().map(|it| {
        let access = it.access.to_string();
        json!({"route": it.route, "access": access, "except": it.exceptions()})
    });
    let unmatched = listing
        .unmatched
        .iter()
        .map(|(list, pattern)| json!({"unmatched": pattern.to_string(), "list": list}));
    let lines = routes.chain(unmatched).map(|it| format!("{it}\n"));
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use authkit_leptos::server::{Protection, guard::HasRole};

    authkit_leptos::slug!(Admin = "admin");

    fn listing() -> Listing {
        let protection = Protection::new()
            .unauthenticated_paths(["/", "/posts/new", "/blgo"])
            .require::<HasRole<Admin>>(["/admin/**"]);
        let routes = ["/", "/posts/{id}", "/admin"];
        protection.list("/callback", routes).unwrap()
    }

    #[test]
    fn each_route_is_a_line_and_a_pattern_for_none_a_warning() {
        let said = as_text(&listing());
        let lines: Vec<_> = said.lines().map(str::trim_end).collect();
        let has = |expected: &[&str]| {
            let words = |line: &str| line.split_whitespace().eq(expected.iter().copied());
            assert!(
                lines.iter().any(|line| words(line)),
                "no {expected:?} in {said}"
            );
        };
        has(&["/", "public"]);
        has(&[
            "/posts/{id}",
            "protected,",
            "but",
            "public",
            "at",
            "/posts/new",
        ]);
        has(&["/admin", "guard", "HasRole<Admin>"]);
        has(&["/auth/session", "open"]);
        let warnings = lines.iter().filter(|line| line.starts_with("warning: "));
        let warnings: Vec<_> = warnings.collect();
        assert_eq!(warnings.len(), 1, "{said}");
        assert!(
            warnings[0].contains("unauthenticated_paths: /blgo"),
            "{said}"
        );
        assert!(said.contains("Not listed"), "{said}");
    }

    #[test]
    fn each_line_for_machines_is_json() {
        let said = as_json(&listing());
        let lines: Vec<serde_json::Value> = said
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(
            lines[2],
            json!({"route": "/admin", "access": "guard HasRole<Admin>", "except": ""})
        );
        let last = lines.last().unwrap();
        assert_eq!(
            *last,
            json!({"unmatched": "/blgo", "list": "unauthenticated_paths"})
        );
    }
}
