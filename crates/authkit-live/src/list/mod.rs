//! [`LiveRows`]: the island of every list whose rows the server renders; a feature has none of its own.
//!
//! Made by `server::LiveList`, on a page, with the rows as they are then. In the browser `browser::list` puts in place what
//! comes later. Knows nothing of what a row shows.

// The `island` macro makes a type for the props that it does not document.
#![allow(missing_docs)]

#[cfg(any(feature = "hydrate", test))]
pub(crate) mod fill;

use crate::{
    ConnectionState, FormProblem, Forms, NewsRegion, PageStart, Revision, use_forms, use_news,
};
use leptos::{html, prelude::*};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A row of a list: its id, and the HTML inside of its `<li>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HtmlRow {
    pub id: String,
    pub html: String,
    /// Of a row that is not the server's yet: whether it is known to be stored.
    #[serde(skip)]
    pub is_stored: Option<bool>,
}

/// What a form of a list is, in the page's HTML: all that the browser knows of it beside its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FormOfList {
    /// The name of its mutation.
    pub name: String,
    /// What is said once it is done, and before the reason of a refusal, with places for what is in its fields.
    pub says: String,
    pub fails: String,
    /// The `id` of what has the focus afterwards.
    pub focuses: Option<String>,
    /// The field with the id of the row that it removes.
    pub removes: Option<String>,
    /// The field with the id of the row that it switches, and the field that says to what.
    pub switches: Option<(String, String)>,
    pub keeps_typed: bool,
}

/// What a stream carries of a list. Stands for all of them: which one it is, is in the key that is followed.
#[cfg(feature = "hydrate")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HtmlRows;

#[cfg(feature = "hydrate")]
impl crate::LiveQuery for HtmlRows {
    const NAME: &'static str = "";
    type Answer = Vec<HtmlRow>;
}

/// The rows in the server's HTML. In the page they are where they belong, and not a second time in what the island is made of.
#[derive(Clone, Debug, Default)]
pub struct RowsInThePage(pub String);

impl Serialize for RowsInThePage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<'de> Deserialize<'de> for RowsInThePage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <()>::deserialize(deserializer).map(|()| Self::default())
    }
}

#[cfg_attr(feature = "split", island(lazy))]
#[cfg_attr(not(feature = "split"), island)]
pub fn LiveRows(
    /// What is followed, as it is on the wire.
    key: String,
    /// How new the rows of the page are.
    revision: Revision,
    /// What the forms start from.
    start: PageStart,
    /// The heading of the list, and the `id` of that.
    heading: (String, String),
    /// What is shown while there are no rows: the stylesheet hides it else.
    empty: String,
    /// The rows of the page.
    rows: RowsInThePage,
    /// The forms above the list.
    children: Children,
) -> impl IntoView {
    // On the server the forms above the list belong to these, too.
    let forms = use_context::<Forms>().unwrap_or_else(|| use_forms(start, use_news()));
    let list = NodeRef::<html::Ol>::new();
    let (heading, id) = heading;
    #[cfg(feature = "hydrate")]
    let submit = crate::browser::come_alive(forms, key, revision, &id, list);
    #[cfg(not(feature = "hydrate"))]
    let submit = {
        let _ = (key, revision);
        |_: leptos::ev::SubmitEvent| ()
    };
    let (of, this) = (id.clone(), id.clone());
    let children = children();
    view! {
        <div class="live-list" on:submit=submit>
            {children}
            <section aria-labelledby=of>
                <div class="row">
                    <h2 id=this tabindex="-1">
                        {heading}
                    </h2>
                    <ConnectionState />
                </div>
                <FormProblem forms />
                <NewsRegion news=forms.news() />
                <ol class="entries" role="list" aria-labelledby=id node_ref=list inner_html=rows.0></ol>
                <p class="empty">{empty}</p>
            </section>
        </div>
    }
}
