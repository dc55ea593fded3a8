//! The tests that docs/security.md, docs/security-standards.md and docs/features.md name are there, under those names.
//!
//! Whether a test holds what its row says is for people to judge: this only notices that one was renamed or removed.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The fewest names there may be: with fewer, the texts are written in another way than they are read.
const NAMES: usize = 150;

/// All files below `folder` with this ending.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found
}

/// A file with its text.
struct Source {
    path: PathBuf,
    text: String,
}

/// Everything that a text may name.
struct Sources {
    root: PathBuf,
    rust: Vec<Source>,
    specs: Vec<Source>,
}

impl Sources {
    fn read() -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let read = |folders: &[&str], ending| {
            let paths = folders
                .iter()
                .flat_map(|folder| files(&root.join(folder), ending));
            let source = |path: PathBuf| Source {
                text: fs::read_to_string(&path).unwrap(),
                path,
            };
            paths.map(source).collect()
        };
        Self {
            rust: read(&["src", "tests", "crates"], ".rs"),
            specs: read(&["end2end/tests", "end2end/edits"], ".spec.ts"),
            root,
        }
    }

    /// What is wrong with `named`; `None` where nothing is, and for what is no name of a test. `seen` counts names.
    fn fault(&self, named: &str, seen: &mut usize) -> Option<&'static str> {
        let test = named
            .split_once("::")
            .filter(|_| named.starts_with(|first: char| first.is_ascii_lowercase()));
        if let Some((module, name)) = test {
            *seen += 1;
            let mut modules = self.rust.iter().filter(|source| source.is_module(module));
            return (!modules.any(|source| source.has_test(name))).then_some("is no test");
        }
        if let Some(end) = named.find(".spec.ts") {
            *seen += 1;
            let (file, title) = named.split_at(end + ".spec.ts".len());
            let mut specs = self.specs.iter().filter(|spec| spec.path.ends_with(file));
            let title = title.strip_prefix(": ").unwrap_or_default();
            let has_title = |spec: &Source| {
                title.is_empty() || spec.text.contains(&format!("test(\"{title}\""))
            };
            return (!specs.any(has_title)).then_some("is no test");
        }
        if named.ends_with(".rs") || named.ends_with('/') {
            *seen += 1;
            let is_there = self.root.join(named).exists()
                || self.rust.iter().any(|source| source.path.ends_with(named));
            return (!is_there).then_some("is not there");
        }
        None
    }
}

impl Source {
    /// Whether `module` is in this file: `callback.rs`, or `table/mod.rs`.
    fn is_module(&self, module: &str) -> bool {
        self.path.ends_with(format!("{module}.rs"))
            || self.path.ends_with(format!("{module}/mod.rs"))
    }

    /// Whether there is a function of this name with an attribute that makes it a test.
    fn has_test(&self, name: &str) -> bool {
        let lines: Vec<_> = self.text.lines().map(str::trim).collect();
        let head = format!("fn {name}(");
        let is_test = |(at, line): (usize, &&str)| {
            let mut above = lines[..at]
                .iter()
                .rev()
                .take_while(|line| line.starts_with("#[") || line.starts_with("//"));
            let line = line.strip_prefix("async ").unwrap_or(line);
            line.starts_with(&head)
                && above.any(|line| line.ends_with("test]") || line.contains("::test("))
        };
        lines.iter().enumerate().any(is_test)
    }
}

#[test]
fn each_test_that_the_texts_about_security_and_features_name_is_there() {
    let sources = Sources::read();
    let mut texts = files(&sources.root.join("docs"), ".md");
    texts.retain(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("security") || name == "features.md"
    });
    let (mut seen, mut faults) = (0, Vec::new());
    for path in texts {
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            // Every other part of a line is between backticks.
            for named in line.split('`').skip(1).step_by(2) {
                if let Some(fault) = sources.fault(named, &mut seen) {
                    let (path, number) = (path.display(), number + 1);
                    faults.push(format!("{path}:{number}: `{named}` {fault}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(seen >= NAMES, "only {seen} names");
}
