//! The floors of this crate's source: no import runs up, and no files import one another in a circle. [`FLOORS`] is the
//! one place that says what stands above what; `import_floors` reads the source.

use import_floors::{Floor, Imports};
use std::path::Path;

/// The floors, from the bottom up.
const FLOORS: &[Floor] = &[
    Floor {
        name: "settings",
        modules: &["settings"],
    },
    Floor {
        name: "parts",
        modules: &[
            "admit",
            "development",
            "development_absent",
            "fixed",
            "metrics",
            "pages",
        ],
    },
    Floor {
        name: "the app",
        modules: &["app", "app_context", "database", "inspect", "protection"],
    },
    Floor {
        name: "server",
        modules: &["start_error", "router", "server"],
    },
    Floor {
        name: "program",
        modules: &["command", "run", "lib"],
    },
];

#[test]
fn no_import_runs_up() {
    let faults = imports().faults(FLOORS);
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn no_files_import_one_another_in_a_circle() {
    let imports = imports();
    let circles = imports.circles();
    assert!(circles.is_empty(), "{circles:#?}");
}

fn imports() -> Imports {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    Imports::read(&source).unwrap()
}
