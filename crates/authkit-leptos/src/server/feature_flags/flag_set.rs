//! [`FlagSet`]: the feature flags of an environment, as WorkOS describes them to its SDKs, and what they come to for somebody.
//!
//! Made by the poll from WorkOS's answer. Evaluates as WorkOS's own clients do: a target of the user goes before one of the
//! organization, and a flag that is not enabled is off for everybody.

use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// The most that an answer may have, in bytes.
const LONGEST: usize = 2 * 1024 * 1024;

/// For whom a flag is evaluated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlagContext<'a> {
    /// `user_…`.
    pub user_id: Option<&'a str>,
    /// `org_…`.
    pub organization_id: Option<&'a str>,
}

/// The flags of an environment, by their slugs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlagSet(BTreeMap<String, Flag>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Flag {
    enabled: bool,
    default_value: bool,
    users: HashMap<String, bool>,
    organizations: HashMap<String, bool>,
}

/// A flag as WorkOS answers it.
#[derive(Deserialize)]
struct Described {
    enabled: bool,
    default_value: bool,
    #[serde(default)]
    targets: Targets,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Targets {
    users: Vec<Target>,
    organizations: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    id: String,
    enabled: bool,
}

/// An answer that does not describe feature flags, or is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a description of feature flags")]
pub struct Undecodable;

impl<'a> FlagContext<'a> {
    /// For a user, in an organization if the session is in one.
    #[must_use]
    pub fn new(
        user_id: impl Into<Option<&'a str>>,
        organization_id: impl Into<Option<&'a str>>,
    ) -> Self {
        Self {
            user_id: user_id.into(),
            organization_id: organization_id.into(),
        }
    }
}

impl FlagSet {
    /// What an answer of WorkOS describes.
    ///
    /// # Errors
    /// [`Undecodable`], also for one that has more than 2 MB.
    pub fn read(json: &[u8]) -> Result<Self, Undecodable> {
        if json.len() > LONGEST {
            return Err(Undecodable);
        }
        let described: BTreeMap<String, Described> =
            serde_json::from_slice(json).map_err(|_| Undecodable)?;
        let flags = described.into_iter().map(|(slug, it)| {
            let by_id = |targets: Vec<Target>| targets.into_iter().map(|it| (it.id, it.enabled));
            let flag = Flag {
                enabled: it.enabled,
                default_value: it.default_value,
                users: by_id(it.targets.users).collect(),
                organizations: by_id(it.targets.organizations).collect(),
            };
            (slug, flag)
        });
        Ok(Self(flags.collect()))
    }

    /// Whether a flag is on; `None` for one that there isn't.
    pub fn get(&self, slug: &str, context: FlagContext<'_>) -> Option<bool> {
        Some(self.0.get(slug)?.is_on(context))
    }

    /// All flags, on or off.
    pub fn all(&self, context: FlagContext<'_>) -> BTreeMap<String, bool> {
        let flags = self.0.iter();
        flags
            .map(|(slug, flag)| (slug.clone(), flag.is_on(context)))
            .collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The slugs of flags that the two describe differently.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let slugs = self.0.keys().chain(other.0.keys());
        let mut changed: Vec<_> = slugs
            .filter(|slug| self.0.get(*slug) != other.0.get(*slug))
            .cloned()
            .collect();
        changed.sort_unstable();
        changed.dedup();
        changed
    }
}

impl Flag {
    fn is_on(&self, context: FlagContext<'_>) -> bool {
        let of = |targets: &HashMap<String, bool>, id: Option<&str>| targets.get(id?).copied();
        let target = of(&self.users, context.user_id)
            .or_else(|| of(&self.organizations, context.organization_id));
        self.enabled && target.unwrap_or(self.default_value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn flags() -> FlagSet {
        let described = json!({
            "beta": {
                "slug": "beta", "enabled": true, "default_value": false,
                "targets": {
                    "users": [{"id": "user_1", "enabled": true}, {"id": "user_2", "enabled": false}],
                    "organizations": [{"id": "org_1", "enabled": true}],
                },
            },
            "off": {
                "slug": "off", "enabled": false, "default_value": true,
                "targets": {"users": [{"id": "user_1", "enabled": true}], "organizations": []},
            },
            "on": {"slug": "on", "enabled": true, "default_value": true},
        });
        FlagSet::read(described.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn the_user_goes_before_the_organization_and_that_before_the_default() {
        let flags = flags();
        for (user, organization, on) in [
            (Some("user_1"), None, true),
            (Some("user_2"), Some("org_1"), false),
            (Some("user_3"), Some("org_1"), true),
            (Some("user_3"), Some("org_2"), false),
            (None, None, false),
        ] {
            let context = FlagContext::new(user, organization);
            assert_eq!(flags.get("beta", context), Some(on), "{context:?}");
            assert_eq!(flags.get("off", context), Some(false));
            assert_eq!(flags.get("on", context), Some(true));
            assert_eq!(flags.get("unknown", context), None);
        }
        let all = flags.all(FlagContext::new("user_1", None));
        let all: Vec<_> = all.into_iter().collect();
        let expected = [("beta", true), ("off", false), ("on", true)];
        assert_eq!(all, expected.map(|(slug, on)| (slug.to_owned(), on)));
    }

    #[test]
    fn what_has_changed_is_named_once() {
        let (before, mut after) = (flags(), flags());
        assert!(before.differences(&after).is_empty());
        after.0.remove("on");
        after.0.get_mut("beta").unwrap().default_value = true;
        assert_eq!(before.differences(&after), ["beta", "on"]);
    }

    #[test]
    fn flags_that_are_not_json_or_not_of_the_shape_are_none() {
        for odd in [
            "",
            "<html>",
            "[]",
            r#"{"beta": true}"#,
            r#"{"beta": {"enabled": "yes", "default_value": false}}"#,
            r#"{"beta": {"enabled": true}}"#,
        ] {
            assert_eq!(FlagSet::read(odd.as_bytes()), Err(Undecodable), "{odd}");
        }
        let padding = " ".repeat(LONGEST);
        assert_eq!(
            FlagSet::read(format!("{{{padding}}}").as_bytes()),
            Err(Undecodable)
        );
        assert_eq!(FlagSet::read(b"{}"), Ok(FlagSet::default()));
    }
}
