//! [`shows_code`] and [`shows_all_code`]: a text shows code as it is, or all of it.
//!
//! Called by the tests of the code. Knows nothing of what the code does.

use crate::root;
use std::{fs, path::Path};

/// Asserts that each block of Rust, SQL and TypeScript in a text of this repository is in one of these files. TypeScript that
/// is marked `ts` is not ours: it stands beside ours, to compare. `…` on a line of its own
/// stands for what is left out; how lines are indented, and empty ones, make no difference.
///
/// # Panics
/// When one is not, or there are fewer blocks than `least`.
pub fn shows_code(text: &str, files: &[&str], least: usize) {
    let sources: Vec<_> = files.iter().map(|file| lines(&read(file))).collect();
    let text = read(text);
    let mut count = 0;
    for block in blocks(&text) {
        count += 1;
        for part in block.split("\n…\n") {
            let part = lines(part);
            let is_there = sources.iter().any(|source| source.contains(&part));
            assert!(is_there, "this is in none of {files:?}:\n{part}");
        }
    }
    assert!(count >= least, "there are {count} blocks");
}

/// Asserts that the blocks of a text of this repository have the whole of each of these files, from its first line to its last.
///
/// # Panics
/// When a line is in no block, or not in its place.
pub fn shows_all_code(text: &str, files: &[&str]) {
    let text = read(text);
    for file in files {
        let whole = lines(&read(file));
        let mut rest = whole.as_str();
        for block in blocks(&text) {
            rest = rest.strip_prefix(&lines(block)).unwrap_or(rest);
        }
        assert!(
            rest.is_empty(),
            "of {file} this is not shown, or not in its place:\n{rest}"
        );
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(Path::new(path))).expect(path)
}

/// The blocks of Rust, SQL and TypeScript.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split("```").skip(1).step_by(2);
    parts.filter_map(|block| {
        let (language, code) = block.split_once('\n')?;
        let is_code = matches!(language, "sql" | "typescript") || language.starts_with("rust");
        is_code.then_some(code)
    })
}

fn lines(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| format!("{line}\n")).collect()
}
