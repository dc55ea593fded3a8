//! The built site: the WASM, its glue and the style sheet of pages.
//!
//! Called by the app's own checks. Looks for the WASM only.

use authkit_cli::{Check, Name, Reading};
use authkit_serve::Site;
use std::fs;

const SITE_ROOT: Name = Name::own("site_root", "built site");

/// Whether the folder of the settings has a built site.
pub fn root(reading: &Reading) -> Check {
    let Ok(root) = Site::root_of(|name| reading.variable(name)) else {
        return SITE_ROOT.skipped("needs LEPTOS_SITE_ROOT");
    };
    let package = root.join("pkg");
    let has_wasm = fs::read_dir(&package).is_ok_and(|files| {
        let mut names = files.flatten().map(|file| file.file_name());
        names.any(|name| name.to_string_lossy().ends_with(".wasm"))
    });
    if has_wasm {
        return SITE_ROOT.good(format!("{} has one", root.display()));
    }
    let problem = format!(
        "{} has no .wasm: pages work, and nothing on them moves",
        package.display()
    );
    match reading.is_production() {
        true => SITE_ROOT.bad(
            problem,
            "build it with `script/build`, and name its folder in LEPTOS_SITE_ROOT",
        ),
        false => SITE_ROOT.warning(problem, "start `script/server`, which builds it"),
    }
}
