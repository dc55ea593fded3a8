//! Reads which modules of a crate import which, and holds them against a table of floors.
//!
//! Called by a test of each crate, with its source folder and its table. It reads formatted source as text: every
//! path that begins with `crate`, `self`, `super` or a child module counts as an import, in `use` and in code, except
//! in comments and below a file's first `#[cfg(test)]` or `#[cfg(all(test, …))]`. Paths inside macros count as well.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, io};

/// The name of the crate's root in tables and messages.
const ROOT: &str = "lib";

/// A floor: modules that may import those of their own floor and of the floors below.
pub struct Floor {
    /// Name, for messages.
    pub name: &'static str,
    /// Module paths such as `state::store`, without `crate::`; each stands for its descendants as well, except for those
    /// that the table names themselves. The root is `lib`.
    pub modules: &'static [&'static str],
}

/// The modules of a crate, each with the modules that it imports.
pub struct Imports(BTreeMap<String, BTreeSet<String>>);

impl Imports {
    /// Reads all `.rs` files below `root`, the folder of `lib.rs`.
    ///
    /// # Errors
    /// A file or folder that cannot be read.
    pub fn read(root: &Path) -> io::Result<Imports> {
        let mut sources = BTreeMap::new();
        read_folder(root, &[], &mut sources)?;
        let modules: BTreeSet<String> = sources.keys().cloned().collect();
        let imports = sources.iter().map(|(module, source)| {
            let mut imported = imported(module, source, &modules);
            imported.remove(module);
            (module.clone(), imported)
        });
        Ok(Imports(imports.collect()))
    }

    /// What contradicts the table, a sentence each: imports that run up, modules without a floor, and entries without a
    /// module.
    pub fn faults(&self, floors: &[Floor]) -> Vec<String> {
        let entries = || floors.iter().flat_map(|floor| floor.modules);
        let stale = entries().filter(|entry| !self.0.contains_key(**entry));
        let mut faults: Vec<String> = stale
            .map(|entry| format!("the table names `{entry}`, which does not exist"))
            .collect();
        for (module, imported) in &self.0 {
            let Some(own) = height(floors, module) else {
                faults.push(format!("`{module}` has no floor in the table"));
                continue;
            };
            for above in imported {
                if let Some(height) = height(floors, above).filter(|height| *height > own) {
                    let (own, height) = (floors[own].name, floors[height].name);
                    faults.push(format!(
                        "`{module}` ({own}) imports `{above}`, which is above it ({height})"
                    ));
                }
            }
        }
        faults
    }

    /// The circles of imports: sets of modules that each lead to all others of their set.
    pub fn circles(&self) -> BTreeSet<BTreeSet<&str>> {
        let reached: BTreeMap<&str, BTreeSet<&str>> = self
            .0
            .keys()
            .map(|module| (module.as_str(), self.reached_from(module)))
            .collect();
        let circle = |module: &str| -> BTreeSet<&str> {
            let reached_back = |it: &&&str| reached[**it].contains(module);
            reached[module]
                .iter()
                .filter(reached_back)
                .copied()
                .collect()
        };
        let circles = reached.keys().map(|module| circle(module));
        circles.filter(|circle| !circle.is_empty()).collect()
    }

    /// The modules that a module imports, and those that they import, and so on.
    fn reached_from<'a>(&'a self, module: &'a str) -> BTreeSet<&'a str> {
        let mut reached = BTreeSet::new();
        let mut next = vec![module];
        while let Some(module) = next.pop() {
            let imported = self.0[module].iter().map(String::as_str);
            next.extend(imported.filter(|it| reached.insert(*it)));
        }
        reached
    }
}

/// The position of a module's floor in the table: that of its longest prefix.
fn height(floors: &[Floor], module: &str) -> Option<usize> {
    let mut prefix = module;
    loop {
        let floor = floors
            .iter()
            .position(|floor| floor.modules.contains(&prefix));
        if floor.is_some() {
            return floor;
        }
        (prefix, _) = prefix.rsplit_once("::")?;
    }
}

/// Adds the source of each file in a folder, by module path.
fn read_folder(
    folder: &Path,
    module: &[String],
    sources: &mut BTreeMap<String, String>,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else {
            continue;
        };
        let mut inside = module.to_vec();
        if path.is_dir() {
            inside.push(stem.to_owned());
            read_folder(&path, &inside, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            if stem != "mod" {
                inside.push(stem.to_owned());
            }
            sources.insert(inside.join("::"), fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

/// The modules that a file's paths lead to.
fn imported(module: &str, source: &str, modules: &BTreeSet<String>) -> BTreeSet<String> {
    let own: Vec<&str> = module.split("::").filter(|it| *it != ROOT).collect();
    let is_child = |name: &str| modules.contains(&[&own[..], &[name]].concat().join("::"));
    let code: Vec<&str> = source
        .lines()
        .take_while(|line| {
            !line.starts_with("#[cfg(test)]") && !line.starts_with("#[cfg(all(test,")
        })
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    let tokens = tokens(&code);
    let mut paths = Vec::new();
    for (index, pair) in tokens.windows(2).enumerate() {
        let before = |distance: usize| index.checked_sub(distance).map(|index| tokens[index]);
        // `a::super_::b` continues a path, `pub(in crate::a)` narrows one.
        let is_begun = before(1) == Some("::") || before(1) == Some("in") && before(2) == Some("(");
        if pair[1] != "::" || is_begun {
            continue;
        }
        let start = match pair[0] {
            "crate" => Vec::new(),
            "self" => own.clone(),
            "super" => own[..own.len().saturating_sub(1)].to_vec(),
            child if is_child(child) => [&own[..], &[child]].concat(),
            _ => continue,
        };
        tree(&tokens, index + 2, start, &mut paths);
    }
    let module_of = |path: &Vec<&str>| {
        let prefixes = (1..=path.len()).rev().map(|end| path[..end].join("::"));
        let mut known = prefixes.filter(|prefix| modules.contains(prefix));
        known.next().unwrap_or_else(|| ROOT.to_owned())
    };
    paths.iter().map(module_of).collect()
}

/// Names, `::` and single characters.
fn tokens(code: &str) -> Vec<&str> {
    let is_name = |character: char| character.is_alphanumeric() || character == '_';
    let mut tokens = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            ':' if rest.starts_with("::") => 2,
            first if is_name(first) => rest.find(|it| !is_name(it)).unwrap_or(rest.len()),
            first => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token);
        rest = after.trim_start();
    }
    tokens
}

/// Reads a path, or a tree of them in braces, that goes on at `index`. Returns the index after it.
fn tree<'a>(
    tokens: &[&'a str],
    mut index: usize,
    mut path: Vec<&'a str>,
    paths: &mut Vec<Vec<&'a str>>,
) -> usize {
    loop {
        match tokens.get(index).copied() {
            Some("{") => {
                index += 1;
                while !matches!(tokens.get(index), None | Some(&"}")) {
                    index = tree(tokens, index, path.clone(), paths);
                    // Past a comma, or `as` and a name.
                    while !matches!(tokens.get(index), None | Some(&"," | &"}")) {
                        index += 1;
                    }
                    index += usize::from(tokens.get(index) == Some(&","));
                }
                return index + 1;
            }
            Some("super") => {
                path.pop();
            }
            Some("self") => {}
            Some(name) if name.starts_with(|it: char| it.is_alphabetic() || it == '_') => {
                path.push(name);
            }
            _ => {
                paths.push(path);
                return index + 1;
            }
        }
        if tokens.get(index + 1) != Some(&"::") {
            paths.push(path);
            return index + 1;
        }
        index += 2;
    }
}
