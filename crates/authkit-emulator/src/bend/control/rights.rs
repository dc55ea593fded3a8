//! Control over what users may do: roles with their permissions, entitlements, feature flags. Callers: tests. A change
//! counts from the next access token on; the webhook tells of those that WorkOS tells of, which entitlements are not.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::people::user_id;
use super::{Control, ControlError};
use crate::changes::event::{self, Event};
use crate::state::store::memory::Memory;
use crate::state::store::rights::{FeatureFlag, is_slug};

/// What a feature flag is to be.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FlagSetting {
    /// The flag; it is added where it is new.
    pub slug: String,
    /// A flag that is not enabled is off for everyone.
    pub enabled: bool,
    /// What it is for those whom no target names.
    #[serde(rename = "default")]
    pub default_value: bool,
    /// What it is for users, by email address. Comes before the organization's.
    pub users: BTreeMap<String, bool>,
    /// What it is for organizations, by id.
    pub organizations: BTreeMap<String, bool>,
}

impl FlagSetting {
    /// A flag that is enabled, and off for those whom no target names.
    pub fn enabled(slug: impl Into<String>) -> Self {
        FlagSetting {
            slug: slug.into(),
            enabled: true,
            ..FlagSetting::default()
        }
    }

    /// On for this user.
    pub fn for_user(mut self, email: impl Into<String>) -> Self {
        self.users.insert(email.into(), true);
        self
    }

    /// On for this organization.
    pub fn for_organization(mut self, id: impl Into<String>) -> Self {
        self.organizations.insert(id.into(), true);
        self
    }

    /// On for those whom no target names.
    pub fn for_others(self) -> Self {
        FlagSetting {
            default_value: true,
            ..self
        }
    }
}

/// Rights.
impl Control {
    /// Gives a role these permissions, in place of those it had, and adds the role where it is new.
    pub fn define_role(&self, slug: &str, permissions: &[&str]) -> Result<(), ControlError> {
        for text in permissions.iter().chain([&slug]) {
            checked_slug(text)?;
        }
        let permissions = permissions.iter().map(|it| (*it).to_owned()).collect();
        let context = &self.context;
        let now = context.clock.now();
        context.store.change(|state| {
            let is_new = !state.roles.contains_key(slug);
            let role = state.define_role(now, slug, permissions);
            event::tell(
                context,
                &match is_new {
                    true => Event::RoleCreated(role),
                    false => Event::RoleUpdated(role),
                },
            );
        });
        Ok(())
    }

    /// Sets what an organization pays for, in place of what it did. As at WorkOS, where the entitlements are another
    /// service's, no event tells of it: sessions have them from their next access token on.
    pub fn set_entitlements(
        &self,
        organization_id: &str,
        entitlements: &[&str],
    ) -> Result<(), ControlError> {
        for entitlement in entitlements {
            checked_slug(entitlement)?;
        }
        self.context.store.change(|state| {
            let known = state.organizations.get_mut(organization_id);
            let known = known.ok_or_else(|| unknown_organization(organization_id))?;
            known.entitlements = entitlements.iter().map(|it| (*it).to_owned()).collect();
            Ok(())
        })
    }

    /// Sets a feature flag: whether it is enabled, its default and its targets, in place of what they were.
    pub fn set_feature_flag(&self, setting: FlagSetting) -> Result<(), ControlError> {
        checked_slug(&setting.slug)?;
        let context = &self.context;
        let now = context.clock.now();
        context.store.change(|state| {
            let (users, organizations) = targets(state, &setting)?;
            let before = state.feature_flags.get(&setting.slug).cloned();
            let new = || FeatureFlag::starting(now, &setting.slug);
            let mut flag = before.clone().unwrap_or_else(new);
            flag.enabled = setting.enabled;
            flag.default_value = setting.default_value;
            (flag.users, flag.organizations) = (users, organizations);
            flag.updated_at = now;
            state
                .feature_flags
                .insert(setting.slug.clone(), flag.clone());
            let is_new = before.is_none();
            let before = before.unwrap_or_else(new);
            if is_new {
                event::tell(context, &Event::FlagCreated(&flag));
            } else if (before.enabled, before.default_value) != (flag.enabled, flag.default_value) {
                event::tell(context, &Event::FlagUpdated(&flag));
            }
            if (&before.users, &before.organizations) != (&flag.users, &flag.organizations) {
                event::tell(context, &Event::FlagRuleUpdated(state, &flag));
            }
            Ok(())
        })
    }

    /// Removes a feature flag.
    pub fn remove_feature_flag(&self, slug: &str) -> Result<(), ControlError> {
        let context = &self.context;
        context.store.change(|state| {
            let removed = state.feature_flags.remove(slug);
            let removed = removed.ok_or_else(|| ControlError::UnknownFlag(slug.to_owned()))?;
            event::tell(context, &Event::FlagDeleted(&removed));
            Ok(())
        })
    }
}

/// Targets by id.
type Targets = BTreeMap<String, bool>;

fn targets(state: &Memory, setting: &FlagSetting) -> Result<(Targets, Targets), ControlError> {
    let users = setting.users.iter();
    let users = users.map(|(email, on)| Ok((user_id(state, email)?, *on)));
    let organizations = setting.organizations.iter().map(|(id, on)| {
        let known = state.organizations.contains_key(id);
        known
            .then(|| (id.clone(), *on))
            .ok_or_else(|| unknown_organization(id))
    });
    Ok((
        users.collect::<Result<_, ControlError>>()?,
        organizations.collect::<Result<_, ControlError>>()?,
    ))
}

fn checked_slug(text: &str) -> Result<(), ControlError> {
    match is_slug(text) {
        true => Ok(()),
        false => Err(ControlError::Slug(text.to_owned())),
    }
}

fn unknown_organization(id: &str) -> ControlError {
    ControlError::UnknownOrganization(id.to_owned())
}
