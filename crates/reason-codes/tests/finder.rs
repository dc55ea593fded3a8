//! A code is found however it is written, and what can't be followed is a fault.

use reason_codes::{Mechanical, Page, Sources, find};
use std::collections::BTreeMap;

/// The codes in this source, each with where it is seen.
fn codes(source: &str) -> Vec<(String, Option<String>)> {
    let found = find(&Sources::of("a.rs", source).unwrap());
    assert!(found.unknown.is_empty(), "{source}: {:?}", found.unknown);
    let sites = found.sites.into_iter();
    sites.map(|site| (site.code, site.seen)).collect()
}

fn code(code: &str, seen: &str) -> (String, Option<String>) {
    (code.to_owned(), Some(seen.to_owned()))
}

#[test]
fn a_line_of_the_log_is_read_to_its_literal() {
    for line in [
        r#"tracing::warn!(reason = "gone", "it is gone");"#,
        r#"tracing::warn!(%error, reason = "gone", user = 7, "it is gone");"#,
        r#"warn!(reason = %"gone");"#,
        r#"tracing::warn!(reason = GONE, "it is gone");"#,
        r#"let reason = "gone"; tracing::warn!(reason, "it is gone");"#,
        r#"let (reason, status) = match it { Gone => ("gone", 404), Here => return }; tracing::warn!(reason);"#,
        r#"let word = if is_gone { "gone" } else { GONE }; tracing::warn!(reason = word);"#,
        r#"let wait = || { tracing::warn!(reason = "gone"); };"#,
        r#"tokio::select! { it = next() => match it { Some(_) => {} None => { tracing::warn!(reason = "gone"); } } }"#,
        r#"tokio::select! { () = stopped() => tracing::warn!(reason = "gone", "it is gone"), }"#,
    ] {
        let source = format!("const GONE: &str = \"gone\"; fn look() {{ {line} }}");
        let found = codes(&source);
        assert!(
            !found.is_empty() && found.iter().all(|it| *it == code("gone", "warn")),
            "{line}: {found:?}"
        );
    }
}

#[test]
fn a_code_that_is_given_on_is_found_where_it_is_put_in() {
    let functions = r#"
        impl Reason {
            fn not_found(code: &'static str) -> Self { Self::new(StatusCode::NOT_FOUND, code) }
            fn new(status: StatusCode, code: &'static str) -> Self { Self { status, code } }
        }
        fn end(&self, reason: &'static str, session: Session) {}
    "#;
    for (line, seen) in [
        (r#"Reason::not_found("gone")"#, Some("404")),
        (r#"Reason::new(StatusCode::CONFLICT, "gone")"#, Some("409")),
        (r#"end("gone", session)"#, None),
        (r#"Refused { code: "gone".to_owned(), message }"#, None),
        (
            r#"tokio::select! { () = it => Err(Reason::not_found("gone")) }"#,
            Some("404"),
        ),
        (r#"view! { <Codes reason="gone" id=1 /> }"#, Some("page")),
        (r#"Span::current().record("reason", "gone")"#, Some("span")),
        (r#"Err((close::GONE, "gone"))"#, Some("close 4404")),
        (
            r#"tokio::select! { () = it => End::Told(close::GONE, "gone") }"#,
            Some("close 4404"),
        ),
    ] {
        let source = format!("const GONE: u16 = 4404; {functions} fn look() {{ {line}; }}");
        let expected = ("gone".to_owned(), seen.map(str::to_owned));
        assert_eq!(codes(&source), [expected], "{line}");
    }
}

#[test]
fn an_error_gives_its_codes_and_their_statuses() {
    let source = r#"
        impl Error {
            fn code(&self) -> &'static str {
                match self { Self::Gone(_) => "gone", Self::Old { .. } | Self::Worn => { "old" } Self::Other(it) => it.code() }
            }
            fn status(&self) -> u16 {
                match self { Self::Gone(_) => 404, Self::Old { .. } | Self::Worn => 410, Self::Other(it) => it.status() }
            }
        }
        impl Refusal { fn reason(&self) -> String { format!("app_{}", self.code) } }
    "#;
    let expected = [("app_…", None), ("gone", Some("404")), ("old", Some("410"))];
    let expected = expected.map(|(code, seen)| (code.to_owned(), seen.map(str::to_owned)));
    assert_eq!(codes(source), expected);
    let found = find(&Sources::of("a.rs", source).unwrap());
    let passages: Vec<_> = found.passages.iter().map(|it| &*it.function).collect();
    assert_eq!(passages, ["Error::code"], "what others give is told");
}

#[test]
fn tests_and_what_is_no_code_are_left_out() {
    for source in [
        r#"#[cfg(test)] mod tests { fn look() { tracing::warn!(reason = "gone"); } }"#,
        r#"#[cfg(all(test, feature = "ssr"))] mod tests { fn look() { tracing::warn!(reason = "gone"); } }"#,
        r#"#[tokio::test] async fn look() { tracing::warn!(reason = "gone"); }"#,
        r#"#[expect(dead_code, reason = "gone")] fn look() {}"#,
        r#"fn look() { tracing::warn!(detail = "gone", "reason = gone"); }"#,
        r#"fn look() -> Impersonator { Impersonator { reason: asked() } }"#,
        r#"fn of(text: &str) -> Self { Self::from_code("gone") } fn from_code(code: &str) -> Self {}"#,
    ] {
        assert!(codes(source).is_empty(), "{source}");
    }
}

#[test]
fn what_can_not_be_followed_is_a_fault() {
    for line in [
        "tracing::warn!(reason = lookup(7));",
        "tracing::warn!(reason = names[7]);",
        "tracing::warn!(reason = %error);",
        r#"tracing::warn!(reason = format!("{it}_gone"));"#,
        "let reason = lookup(7); tracing::warn!(reason);",
        "Refused { code: field.clone(), message }",
    ] {
        let source = format!("fn look() {{ {line}; }}");
        let found = find(&Sources::of("a.rs", &source).unwrap());
        assert_eq!(found.unknown.len(), 1, "{line}");
        assert!(found.sites.is_empty(), "{line}");
    }
    // Another place has it, which is told.
    let source = "fn look() { tracing::warn!(reason = error.code()); }";
    let found = find(&Sources::of("a.rs", source).unwrap());
    let passages: Vec<_> = found
        .passages
        .iter()
        .map(|it| it.level.as_deref())
        .collect();
    assert_eq!(passages, [Some("warn")]);
}

const PAGE: &str = "# Codes\n\n| Code | Seen | Made in | Means | To do |\n| --- | --- | --- | --- | --- |\n\
    | `gone` | log: `warn` | a.rs | It is gone. | Nothing. |\n\nThe end.\n";

fn found(codes: &[(&str, &str)]) -> BTreeMap<String, Mechanical> {
    let found = codes.iter().map(|(code, seen)| {
        let found = Mechanical {
            seen: (*seen).to_owned(),
            made: "a.rs".to_owned(),
            places: vec!["a.rs:7".to_owned()],
        };
        ((*code).to_owned(), found)
    });
    found.collect()
}

#[test]
fn a_page_is_held_against_what_is_found() {
    let faults = |page: &str, codes: &[(&str, &str)]| Page::read(page).faults(&found(codes));
    let gone = ("gone", "log: `warn`");
    assert!(faults(PAGE, &[gone]).is_empty());
    assert_eq!(
        faults(PAGE, &[gone, ("old", "log: `info`")]),
        ["`old` has no row: it is made in a.rs:7"]
    );
    assert_eq!(
        faults(PAGE, &[]),
        ["`gone` has a row, and no code writes it"]
    );
    assert_eq!(
        faults(PAGE, &[("gone", "log: `error`")]),
        ["the row of `gone` is out of date"]
    );
    let silent = PAGE.replace("It is gone.", "");
    assert_eq!(
        faults(&silent, &[gone]),
        ["the row of `gone` does not say what it means and what to do"]
    );
    let twice = format!("{PAGE}{}", PAGE.lines().nth(4).unwrap());
    assert_eq!(faults(&twice, &[gone]), ["`gone` has two rows"]);
}

#[test]
fn a_page_is_brought_up_to_date_and_keeps_what_people_wrote() {
    let page = Page::read(PAGE);
    assert_eq!(page.updated(&found(&[("gone", "log: `warn`")])), PAGE);
    let now = found(&[("gone", "log: `error`"), ("old", "page")]);
    let text = page.updated(&now);
    assert!(
        text.contains("| `gone` | log: `error` | a.rs | It is gone. | Nothing. |\n\nThe end.\n")
    );
    assert!(text.ends_with("| `old` | page | a.rs |  |  |\n"), "{text}");
    let faults = Page::read(&text).faults(&now);
    assert_eq!(
        faults,
        ["the row of `old` does not say what it means and what to do"]
    );
    assert!(!page.updated(&BTreeMap::new()).contains("`gone`"));
}
