//! WorkOS's JWT templates: a text that renders to a JSON object of claims, with `{{ user.email }}`, chains
//! `{{ a.b || 'literal' }}`, in strings and in place of values. Callers: the API and the seed check one, the access token
//! renders it. The syntax is WorkOS's own, and no library's. A template never sets a reserved claim, whatever the data.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Claims that no template may set.
pub const RESERVED: [&str; 6] = ["iss", "sub", "exp", "iat", "nbf", "jti"];

/// Largest size of the rendered claims, in bytes, as at WorkOS.
pub const MAX_RENDERED: usize = 3072;

/// What a template knows of.
const ROOTS: [&str; 3] = ["user", "organization", "organization_membership"];

/// The template of the environment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JwtTemplate {
    pub content: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Why a template cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// An expression that is not a chain of paths and literals.
    #[error("the template cannot be read at {0:?}")]
    Syntax(String),
    /// A path that begins with something a template does not know.
    #[error(
        "a template knows no {0:?}: paths begin with user, organization or organization_membership"
    )]
    UnknownRoot(String),
    /// The result is no JSON.
    #[error("the template renders to no JSON object")]
    NoObject,
    /// The result has no claims.
    #[error("the template has no claims")]
    Empty,
    /// A claim that is not the template's to set.
    #[error("a JWT template can't set {0}")]
    Reserved(&'static str),
    /// An object or a list within a string.
    #[error("{0} is an object or a list, and stands within a string")]
    Composite(String),
    /// More than the cookie of a session can carry.
    #[error("the claims render to {0} bytes, and {MAX_RENDERED} is the most")]
    TooLong(usize),
}

/// A piece of a template.
#[derive(Debug)]
enum Part<'a> {
    /// JSON, as it stands.
    Text(&'a str),
    /// An expression, and whether it stands within a JSON string.
    Slot(Vec<Alternative<'a>>, bool),
}

#[derive(Debug)]
enum Alternative<'a> {
    Path(&'a str),
    Literal(&'a str),
}

/// Checks a template without data. What it accepts renders to a JSON object for all data, since a value is escaped where
/// it stands within a string and whole elsewhere.
pub fn check(content: &str) -> Result<(), TemplateError> {
    let parts = parse(content)?;
    let any = |_: &str| Value::String(String::new());
    let claims = object(&parts, any)?;
    match claims.is_empty() {
        true => Err(TemplateError::Empty),
        false => Ok(()),
    }
}

/// The claims of a template for `data`, which has the roots as its keys. A claim that is `null` is left out.
pub fn render(content: &str, data: &Value) -> Result<Map<String, Value>, TemplateError> {
    let parts = parse(content)?;
    let find = |path: &str| {
        let mut steps = path.split('.');
        let found = steps.try_fold(data, step_into);
        found.cloned().unwrap_or_default()
    };
    let mut claims = object(&parts, find)?;
    claims.retain(|_, value| !value.is_null());
    let length = Value::Object(claims.clone()).to_string().len();
    match length > MAX_RENDERED {
        true => Err(TemplateError::TooLong(length)),
        false => Ok(claims),
    }
}

fn step_into<'a>(value: &'a Value, step: &str) -> Option<&'a Value> {
    match value {
        Value::Object(fields) => fields.get(step),
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    }
}

/// The JSON object of the parts, with the value that `find` gives for a path.
fn object(
    parts: &[Part<'_>],
    find: impl Fn(&str) -> Value,
) -> Result<Map<String, Value>, TemplateError> {
    let mut json = String::new();
    for part in parts {
        match part {
            Part::Text(text) => json.push_str(text),
            Part::Slot(alternatives, in_string) => {
                let value = value(alternatives, &find);
                match in_string {
                    true => json.push_str(&within_string(value, alternatives)?),
                    false => json.push_str(&value.to_string()),
                }
            }
        }
    }
    let claims: Map<String, Value> =
        serde_json::from_str(&json).map_err(|_| TemplateError::NoObject)?;
    let reserved = RESERVED.into_iter().find(|name| claims.contains_key(*name));
    reserved.map_or(Ok(claims), |name| Err(TemplateError::Reserved(name)))
}

/// The first alternative that is not `null`.
fn value(alternatives: &[Alternative<'_>], find: impl Fn(&str) -> Value) -> Value {
    let values = alternatives.iter().map(|alternative| match alternative {
        Alternative::Path(path) => find(path),
        Alternative::Literal(text) => Value::String((*text).to_owned()),
    });
    let mut known = values.filter(|value| !value.is_null());
    known.next().unwrap_or_default()
}

/// A value as text, escaped for the string around it. `null` is empty there.
fn within_string(value: Value, alternatives: &[Alternative<'_>]) -> Result<String, TemplateError> {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(_) | Value::Object(_) => {
            let paths = alternatives.iter().find_map(|it| match it {
                Alternative::Path(path) => Some((*path).to_owned()),
                Alternative::Literal(_) => None,
            });
            return Err(TemplateError::Composite(paths.unwrap_or_default()));
        }
    };
    let quoted = Value::String(text).to_string();
    Ok(quoted[1..quoted.len() - 1].to_owned())
}

fn parse(content: &str) -> Result<Vec<Part<'_>>, TemplateError> {
    let (mut parts, mut rest, mut in_string) = (Vec::new(), content, false);
    while let Some(at) = rest.find("{{") {
        let (text, after) = rest.split_at(at);
        in_string = ends_in_string(text, in_string).ok_or_else(|| unreadable(after))?;
        parts.push(Part::Text(text));
        let (alternatives, after) = slot(&after[2..])?;
        parts.push(Part::Slot(alternatives, in_string));
        rest = after;
    }
    parts.push(Part::Text(rest));
    Ok(parts)
}

/// Whether the end of this JSON is within a string, if its begin is or is not; `None` if it is within an escape, which the
/// first character of a value would complete.
fn ends_in_string(json: &str, mut in_string: bool) -> Option<bool> {
    let mut bytes = json.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => in_string = !in_string,
            b'\\' if in_string => drop(bytes.next()?),
            _ => {}
        }
    }
    Some(in_string)
}

/// The alternatives up to `}}`, and what follows it.
fn slot(text: &str) -> Result<(Vec<Alternative<'_>>, &str), TemplateError> {
    let (mut alternatives, mut rest) = (Vec::new(), text.trim_start());
    loop {
        let (alternative, after) = alternative(rest)?;
        alternatives.push(alternative);
        let after = after.trim_start();
        if let Some(after) = after.strip_prefix("}}") {
            return Ok((alternatives, after));
        }
        rest = after
            .strip_prefix("||")
            .ok_or_else(|| unreadable(after))?
            .trim_start();
    }
}

fn alternative(text: &str) -> Result<(Alternative<'_>, &str), TemplateError> {
    if let Some(after) = text.strip_prefix('\'') {
        let (literal, after) = after.split_once('\'').ok_or_else(|| unreadable(text))?;
        return Ok((Alternative::Literal(literal), after));
    }
    let in_path = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let end = text.find(|c| !in_path(c)).unwrap_or(text.len());
    let (path, after) = text.split_at(end);
    if path.split('.').any(str::is_empty) {
        return Err(unreadable(text));
    }
    let root = path.split('.').next().unwrap_or_default();
    match ROOTS.contains(&root) {
        true => Ok((Alternative::Path(path), after)),
        false => Err(TemplateError::UnknownRoot(root.to_owned())),
    }
}

fn unreadable(text: &str) -> TemplateError {
    TemplateError::Syntax(text.chars().take(20).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn data() -> Value {
        json!({
            "user": {
                "email": "ada@example.com",
                "first_name": "Ada",
                "last_name": null,
                "email_verified": true,
                "metadata": { "level": "7", "empty": "" },
            },
            "organization": { "domains": [{ "domain": "acme.com" }], "external_id": null },
        })
    }

    fn rendered(content: &str) -> Result<Value, TemplateError> {
        check(content)?;
        render(content, &data()).map(Value::Object)
    }

    #[test]
    fn paths_chains_and_literals_are_rendered_in_strings_and_as_values() {
        for (content, expected) in [
            (
                r#"{"a": "{{ user.email }}"}"#,
                json!({ "a": "ada@example.com" }),
            ),
            (
                r#"{"a": {{user.email}}}"#,
                json!({ "a": "ada@example.com" }),
            ),
            (r#"{"a": {{ user.email_verified }}}"#, json!({ "a": true })),
            (
                r#"{"a": "is {{ user.email_verified }}"}"#,
                json!({ "a": "is true" }),
            ),
            (
                r#"{"a": "{{ user.first_name || 'x' }} {{ user.last_name || 'Unknown' }}"}"#,
                json!({ "a": "Ada Unknown" }),
            ),
            (
                r#"{"a": {{ organization.external_id || user.metadata.none || user.metadata.level }}}"#,
                json!({ "a": "7" }),
            ),
            (
                r#"{"a": {{ user.metadata }}}"#,
                json!({ "a": { "level": "7", "empty": "" } }),
            ),
            (
                r#"{"a": {{ organization.domains.0.domain }}}"#,
                json!({ "a": "acme.com" }),
            ),
            (
                r#"{"a": {{ user.metadata.empty || 'x' }}}"#,
                json!({ "a": "" }),
            ),
            (
                r#"{"a": {{ user.none || 'a || }} b' }}}"#,
                json!({ "a": "a || }} b" }),
            ),
            (
                r#"{"a": "\"{{ user.first_name }}\\"}"#,
                json!({ "a": "\"Ada\\" }),
            ),
            (
                r#"{"role": 7, "b": [1, {"c": {{ user.first_name }}}]}"#,
                json!({ "role": 7, "b": [1, { "c": "Ada" }] }),
            ),
            // A claim that is null is left out; within a string null is empty.
            (
                r#"{"a": {{ organization.external_id }}, "b": 1}"#,
                json!({ "b": 1 }),
            ),
            (
                r#"{"a": "{{ organization_membership.id }}"}"#,
                json!({ "a": "" }),
            ),
        ] {
            assert_eq!(rendered(content), Ok(expected), "{content}");
        }
    }

    #[test]
    fn what_is_no_template_is_refused_with_its_reason() {
        let syntax = |text: &str| TemplateError::Syntax(text.to_owned());
        for (content, error) in [
            ("", TemplateError::NoObject),
            ("[]", TemplateError::NoObject),
            ("{{ user.email }}", TemplateError::NoObject),
            ("{\"a\": 1", TemplateError::NoObject),
            (r#"{"a": "{{ user.email }}}"#, TemplateError::NoObject),
            ("{}", TemplateError::Empty),
            (r#"{"iss": "x"}"#, TemplateError::Reserved("iss")),
            (r#"{"jti": {{ user.id }}}"#, TemplateError::Reserved("jti")),
            (
                r#"{"a": {{ usr.email }}}"#,
                TemplateError::UnknownRoot("usr".to_owned()),
            ),
            (r#"{"a": {{ }}}"#, syntax("}}}")),
            (r#"{"a": {{ user. }}}"#, syntax("user. }}}")),
            (
                r#"{"a": {{ user.email | upcase }}}"#,
                syntax("| upcase }}}"),
            ),
            (r#"{"a": {{ user.email || }}}"#, syntax("}}}")),
            (r#"{"a": {{ 'open }}}"#, syntax("'open }}}")),
            (r#"{"a": {{ user.email"#, syntax("")),
            (r#"{"a": "\{{ user.id }}n"}"#, syntax("{{ user.id }}n\"}")),
            (r#"{"a": {{ user.é }}}"#, syntax("user.é }}}")),
        ] {
            assert_eq!(rendered(content), Err(error), "{content}");
        }
        let composite = TemplateError::Composite("user.metadata".to_owned());
        assert_eq!(rendered(r#"{"a": "{{ user.metadata }}"}"#), Err(composite));
    }

    #[test]
    fn claims_are_bounded_and_a_name_from_data_is_never_reserved() {
        let long = "x".repeat(MAX_RENDERED - r#"{"a":""}"#.len());
        let claims = |text: &str| {
            let data = json!({ "user": { "id": text } });
            render(r#"{"a": {{ user.id }}}"#, &data)
        };
        assert!(claims(&long).is_ok());
        let error = TemplateError::TooLong(MAX_RENDERED + 1);
        assert_eq!(claims(&format!("{long}x")), Err(error));
        let sneaky = json!({ "user": { "first_name": "sub" } });
        let content = r#"{"{{ user.first_name }}": "user_other"}"#;
        assert_eq!(check(content), Ok(()));
        assert_eq!(
            render(content, &sneaky),
            Err(TemplateError::Reserved("sub"))
        );
    }

    proptest! {
        #[test]
        fn data_stays_data_wherever_it_stands(text in any::<String>(), before in "[a-z ]{0,5}") {
            prop_assume!(text.len() < 400);
            let content = format!(r#"{{"a": {{{{ user.id }}}}, "b": "{before}{{{{ user.id }}}}"}}"#);
            prop_assert_eq!(check(&content), Ok(()));
            let claims = render(&content, &json!({ "user": { "id": text } })).unwrap();
            let expected = json!({ "a": text, "b": format!("{before}{text}") });
            prop_assert_eq!(Value::Object(claims), expected);
        }

        #[test]
        fn any_text_is_refused_or_renders(content in r#"[{}"\\a:,| '.\[\]user0-9]{0,60}"#) {
            if check(&content).is_ok() {
                let rendered = render(&content, &json!({ "user": { "a": "\"" } }));
                prop_assert!(!matches!(rendered, Err(TemplateError::NoObject)), "{content}");
            }
        }
    }
}
