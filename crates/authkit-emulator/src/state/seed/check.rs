//! What must hold in an `emulator.toml` beyond its form: names are there once, and what is referred to exists.
//! Caller: `seed`. Stops at the first fault, and names its line.

use std::collections::BTreeSet;

use toml::Spanned;

use super::content::Content;
use super::error::SeedFault;
use crate::state::email::is_address;
use crate::state::jwt_template;
use crate::state::store::rights::{DEFAULT_ROLE, is_slug};

/// Checks the whole file.
pub fn check(text: &str, content: &Content) -> Result<(), SeedFault> {
    let file = Text(text);
    let mut organizations = Names::new(file, "organization", "organizations");
    for organization in &content.organizations {
        if organization.name.get_ref().trim().is_empty() {
            let line = file.line(&organization.name);
            return Err(SeedFault::Nameless { line });
        }
        organizations.add(&organization.name, organization.name.get_ref())?;
        for entitlement in &organization.entitlements {
            file.slug(entitlement)?;
        }
    }
    let mut roles = Names::new(file, "role", "roles");
    for role in &content.roles {
        file.slug(&role.slug)?;
        roles.add(&role.slug, role.slug.get_ref())?;
        for permission in &role.permissions {
            file.slug(permission)?;
        }
    }
    // Every environment of WorkOS has it.
    roles.known.insert(DEFAULT_ROLE.to_owned());
    let mut users = Names::new(file, "user", "users");
    for user in &content.users {
        if !is_address(user.email.get_ref()) {
            let (line, text) = (file.line(&user.email), user.email.get_ref().clone());
            return Err(SeedFault::Email { line, text });
        }
        users.add(&user.email, &user.email())?;
        let mut places = Names::new(file, "membership in", "organizations");
        for membership in &user.memberships {
            organizations.must_have(&membership.organization, membership.organization.get_ref())?;
            places.add(&membership.organization, membership.organization.get_ref())?;
            let mut held = Names::new(file, "role", "roles");
            for role in std::iter::once(&membership.role).chain(&membership.other_roles) {
                roles.must_have(role, role.get_ref())?;
                held.add(role, role.get_ref())?;
            }
        }
    }
    let mut flags = Names::new(file, "feature flag", "feature_flags");
    for flag in &content.feature_flags {
        file.slug(&flag.slug)?;
        flags.add(&flag.slug, flag.slug.get_ref())?;
        for user in &flag.users {
            users.must_have(user, &user.get_ref().trim().to_lowercase())?;
        }
        for organization in &flag.organizations {
            organizations.must_have(organization, organization.get_ref())?;
        }
    }
    let Some(template) = &content.jwt_template else {
        return Ok(());
    };
    jwt_template::check(template.content.get_ref()).map_err(|error| SeedFault::Template {
        line: file.line(&template.content),
        error,
    })
}

/// The names of one table.
struct Names<'a> {
    file: Text<'a>,
    what: &'static str,
    table: &'static str,
    known: BTreeSet<String>,
}

impl<'a> Names<'a> {
    fn new(file: Text<'a>, what: &'static str, table: &'static str) -> Self {
        Names {
            file,
            what,
            table,
            known: BTreeSet::new(),
        }
    }

    fn add(&mut self, at: &Spanned<String>, name: &str) -> Result<(), SeedFault> {
        match self.known.insert(name.to_owned()) {
            true => Ok(()),
            false => Err(SeedFault::Twice {
                line: self.file.line(at),
                what: self.what,
                name: name.to_owned(),
            }),
        }
    }

    fn must_have(&self, at: &Spanned<String>, name: &str) -> Result<(), SeedFault> {
        match self.known.contains(name) {
            true => Ok(()),
            false => Err(SeedFault::Unknown {
                line: self.file.line(at),
                table: self.table,
                name: name.to_owned(),
            }),
        }
    }
}

/// The text, for the lines in it.
#[derive(Clone, Copy)]
struct Text<'a>(&'a str);

impl Text<'_> {
    fn line(self, at: &Spanned<String>) -> usize {
        let before = self.0.bytes().take(at.span().start);
        before.filter(|byte| *byte == b'\n').count() + 1
    }

    fn slug(self, text: &Spanned<String>) -> Result<(), SeedFault> {
        match is_slug(text.get_ref()) {
            true => Ok(()),
            false => Err(SeedFault::Slug {
                line: self.line(text),
                text: text.get_ref().clone(),
            }),
        }
    }
}
