//! How pages name the files of the built site.
//!
//! `Server::build` asks once. Where the files are is a setting; what they are called is said when the program is compiled.

use authkit_serve::Site;
use leptos::config::{Env, LeptosOptions};
use std::{net::SocketAddr, sync::Arc};

/// The name of script, WASM and stylesheet, the same for every build: `.cargo/config.toml` says it to
/// cargo, `Cargo.toml` to cargo-leptos.
const OUTPUT_NAME: &str = env!(
    "LEPTOS_OUTPUT_NAME",
    "run cargo in the project's folder: its .cargo/config.toml sets LEPTOS_OUTPUT_NAME"
);

/// The options by which Leptos names the site's files in a page.
pub fn leptos_options(site: &Site, addr: SocketAddr) -> LeptosOptions {
    LeptosOptions::builder()
        .output_name(OUTPUT_NAME)
        .site_root(site.root.to_string_lossy().as_ref())
        .site_pkg_dir(Site::PKG_DIR)
        .site_addr(addr)
        .env(Env::DEV)
        .reload_port(u32::from(site.reload_port))
        .hash_files(site.has_hashed_names(OUTPUT_NAME))
        .hash_file(Arc::from(Site::HASH_FILE))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_and_cargo_leptos_are_told_the_same_name() {
        let manifest: toml::Table = include_str!("../../Cargo.toml").parse().unwrap();
        let name = &manifest["workspace"]["metadata"]["leptos"][0]["output-name"];
        assert_eq!(name.as_str(), Some(OUTPUT_NAME));
    }
}
