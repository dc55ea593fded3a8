//! Where the codes of an expression come from: literals, constants, functions and fields that have codes of their own.
//!
//! Called by the finder at each place that takes a code. Follows local variables within a function, and nothing beyond.

use crate::sources::NAMES;
use proc_macro2::Span;
use std::collections::BTreeMap;
use syn::{
    Block, Expr, ExprMatch, Lit, Local, Member, Pat, PatIdent, Path, Signature, Stmt, Type,
    spanned::Spanned,
    visit::{self, Visit},
};

/// Where a code comes from.
#[derive(Clone)]
pub enum Origin {
    /// It is written here.
    Code(String, Span),
    /// A function gives it, which is looked into by itself.
    Given(Span),
    /// A field, a parameter or a pattern has it: what is put in there is looked into by itself.
    Carried,
    /// This can't be followed.
    Unknown(Span),
}

/// A function that is looked into.
pub struct Function {
    pub signature: Signature,
    pub block: Block,
}

/// Calls that change the type of a text and nothing else.
const SAME: [&str; 7] = [
    "to_owned",
    "to_string",
    "into",
    "clone",
    "as_str",
    "unwrap_or_default",
    "as_deref",
];
const MADE_OF: [&str; 3] = ["from_static", "from", "Some"];

/// Where the codes of `expression` come from, in this function.
pub fn origins(
    expression: &Expr,
    function: Option<&Function>,
    constants: &BTreeMap<String, String>,
) -> Vec<Origin> {
    followed(expression, function, constants, &[])
}

/// The same, within the values of `within`: `let code = shortened(code);` names what was there before.
fn followed(
    expression: &Expr,
    function: Option<&Function>,
    constants: &BTreeMap<String, String>,
    within: &[&Expr],
) -> Vec<Origin> {
    let follow = |it: &Expr| followed(it, function, constants, within);
    let unknown = || vec![Origin::Unknown(expression.span())];
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => vec![Origin::Code(text.value(), text.span())],
            _ => unknown(),
        },
        Expr::Reference(it) => follow(&it.expr),
        Expr::Paren(it) => follow(&it.expr),
        Expr::Group(it) => follow(&it.expr),
        Expr::Block(it) => tail(&it.block).map_or_else(unknown, follow),
        Expr::Closure(it) => follow(&it.body),
        Expr::If(it) => {
            let mut found = tail(&it.then_branch).map_or_else(unknown, follow);
            if let Some((_, otherwise)) = &it.else_branch {
                found.extend(follow(otherwise));
            }
            found
        }
        Expr::Match(it) => arms(it).flat_map(follow).collect(),
        Expr::MethodCall(it) => {
            let name = it.method.to_string();
            match it.args.first() {
                None if NAMES.contains(&name.as_str()) => vec![Origin::Given(it.method.span())],
                None if SAME.contains(&name.as_str()) => follow(&it.receiver),
                Some(made @ Expr::Closure(_)) if name == "map" => follow(made),
                _ => unknown(),
            }
        }
        Expr::Call(it) => match (&*it.func, it.args.first()) {
            (Expr::Path(path), Some(made)) if MADE_OF.contains(&last_name(&path.path).as_str()) => {
                follow(made)
            }
            _ => unknown(),
        },
        Expr::Field(it) => match &it.member {
            Member::Named(name) if NAMES.iter().any(|it| name == it) => vec![Origin::Carried],
            _ => unknown(),
        },
        Expr::Macro(it) if it.mac.path.is_ident("format") => {
            match syn::parse2::<FormatHead>(it.mac.tokens.clone()) {
                Ok(FormatHead(head)) => vec![Origin::Code(format!("{head}…"), it.span())],
                Err(_) => unknown(),
            }
        }
        // It diverges.
        Expr::Return(_) | Expr::Continue(_) | Expr::Break(_) => Vec::new(),
        Expr::Path(path) => {
            let name = last_name(&path.path);
            if let Some(text) = constants.get(&name) {
                return vec![Origin::Code(text.clone(), expression.span())];
            }
            let Some(function) = function.filter(|_| path.path.get_ident().is_some()) else {
                return unknown();
            };
            let mut lets = lets(&function.block, &name);
            lets.retain(|(value, _)| !within.iter().any(|it| std::ptr::eq(*it, *value)));
            if !lets.is_empty() {
                let of_let = |(value, position): (&Expr, Option<usize>)| {
                    let within = [within, &[value]].concat();
                    let inner = |it: &Expr| followed(it, Some(function), constants, &within);
                    match position {
                        None => inner(value),
                        Some(position) => projections(value, position)
                            .into_iter()
                            .flat_map(|it| it.map_or_else(unknown, inner))
                            .collect(),
                    }
                };
                return lets.into_iter().flat_map(of_let).collect();
            }
            // A parameter or a pattern: what it is called tells that it is a code.
            match NAMES.contains(&name.as_str()) {
                true => vec![Origin::Carried],
                false => unknown(),
            }
        }
        _ => unknown(),
    }
}

/// The last part of a path.
pub fn last_name(path: &Path) -> String {
    let last = path.segments.last();
    last.map(|it| it.ident.to_string()).unwrap_or_default()
}

/// Whether a type is a text: `&str`, `String`, `impl Into<String>`.
pub fn is_text(ty: &Type) -> bool {
    match ty {
        Type::Reference(it) => is_text(&it.elem),
        Type::Path(it) => matches!(last_name(&it.path).as_str(), "str" | "String"),
        Type::ImplTrait(_) => true,
        _ => false,
    }
}

/// The value of a block.
fn tail(block: &Block) -> Option<&Expr> {
    match block.stmts.last()? {
        Stmt::Expr(expression, None) => Some(expression),
        _ => None,
    }
}

fn arms(it: &ExprMatch) -> impl Iterator<Item = &Expr> {
    it.arms.iter().map(|arm| &*arm.body)
}

/// The parts at `position` of the tuples that an expression gives; `None` for what is no tuple.
fn projections(expression: &Expr, position: usize) -> Vec<Option<&Expr>> {
    let nested = |it| projections(it, position);
    match expression {
        Expr::Tuple(it) => vec![it.elems.get(position)],
        Expr::Match(it) => arms(it).flat_map(nested).collect(),
        Expr::Block(it) => tail(&it.block).map_or_else(|| vec![None], nested),
        Expr::Return(_) => Vec::new(),
        _ => vec![None],
    }
}

/// The values that `let` gives to a name in a block, each with its position in a tuple.
fn lets<'a>(block: &'a Block, name: &str) -> Vec<(&'a Expr, Option<usize>)> {
    struct Lets<'a, 'n>(&'n str, Vec<(&'a Expr, Option<usize>)>);
    impl<'a> Visit<'a> for Lets<'a, '_> {
        fn visit_local(&mut self, local: &'a Local) {
            let is_it =
                |pat: &Pat| matches!(pat, Pat::Ident(PatIdent { ident, .. }) if ident == self.0);
            if let Some(init) = &local.init {
                match &local.pat {
                    pat if is_it(pat) => self.1.push((&init.expr, None)),
                    Pat::Tuple(tuple) => {
                        if let Some(position) = tuple.elems.iter().position(is_it) {
                            self.1.push((&init.expr, Some(position)));
                        }
                    }
                    _ => {}
                }
            }
            visit::visit_local(self, local);
        }
    }
    let mut lets = Lets(name, Vec::new());
    lets.visit_block(block);
    lets.1
}

/// The text that a `format!` begins with.
struct FormatHead(String);

impl syn::parse::Parse for FormatHead {
    fn parse(input: syn::parse::ParseStream<'_>) -> syn::Result<Self> {
        let text: syn::LitStr = input.parse()?;
        let _: proc_macro2::TokenStream = input.parse()?;
        let text = text.value();
        let head = text.split('{').next().unwrap_or_default();
        match head.is_empty() {
            true => Err(input.error("begins with what is put in")),
            false => Ok(Self(head.to_owned())),
        }
    }
}
