//! `docs/reasons.md` has each reason code that the program can write, and no other: `cargo test -p reason-codes`.
//!
//! `UPDATE_DOCS=1` in front of that writes what is found into the page, and leaves what people wrote. Where a line of the
//! log takes its code from an error, the tables below say from which; the test fails where they say nothing, or say it of
//! a place that is not there any more.

use reason_codes::{Findings, Mechanical, Page, Passage, Site, Sources, find};
use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
};

/// Sources of what a product is made of. The emulator is not in a release build and logs no reason; what its endpoints
/// answer are WorkOS's own codes.
const FOLDERS: [&str; 10] = [
    "src",
    "crates/authkit-app/src",
    "crates/authkit-cli/src",
    "crates/authkit-leptos/src",
    "crates/authkit-live/src",
    "crates/authkit-local/src",
    "crates/authkit-serve/src",
    "crates/authkit-store/src",
    "crates/authkit-audit/src",
    "crates/authkit-users/src",
];
/// The crates that are not read.
const NOT_READ: [&str; 9] = [
    "authkit-emulator",
    "authkit-test",
    "bench-pages",
    "bench-report",
    "book",
    "import-floors",
    "reason-codes",
    "test-app",
    "test-support",
];

/// Places whose code has no fixed text: the file, the function, and why the page has no row for it.
const NOT_FIXED: [(&str, &str, &str); 2] = [
    (
        "authkit-live/src/server/problem.rs",
        "Problem::from",
        "the code is the name of an argument, which the page says above the tables",
    ),
    (
        "authkit-live/src/page_start.rs",
        "PageStart::deserialize",
        "an island is told the sentence alone",
    ),
];

/// How codes made elsewhere come to a place: a line of the log, or a function that gives what others give.
struct Way {
    file: &'static str,
    function: &'static str,
    /// The level of the line; `None` for a function.
    level: Option<&'static str>,
    /// Functions that make them.
    of: &'static [&'static str],
    which: Which,
}

/// Which codes of a function.
enum Which {
    All,
    Only(&'static [&'static [&'static str]]),
    But(&'static [&'static [&'static str]]),
}
use Which::{All, But, Only};

/// `RefreshError::remedy` has a sentence for these.
const WITH_REMEDY: &[&str] = &["workos_misconfigured", "clock_skew", "ledger_unavailable"];
/// WorkOS says these of codes and refresh tokens only: `workos::Refusal`.
const REFUSALS: &[&str] = &[
    "workos_refused",
    "sso_required",
    "mfa_enrollment",
    "organization_selection_required",
    "organization_membership_not_found",
    "workos_sign_in_required",
];
/// `RefreshError::is_final` is not true of these.
const NOT_FINAL: &[&str] = &[
    "workos_declined",
    "workos_misconfigured",
    "workos_rate_limited",
    "workos_busy",
    "workos_unreachable",
    "workos_broken",
    "workos_request",
    "jwks_unavailable",
    "token_kid_unknown",
    "clock_skew",
    "refresh_failed_elsewhere",
    "refresh_no_answer",
    "refresh_paused",
    "ledger_unavailable",
    "successor_unreadable",
    "seal_failed",
];
/// The page at `/sign-in-failed` has a status of 500 or more for these, except for `authkit_misconfigured`.
const FAILED_HERE: &[&str] = &[
    "authkit_token_refused",
    "token_too_big",
    "authkit_broken",
    "authkit_unreachable",
    "authkit_rate_limited",
    "internal",
    "hook_failed",
];
/// The layer answers these without a line of its own, and the page shows the last where the app's own code is lost.
const NEVER_LOGGED: &[&str] = &["in_a_frame", "token_from_elsewhere", "app_refused"];

const fn log(
    file: &'static str,
    function: &'static str,
    level: &'static str,
    of: &'static [&'static str],
    which: Which,
) -> Way {
    Way {
        file,
        function,
        level: Some(level),
        of,
        which,
    }
}

const fn gives(
    file: &'static str,
    function: &'static str,
    of: &'static [&'static str],
    which: Which,
) -> Way {
    Way {
        file,
        function,
        level: None,
        of,
        which,
    }
}

const AUTHENTICATE: &str = "server/caller/authenticate.rs";
const REFRESH: &[&str] = &["RefreshError::code"];
const FAILURE: &[&str] = &["Failure::code"];
const TOKEN: &[&str] = &["TokenError::code"];

/// The ways.
const WAYS: &[Way] = &[
    log(
        AUTHENTICATE,
        "Authenticator::open",
        "info",
        &["CookieError::code"],
        All,
    ),
    log(
        AUTHENTICATE,
        "Authenticator::renew_ahead",
        "error",
        REFRESH,
        Only(&[WITH_REMEDY]),
    ),
    log(
        AUTHENTICATE,
        "Authenticator::renew_ahead",
        "info",
        REFRESH,
        But(&[WITH_REMEDY]),
    ),
    log(
        AUTHENTICATE,
        "Authenticator::renew",
        "error",
        REFRESH,
        Only(&[WITH_REMEDY]),
    ),
    log(
        AUTHENTICATE,
        "Authenticator::renew",
        "warn",
        REFRESH,
        Only(&[NOT_FINAL]),
    ),
    log(
        AUTHENTICATE,
        "Authenticator::end",
        "info",
        REFRESH,
        But(&[NOT_FINAL]),
    ),
    log(
        AUTHENTICATE,
        "Authenticator::end",
        "info",
        TOKEN,
        But(&[&["token_expired", "token_kid_unknown", "jwks_unavailable"]]),
    ),
    log(
        AUTHENTICATE,
        "Authenticator::authenticate_bearer",
        "info",
        &["BearerError::code"],
        All,
    ),
    log(
        "feature_flags/mod.rs",
        "poll",
        "warn",
        FAILURE,
        But(&[REFUSALS, &["workos_misconfigured"]]),
    ),
    log(
        "flow/failure.rs",
        "log",
        "error",
        &["SignInFailure::code"],
        Only(&[&["authkit_misconfigured"]]),
    ),
    log(
        "flow/failure.rs",
        "log",
        "warn",
        &["SignInFailure::code"],
        Only(&[FAILED_HERE]),
    ),
    log(
        "flow/failure.rs",
        "log",
        "info",
        &["Failed::reason"],
        But(&[FAILED_HERE, NEVER_LOGGED, &["authkit_misconfigured"]]),
    ),
    log("flow/refresh.rs", "refresh_session", "info", REFRESH, All),
    log("flow/switch.rs", "switch", "info", REFRESH, All),
    log(
        "flow/token_request.rs",
        "exchange",
        "error",
        TOKEN,
        But(&[&["jwks_unavailable"]]),
    ),
    log(
        "leptos/request.rs",
        "memberships",
        "warn",
        FAILURE,
        But(&[REFUSALS]),
    ),
    log(
        "protection/turned_away.rs",
        "turn_away",
        "info",
        &["AuthError::code"],
        But(&[&["unreachable"]]),
    ),
    log(
        "src/account/functions.rs",
        "delete_account",
        "warn",
        FAILURE,
        But(&[REFUSALS]),
    ),
    log(
        "live/src/server/problem.rs",
        "Problem::log",
        "debug",
        &["AuthError::code"],
        But(&[&["unreachable"]]),
    ),
    log(
        "live/src/server/problem.rs",
        "Problem::log",
        "info",
        &[
            "Sent::arguments",
            "Sent::read",
            "try_to",
            "Problem::from",
            "NotRemoved::reason",
        ],
        All,
    ),
    log(
        "live/src/server/problem.rs",
        "Problem::log",
        "error",
        &["Problem::of_store", "Problem::internal"],
        All,
    ),
    gives("caller/bearer.rs", "BearerError::code", TOKEN, All),
    gives(
        "flow/failed.rs",
        "Failed::reason",
        &["SignInFailure::code", "Refusal::reason"],
        All,
    ),
    gives("refresh/error.rs", "RefreshError::code", FAILURE, All),
    // Both are `clock_skew` there.
    gives(
        "refresh/error.rs",
        "RefreshError::code",
        TOKEN,
        But(&[&["token_expired", "token_not_yet_valid"]]),
    ),
    gives(
        "workos/failure.rs",
        "Failure::code",
        &["Refusal::code"],
        All,
    ),
    gives(
        "workos/failure.rs",
        "Refusal::code",
        &["Requirement::code"],
        All,
    ),
];

/// What else shows the codes of a function: an answer's status, a message of a stream.
const SHOWN: &[(&str, &str, Which)] = &[
    // `BearerError::status`.
    ("401", "TokenError::code", But(&[&["jwks_unavailable"]])),
    ("503", "TokenError::code", Only(&[&["jwks_unavailable"]])),
    // `SignInFailure::NotAdmitted`.
    ("403", "Refusal::reason", All),
    ("stream", "Problem::code", All),
];

/// Where codes are seen that are made in these functions, which do not say so themselves.
const UNSAID: &[(&str, &str, &[&str])] = &[
    ("live/src/server/problem.rs", "Problem::of_store", &["503"]),
    ("live/src/server/problem.rs", "Problem::internal", &["500"]),
    // axum's rejection says which.
    ("live/src/server/sent.rs", "Sent::read", &["400", "413"]),
    ("live/src/browser/submit.rs", "submit", &["page"]),
    ("live/src/call.rs", "call_again", &["page"]),
    ("live/src/call.rs", "send", &["page"]),
    // Handed to `Authenticator::end`.
    (AUTHENTICATE, "Authenticator::open", &["info"]),
    ("authkit-app/src/admit.rs", "admit", &["info", "403"]),
];

/// Codes of an error with a status that no server answers with: made in the browser.
const IN_THE_BROWSER: (&str, &str) = ("AuthError::code", "unreachable");

impl Which {
    fn has(&self, code: &str) -> bool {
        let among = |lists: &[&[&str]]| lists.iter().any(|list| list.contains(&code));
        match self {
            All => true,
            Only(lists) => among(lists),
            But(lists) => !among(lists),
        }
    }
}

/// The codes that a function makes, or gives for others.
fn codes_of<'a>(function: &str, sites: &'a BTreeSet<Site>) -> BTreeSet<&'a str> {
    let own = sites.iter().filter(|site| site.function == function);
    let mut codes: BTreeSet<_> = own.map(|site| site.code.as_str()).collect();
    let ways = WAYS.iter();
    for way in ways.filter(|way| way.level.is_none() && way.function == function) {
        codes.extend(way.codes(sites));
    }
    codes
}

impl Way {
    fn codes<'a>(&self, sites: &'a BTreeSet<Site>) -> impl Iterator<Item = &'a str> {
        let codes = self.of.iter().flat_map(|it| codes_of(it, sites));
        codes.filter(|code| self.which.has(code))
    }

    fn is_at(&self, passage: &Passage) -> bool {
        passage.file.ends_with(self.file)
            && passage.function == self.function
            && passage.level.as_deref() == self.level
    }
}

/// Where each code is seen, and what the tables above have wrong.
fn seen(found: &Findings) -> (BTreeMap<&str, BTreeSet<String>>, Vec<String>) {
    let (sites, mut faults) = (&found.sites, Vec::new());
    let mut seen: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut see = |code, at: &str| {
        seen.entry(code).or_default().insert(at.to_owned());
    };
    let mut said = BTreeSet::new();
    for site in sites {
        let Site {
            code,
            file,
            line,
            function,
            ..
        } = site;
        match &site.seen {
            Some(_) if (function.as_str(), code.as_str()) == IN_THE_BROWSER => see(code, "page"),
            Some(at) => see(code, at),
            None if site.is_given => {}
            None => {
                let is_it =
                    |(of, name, _): &&(&str, &str, &[&str])| file.ends_with(of) && name == function;
                match UNSAID.iter().find(is_it) {
                    Some((of, name, all)) => {
                        said.insert((*of, *name));
                        all.iter().for_each(|at| see(code, at));
                    }
                    None => faults.push(format!(
                        "UNSAID says nothing of {function} in {file}:{line}"
                    )),
                }
            }
        }
    }
    let unused = UNSAID
        .iter()
        .filter(|(file, function, _)| !said.contains(&(*file, *function)));
    faults.extend(unused.map(|(file, function, _)| {
        format!("UNSAID names {function} of {file}, which makes no code")
    }));
    for (at, function, which) in SHOWN {
        let codes = codes_of(function, sites);
        codes
            .into_iter()
            .filter(|it| which.has(it))
            .for_each(|code| see(code, at));
    }
    for passage in &found.passages {
        if !WAYS.iter().any(|way| way.is_at(passage)) {
            faults.push(format!("WAYS says nothing of {passage:?}"));
        }
    }
    for way in WAYS {
        let Way {
            file,
            function,
            level,
            ..
        } = way;
        if !found.passages.iter().any(|passage| way.is_at(passage)) {
            faults.push(format!(
                "WAYS names {function} of {file} ({level:?}), where no code passes"
            ));
        }
        for of in way.of {
            if codes_of(of, sites).is_empty() {
                faults.push(format!("WAYS names {of}, which makes no code"));
            }
        }
        if let Some(level) = level {
            way.codes(sites).for_each(|code| see(code, level));
        }
        let (Only(lists) | But(lists)) = &way.which else {
            continue;
        };
        let all: BTreeSet<_> = way.of.iter().flat_map(|it| codes_of(it, sites)).collect();
        let strays = lists
            .iter()
            .copied()
            .flatten()
            .filter(|it| !all.contains(*it));
        faults
            .extend(strays.map(|it| format!("WAYS names `{it}`, which {:?} do not make", way.of)));
    }
    let blind = sites
        .iter()
        .filter(|site| !seen.contains_key(site.code.as_str()));
    faults.extend(blind.map(|it| {
        format!(
            "nothing says where `{}` is seen: {}:{}",
            it.code, it.file, it.line
        )
    }));
    (seen, faults)
}

/// What the page says of places: log levels, statuses, close codes, pages.
fn in_words(places: &BTreeSet<String>) -> String {
    const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];
    let levels = LEVELS.iter().filter(|level| places.contains(**level));
    let levels: Vec<_> = levels.map(|it| format!("`{it}`")).collect();
    let statuses = places.iter().filter(|it| it.parse::<u16>().is_ok());
    let statuses: Vec<_> = statuses.map(String::as_str).collect();
    let ends: Vec<_> = places
        .iter()
        .filter_map(|it| it.strip_prefix("close "))
        .collect();
    let mut words = Vec::new();
    if !levels.is_empty() {
        words.push(format!("log: {}", levels.join(", ")));
    }
    if !statuses.is_empty() {
        words.push(format!("answer: {}", statuses.join(", ")));
    }
    if !ends.is_empty() {
        words.push(format!("end of a stream: {}", ends.join(", ")));
    }
    if places.contains("stream") {
        words.push("message of a stream".to_owned());
    }
    if places.contains("span") {
        words.push("span".to_owned());
    }
    if places.contains("page") {
        words.push("page".to_owned());
    }
    words.join("; ")
}

/// All that is found, by code.
fn mechanical(found: &Findings) -> (BTreeMap<String, Mechanical>, Vec<String>) {
    let (seen, faults) = seen(found);
    let mut all: BTreeMap<String, Mechanical> = BTreeMap::new();
    for (code, places) in seen {
        let sites: Vec<_> = found
            .sites
            .iter()
            .filter(|site| site.code == code)
            .collect();
        let files: BTreeSet<_> = sites.iter().map(|site| &site.file).collect();
        let link = |file: &&String| {
            let parts: Vec<_> = file.rsplitn(3, '/').collect();
            let short = [parts[1], parts[0]].join("/");
            format!("[{}](../{file})", short.trim_start_matches("src/"))
        };
        let places_made = sites.iter().map(|it| format!("{}:{}", it.file, it.line));
        let mechanical = Mechanical {
            seen: in_words(&places),
            made: files.iter().map(link).collect::<Vec<_>>().join(", "),
            places: places_made.collect(),
        };
        all.insert(code.to_owned(), mechanical);
    }
    (all, faults)
}

#[test]
fn the_page_has_every_reason_code_and_says_where_it_is_seen() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let sources = Sources::read(&root, &FOLDERS).expect("sources that can be parsed");
    let found = find(&sources);
    let (all, mut faults) = mechanical(&found);
    for (file, line, function) in &found.unknown {
        let is_known = |(of, name, _): &(&str, &str, &str)| file.ends_with(of) && name == function;
        if !NOT_FIXED.iter().any(is_known) {
            faults.push(format!(
                "{file}:{line}: this code can't be followed: write it as a literal"
            ));
        }
    }
    for (of, name, _) in NOT_FIXED {
        let is_it =
            |(file, _, function): &(String, usize, String)| file.ends_with(of) && function == name;
        if !found.unknown.iter().any(is_it) {
            faults.push(format!(
                "NOT_FIXED names {name} of {of}, which can be followed"
            ));
        }
    }
    let path = root.join("docs/reasons.md");
    let mut page = Page::read(&fs::read_to_string(&path).expect("docs/reasons.md"));
    if env::var_os("UPDATE_DOCS").is_some_and(|it| it == "1") {
        let text = page.updated(&all);
        fs::write(&path, &text).expect("docs/reasons.md can be written");
        page = Page::read(&text);
    }
    faults.extend(page.faults(&all));
    assert!(
        faults.is_empty(),
        "\n{}\n\n`UPDATE_DOCS=1 cargo test -p reason-codes` writes what is found into docs/reasons.md; what a code means and what to \
         do is yours to write.\n",
        faults.join("\n")
    );
}

#[test]
fn the_log_warns_of_failed_sign_ins_by_their_status() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let sources = Sources::read(&root, &FOLDERS).expect("sources that can be parsed");
    let found = find(&sources);
    // What `flow/failure.rs` asks: `failure.status() >= 500`, after the one that is an error there.
    let is_warning = |site: &&Site| {
        let status = site.seen.as_deref().and_then(|it| it.parse::<u16>().ok());
        site.function == "SignInFailure::code" && status.is_some_and(|it| it >= 500)
    };
    let codes = found.sites.iter().filter(is_warning).map(|it| &*it.code);
    let others = |code: &&str| *code != "authkit_misconfigured" && !NEVER_LOGGED.contains(code);
    let codes: BTreeSet<_> = codes.filter(others).collect();
    assert_eq!(codes, FAILED_HERE.iter().copied().collect());
}

#[test]
fn every_crate_is_read_or_left_out_on_purpose() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let crates = fs::read_dir(root)
        .expect("crates/")
        .map(|it| it.unwrap().file_name());
    let crates: BTreeSet<_> = crates.map(|it| it.into_string().unwrap()).collect();
    let read = FOLDERS
        .iter()
        .filter_map(|it| it.strip_prefix("crates/")?.strip_suffix("/src"));
    let named: BTreeSet<_> = read.chain(NOT_READ).map(str::to_owned).collect();
    assert_eq!(crates, named);
}
