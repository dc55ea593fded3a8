//! The floors of this crate's source: no import runs up, and no files import one another in a circle. [`FLOORS`] is the
//! one place that says what stands above what; `import_floors` reads the source.

use import_floors::{Floor, Imports};
use std::path::Path;

/// The floors, from the bottom up. What is not named stands with the folder it is in.
const FLOORS: &[Floor] = &[
    Floor {
        name: "words of both sides",
        modules: &[
            "access_token",
            "auth",
            "authentication_method",
            "change",
            "channel",
            "distance",
            "error",
            "hints",
            "membership",
            "names",
            "paths",
            "recent_auth",
            "sign_in_url",
            "switch",
        ],
    },
    Floor {
        name: "what needs no request",
        modules: &[
            "server::config",
            "server::core",
            "server::metrics",
            "server::token",
        ],
    },
    Floor {
        name: "WorkOS, the database and the app's listener",
        modules: &[
            "server::hooks",
            "server::ledger",
            "server::user_event",
            "server::workos",
        ],
    },
    Floor {
        name: "sessions",
        modules: &[
            "server::attempts",
            "server::audit_trail",
            "server::caller",
            "server::feature_flags",
            "server::cookie_sealer",
            "server::cookies",
            "server::refresh",
            "server::revocations",
            "server::sign_out_target",
        ],
    },
    Floor {
        name: "what headers say",
        modules: &[
            "server::leptos::error_status",
            "server::missing_layer",
            "server::negotiation",
            "server::origin",
            "server::referer",
            "server::sign_in_notice",
        ],
    },
    Floor {
        name: "steps of the login",
        modules: &["server::flow", "server::sign_in_failed"],
    },
    Floor {
        name: "routes and layers",
        modules: &[
            "server::border",
            "server::layer",
            "server::plain_pages",
            "server::protection",
            "server::published_keys",
            "server::routes",
            "server::webhook",
        ],
    },
    Floor {
        name: "front door",
        modules: &[
            "server",
            "server::authkit",
            "server::builder",
            "server::extract",
            "server::guard",
            "server::inspect",
            "server::leptos",
        ],
    },
    Floor {
        name: "server functions and the browser",
        modules: &["browser", "call", "functions"],
    },
    Floor {
        name: "components",
        modules: &["lib", "ui"],
    },
];

#[test]
fn no_import_of_the_login_runs_up() {
    let faults = login().faults(FLOORS);
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn no_files_of_the_login_import_one_another_in_a_circle() {
    let login = login();
    let circles = login.circles();
    assert!(circles.is_empty(), "{circles:#?}");
}

fn login() -> Imports {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    Imports::read(&source).unwrap()
}
