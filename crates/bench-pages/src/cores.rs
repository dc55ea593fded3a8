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
        let pinned = runs("taskset", &["-c", SERVER, "true"])
            && runs("taskset", &["-c", "-p", LOAD, this.as_str()]);
        Self { pinned }
    }

    /// A command that runs a server on its core.
    pub fn server(self, program: impl AsRef<OsStr>) -> Command {
        self.on(SERVER, program)
    }

    /// A command that runs a program on both cores: a browser has many threads, and servers wait meanwhile.
    pub fn on_all(self, program: impl AsRef<OsStr>) -> Command {
        self.on(&format!("{SERVER},{LOAD}"), program)
    }

    fn on(self, cores: &str, program: impl AsRef<OsStr>) -> Command {
        if !self.pinned {
            return Command::new(program);
        }
        let mut command = Command::new("taskset");
        command.args(["-c", cores]).arg(program);
        command
    }

    /// A command that runs a program on this process's core when nothing else wants it. `None` where the system has no such.
    pub fn idle(self, program: impl AsRef<OsStr>) -> Option<Command> {
        let can = self.pinned && runs("chrt", &["--idle", "0", "true"]);
        can.then(|| {
            let mut command = Command::new("chrt");
            command.args(["--idle", "0"]).arg(program);
            command
        })
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

fn runs(program: &str, arguments: &[&str]) -> bool {
    let mut program = Command::new(program);
    program
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    program.status().is_ok_and(|status| status.success())
}
