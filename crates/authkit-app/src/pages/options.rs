//! How pages name the files of the built site.
//!
//! `Server::build` asks once. Where the files are is a setting; what they are called, the app says.

use authkit_serve::Site;
use leptos::config::{Env, LeptosOptions};
use std::{net::SocketAddr, sync::Arc};

/// The options by which Leptos names the site's files in a page.
pub fn leptos_options(output_name: &str, site: &Site, addr: SocketAddr) -> LeptosOptions {
    LeptosOptions::builder()
        .output_name(output_name)
        .site_root(site.root.to_string_lossy().as_ref())
        .site_pkg_dir(Site::PKG_DIR)
        .site_addr(addr)
        .env(Env::DEV)
        .reload_port(u32::from(site.reload_port))
        .hash_files(site.has_hashed_names(output_name))
        .hash_file(Arc::from(Site::HASH_FILE))
        .build()
}
