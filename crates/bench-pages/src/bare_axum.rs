//! An axum handler that answers 8 kB, and nothing else: how many requests a second the load can send.
//!
//! A role of this program, see `child`. A figure near this one says more about the load than about the server.

use super::child;
use axum::{
    Router,
    http::header::{CONTENT_TYPE, HeaderValue},
    routing::get,
};

/// The role.
pub const ROLE: &str = "bare-axum";

/// Serves until it is killed.
pub async fn serve() {
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    let body = "0123456789abcdef".repeat(512);
    let page = move || {
        let body = body.clone();
        async move { ([(CONTENT_TYPE, html.clone())], body) }
    };
    child::serve(Router::new().route("/", get(page))).await;
}
