//! [`FormField`]: one field of a form, for whatever control it has; and [`Field`] and [`TextArea`], the usual ones.
//!
//! Rendered by the server and by islands. Class names are for the app's stylesheet.

use super::Form;
use crate::{parts::words, values::Limits};
use leptos::prelude::*;

/// One field of a form: what ties a control to its label and to what is wrong with it, and what was typed in it. From
/// [`Form::field`], for controls of one's own; [`Field`] and [`TextArea`] have it inside.
///
/// ```
/// # use authkit_live::{FieldProblem, FormProblem, LiveForm, Mutation, NewsRegion, PageStart, use_forms, use_news};
/// # use leptos::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// #[derive(Clone, PartialEq, Serialize, Deserialize)]
/// #[serde(rename_all = "lowercase")]
/// enum Colour { Red, Blue }
/// #[derive(Clone, PartialEq, Serialize, Deserialize)]
/// struct Paint { colour: Colour }
/// impl Mutation for Paint {
///     const NAME: &'static str = "paint";
///     type Answer = ();
/// }
///
/// #[island]
/// fn Painter(start: PageStart) -> impl IntoView {
///     let news = use_news();
///     let forms = use_forms(start, news);
///     let paint = forms.make::<Paint>().done();
///     let colour = paint.field("colour");
///     let is = move |it| colour.typed().is_some_and(|typed| typed == it);
///     view! {
///         <LiveForm form=paint>
///             <label for=colour.id()>"Colour"</label>
///             <select id=colour.id() name="colour" aria-describedby=colour.problem_id()>
///                 <option value="red" selected=is("red")>"Red"</option>
///                 <option value="blue" selected=is("blue")>"Blue"</option>
///             </select>
///             <FieldProblem field=colour />
///             <button type="submit">"Paint"</button>
///         </LiveForm>
///         <FormProblem forms />
///         <NewsRegion news />
///     }
/// }
/// # let html = Owner::new().with(|| Painter(PainterProps { start: PageStart::default() }).to_html());
/// # assert!(html.contains(r#"<select id="paint-colour" name="colour" aria-describedby="paint-colour-problem">"#), "{html}");
/// ```
#[derive(Clone, Copy)]
pub struct FormField {
    form: Form,
    name: &'static str,
}

impl Form {
    /// The field for this argument. What is wrong with it is expected to be shown at it from now on: a [`FieldProblem`] does
    /// that.
    #[must_use]
    pub fn field(self, name: &'static str) -> FormField {
        self.forms
            .with(|inner| inner.fields.push((self.name, name)));
        FormField { form: self, name }
    }
}

/// The `id` of a field's control.
pub(crate) fn field_id(form: &str, field: &str) -> String {
    [form, "-", field].concat()
}

/// The `id` of what is wrong with a field.
pub(crate) fn problem_id(form: &str, field: &str) -> String {
    field_id(form, field) + "-problem"
}

impl FormField {
    /// The `id` of the control.
    #[must_use]
    pub fn id(self) -> String {
        field_id(self.form.name, self.name)
    }

    /// The `id` of what is wrong with it, for `aria-describedby`.
    #[must_use]
    pub fn problem_id(self) -> String {
        problem_id(self.form.name, self.name)
    }

    /// What was typed in it, where the form was sent without scripts and refused.
    #[must_use]
    pub fn typed(self) -> Option<String> {
        let typed =
            |start: &crate::PageStart| start.typed(self.form.name, self.name).map(str::to_owned);
        self.form.forms.with(|inner| typed(&inner.start))
    }

    /// What is wrong with it, as it is now; empty if nothing is. Followed where it is called from a view.
    #[must_use]
    pub fn problem(self) -> String {
        self.form.forms.problem_at(self.form.name, self.name)
    }

    /// `Some("true")` while something is wrong with it, for `aria-invalid`. Followed likewise.
    #[must_use]
    pub fn invalid(self) -> Option<&'static str> {
        (!self.problem().is_empty()).then_some("true")
    }
}

/// What is wrong with a field, where it is read out: `<p class="error">`, empty most of the time.
#[component]
pub fn FieldProblem(
    /// The field.
    field: FormField,
) -> impl IntoView {
    let role = move || field.invalid().map(|_| "alert");
    view! {
        <p class="error" id=field.problem_id() role=role>
            {words(move || field.problem())}
        </p>
    }
}

/// A line to type in, with its label, a hint, and what is wrong with it.
///
/// `<label>`, `<input>`, `<p class="hint">` and `<p class="error">`, tied to each other for screen readers, without an
/// element around them.
#[component]
pub fn Field(
    /// The form it is in.
    form: Form,
    /// The argument that it is for.
    name: &'static str,
    /// Its label. One that may be left empty has "(optional)" after it.
    label: &'static str,
    /// What to write, if the label does not say it.
    #[prop(optional)]
    hint: &'static str,
    /// The `type` of the input: `text`, `number`, `email`, `date`, …
    #[prop(default = "text")]
    kind: &'static str,
    /// What is in it at first. Once it is sent by a script, it is empty, unless the form [keeps what is typed](super::MakeForm::keeps_typed).
    #[prop(optional, into)]
    value: String,
    /// The smallest number.
    #[prop(optional)]
    min: Option<i64>,
    /// The largest.
    #[prop(optional)]
    max: Option<i64>,
    /// The lengths that its text may have: [`Text::LIMITS`](crate::Text::LIMITS). The browser stops at
    /// [`Text::MAXLENGTH`](crate::Text::MAXLENGTH). A form of a list checks the length before it sends anything.
    #[prop(optional, into)]
    limits: Option<Limits>,
    /// How many UTF-16 units the browser takes, where no `limits` say it: for types of one's own.
    #[prop(optional, into)]
    maxlength: Option<usize>,
    /// Whether it may be left empty. With `limits` from 0 characters it may.
    #[prop(optional)]
    optional: bool,
    /// What browsers may fill in (HTML Standard §4.10.18.7).
    #[prop(default = "off")]
    autocomplete: &'static str,
) -> impl IntoView {
    let field = form.field(name);
    let id = field.id();
    let hint_id = id.clone() + "-hint";
    let is_required = is_required(optional, limits);
    view! {
        <label for=id.clone()>{labelled(label, is_required)}</label>
        <input
            id=id
            name=name
            type=kind
            min=min
            max=max
            maxlength=limits.map(Limits::maxlength).or(maxlength)
            data-limits=limits.and_then(written)
            value=field.typed().unwrap_or(value)
            required=is_required
            autocomplete=autocomplete
            aria-describedby=[&hint_id, " ", &field.problem_id()].concat()
            aria-invalid=move || field.invalid()
        />
        <p class="hint" id=hint_id>
            {hint}
        </p>
        <FieldProblem field />
    }
}

/// Lines to type in, with their label, a hint, and what is wrong with them: as [`Field`], with a `<textarea>`.
///
/// ```
/// # use authkit_live::{FormProblem, LiveForm, Mutation, NewsRegion, PageStart, Text, TextArea, use_forms, use_news};
/// # use leptos::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// type Body = Text<1, 2_000>;
/// #[derive(Clone, PartialEq, Serialize, Deserialize)]
/// struct Comment { body: Body }
/// impl Mutation for Comment {
///     const NAME: &'static str = "comment";
///     type Answer = ();
/// }
///
/// #[island]
/// fn Comments(start: PageStart) -> impl IntoView {
///     let news = use_news();
///     let forms = use_forms(start, news);
///     let comment = forms.make::<Comment>().done();
///     view! {
///         <LiveForm form=comment>
///             <TextArea form=comment name="body" label="Comment" rows=4 limits=Body::LIMITS />
///             <button type="submit">"Send"</button>
///         </LiveForm>
///         <FormProblem forms />
///         <NewsRegion news />
///     }
/// }
/// # let html = Owner::new().with(|| Comments(CommentsProps { start: PageStart::default() }).to_html());
/// # assert!(html.contains("<textarea") && html.contains(r#"rows="4""#), "{html}");
/// ```
#[component]
pub fn TextArea(
    /// The form it is in.
    form: Form,
    /// The argument that it is for.
    name: &'static str,
    /// Its label. One that may be left empty has "(optional)" after it.
    label: &'static str,
    /// What to write, if the label does not say it.
    #[prop(optional)]
    hint: &'static str,
    /// What is in it at first. Once it is sent by a script, it is empty, unless the form [keeps what is typed](super::MakeForm::keeps_typed).
    #[prop(optional, into)]
    value: String,
    /// How many lines it shows.
    #[prop(default = 3)]
    rows: u32,
    /// The lengths that its text may have: [`Text::LIMITS`](crate::Text::LIMITS). The browser stops at
    /// [`Text::MAXLENGTH`](crate::Text::MAXLENGTH). A form of a list checks the length before it sends anything.
    #[prop(optional, into)]
    limits: Option<Limits>,
    /// How many UTF-16 units the browser takes, where no `limits` say it: for types of one's own.
    #[prop(optional, into)]
    maxlength: Option<usize>,
    /// Whether it may be left empty. With `limits` from 0 characters it may.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let field = form.field(name);
    let hint_id = field.id() + "-hint";
    let is_required = is_required(optional, limits);
    view! {
        <label for=field.id()>{labelled(label, is_required)}</label>
        <textarea
            id=field.id()
            name=name
            rows=rows
            maxlength=limits.map(Limits::maxlength).or(maxlength)
            data-limits=limits.and_then(written)
            required=is_required
            aria-describedby=[&hint_id, " ", &field.problem_id()].concat()
            aria-invalid=move || field.invalid()
        >
            {content(field.typed().unwrap_or(value))}
        </textarea>
        <p class="hint" id=hint_id>
            {hint}
        </p>
        <FieldProblem field />
    }
}

fn is_required(optional: bool, limits: Option<Limits>) -> bool {
    !optional && limits.is_none_or(|limits| limits.min() > 0)
}

/// A label that says, without a colour or a sign that has to be explained, what may be left out.
fn labelled(label: &str, is_required: bool) -> String {
    let more = if is_required { "" } else { " (optional)" };
    [label, more].concat()
}

/// The limits for the browser, in the control's `data-limits`. Only the server writes them.
fn written(limits: Limits) -> Option<String> {
    #[cfg(feature = "ssr")]
    return serde_json::to_string(&limits).ok();
    #[cfg(not(feature = "ssr"))]
    {
        let _ = limits;
        None
    }
}

/// What a `<textarea>` holds at first. On the server as HTML, which Leptos does not make of it there; with a line break before
/// it, as the first one is not part of the text (HTML Standard §13.2.6.4.7): it is this one, and not the person's.
fn content(text: String) -> String {
    #[cfg(feature = "ssr")]
    return "\n".to_owned() + &html_escape::encode_text(&text);
    #[cfg(not(feature = "ssr"))]
    text
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use crate::{Line, Mutation, PageStart, Refused, RefusedForm, Text, use_forms, use_news};
    use serde::{Deserialize, Serialize};

    #[derive(Clone, PartialEq, Serialize, Deserialize)]
    struct Comment {
        body: String,
    }

    impl Mutation for Comment {
        const NAME: &'static str = "comment";
        type Answer = ();
    }

    /// The HTML that this makes of a form that was refused with this in its field.
    fn html<V: IntoView + 'static>(
        typed: &str,
        field: &str,
        view: impl FnOnce(Form) -> V,
    ) -> String {
        let refused = RefusedForm {
            name: Comment::NAME.to_owned(),
            refused: Refused {
                field: Some(field.to_owned()),
                ..Refused::new("too_long", "Too long.")
            },
            fields: vec![("body".to_owned(), typed.to_owned())],
            once: None,
        };
        let start = PageStart {
            refused: Some(refused),
            ..PageStart::default()
        };
        Owner::new().with(|| {
            let forms = use_forms(start, use_news());
            view(forms.make::<Comment>().done()).into_view().to_html()
        })
    }

    #[test]
    fn what_was_typed_into_a_text_area_is_in_it_again_whatever_it_is() {
        let area = |form| view! { <TextArea form name="body" label="Comment" /> };
        for (typed, shown) in [
            ("two\nlines", ">\ntwo\nlines</textarea>"),
            ("\nthird line", ">\n\nthird line</textarea>"),
            ("", ">\n</textarea>"),
            (
                "</textarea><script>",
                ">\n&lt;/textarea&gt;&lt;script&gt;</textarea>",
            ),
            ("a & b", ">\na &amp; b</textarea>"),
        ] {
            let html = html(typed, "body", area);
            assert!(html.contains(shown), "{html}");
        }
    }

    #[test]
    fn what_may_be_left_empty_is_not_required_and_its_label_says_so() {
        type Body = Text<1, 80>;
        type Remark = Text<0, 80>;
        for (field, is_required) in [
            (
                html("", "", |form| {
                    view! { <Field form name="body" label="Comment" limits=Body::LIMITS /> }
                }),
                true,
            ),
            (
                html("", "", |form| {
                    view! { <Field form name="body" label="Comment" limits=Remark::LIMITS /> }
                }),
                false,
            ),
            (
                html("", "", |form| {
                    view! { <TextArea form name="body" label="Comment" limits=Remark::LIMITS /> }
                }),
                false,
            ),
            (
                html("", "", |form| {
                    view! { <TextArea form name="body" label="Comment" optional=true /> }
                }),
                false,
            ),
        ] {
            assert_eq!(field.contains(" required"), is_required, "{field}");
            assert_eq!(
                field.contains("Comment (optional)</label>"),
                !is_required,
                "{field}"
            );
        }
    }

    #[test]
    fn limits_are_in_the_control_for_browsers_and_for_the_scripts_of_lists() {
        type Title = Line<1, 80>;
        let limited = html("", "", |form| {
            view! { <Field form name="body" label="Comment" limits=Title::LIMITS maxlength=7usize /> }
        });
        assert!(limited.contains(r#"maxlength="162""#), "{limited}");
        let (_, limits) = limited.split_once("data-limits=\"").unwrap();
        let limits = html_escape::decode_html_entities(limits.split_once('"').unwrap().0);
        assert_eq!(
            serde_json::from_str::<Limits>(&limits).unwrap(),
            Title::LIMITS
        );
        let own = html("", "", |form| {
            view! { <TextArea form name="body" label="Comment" maxlength=7usize /> }
        });
        assert!(
            own.contains(r#"maxlength="7""#) && !own.contains("data-limits"),
            "{own}"
        );
    }

    #[test]
    fn a_problem_is_at_its_field_of_whatever_kind_and_tied_to_it() {
        let select = |form: Form| {
            let field = form.field("body");
            view! {
                <select id=field.id() aria-describedby=field.problem_id() aria-invalid=move || field.invalid()></select>
                <FieldProblem field />
            }
        };
        let wrong = html("x", "body", select);
        assert!(
            wrong.contains(r#"aria-describedby="comment-body-problem" aria-invalid="true""#),
            "{wrong}"
        );
        assert!(
            wrong.contains(r#"id="comment-body-problem" role="alert""#),
            "{wrong}"
        );
        assert!(wrong.contains("Too long."), "{wrong}");
        let other = html("x", "title", select);
        assert!(
            !other.contains("aria-invalid") && !other.contains("Too long."),
            "{other}"
        );
        for usual in [
            html("x", "body", |form| {
                view! { <Field form name="body" label="Comment" /> }.into_any()
            }),
            html("x", "body", |form| {
                view! { <TextArea form name="body" label="Comment" /> }.into_any()
            }),
        ] {
            assert!(usual.contains(r#"<label for="comment-body">"#), "{usual}");
            assert!(usual.contains(r#"aria-describedby="comment-body-hint comment-body-problem" aria-invalid="true""#), "{usual}");
        }
    }
}
