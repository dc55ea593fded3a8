//! Keeps the core of the load awake, with what nothing else would run on: this program again, with a role.
//!
//! The process that sends to a sleeping core pays for its waking. Between two answers of a page the load has nothing to do:
//! waking its core would take a tenth of the server's time on a virtual machine, but nothing of a bare page's, which leaves the
//! load no time to sleep. Started by `main`.

use super::cores::Cores;
use std::{
    io::{Read, stdin},
    process::{Child, Stdio},
    thread,
};

/// The role.
pub const ROLE: &str = "awake";

/// Awake; dropped, it sleeps again.
pub struct Awake(Child);

impl Awake {
    /// Keeps this process's core awake. `None` where the system can't run a program in its idle time.
    pub fn start(cores: Cores) -> Option<Self> {
        let this = std::env::current_exe().ok()?;
        let mut program = cores.idle(this)?;
        let program = program.arg(ROLE).stdin(Stdio::piped());
        program.spawn().ok().map(Self)
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Does nothing, without a pause, for as long as the process that started it lives.
pub fn stay() {
    thread::spawn(|| {
        let _ = stdin().read(&mut [0]);
        std::process::exit(0);
    });
    loop {
        std::hint::spin_loop();
    }
}
