//! [`Sources`]: parsed files, and what is looked up in all of them: constants, and functions that take or give codes.
//!
//! Made first; the finder then goes through the files with it. Leaves tests out.

use crate::expression::{is_text, last_name};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};
use syn::{
    Attribute, Expr, File, FnArg, ImplItem, Item, ItemImpl, Lit, Meta, Pat, ReturnType, Signature,
    visit::{self, Visit},
};

/// Names of values that are reason codes: of fields, parameters and functions.
pub(crate) const NAMES: [&str; 2] = ["code", "reason"];

/// A source that is not Rust, or can't be read.
#[derive(Debug)]
pub enum Unreadable {
    /// The file or folder.
    Io(PathBuf, io::Error),
    /// What is in it.
    Rust(PathBuf, syn::Error),
}

/// Sources of a program.
pub struct Sources {
    /// By path from the root, with `/`.
    pub(crate) files: BTreeMap<String, File>,
    /// Text constants, by name.
    pub(crate) constants: BTreeMap<String, String>,
    /// Whole numbers, by name: close codes.
    pub(crate) numbers: BTreeMap<String, String>,
    /// Functions that take a code: their type, name, count of arguments without `self`, and the position of the code.
    pub(crate) takers: BTreeSet<Taker>,
}

/// A function that takes a code.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Taker {
    pub owner: Option<String>,
    pub name: String,
    pub arguments: usize,
    pub position: usize,
}

impl Sources {
    /// Reads all `.rs` files in these folders below `root`.
    ///
    /// # Errors
    /// A file or folder that can't be read or parsed.
    pub fn read(root: &Path, folders: &[&str]) -> Result<Self, Unreadable> {
        let mut files = BTreeMap::new();
        for folder in folders {
            read_folder(root, &root.join(folder), &mut files)?;
        }
        Ok(Self::of_files(files))
    }

    /// A single file.
    ///
    /// # Errors
    /// Text that is not Rust.
    pub fn of(name: &str, text: &str) -> syn::Result<Self> {
        let file = syn::parse_file(text)?;
        Ok(Self::of_files(BTreeMap::from([(name.to_owned(), file)])))
    }

    fn of_files(files: BTreeMap<String, File>) -> Self {
        let mut collected = Collected::default();
        for file in files.values() {
            collected.visit_file(file);
        }
        let Collected {
            constants,
            numbers,
            takers,
            ..
        } = collected;
        Self {
            files,
            constants,
            numbers,
            takers,
        }
    }
}

fn read_folder(
    root: &Path,
    folder: &Path,
    files: &mut BTreeMap<String, File>,
) -> Result<(), Unreadable> {
    let failed = |error| Unreadable::Io(folder.to_owned(), error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            // Drives the parsers with made-up input, and is in no program that serves.
            if path.ends_with("fuzz") {
                continue;
            }
            read_folder(root, &path, files)?;
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text =
                fs::read_to_string(&path).map_err(|error| Unreadable::Io(path.clone(), error))?;
            let file =
                syn::parse_file(&text).map_err(|error| Unreadable::Rust(path.clone(), error))?;
            let name = path.strip_prefix(root).unwrap_or(&path);
            files.insert(name.to_string_lossy().replace('\\', "/"), file);
        }
    }
    Ok(())
}

/// Whether an item is there in tests only.
pub(crate) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let mut tokens = list.tokens.clone().into_iter().peekable();
            let first = tokens.next().map(|it| it.to_string());
            let within = tokens.next().map(|it| it.to_string()).unwrap_or_default();
            let names_test = within
                .split(|letter: char| !letter.is_alphanumeric())
                .any(|word| word == "test");
            match first.as_deref() {
                Some("test") => true,
                Some("all") => names_test,
                _ => false,
            }
        }
        meta => last_name(meta.path()) == "test",
    })
}

/// The type that an `impl` is for.
pub(crate) fn owner(item: &ItemImpl) -> String {
    match &*item.self_ty {
        syn::Type::Path(path) => last_name(&path.path),
        _ => String::new(),
    }
}

/// Whether a function has no arguments but `self`, and returns a text.
pub(crate) fn gives_text(signature: &Signature) -> bool {
    let only_self = signature.inputs.len() == 1 && signature.receiver().is_some();
    only_self && matches!(&signature.output, ReturnType::Type(_, ty) if is_text(ty))
}

#[derive(Default)]
struct Collected {
    owner: Option<String>,
    constants: BTreeMap<String, String>,
    numbers: BTreeMap<String, String>,
    takers: BTreeSet<Taker>,
}

impl Collected {
    fn signature(&mut self, signature: &Signature) {
        let name = signature.ident.to_string();
        // These look a code up that comes from outside.
        if name.ends_with("_code") {
            return;
        }
        let arguments: Vec<_> = signature
            .inputs
            .iter()
            .filter_map(|it| match it {
                FnArg::Typed(typed) => Some(typed),
                FnArg::Receiver(_) => None,
            })
            .collect();
        for (position, argument) in arguments.iter().enumerate() {
            let Pat::Ident(ident) = &*argument.pat else {
                continue;
            };
            if NAMES.iter().any(|it| ident.ident == it) && is_text(&argument.ty) {
                self.takers.insert(Taker {
                    owner: self.owner.clone(),
                    name: name.clone(),
                    arguments: arguments.len(),
                    position,
                });
            }
        }
    }
}

impl<'ast> Visit<'ast> for Collected {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes: &[Attribute] = match item {
            Item::Fn(it) => &it.attrs,
            Item::Mod(it) => &it.attrs,
            Item::Impl(it) => &it.attrs,
            _ => &[],
        };
        if !is_test(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let before = self.owner.replace(owner(item));
        for item in &item.items {
            if let ImplItem::Fn(function) = item {
                self.signature(&function.sig);
            }
        }
        visit::visit_item_impl(self, item);
        self.owner = before;
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        let before = self.owner.take();
        self.signature(&item.sig);
        visit::visit_item_fn(self, item);
        self.owner = before;
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        let Expr::Lit(literal) = &*item.expr else {
            return;
        };
        let name = item.ident.to_string();
        match &literal.lit {
            Lit::Str(text) => drop(self.constants.insert(name, text.value())),
            Lit::Int(number) => drop(self.numbers.insert(name, number.base10_digits().to_owned())),
            _ => {}
        }
    }
}
