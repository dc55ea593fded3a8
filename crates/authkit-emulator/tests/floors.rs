//! The floors of the emulator's source: no import runs up, and no files import one another in a circle. [`FLOORS`] is the
//! one place that says what stands above what; `import_floors` reads the source.

use import_floors::{Floor, Imports};
use std::path::Path;

/// The floors, from the bottom up.
const FLOORS: &[Floor] = &[
    // A new file of `bend` is data until it is named further up.
    Floor {
        name: "data",
        modules: &["state", "bend"],
    },
    Floor {
        name: "what is shown",
        modules: &[
            "pages",
            "api::errors",
            "api::no_store",
            "api::paging",
            "api::shapes",
        ],
    },
    Floor {
        name: "context",
        modules: &["state::context"],
    },
    Floor {
        name: "changes",
        modules: &["changes"],
    },
    Floor {
        name: "API",
        modules: &["api"],
    },
    Floor {
        name: "protocol",
        modules: &["protocol"],
    },
    Floor {
        name: "bending",
        modules: &[
            "bend::control",
            "bend::delivery",
            "bend::fault_layer",
            "bend::home",
            "bend::impersonation",
            "bend::other_environment_layer",
        ],
    },
    Floor {
        name: "server",
        modules: &[
            "routes",
            "serve",
            "seed_file",
            "emulator",
            "beside",
            "for_app",
            "lib",
            "main",
        ],
    },
];

#[test]
fn no_import_of_the_emulator_runs_up() {
    let faults = emulator().faults(FLOORS);
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn no_files_of_the_emulator_import_one_another_in_a_circle() {
    let emulator = emulator();
    let circles = emulator.circles();
    assert!(circles.is_empty(), "{circles:#?}");
}

fn emulator() -> Imports {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    Imports::read(&source).unwrap()
}
