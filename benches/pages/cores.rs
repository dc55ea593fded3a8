//! One core for the server under test, another one for the load and the emulator, so that neither takes time from the other.
//!
//! Called by `main` before it makes a thread, and by whatever starts a server. Where `taskset` is missing or there is one
//! core only, nothing is pinned and the table says so.

use std::{
    ffi::OsStr,
    process::{Command, Stdio},
};

/// The core of the server under test.
const SERVER: &str = "0";
/// The core of this process.
const LOAD: &str = "1";

/// Whether server and load have a core each.
#[derive(Clone, Copy)]
pub struct Cores {
    /// False where the system lets no process be pinned.
    pub pinned: bool,
}

impl Cores {
    /// Pins this process, and with it each thread that it makes later.
    pub fn take() -> Self {
        let this = std::process::id().to_string();
        let pinned = runs(&["-c", SERVER, "true"]) && runs(&["-c", "-p", LOAD, this.as_str()]);
        Self { pinned }
    }

    /// A command that runs a server on its core.
    pub fn server(self, program: impl AsRef<OsStr>) -> Command {
        if !self.pinned {
            return Command::new(program);
        }
        let mut command = Command::new("taskset");
        command.args(["-c", SERVER]).arg(program);
        command
    }

    /// What the table says about it.
    pub fn described(self) -> &'static str {
        match self.pinned {
            true => "The server is pinned to one core, the load to another",
            false => {
                "NOT PINNED, for want of taskset or of two cores: server and load take time from each other"
            }
        }
    }
}

fn runs(arguments: &[&str]) -> bool {
    let mut taskset = Command::new("taskset");
    taskset
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    taskset.status().is_ok_and(|status| status.success())
}
