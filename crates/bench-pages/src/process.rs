//! What the system tells of a server's process: its memory, and how much of its core it got.
//!
//! Called by the groups and by `rounds`. Reads `/proc`, so it needs Linux.

use std::{fs, path::PathBuf, time::Duration};

/// A process that runs.
#[derive(Clone, Copy)]
pub struct Process(pub u32);

impl Process {
    /// Its resident memory, in bytes.
    pub fn resident(self) -> u64 {
        let status = fs::read_to_string(self.file("status")).expect("Linux tells");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        kilobytes.map_or(0, |it| it.trim().parse::<u64>().unwrap_or(0) * 1024)
    }

    /// The time that all its threads have run so far.
    pub fn run_time(self) -> Duration {
        let threads = fs::read_dir(self.file("task")).expect("Linux tells");
        let run = threads.flatten().map(|thread| {
            // A thread may have ended since the folder was listed.
            let read = fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
            let nanoseconds = read.split(' ').next().and_then(|it| it.parse().ok());
            nanoseconds.unwrap_or(0)
        });
        Duration::from_nanos(run.sum())
    }

    fn file(self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.0))
    }
}
