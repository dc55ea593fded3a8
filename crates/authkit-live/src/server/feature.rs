//! [`Feature`]: what an app registers of a feature, in one value, and [`Features`]: the list of them.
//!
//! An app makes the list in one place. Its router, its navigation, its protection by path, its database and its
//! [`Live`](super::Live) read that list, and so do its tests. Knows nothing of what a feature does.

use super::{Builder, List, Mutate, Query, Store, StoreError};
use crate::mutation::path_of;
use authkit_leptos::server::Protection;
use leptos::{prelude::IntoView, tachys::view::iterators::StaticVec};
use leptos_router::{
    NestedRoute, PossibleRouteMatch, SsrMode,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
};
use std::{fmt, sync::Arc};

/// A feature of an app: its pages, its entry in the navigation, who may see it, its queries and mutations, and its tables.
///
/// ```
/// use authkit_live::server::{Feature, Mutate, Query};
/// use leptos::prelude::*;
/// use leptos_router::path;
///
/// fn page() -> impl IntoView {
///     view! { <h1>"Notes"</h1> }
/// }
///
/// // In the folder of the feature:
/// pub fn feature<ListNotes: Query, AddNote: Mutate>() -> Feature {
///     Feature::new("notes")
///         .page(path!("/notes"), page)
///         .link("/notes", "Notes")
///         .query::<ListNotes>()
///         .mutation::<AddNote>()
///         .migrations(&["CREATE TABLE notes (id TEXT PRIMARY KEY, text TEXT NOT NULL)"])
/// }
/// ```
///
/// A migration is a file beside the feature's code, most often: `&[include_str!("migrations/0001_notes.sql")]`.
#[derive(Clone)]
#[must_use = "put it into the list of the app's features"]
pub struct Feature {
    name: &'static str,
    routes: Vec<Route>,
    links: Vec<Link>,
    protection: Vec<fn(Protection) -> Protection>,
    live: Vec<fn(Builder) -> Builder>,
    api: Vec<String>,
    migrations: &'static [&'static str],
}

/// Makes a route of Leptos's router. It is made anew for each request, as the app is.
type Route = Arc<dyn Fn() -> AnyNestedRoute + Send + Sync>;

/// An entry of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The path of the page.
    pub to: &'static str,
    /// What it is called.
    pub text: &'static str,
}

impl Feature {
    /// A feature without anything. Its name is that of its [migrations](Self::migrations), the same for ever, and unlike
    /// that of any other feature: `notes`.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            routes: Vec::new(),
            links: Vec::new(),
            protection: Vec::new(),
            live: Vec::new(),
            api: Vec::new(),
            migrations: &[],
        }
    }

    /// Adds a page: its path, by Leptos's `path!`, and its view. It is sent whole, with its answers in it, so that it needs
    /// no scripts.
    pub fn page<S, P, V>(self, path: S, page: P) -> Self
    where
        S: PossibleRouteMatch + Clone + Send + Sync + 'static,
        P: Fn() -> V + Clone + Send + Sync + 'static,
        V: IntoView + 'static,
    {
        self.route(move || {
            NestedRoute::new(path.clone(), page.clone())
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route()
        })
    }

    /// Adds a route that is no plain page, such as one with routes in it.
    pub fn route(mut self, route: impl Fn() -> AnyNestedRoute + Send + Sync + 'static) -> Self {
        self.routes.push(Arc::new(route));
        self
    }

    /// Adds an entry to the navigation: the path of a page of this feature, and what it is called.
    pub fn link(mut self, to: &'static str, text: &'static str) -> Self {
        self.links.push(Link { to, text });
        self
    }

    /// Says who may see the feature's pages, if not just every user:
    /// `.protection(|it| it.unauthenticated_paths(["/notes/**"]))`.
    pub fn protection(mut self, protection: fn(Protection) -> Protection) -> Self {
        self.protection.push(protection);
        self
    }

    /// Adds a [query](Builder::query).
    pub fn query<Q: Query>(mut self) -> Self {
        self.live.push(Builder::query::<Q>);
        self.api.push(path_of(Q::NAME));
        self
    }

    /// Adds a [list](Builder::list).
    pub fn list<L: List>(mut self) -> Self {
        self.live.push(Builder::list::<L>);
        self.api.push(path_of(L::NAME));
        self
    }

    /// Adds a [mutation](Builder::mutation).
    pub fn mutation<M: Mutate>(mut self) -> Self {
        self.live.push(Builder::mutation::<M>);
        self.api.push(M::path());
        self
    }

    /// The migrations of the feature's tables, oldest first: SQL that SQLite and PostgreSQL both read. What has been
    /// released never changes. They are applied after the app's own, once, whichever process starts first.
    pub fn migrations(mut self, migrations: &'static [&'static str]) -> Self {
        self.migrations = migrations;
        self
    }
}

impl fmt::Debug for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feature")
            .field("name", &self.name)
            .field("links", &self.links)
            .finish_non_exhaustive()
    }
}

/// The features of an app.
///
/// ```
/// # use authkit_live::server::Features;
/// # mod notes { pub fn feature() -> authkit_live::server::Feature { authkit_live::server::Feature::new("notes") } }
/// # mod numbers { pub fn feature() -> authkit_live::server::Feature { authkit_live::server::Feature::new("numbers") } }
/// pub fn features() -> Features {
///     Features::new([numbers::feature(), notes::feature()])
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Features(Vec<Feature>);

impl Features {
    /// These, in the order of the navigation and of their migrations.
    ///
    /// # Panics
    /// When two have the same name, or one has a name that is a library's: their migrations would be taken for each other's.
    #[must_use]
    pub fn new(features: impl IntoIterator<Item = Feature>) -> Self {
        let features: Vec<Feature> = features.into_iter().collect();
        for (nth, Feature { name, .. }) in features.iter().enumerate() {
            assert!(
                !name.is_empty() && !name.starts_with("authkit"),
                "a feature can't be named {name:?}"
            );
            assert!(
                features[..nth].iter().all(|other| other.name != *name),
                "there are two features named {name:?}"
            );
        }
        Self(features)
    }

    /// The routes of all, as one child of Leptos's `<Routes>`.
    #[must_use]
    pub fn routes(&self) -> AnyNestedRoute {
        let routes = self.0.iter().flat_map(|feature| &feature.routes);
        let routes: Vec<AnyNestedRoute> = routes.map(|route| route()).collect();
        StaticVec::from(routes).into_any_nested_route()
    }

    /// The entries of the navigation.
    pub fn links(&self) -> impl Iterator<Item = Link> + '_ {
        self.0
            .iter()
            .flat_map(|feature| feature.links.iter().copied())
    }

    /// The paths at which programs and plain forms reach queries and mutations.
    pub fn api(&self) -> impl Iterator<Item = &str> {
        let paths = self.0.iter().flat_map(|feature| &feature.api);
        paths.map(String::as_str)
    }

    /// Adds who may see what to the app's own protection.
    pub fn protect(&self, protection: Protection) -> Protection {
        let protections = self.0.iter().flat_map(|feature| &feature.protection);
        protections.fold(protection, |protection, add| add(protection))
    }

    /// Brings the tables of all to what the program needs. Call it after [`Store::migrate`]: they may refer to the app's
    /// tables, and to those of features before.
    ///
    /// # Errors
    /// [`StoreError::NewerLibrary`] for a database that a newer program has migrated, and
    /// [`StoreError::EditedFeature`] for a migration that was edited after this database had applied it. Nothing is
    /// changed of that feature then.
    pub async fn migrate(&self, store: &Store) -> Result<(), StoreError> {
        for Feature {
            name, migrations, ..
        } in &self.0
        {
            let migrated = store.shared().migrate(name, migrations).await;
            migrated.map_err(|error| match error {
                // The sentence for libraries would be of no help: the file is the app's own.
                StoreError::EditedLibrary { library, number } => StoreError::EditedFeature {
                    feature: library,
                    number,
                },
                error => error,
            })?;
        }
        Ok(())
    }

    /// The features that have migrations, and the last migration of each: for tools that look at a database.
    pub fn migrations(&self) -> impl Iterator<Item = (&'static str, i64)> + '_ {
        let migrated = self.0.iter().filter(|it| !it.migrations.is_empty());
        migrated.map(|it| {
            let last = i64::try_from(it.migrations.len()).unwrap_or(i64::MAX);
            (it.name, last)
        })
    }

    /// Registers the queries and mutations of all.
    pub(super) fn register(&self, builder: Builder) -> Builder {
        let all = self.0.iter().flat_map(|feature| &feature.live);
        all.fold(builder, |builder, register| register(builder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use authkit_leptos::server::guard::AuthKitUser;
    use leptos_router::{MatchNestedRoutes, path};
    use std::panic::{AssertUnwindSafe, catch_unwind};

    const CREATE: &str = "CREATE TABLE notes (id BIGINT PRIMARY KEY)";

    fn page() -> impl IntoView {
        "Notes"
    }

    fn notes() -> Feature {
        Feature::new("notes")
            .page(path!("/notes"), page)
            .page(path!("/notes/:id"), page)
            .link("/notes", "Notes")
            .migrations(&[CREATE])
    }

    fn panics(features: [Feature; 2]) -> bool {
        catch_unwind(AssertUnwindSafe(|| Features::new(features))).is_err()
    }

    #[test]
    fn the_pages_of_all_features_are_routes() {
        let letters = Feature::new("letters").page(path!("/letters"), page);
        let routes = Features::new([notes(), letters]).routes();
        for (path, is_page) in [
            ("/notes", true),
            ("/notes/7", true),
            ("/letters", true),
            ("/numbers", false),
        ] {
            let (found, rest) = routes.match_nested(path);
            assert_eq!(found.is_some() && rest.is_empty(), is_page, "{path}");
        }
        let generated = routes.generate_routes().into_iter();
        assert!(generated.map(|route| route.ssr_mode).eq([
            SsrMode::Async,
            SsrMode::Async,
            SsrMode::Async
        ]));
    }

    #[test]
    fn who_may_see_a_page_is_said_by_its_feature() {
        let letters = Feature::new("letters")
            .protection(|it| it.unauthenticated_paths(["/letters"]))
            .protection(|it| it.require::<AuthKitUser>(["/letters/mine"]));
        let own = Protection::new().unauthenticated_paths(["/"]);
        let protection = Features::new([notes(), letters]).protect(own);
        let pages = ["/", "/notes", "/letters", "/letters/mine"];
        let listing = protection.list("/callback", pages).unwrap();
        // After these come the library's own.
        let routes = listing.routes.iter().take(pages.len());
        let access: Vec<String> = routes.map(|it| it.access.to_string()).collect();
        assert_eq!(
            access,
            ["public", "protected", "public", "guard AuthKitUser"]
        );
    }

    #[test]
    fn a_name_stands_for_one_feature_and_no_library() {
        assert!(!panics([notes(), Feature::new("letters")]));
        assert!(panics([notes(), Feature::new("notes")]));
        assert!(panics([notes(), Feature::new("authkit-live")]));
        assert!(panics([notes(), Feature::new("")]));
    }

    #[tokio::test]
    async fn a_feature_brings_its_tables_and_says_which_migration_was_edited() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::sqlite(&folder.path().join("a.db")).await.unwrap();
        let features = Features::new([Feature::new("letters"), notes()]);
        for _ in 0..2 {
            features.migrate(&store).await.unwrap();
        }
        let mut read = store.read().await.unwrap();
        let count = sqlx::query_scalar("SELECT COUNT(*) FROM notes");
        let count: i64 = count.fetch_one(&mut *read).await.unwrap();
        assert_eq!(count, 0);
        assert_eq!(features.migrations().collect::<Vec<_>>(), [("notes", 1)]);

        let edited = notes().migrations(&["CREATE TABLE notes (id TEXT)"]);
        let error = Features::new([edited]).migrate(&store).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "migration 1 of the feature notes was edited after this database had applied it. Restore it and put the \
             change into a new migration; in development, a new database (another DATA_DIR, or the old app.db removed) \
             does, too"
        );
        let none = Feature::new("notes");
        let error = Features::new([none]).migrate(&store).await.unwrap_err();
        assert!(matches!(error, StoreError::NewerLibrary { .. }), "{error}");
    }
}
