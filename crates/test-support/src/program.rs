//! A program, run as a person runs it in a shell: in a folder, with no variables but those of the test.

use std::{
    ffi::OsStr,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// What a program said, and how it ended.
#[derive(Debug)]
pub struct Said {
    pub status: i32,
    pub out: String,
    pub err: String,
}

/// Runs the program in this folder, to its end.
pub fn run<S: AsRef<OsStr>>(
    program: &str,
    folder: &Path,
    arguments: &[S],
    variables: &[(S, S)],
    input: &str,
) -> Said {
    let variables = variables.iter().map(|(name, value)| (name, value));
    let mut child = Command::new(program)
        .env_clear()
        .envs(variables)
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that does not read its input may be gone by now.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Said {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
