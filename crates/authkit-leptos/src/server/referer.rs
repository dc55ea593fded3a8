//! Drops a foreign `Referer`: server functions redirect plain forms to the `Referer`, whatever it is.
//!
//! The layer in `origin` calls it before the CSRF check. The protection by path leads a plain form back to its page.

use http::{
    HeaderMap, HeaderValue,
    header::{HOST, REFERER},
};
use url::Url;

/// Removes a `Referer` that is neither a page of `origin` nor of the request's `Host`.
///
/// The `Host` counts because in development the app has two names, such as 127.0.0.1. Browsers set it from the
/// address they request, so other sites can't choose it.
pub fn drop_foreign(headers: &mut HeaderMap, origin: &str) {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let is_own = |referer: &HeaderValue| own_page(referer, host, origin).is_some();
    if !headers.get_all(REFERER).iter().all(is_own) {
        headers.remove(REFERER);
    }
}

/// Path and query of the page that the request comes from, if that is one of `origin` or of the request's `Host`.
pub fn own_path(headers: &HeaderMap, origin: &str) -> Option<String> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let page = own_page(headers.get(REFERER)?, host, origin)?;
    let query = page.query().map(|query| format!("?{query}"));
    Some(page.path().to_owned() + &query.unwrap_or_default())
}

fn own_page(referer: &HeaderValue, host: Option<&str>, origin: &str) -> Option<Url> {
    let page = Url::parse(referer.to_str().ok()?).ok()?;
    let theirs = page.origin().ascii_serialization();
    let at_host = |host: &str| theirs.split_once("://").is_some_and(|(_, it)| it == host);
    (theirs == origin || host.is_some_and(at_host)).then_some(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_of_the_app_is_led_back_to() {
        let kept = |referers: &[&str]| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("127.0.0.1:3000"));
            for referer in referers {
                headers.append(REFERER, referer.parse().unwrap());
            }
            drop_foreign(&mut headers, "https://app.example");
            headers.contains_key(REFERER)
        };
        assert!(kept(&["https://app.example/live?a=b"]));
        assert!(kept(&["http://127.0.0.1:3000/live"]));
        for foreign in [
            "https://evil.example/",
            "https://app.example.evil.example/",
            "https://app.example@evil.example/",
            "https://app.example:8443/",
            "http://app.example/",
            "http://127.0.0.1:3001/live",
            "//evil.example/",
            "javascript:alert(1)",
            "null",
            "",
        ] {
            assert!(!kept(&[foreign]), "{foreign}");
            assert!(!kept(&["https://app.example/", foreign]), "{foreign}");
        }
    }

    #[test]
    fn a_form_is_led_back_to_its_own_page_only() {
        let path = |referer: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(REFERER, HeaderValue::from_static(referer));
            own_path(&headers, "https://app.example")
        };
        let page = path("https://app.example/live?a=b");
        assert_eq!(page.as_deref(), Some("/live?a=b"));
        for foreign in ["https://evil.example/live", "javascript:alert(1)", "/live"] {
            assert_eq!(path(foreign), None, "{foreign}");
        }
        assert_eq!(own_path(&HeaderMap::new(), "https://app.example"), None);
    }
}
