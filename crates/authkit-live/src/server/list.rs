//! [`List`]: how the rows of a query look, for pages whose rows the server renders: [`LiveList`], with [`ListForm`] above it and
//! in its rows.
//!
//! Called by the pages of features, and by the stream, which renders the rows once for all who follow. What is in a row must
//! therefore be fit for everybody who may ask the query.

use crate::{
    Form, Forms, LiveForm, Mutation, PageStart, Preloaded,
    list::{FormOfList, HtmlRow, LiveRows, RowsInThePage},
    query::LiveQuery,
    server::{Live, Query},
    use_forms, use_news,
};
use authkit_leptos::server::auth_state;
use leptos::prelude::*;

/// What follows the name of a query on the wire, where its rows are asked for as HTML. No name of a query has a dot.
const AS_HTML: &str = ".html";

/// How the rows of a query look whose answer is a list of them.
///
/// Registered by [`Feature::list`](super::Feature::list), shown by [`LiveList`].
///
/// ```
/// use authkit_leptos::server::guard::AuthKitUser;
/// use authkit_live::{LiveQuery, server::{List, Query, Read, StoreError}};
/// use leptos::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, PartialEq, Serialize, Deserialize)]
/// pub struct Town { id: String, name: String }
///
/// #[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
/// pub struct ListTowns {}
///
/// impl LiveQuery for ListTowns {
///     const NAME: &'static str = "list_towns";
///     type Answer = Vec<Town>;
/// }
///
/// impl Query for ListTowns {
///     type Guard = AuthKitUser;
///     type Scope = ();
///     async fn run(&self, (): &(), _: &mut Read) -> Result<Vec<Town>, StoreError> {
///         Ok(vec![Town { id: "1".to_owned(), name: "Ulm".to_owned() }])
///     }
/// }
///
/// impl List for ListTowns {
///     fn id(town: &Town) -> &str { &town.id }
///     fn row(town: Town) -> impl IntoView { view! { <p>{town.name}</p> } }
/// }
/// ```
pub trait List: Query + LiveQuery<Answer: IntoIterator> {
    /// What tells the row from all others, for as long as it is there.
    fn id(row: &Row<Self>) -> &str;

    /// What is inside of its `<li>`: the same for everybody who may ask. It is rendered without a request, too, where
    /// `auth_state()` is signed out: what one user alone is to see is in [`OnlyFor`]. No islands: rows that come later are HTML and nothing else. Of forms, [`ListForm`]s whose fields
    /// are hidden: the `id` of a field that is seen is there once in a page.
    fn row(row: Row<Self>) -> impl IntoView + 'static;
}

/// A row of a list.
pub type Row<L> = <<L as LiveQuery>::Answer as IntoIterator>::Item;

/// Who looks at the page that is rendered: the user's id.
#[derive(Clone)]
struct Viewer(Option<String>);

/// The rows as HTML, the same for all who follow the list.
pub(super) fn html_rows<L: List>(rows: L::Answer) -> Vec<HtmlRow> {
    let html = |row: Row<L>| HtmlRow {
        id: L::id(&row).to_owned(),
        html: without_islands(L::row(row).to_html()),
        is_stored: None,
    };
    // An owner of its own: the thread still has that of the last request, with its user in it.
    Owner::new_root(None).with(|| {
        provide_context(PageStart::default());
        rows.into_iter().map(html).collect()
    })
}

/// Rows that come later would have islands that never come to life.
fn without_islands(html: String) -> String {
    debug_assert!(
        !html.contains("<leptos-island"),
        "a row of a list has an island in it: {html}"
    );
    html
}

/// What a query is registered by where its rows are asked for as HTML.
pub(super) fn html_name<L: List>() -> String {
    [L::NAME, AS_HTML].concat()
}

/// A list under its heading, current in every open browser, with forms above it. All of it is HTML of the server's, with
/// scripts and without: of the feature nothing is in the WASM.
///
/// For a page of [`live_page`](super::live_page). The browser needs the island `LiveRows`, which all lists share. A page has one
/// list with forms: of two, both would say what is wrong with a form that was sent without scripts.
///
/// # Panics
/// For a query that is not registered as a [list](super::Feature::list), and outside of what [`live_page`](super::live_page)
/// shows.
///
/// ```
/// # use authkit_live::{Field, Line, Mutation, Preloaded, server::{List, ListForm, LiveList, use_form}};
/// # use leptos::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// type Name = Line<1, 80>;
/// #[derive(Clone, PartialEq, Serialize, Deserialize)]
/// struct AddTown { name: Name }
/// impl Mutation for AddTown {
///     const NAME: &'static str = "add_town";
///     type Answer = ();
/// }
///
/// fn towns<ListTowns: List>(preloaded: Preloaded<ListTowns>) -> impl IntoView {
///     let add = use_form::<AddTown>();
///     view! {
///         <LiveList preloaded heading="Towns" id="towns">
///             <ListForm form=add says="{name} is added." fails="{name} was not added.">
///                 <Field form=add name="name" label="Name" limits=Name::LIMITS />
///                 <button type="submit">"Add"</button>
///             </ListForm>
///         </LiveList>
///     }
/// }
/// ```
#[component]
pub fn LiveList<L: List>(
    /// The query, with its answer.
    preloaded: Preloaded<L>,
    /// The heading of the list.
    heading: &'static str,
    /// The `id` of the heading, for [`ListForm`]'s `focuses`: there once in a page.
    id: &'static str,
    /// What is shown, and read, in place of rows while there are none. It is always in the page, after the list:
    /// `ol:not(:empty) + .empty { display: none }` is what the app's stylesheet has for it.
    #[prop(default = "There is nothing here yet.")]
    empty: &'static str,
    /// The forms above the list.
    children: Children,
) -> impl IntoView {
    let me = auth_state().identity().map(|me| me.user.id.clone());
    provide_context(Viewer(me));
    // Here: what is made below belongs to these, and so does what is wrong with it.
    let _ = forms_of_the_page();
    let Preloaded {
        query,
        revision,
        answer,
    } = preloaded;
    let name = html_name::<L>();
    assert!(
        expect_context::<Live>().is_registered(&name),
        "{} is registered as a query, and not as a list: `.list` in place of `.query`",
        L::NAME
    );
    // A query that came with the page can be written.
    let arguments = serde_json::to_string(&query).unwrap_or_default();
    let key = [&*name, " ", &arguments].concat();
    let start: PageStart = expect_context();
    let rows = answer.into_iter().map(|row| {
        let id = L::id(&row).to_owned();
        view! { <li data-row=id>{L::row(row)}</li> }
    });
    let rows = RowsInThePage(without_islands(rows.collect_view().to_html()));
    let heading = (heading.to_owned(), id.to_owned());
    let empty = empty.to_owned();
    view! {
        <LiveRows key revision start heading empty rows>
            {children()}
        </LiveRows>
    }
}

/// The form of this mutation, for a [`ListForm`] of the page or of a row.
///
/// # Panics
/// Outside of what [`live_page`](super::live_page) shows, and of [`List::row`].
#[must_use]
pub fn use_form<M: Mutation>() -> Form {
    forms_of_the_page().make::<M>().done()
}

/// The forms of the page, made when they are first asked for: a page with an island of its own never does.
fn forms_of_the_page() -> Forms {
    use_context().unwrap_or_else(|| {
        let forms = use_forms(expect_context(), use_news());
        provide_context(forms);
        forms
    })
}

/// A form of a [`LiveList`]: above the list, or in its rows. Without scripts the browser sends it; with them the page stays
/// where it is, and shows at once what the form is about to bring about.
///
/// In `says`, `fails` and `adds`, `{text}` is what is in the field `text`.
#[component]
pub fn ListForm(
    /// From [`use_form`].
    form: Form,
    /// Classes.
    #[prop(optional)]
    class: &'static str,
    /// Names and values of hidden fields, such as the id of the row.
    #[prop(optional, into)]
    hidden: Vec<(&'static str, String)>,
    /// What is said once it is done, in the line above the list, which screen readers read out.
    #[prop(optional)]
    says: &'static str,
    /// What stands before the server's sentence when it is refused.
    #[prop(optional)]
    fails: &'static str,
    /// The `id` of what has the focus afterwards, for a button that is gone once it is pressed. By default it is the row in the
    /// place of the one that is gone.
    #[prop(optional)]
    focuses: &'static str,
    /// The field with the id of the row that it removes.
    #[prop(optional)]
    removes: &'static str,
    /// For a switch in a row: the field with the row's id, and the field with what it is switched to, `true` or `false`. Until
    /// the server has it, that is in `aria-pressed` or `aria-checked` of the form's button, and the field has the opposite, for
    /// when it is pressed again.
    #[prop(optional, into)]
    switches: Option<(&'static str, &'static str)>,
    /// The row that it adds, on top of the list, until the server's own is there. Types that can't have `{text}` in them leave no
    /// row to make: then write what is in it by hand.
    #[prop(optional_no_strip)]
    adds: Option<AnyView>,
    /// What is typed stays in the fields.
    #[prop(optional)]
    keeps_typed: bool,
    /// Fields and a button.
    children: Children,
) -> impl IntoView {
    let said = |text: &'static str| (!text.is_empty()).then(|| text.to_owned());
    let of_list = FormOfList {
        name: form.name().to_owned(),
        says: says.to_owned(),
        fails: fails.to_owned(),
        focuses: said(focuses),
        removes: said(removes),
        switches: switches.map(|(id, to)| (id.to_owned(), to.to_owned())),
        keeps_typed,
    };
    // Texts and numbers can be written.
    let of_list = serde_json::to_string(&of_list).unwrap_or_default();
    let adds = adds.map(|row| view! { <template>{row}</template> });
    let children = children();
    view! {
        <LiveForm form class hidden {..} data-live=of_list>
            {adds}
            {children}
        </LiveForm>
    }
}

/// What only this user sees of a row, such as a button that the server would refuse to others. It is in everybody's page, where
/// it is not shown: no place for a secret.
#[component]
pub fn OnlyFor(
    /// The user's id.
    user: String,
    /// What they see.
    children: Children,
) -> impl IntoView {
    let is_theirs = use_context::<Viewer>().is_some_and(|Viewer(me)| me.as_ref() == Some(&user));
    view! {
        <div data-only-for=user hidden=!is_theirs>
            {children()}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::{Read, StoreError};
    use authkit_leptos::server::guard::AuthKitUser;
    use serde::{Deserialize, Serialize};

    #[derive(Clone, PartialEq, Serialize, Deserialize)]
    struct Names {}

    #[derive(Clone, PartialEq, Serialize, Deserialize)]
    struct Remove {
        id: String,
    }

    impl Mutation for Remove {
        const NAME: &'static str = "remove";
        type Answer = ();
    }

    impl LiveQuery for Names {
        const NAME: &'static str = "names";
        type Answer = Vec<String>;
    }

    impl Query for Names {
        type Guard = AuthKitUser;
        type Scope = ();

        async fn run(&self, (): &(), _: &mut Read) -> Result<Vec<String>, StoreError> {
            Ok(Vec::new())
        }
    }

    impl List for Names {
        fn id(name: &String) -> &str {
            name
        }

        fn row(name: String) -> impl IntoView {
            let form = use_form::<Remove>();
            let hidden = vec![("id", name.clone())];
            view! {
                <OnlyFor user=name>
                    <ListForm form hidden removes="id" fails="{id} stays.">
                        <button>"Remove"</button>
                    </ListForm>
                </OnlyFor>
            }
        }
    }

    fn rows(names: &[&str]) -> Vec<HtmlRow> {
        html_rows::<Names>(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn rows_for_all_know_nothing_of_the_page_that_was_rendered_before_them() {
        let of_nobody = rows(&["ada"]);
        assert!(
            of_nobody[0].html.contains("hidden"),
            "{}",
            of_nobody[0].html
        );
        // As a request leaves its owner to the thread.
        let owner = Owner::new();
        owner.set();
        provide_context(Viewer(Some("ada".to_owned())));
        provide_context(PageStart {
            once: "a-key-of-ada's-page".to_owned(),
            ..PageStart::default()
        });
        let _ = use_form::<Remove>();
        assert_eq!(rows(&["ada"]), of_nobody);
    }

    #[test]
    fn a_form_says_what_it_is_in_its_html_and_a_text_in_it_is_a_text() {
        let html = &rows(&["\"><script>"])[0].html;
        assert!(!html.contains("<script>"), "{html}");
        let (_, kind) = html.split_once("data-live=\"").unwrap();
        let kind = html_escape::decode_html_entities(kind.split_once('"').unwrap().0);
        let kind: FormOfList = serde_json::from_str(&kind).unwrap();
        let expected = FormOfList {
            name: "remove".to_owned(),
            fails: "{id} stays.".to_owned(),
            removes: Some("id".to_owned()),
            ..FormOfList::default()
        };
        assert_eq!(kind, expected);
    }
}
