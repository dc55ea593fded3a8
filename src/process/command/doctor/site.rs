//! The built site: the WASM, its glue and the style sheet that pages ask for.

use super::{
    check::{Check, Name},
    environment::Reading,
};
use std::fs;

/// Whether there is one where the server looks.
pub fn root(reading: &Reading) -> Check {
    let Some(root) = &reading.site_root else {
        return Name::SiteRoot.skipped("needs LEPTOS_SITE_ROOT");
    };
    let package = root.join("pkg");
    let has_wasm = fs::read_dir(&package).is_ok_and(|files| {
        let mut names = files.flatten().map(|file| file.file_name());
        names.any(|name| name.to_string_lossy().ends_with(".wasm"))
    });
    if has_wasm {
        return Name::SiteRoot.good(format!("{} has one", root.display()));
    }
    let problem = format!(
        "{} has no .wasm: pages work, and nothing on them moves",
        package.display()
    );
    match reading.production {
        true => Name::SiteRoot.bad(
            problem,
            "build it with `script/build`, and name its folder in LEPTOS_SITE_ROOT",
        ),
        false => Name::SiteRoot.warning(problem, "start `script/server`, which builds it"),
    }
}
