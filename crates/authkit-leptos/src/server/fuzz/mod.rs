//! Fuzz targets: whatever a stranger, a provider or WorkOS may send, and what must hold of it then.
//!
//! `cargo test` runs each on its corpus in `fuzz/corpus`, script/fuzz on what libFuzzer makes of that. What is sealed or
//! signed is made by the target as its input says, and then edited: no mutation finds a good seal by itself.

mod attempt;
mod chunks;
mod cookie;
mod jwks;
mod provider_file;
mod return_path;
mod token;
mod webhook;

use authkit_fuzz::run;

#[test]
fn cookie() {
    run("cookie", cookie::test);
}

#[test]
fn chunks() {
    run("chunks", chunks::test);
}

#[test]
fn attempt() {
    run("attempt", attempt::test);
}

#[test]
fn token() {
    run("token", token::test);
}

#[test]
fn jwks() {
    run("jwks", jwks::test);
}

#[test]
fn return_path() {
    run("return_path", return_path::test);
}

#[test]
fn webhook() {
    run("webhook", webhook::test);
}

#[test]
fn provider_file() {
    run("provider_file", provider_file::test);
}
