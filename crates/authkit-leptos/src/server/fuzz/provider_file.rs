//! `Provider::parse`: a list, or an error that names what is wrong; never a provider whose keys could be anybody's.
//!
//! Input: the text of an `auth.toml`.

use super::super::token::{Audience, KeySource, Provider, ProvidersError, keys::set::KeySet};
use std::collections::HashSet;
use url::{Host, Url};

pub fn test(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    match Provider::parse(&text) {
        Ok(providers) => {
            assert!(!providers.is_empty());
            providers.iter().for_each(is_safe);
            let distinct: HashSet<_> = providers
                .iter()
                .map(|it| (it.issuer(), it.audience(), it.algorithm()))
                .collect();
            assert_eq!(
                distinct.len(),
                providers.len(),
                "two providers are the same"
            );
        }
        Err(error) => is_named(&error, &text),
    }
}

fn is_safe(provider: &Provider) {
    let issuer = provider.issuer();
    assert!((1..=1024).contains(&issuer.len()));
    assert!(!issuer.contains(|c: char| c.is_whitespace() || c.is_control()));
    assert!(!provider.is_authkit(), "a file made an AuthKit of its own");
    if let Audience::Contains(id) = provider.audience() {
        assert!(!id.is_empty() && id.trim() == id);
    }
    match provider.keys() {
        KeySource::Url(url) => assert!(comes_safely(url), "keys from {url}"),
        KeySource::Discovery(issuer) => {
            assert_eq!(issuer, provider.issuer());
            let url = Url::parse(issuer).unwrap();
            assert!(comes_safely(&url), "keys found through {url}");
            assert!(matches!(provider.audience(), Audience::Contains(_)));
        }
        KeySource::Data(set) => {
            let set = KeySet::parse(set.as_bytes(), 0).unwrap();
            assert!(set.has_any(provider.algorithm()));
            assert_eq!(set.any_ambiguous(provider.algorithm()), None);
        }
    }
}

/// Over https, or without leaving this machine.
fn comes_safely(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name.split('.').next_back() == Some("localhost"),
        Some(Host::Ipv4(address)) => address.octets()[0] == 127,
        Some(Host::Ipv6(address)) => u128::from(address) == 1,
        None => false,
    };
    url.scheme() == "https" && url.has_host() || url.scheme() == "http" && is_here
}

fn is_named(error: &ProvidersError, text: &str) {
    let sentence = error.to_string();
    match error {
        ProvidersError::File { .. } => panic!("no file is read here: {sentence}"),
        ProvidersError::Syntax(_) => assert!(sentence.contains("can't be read: ")),
        ProvidersError::Empty => {
            let table: toml::Table = toml::from_str(text).unwrap();
            let list = table.get("providers").map(|list| list.as_array().unwrap());
            assert!(list.is_none_or(Vec::is_empty));
        }
        ProvidersError::Entry {
            number,
            field,
            problem,
        } => {
            assert!(*number > 0 && !problem.is_empty());
            assert!(["issuer", "application_id", "jwks", "domain"].contains(field));
        }
        ProvidersError::Twice {
            number, earlier, ..
        } => assert!(0 < *earlier && earlier < number),
    }
}
