//! [`find`]: every place where the sources write a reason code, and what can't be followed to its codes.
//!
//! Five kinds of places take a code: the field `reason` of a log line; an argument or a field of a struct named `code`
//! or `reason`; the close reason of a stream, beside its close code; the property `reason` of a view; and the value of a
//! function of that name. Knows no single code.

use crate::{
    expression::{Function, Origin, last_name, origins},
    sources::{NAMES, Sources, gives_text, is_test, owner},
};
use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};
use syn::{
    Arm, Attribute, Block, Expr, ExprCall, ExprMethodCall, ExprStruct, ExprTuple, FieldValue,
    ImplItem, ImplItemFn, ItemFn, ItemImpl, ItemMod, Lit, Macro, Member, Pat, Signature, Token,
    punctuated::Punctuated,
    spanned::Spanned,
    visit::{self, Visit},
};

/// The macros of `tracing` that write a line.
const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];
/// Structs with a field `reason` that is no code.
const OTHER_REASONS: [&str; 1] = ["Impersonator"];
/// A struct whose codes are the app's own, and what is put before them: the answer of its hook `on_sign_in`.
const OF_THE_APP: (&str, &str) = ("Refusal", "app_");
/// HTTP statuses as the code names them.
const STATUSES: [(&str, &str); 12] = [
    ("BAD_REQUEST", "400"),
    ("UNAUTHORIZED", "401"),
    ("FORBIDDEN", "403"),
    ("NOT_FOUND", "404"),
    ("CONFLICT", "409"),
    ("PAYLOAD_TOO_LARGE", "413"),
    ("UNSUPPORTED_MEDIA_TYPE", "415"),
    ("UNPROCESSABLE_ENTITY", "422"),
    ("TOO_MANY_REQUESTS", "429"),
    ("INTERNAL_SERVER_ERROR", "500"),
    ("BAD_GATEWAY", "502"),
    ("SERVICE_UNAVAILABLE", "503"),
];

/// A place where a code is made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// The code; `…` at its end stands for what is not fixed.
    pub code: String,
    /// The file, from the root.
    pub file: String,
    /// The line in it.
    pub line: usize,
    /// The function in it, with its type: `RefreshError::code`.
    pub function: String,
    /// Whether it is the value of that function, which says nothing about where it is seen.
    pub is_given: bool,
    /// Where it is seen, if the place says so: a level of the log, a status, a close code.
    pub seen: Option<String>,
}

/// A place that takes codes made elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Passage {
    /// The file, from the root.
    pub file: String,
    /// The line in it.
    pub line: usize,
    /// The function in it, with its type.
    pub function: String,
    /// The level of a log line; `None` where a function gives what others give.
    pub level: Option<String>,
}

/// All that was found.
#[derive(Debug, Default)]
pub struct Findings {
    /// Where codes are made.
    pub sites: BTreeSet<Site>,
    /// Where codes made elsewhere pass.
    pub passages: BTreeSet<Passage>,
    /// What can't be followed: file, line and function.
    pub unknown: BTreeSet<(String, usize, String)>,
}

/// Goes through all sources.
#[must_use]
pub fn find(sources: &Sources) -> Findings {
    let mut found = Findings::default();
    // Of functions that hand a code on with a status: `Reason::not_found`.
    let mut statuses = BTreeMap::new();
    for (name, file) in &sources.files {
        let mut finder = Finder {
            sources,
            file: name,
            owner: None,
            function: None,
            prefix: None,
            found: &mut found,
            statuses: &mut statuses,
        };
        finder.visit_file(file);
    }
    // Said by what they call, which may have been read later.
    found.sites = found
        .sites
        .into_iter()
        .map(|mut site| {
            if let Some(called) = site.seen.as_ref().and_then(|it| it.strip_prefix('>')) {
                site.seen = statuses.get(called).cloned();
            }
            site
        })
        .collect();
    found
}

struct Finder<'a> {
    sources: &'a Sources,
    file: &'a str,
    owner: Option<String>,
    /// The one that is being gone through.
    function: Option<Rc<Function>>,
    /// What is put before the codes that are being looked for.
    prefix: Option<&'static str>,
    found: &'a mut Findings,
    statuses: &'a mut BTreeMap<String, String>,
}

impl Finder<'_> {
    fn name(&self) -> String {
        let function = self.function.as_ref();
        let name = function.map(|it| it.signature.ident.to_string());
        let name = name.unwrap_or_default();
        match &self.owner {
            Some(owner) => format!("{owner}::{name}"),
            None => name,
        }
    }

    fn take(&mut self, expression: &Expr, seen: Option<String>, passes: Option<&str>) {
        let function = self.function.clone();
        for origin in origins(expression, function.as_deref(), &self.sources.constants) {
            match origin {
                Origin::Code(code, span) => {
                    let code = format!("{}{code}", self.prefix.unwrap_or_default());
                    self.site(code, span, seen.clone(), false);
                }
                Origin::Given(_) | Origin::Carried => {
                    if let Some(level) = passes {
                        self.passage(expression.span(), Some(level.to_owned()));
                    }
                }
                Origin::Unknown(span) => {
                    let place = (self.file.to_owned(), line(span), self.name());
                    self.found.unknown.insert(place);
                }
            }
        }
    }

    fn site(&mut self, code: String, span: Span, seen: Option<String>, is_given: bool) {
        let site = Site {
            code,
            file: self.file.to_owned(),
            line: line(span),
            function: self.name(),
            is_given,
            seen,
        };
        self.found.sites.insert(site);
    }

    fn passage(&mut self, span: Span, level: Option<String>) {
        let passage = Passage {
            file: self.file.to_owned(),
            line: line(span),
            function: self.name(),
            level,
        };
        self.found.passages.insert(passage);
    }

    /// A function: what it gives, if that are codes, with their statuses where the type has those.
    fn function(&mut self, signature: &Signature, block: &Block, whole: Option<&ItemImpl>) {
        let function = Rc::new(Function {
            signature: signature.clone(),
            block: block.clone(),
        });
        self.function = Some(Rc::clone(&function));
        let gives = NAMES.iter().any(|it| signature.ident == it) && gives_text(signature);
        if !gives {
            return;
        }
        let status = whole.and_then(|it| function_of(it, "status"));
        let status: Vec<_> = status
            .map(|it| arms(&it.block).filter(|arm| arm.guard.is_none()).collect())
            .unwrap_or_default();
        let follow = |it: &Expr| origins(it, Some(&function), &self.sources.constants);
        let mut given: Vec<(Origin, Option<String>)> = Vec::new();
        let mut has_arms = false;
        for arm in arms(block) {
            has_arms = true;
            let names = variants(&arm.pat);
            let of = |it: &&&Arm| variants(&it.pat).iter().any(|name| names.contains(name));
            let seen = status.iter().find(of).and_then(|it| status_of(&it.body));
            given.extend(follow(&arm.body).into_iter().map(|it| (it, seen.clone())));
        }
        if !has_arms {
            let value = Expr::Block(syn::ExprBlock {
                attrs: Vec::new(),
                label: None,
                block: block.clone(),
            });
            given.extend(follow(&value).into_iter().map(|it| (it, None)));
        }
        for (origin, seen) in given {
            match origin {
                Origin::Code(code, span) => self.site(code, span, seen, true),
                Origin::Given(span) => self.passage(span, None),
                Origin::Carried => self.passage(signature.ident.span(), None),
                Origin::Unknown(span) => {
                    let place = (self.file.to_owned(), line(span), self.name());
                    self.found.unknown.insert(place);
                }
            }
        }
    }

    /// The arguments of a call that may take a code.
    fn call(
        &mut self,
        owner: Option<&str>,
        name: &str,
        is_method: bool,
        arguments: &Punctuated<Expr, Token![,]>,
    ) {
        let sources = self.sources;
        let takers = sources.takers.iter().filter(|it| {
            let is_of = match is_method {
                true => it.owner.is_some(),
                false => it.owner.as_deref() == owner,
            };
            is_of && it.name == name && it.arguments == arguments.len()
        });
        for taker in takers {
            let status = arguments.iter().find_map(status_of);
            let called = format!("{}::{name}", taker.owner.as_deref().unwrap_or_default());
            // The caller is one that hands a code on.
            if let Some(status) = &status {
                let caller = self.name();
                self.statuses.insert(caller, status.clone());
            }
            let seen = status.or(Some(format!(">{called}")));
            self.take(&arguments[taker.position], seen, None);
        }
    }

    /// A close code and the reason after it.
    fn closing<'e>(&mut self, parts: impl Iterator<Item = &'e Expr>) {
        let mut code = None;
        for part in parts {
            match (&code, part) {
                (Some(number), Expr::Lit(literal)) => {
                    if let Lit::Str(text) = &literal.lit {
                        let seen = format!("close {number}");
                        self.site(text.value(), text.span(), Some(seen), false);
                    }
                    code = None;
                }
                (_, Expr::Path(path)) if path.path.segments.len() == 2 => {
                    let is_close = path.path.segments[0].ident == "close";
                    let number = self.sources.numbers.get(&last_name(&path.path));
                    code = number.filter(|_| is_close).cloned();
                }
                _ => code = None,
            }
        }
    }

    /// A line of the log: its field `reason`.
    fn log(&mut self, level: &str, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let is_comma = |it: &TokenTree| matches!(it, TokenTree::Punct(it) if it.as_char() == ',');
        for field in tokens.split(is_comma) {
            let Some(TokenTree::Ident(name)) = field.first() else {
                continue;
            };
            if name != "reason" {
                continue;
            }
            let value = match &field[1..] {
                [] => field,
                [TokenTree::Punct(equals), value @ ..] if equals.as_char() == '=' => match value {
                    [TokenTree::Punct(sigil), value @ ..]
                        if matches!(sigil.as_char(), '%' | '?') =>
                    {
                        value
                    }
                    value => value,
                },
                _ => continue,
            };
            let value: TokenStream = value.iter().cloned().collect();
            match syn::parse2::<Expr>(value) {
                Ok(value) => self.take(&value, Some(level.to_owned()), Some(level)),
                Err(_) => {
                    let place = (self.file.to_owned(), line(name.span()), self.name());
                    self.found.unknown.insert(place);
                }
            }
        }
    }

    /// What a macro is called with that is not parsed: code in parts of it, and properties of views.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut index = 0;
        while index < tokens.len() {
            match &tokens[index..] {
                [
                    TokenTree::Ident(name),
                    TokenTree::Punct(bang),
                    TokenTree::Group(group),
                    ..,
                ] if bang.as_char() == '!' && LEVELS.iter().any(|it| name == it) => {
                    self.log(&name.to_string(), group.stream());
                    index += 2;
                }
                [
                    TokenTree::Ident(name),
                    TokenTree::Punct(equals),
                    TokenTree::Literal(text),
                    ..,
                ] if equals.as_char() == '=' && name == "reason" => {
                    if let Lit::Str(text) = Lit::new(text.clone()) {
                        self.site(text.value(), text.span(), Some("page".to_owned()), false);
                    }
                }
                [group @ TokenTree::Group(inner), ..] => {
                    let path = match inner.delimiter() {
                        Delimiter::Parenthesis => path_before(&tokens[..index]),
                        Delimiter::Brace => Some(Vec::new()),
                        _ => None,
                    };
                    let code: Option<TokenStream> =
                        path.map(|path| path.into_iter().chain([group.clone()]).collect());
                    match code.map(syn::parse2::<Expr>) {
                        Some(Ok(code)) => self.visit_expr(&code),
                        _ => self.tokens(inner.stream()),
                    }
                }
                _ => {}
            }
            index += 1;
        }
    }

    /// A field of a span: `span.record("reason", …)`.
    fn record(&mut self, call: &ExprMethodCall) {
        let (Some(Expr::Lit(field)), Some(value)) = (call.args.first(), call.args.get(1)) else {
            return;
        };
        let is_reason = matches!(&field.lit, Lit::Str(name) if name.value() == "reason");
        if is_reason && call.method == "record" {
            self.take(value, Some("span".to_owned()), Some("span"));
        }
    }

    fn visit_call(&mut self, call: &ExprCall) {
        if let Expr::Path(path) = &*call.func {
            let segments = &path.path.segments;
            let name = last_name(&path.path);
            let owner = segments.iter().rev().nth(1).map(|it| it.ident.to_string());
            let owner = match owner.as_deref() {
                Some("Self") => self.owner.clone(),
                _ => owner,
            };
            let of_type = owner.filter(|it| it.starts_with(char::is_uppercase));
            self.call(of_type.as_deref(), &name, false, &call.args);
        }
        self.closing(call.args.iter());
    }
}

impl<'a> Visit<'a> for Finder<'_> {
    fn visit_item_mod(&mut self, item: &'a ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'a ItemImpl) {
        if is_test(&item.attrs) {
            return;
        }
        let before = self.owner.replace(owner(item));
        for part in &item.items {
            match part {
                ImplItem::Fn(function) if !is_test(&function.attrs) => {
                    self.function(&function.sig, &function.block, Some(item));
                    visit::visit_block(self, &function.block);
                    self.function = None;
                }
                _ => {}
            }
        }
        self.owner = before;
    }

    fn visit_impl_item_fn(&mut self, _: &'a ImplItemFn) {}

    fn visit_item_fn(&mut self, item: &'a ItemFn) {
        if is_test(&item.attrs) {
            return;
        }
        let before = (self.owner.take(), self.function.take());
        self.function(&item.sig, &item.block, None);
        visit::visit_block(self, &item.block);
        (self.owner, self.function) = before;
    }

    fn visit_expr_call(&mut self, call: &'a ExprCall) {
        self.visit_call(call);
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'a ExprMethodCall) {
        self.call(None, &call.method.to_string(), true, &call.args);
        self.record(call);
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_tuple(&mut self, tuple: &'a ExprTuple) {
        self.closing(tuple.elems.iter());
        visit::visit_expr_tuple(self, tuple);
    }

    fn visit_expr_struct(&mut self, made: &'a ExprStruct) {
        let name = last_name(&made.path);
        if !OTHER_REASONS.contains(&name.as_str()) {
            for FieldValue { member, expr, .. } in &made.fields {
                if matches!(member, Member::Named(name) if NAMES.iter().any(|it| name == it)) {
                    self.prefix = (name == OF_THE_APP.0).then_some(OF_THE_APP.1);
                    self.take(expr, None, None);
                    self.prefix = None;
                }
            }
        }
        visit::visit_expr_struct(self, made);
    }

    fn visit_attribute(&mut self, _: &'a Attribute) {}

    fn visit_macro(&mut self, called: &'a Macro) {
        let name = last_name(&called.path);
        match LEVELS.contains(&name.as_str()) {
            true => self.log(&name, called.tokens.clone()),
            false => self.tokens(called.tokens.clone()),
        }
    }
}

fn line(span: Span) -> usize {
    span.start().line
}

fn function_of<'a>(item: &'a ItemImpl, name: &str) -> Option<&'a ImplItemFn> {
    item.items.iter().find_map(|it| match it {
        ImplItem::Fn(function) if function.sig.ident == name => Some(function),
        _ => None,
    })
}

/// The arms of the `match` that a block ends with.
fn arms(block: &Block) -> impl Iterator<Item = &Arm> {
    let last = block.stmts.last();
    last.into_iter().flat_map(|it| match it {
        syn::Stmt::Expr(Expr::Match(it), None) => it.arms.as_slice(),
        _ => &[],
    })
}

/// The variants of an enum that a pattern is for.
fn variants(pat: &Pat) -> Vec<String> {
    match pat {
        Pat::Or(it) => it.cases.iter().flat_map(variants).collect(),
        Pat::Path(it) => vec![last_name(&it.path)],
        Pat::TupleStruct(it) => vec![last_name(&it.path)],
        Pat::Struct(it) => vec![last_name(&it.path)],
        _ => Vec::new(),
    }
}

/// The status that an expression is.
fn status_of(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => Some(number.base10_digits().to_owned()),
            _ => None,
        },
        Expr::Path(path) => {
            let name = last_name(&path.path);
            let known = STATUSES.iter().find(|(known, _)| *known == name);
            known.map(|(_, number)| (*number).to_owned())
        }
        Expr::Block(it) => match it.block.stmts.last()? {
            syn::Stmt::Expr(expression, None) => status_of(expression),
            _ => None,
        },
        _ => None,
    }
}

/// The path that ends before this token: `End :: Told`.
fn path_before(tokens: &[TokenTree]) -> Option<Vec<TokenTree>> {
    let is_of_a_path = |it: &&TokenTree| match it {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(it) => it.as_char() == ':',
        _ => false,
    };
    let length = tokens.iter().rev().take_while(is_of_a_path).count();
    let mut path = &tokens[tokens.len() - length..];
    // `return Err(…)`: two names in a row are no path.
    while let Some(cut) = path
        .windows(2)
        .rposition(|it| matches!(it, [TokenTree::Ident(_), TokenTree::Ident(_)]))
    {
        path = &path[cut + 1..];
    }
    (!path.is_empty()).then(|| path.to_vec())
}
