//! What one would write by hand, in a process of its own on the server's core: this program again, with a role.
//!
//! A child says on standard output where it listens, and serves until it is killed. Called by the groups.

use super::{cores::Cores, process::Process};
use axum::Router;
use std::{
    io::{BufRead, BufReader},
    net::Ipv4Addr,
    process::{Child as Running, Stdio},
};
use tokio::net::TcpListener;
use url::Url;

/// A child; dropped, it is killed.
pub struct Child {
    running: Running,
    /// Where it listens.
    pub origin: Url,
}

impl Child {
    /// Starts one and waits until it listens.
    pub fn start(cores: Cores, role: &str) -> Self {
        let this = std::env::current_exe().expect("this program has a path");
        let mut running = cores
            .server(this)
            .arg(role)
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program can be run");
        let output = running.stdout.take().expect("it is piped");
        let mut said = String::new();
        let read = BufReader::new(output).read_line(&mut said);
        read.expect("it says where it listens");
        Self {
            running,
            origin: said.trim().parse().expect("an origin"),
        }
    }

    /// Its process.
    pub fn process(&self) -> Process {
        Process(self.running.id())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.running.kill();
        let _ = self.running.wait();
    }
}

/// Serves these routes, in the child itself.
pub async fn serve(routes: Router) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let listener = listener.expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    println!("http://localhost:{port}");
    axum::serve(listener, routes).await.expect("it serves");
}
