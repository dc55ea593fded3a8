//! [`App`]: what an app that mounts the commands tells them about itself.
//!
//! The commands read the variables of the login; an app has others, a database of its own and files, which only it knows.

use crate::doctor::{Check, Database, Reading};
use authkit_leptos::server::{Listing, ProtectionError, Store, StoreError};
use futures_util::future::BoxFuture;

/// The app that mounts the commands.
///
/// The default is what the program `authkit` assumes about an app: it is in development unless `LEPTOS_ENV` says
/// otherwise, then signs in with its emulator while no WORKOS variable is set, and has the database that `DATABASE_URL`
/// names.
///
/// ```
/// use authkit_cli::{App, Check, Name, Reading};
///
/// const STYLE: Name = Name::own("style", "style sheet");
///
/// /// What only this app knows.
/// fn own_checks(reading: &Reading) -> Vec<Check> {
///     let style = match std::path::Path::new("public/app.css").exists() {
///         true => STYLE.good("is there"),
///         false => STYLE.bad("public/app.css is missing", "build it with `make style`"),
///     };
///     let mut checks = vec![style];
///     if let Some(Err(error)) = reading.variable("WORKERS").map(|it| it.parse::<u32>()) {
///         checks.push(Check::of_variable("WORKERS", format!("WORKERS is no number: {error}")));
///     }
///     checks
/// }
///
/// let app = App::default()
///     .production_by_default(!cfg!(debug_assertions))
///     .also(own_checks);
/// # let _ = app;
/// ```
pub struct App {
    pub(crate) production: bool,
    pub(crate) emulator: bool,
    pub(crate) database: Option<Database>,
    pub(crate) checks: Option<OwnChecks>,
    pub(crate) routes: Option<OwnRoutes>,
    pub(crate) revoked: Option<OnRevoked>,
}

/// Makes an app's own checks.
type OwnChecks = Box<dyn FnOnce(&Reading) -> Vec<Check> + Send>;

/// Lists an app's own routes, for the path of its callback.
type OwnRoutes = Box<dyn FnOnce(&str) -> Result<Listing, ProtectionError> + Send>;

/// Told of a session that was put on the app's deny list.
pub(crate) type OnRevoked =
    Box<dyn Fn(Store, String) -> BoxFuture<'static, Result<(), StoreError>> + Send + Sync>;

impl Default for App {
    fn default() -> Self {
        Self {
            production: false,
            emulator: true,
            database: None,
            checks: None,
            routes: None,
            revoked: None,
        }
    }
}

impl App {
    /// Whether the app is in production when `LEPTOS_ENV` is not set.
    #[must_use]
    pub fn production_by_default(self, production: bool) -> Self {
        Self { production, ..self }
    }

    /// Whether the app signs in with an emulator in development when no WORKOS variable is set. Without one, the
    /// variables are missing.
    #[must_use]
    pub fn emulator(self, emulator: bool) -> Self {
        Self { emulator, ..self }
    }

    /// The database, if it is not simply the one that `DATABASE_URL` names.
    #[must_use]
    pub fn database(self, database: Database) -> Self {
        Self {
            database: Some(database),
            ..self
        }
    }

    /// Checks of the app's own, which `doctor` makes in addition. Those of [`Check::of_variable`] are reported with the
    /// other variables, the rest at the end, in this order.
    #[must_use]
    pub fn also(self, checks: impl FnOnce(&Reading) -> Vec<Check> + Send + 'static) -> Self {
        Self {
            checks: Some(Box::new(checks)),
            ..self
        }
    }

    /// Tells `tell` of each session that `revoke` puts on the app's deny list, with the app's database and WorkOS's id of the
    /// session: for an audit trail.
    ///
    /// ```
    /// use authkit_cli::App;
    ///
    /// let app = App::default().on_revoked(async |_store, session_id| {
    ///     println!("{session_id} is over");
    ///     Ok(())
    /// });
    /// # let _ = app;
    /// ```
    #[must_use]
    pub fn on_revoked<F>(self, tell: impl Fn(Store, String) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), StoreError>> + Send + 'static,
    {
        Self {
            revoked: Some(Box::new(move |store, session_id| {
                Box::pin(tell(store, session_id))
            })),
            ..self
        }
    }

    /// The app's routes and its protection by path, which `routes` prints. The closure is given the path of the callback.
    ///
    /// ```
    /// use authkit_cli::App;
    /// use authkit_leptos::server::Protection;
    ///
    /// let protection = Protection::new().unauthenticated_paths(["/"]);
    /// // Of an app of Leptos: the paths of `generate_route_list`, those of `server_fn_paths`, and its other routes.
    /// let routes = ["/", "/account"];
    /// let app = App::default().routes(move |redirect_path| protection.list(redirect_path, routes));
    /// # let _ = app;
    /// ```
    #[must_use]
    pub fn routes(
        self,
        list: impl FnOnce(&str) -> Result<Listing, ProtectionError> + Send + 'static,
    ) -> Self {
        Self {
            routes: Some(Box::new(list)),
            ..self
        }
    }
}
