//! A server in a process of its own: this program with an argument. It says on standard output where it
//! listens, obeys lines on standard input, and answers each with a line.

use std::{
    io::{BufRead, BufReader, Lines, Write},
    path::PathBuf,
    process::{Child as Process, ChildStdin, ChildStdout, Command, Stdio},
};
use tokio::task::{block_in_place, spawn_blocking};

/// The process; dropped, it is killed.
pub struct Child {
    process: Process,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    /// What it said first: where it listens, and what else one has to know.
    pub greeting: Vec<String>,
}

impl Child {
    /// Starts one and waits until it serves.
    pub fn start(role: &str) -> Self {
        let mut process = Command::new(std::env::current_exe().expect("this program has a path"))
            .arg(role)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program can be run");
        let orders = process.stdin.take().expect("it is piped");
        let output = process.stdout.take().expect("it is piped");
        let mut answers = BufReader::new(output).lines();
        let greeting = block_in_place(|| next(&mut answers));
        let greeting = greeting.split(' ').map(str::to_owned).collect();
        Self {
            process,
            orders,
            answers,
            greeting,
        }
    }

    /// Gives an order and waits for the answer.
    pub fn ask(&mut self, order: &str) -> String {
        block_in_place(|| {
            writeln!(self.orders, "{order}").expect("it listens to orders");
            next(&mut self.answers)
        })
    }

    /// Its resident memory, in bytes.
    pub fn resident(&self) -> u64 {
        let id = self.process.id();
        let path = PathBuf::from(format!("/proc/{id}/status"));
        let status = std::fs::read_to_string(path).expect("Linux tells");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        kilobytes.map_or(0, |it| it.trim().parse::<u64>().unwrap_or(0) * 1024)
    }
}

fn next(answers: &mut Lines<BufReader<ChildStdout>>) -> String {
    let line = answers.next().and_then(Result::ok);
    line.expect("the server has stopped")
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The next order, in the process itself; `None` when there will be no more.
pub async fn order() -> Option<String> {
    let line = spawn_blocking(|| std::io::stdin().lines().next());
    line.await.ok()??.ok()
}
