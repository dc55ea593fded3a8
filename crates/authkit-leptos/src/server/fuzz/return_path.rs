//! `paths::ReturnTo`: wherever a browser takes it from, it stays on this origin, and out of the sign-in.
//!
//! Input: the path; how many bytes it may have.

use crate::paths::{self, ReturnTo};
use authkit_fuzz::sections;
use http::HeaderValue;
use percent_encoding::percent_decode_str;
use url::Url;

/// Pages of the app that a browser may be on when it is sent there.
const PAGES: [&str; 3] = [
    "https://app.example/",
    "https://app.example/callback?code=1&state=2",
    "http://localhost:3000/a/b/c#d",
];
/// The steps of a sign-in, to which nothing may lead back.
const STEPS: [&str; 4] = [
    paths::SIGN_IN,
    paths::SIGN_UP,
    paths::CALLBACK,
    paths::SIGN_OUT,
];

pub fn test(input: &[u8]) {
    let [path, most] = sections(input);
    let path = String::from_utf8_lossy(path);
    let most = String::from_utf8_lossy(most).trim().parse().unwrap_or(512);
    let Some(parsed) = ReturnTo::parse(&path) else {
        assert_eq!(ReturnTo::or_home(Some(&path)), ReturnTo::home());
        return;
    };
    // What a URL can't hold is escaped, and nothing else is changed.
    let bytes = |text| -> Vec<u8> { percent_decode_str(text).collect() };
    assert_eq!(bytes(parsed.as_str()), bytes(&path));
    stays(&parsed);
    let shorter = parsed.clone().within(most);
    assert!(shorter.as_str().len() <= most || shorter.is_home());
    stays(&shorter);
    travels(&parsed);
}

fn stays(path: &ReturnTo) {
    let text = path.as_str();
    assert!(text.len() <= ReturnTo::MAX_LENGTH);
    assert!(
        text.bytes().all(|byte| (0x21..0x7f).contains(&byte)),
        "{text:?}"
    );
    assert!(HeaderValue::from_str(text).is_ok());
    assert_eq!(ReturnTo::parse(text).as_ref(), Some(path));
    for page in PAGES {
        let page = Url::parse(page).unwrap();
        let there = page.join(text).unwrap();
        assert_eq!(there.origin(), page.origin(), "{text}");
        assert!(there.username().is_empty() && there.password().is_none());
        assert!(!STEPS.contains(&there.path()), "{text} leads to {there}");
    }
}

/// A link carries it there unchanged.
fn travels(path: &ReturnTo) {
    let link = Url::parse(PAGES[0]).unwrap();
    let link = link.join(&path.on(paths::SIGN_IN)).unwrap();
    assert_eq!(link.path(), paths::SIGN_IN);
    let carried = link.query_pairs().find(|(name, _)| name == "return_to");
    let carried = carried.map(|(_, value)| value.into_owned());
    assert_eq!(ReturnTo::or_home(carried.as_deref()), *path);
}
