//! A form field: label, hint, input and error, connected for screen readers. Callers: the sign-in and sign-up pages.
//! A password's value is never sent back.

use maud::{Markup, html};

use super::Problem;

/// What a field shows.
pub struct Field<'a> {
    pub name: &'static str,
    pub label: &'static str,
    /// The input's type.
    pub kind: &'static str,
    pub value: &'a str,
    pub autocomplete: &'static str,
    pub hint: Option<&'static str>,
    pub required: bool,
    pub focus: bool,
}

/// The field, with its problem, if any.
pub fn field(field: &Field<'_>, problems: &[Problem]) -> Markup {
    let problem = problems.iter().find(|problem| problem.field == field.name);
    // The field of the first problem, if there is one.
    let focus = problems
        .first()
        .map_or(field.focus, |first| first.field == field.name);
    let hint_id = format!("{}-hint", field.name);
    let error_id = format!("{}-error", field.name);
    let described_by: Vec<&str> = [
        field.hint.map(|_| hint_id.as_str()),
        problem.map(|_| error_id.as_str()),
    ]
    .into_iter()
    .flatten()
    .collect();
    let described_by = (!described_by.is_empty()).then(|| described_by.join(" "));
    html! {
        div.field {
            label for=(field.name) {
                (field.label)
                @if !field.required { " " span.optional { "(optional)" } }
            }
            @if let Some(hint) = field.hint { p.hint id=(hint_id) { (hint) } }
            input
                id=(field.name)
                name=(field.name)
                type=(field.kind)
                value=[(field.kind != "password").then_some(field.value)]
                autocomplete=(field.autocomplete)
                required[field.required]
                autofocus[focus]
                aria-invalid=[problem.map(|_| "true")]
                aria-describedby=[described_by];
            @if let Some(problem) = problem {
                p.error id=(error_id) { (problem.message) }
            }
        }
    }
}

/// A list of all problems, which screen readers announce when the page loads.
pub fn summary(problems: &[Problem]) -> Markup {
    html! {
        @if !problems.is_empty() {
            div.banner.danger role="alert" {
                @if problems.len() > 1 { p { strong { "Some fields need your attention" } } }
                ul {
                    @for problem in problems {
                        li { a href={ "#" (problem.field) } { (problem.message) } }
                    }
                }
            }
        }
    }
}
