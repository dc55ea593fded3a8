//! What a page, a sign-in and a session cost, measured: run by `script/bench pages`, `auth`, `growth`, `peer` or `browser`. Each group
//! prints one table, what is wanted beside what was found, and exits with 1 if something was missed.
//!
//! The server is the program that is deployed, a process of its own on one core. The load and the emulator are this
//! process, on another core. What is compared is measured in the same run.

mod auth;
mod awake;
mod bare_axum;
mod bare_leptos;
mod browser;
mod burst;
mod child;
mod cores;
mod growth;
mod layer;
mod load;
mod pages;
mod peer;
mod person;
mod process;
mod providers;
mod report;
mod rounds;
mod server;
mod sessions;
mod target;

use awake::Awake;
use cores::Cores;
use server::Program;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let named = arguments.iter().find(|it| !it.starts_with('-'));
    let named = named.map(String::as_str);
    let keep = arguments.iter().any(|it| it == "--keep");
    if named == Some(awake::ROLE) {
        awake::stay();
    }
    // Before the runtime makes threads, which stay where this one is.
    let cores = match named {
        Some(bare_axum::ROLE | bare_leptos::ROLE) => None,
        _ => Some(Cores::take()),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made");
    let (Some(cores), Some(program)) = (cores, Program::read()) else {
        match named {
            Some(bare_axum::ROLE) => runtime.block_on(bare_axum::serve()),
            Some(bare_leptos::ROLE) => runtime.block_on(bare_leptos::serve()),
            _ => eprintln!("Run script/bench: it builds the server that is measured."),
        }
        return ExitCode::FAILURE;
    };
    let _awake = Awake::start(cores);
    let report = runtime.block_on(async {
        match named {
            Some("pages") => Some(pages::measure(cores, &program).await),
            Some("auth") => Some(auth::measure(cores, &program).await),
            Some("growth") => Some(growth::measure(cores, &program).await),
            Some("peer") => peer::measure(cores, &program).await,
            Some("browser") => browser::measure(cores, &program).await,
            _ => None,
        }
    });
    match report {
        Some(report) => report.finish(keep),
        None => {
            eprintln!(
                "Which group? script/bench pages, auth, growth, peer FOLDER or browser FOLDER."
            );
            ExitCode::FAILURE
        }
    }
}
