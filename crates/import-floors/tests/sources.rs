//! Imports that run up and circles are found, however they are written.

use import_floors::{Floor, Imports};
use std::{collections::BTreeSet, fs};

/// Two floors, for the sources of these tests.
const TWO_FLOORS: &[Floor] = &[
    Floor {
        name: "data",
        modules: &["data"],
    },
    Floor {
        name: "http",
        modules: &["http", "lib"],
    },
];

/// The imports of a crate with `row` as `data/row.rs`.
fn imports_with(row: &str) -> Imports {
    let root = tempfile::tempdir().unwrap();
    for (file, source) in [
        ("lib.rs", "mod http;\nmod data;\nuse data::row;\n"),
        ("data/mod.rs", "pub mod row;\n"),
        ("data/row.rs", row),
        ("http/mod.rs", "pub mod handler;\npub struct Server;\n"),
        ("http/handler.rs", "use crate::data::row::Row;\n"),
    ] {
        let file = root.path().join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, source).unwrap();
    }
    Imports::read(root.path()).unwrap()
}

#[test]
fn an_import_that_runs_up_is_found_however_it_is_written() {
    let sentence = |above| {
        vec![format!(
            "`data::row` (data) imports `{above}`, which is above it (http)"
        )]
    };
    for (source, above) in [
        ("use crate::http::Server;", "http"),
        ("use crate::http::handler;", "http::handler"),
        ("pub use crate::http::handler::*;", "http::handler"),
        (
            "use crate::http::{\n    handler as other,\n};",
            "http::handler",
        ),
        ("use crate::{data, http::{handler}};", "http::handler"),
        ("use super::super::http::handler;", "http::handler"),
        ("use super::{super::http::handler};", "http::handler"),
        ("use crate::Config;", "lib"),
        (
            "fn answer() { crate::http::handler::open() }",
            "http::handler",
        ),
        ("html! { (crate::http::handler::label()) }", "http::handler"),
    ] {
        assert_eq!(
            imports_with(source).faults(TWO_FLOORS),
            sentence(above),
            "{source}"
        );
    }
}

#[test]
fn what_is_no_import_that_runs_up_passes() {
    for source in [
        "use std::http::handler;",
        "use crate::data::Table;",
        "use super::Table;",
        "//! See `crate::http`.",
        "pub(in crate::http) fn read() {}",
        "#[cfg(test)]\nmod tests {\n    use crate::http::handler;\n}",
    ] {
        let faults = imports_with(source).faults(TWO_FLOORS);
        assert!(faults.is_empty(), "{source}: {faults:?}");
    }
}

#[test]
fn a_module_without_a_floor_and_an_entry_without_a_module_are_found() {
    let floors = [Floor {
        name: "data",
        modules: &["data", "lib", "cache"],
    }];
    let expected = [
        "the table names `cache`, which does not exist",
        "`http` has no floor in the table",
        "`http::handler` has no floor in the table",
    ];
    assert_eq!(imports_with("").faults(&floors), expected);
}

#[test]
fn a_circle_is_its_files_and_not_those_that_lead_to_it() {
    let imports = imports_with("use crate::http::handler;");
    let circle = BTreeSet::from(["http::handler", "data::row"]);
    assert_eq!(imports.circles(), BTreeSet::from([circle]));
    assert!(imports_with("").circles().is_empty());
}
