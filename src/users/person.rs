//! [`Person`]: what users may know of each other. Never has an e-mail address.

#[cfg(feature = "ssr")]
use authkit_leptos::server::auth_state;
use authkit_leptos::{User, names};
use serde::{Deserialize, Serialize};

/// A user as others see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// `user_…`.
    pub id: String,
    /// Full name; `None` if the user has none, or was deleted.
    pub name: Option<String>,
    /// Address of a picture.
    pub picture: Option<String>,
}

impl Person {
    /// Puts the full name together.
    #[must_use]
    pub fn new(
        id: String,
        first_name: Option<String>,
        last_name: Option<String>,
        picture: Option<String>,
    ) -> Self {
        let name = names::full(first_name.as_deref(), last_name.as_deref());
        Self { id, name, picture }
    }

    /// The full name, or "Somebody".
    ///
    /// ```
    /// use starter::users::Person;
    /// let ada = Person::new("user_1".into(), Some("Ada".into()), None, None);
    /// assert_eq!(ada.display_name(), "Ada");
    /// let deleted = Person::new("user_2".into(), None, None, None);
    /// assert_eq!(deleted.display_name(), "Somebody");
    /// ```
    #[must_use]
    pub fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or("Somebody")
    }

    /// One or two letters, shown where there is no picture. The stylesheet makes them capitals: Unicode's table of
    /// capitals would be half the size of this feature in the WASM.
    #[must_use]
    pub fn initials(&self) -> String {
        names::initials(self.display_name())
    }

    /// The key of a row in a list that shows this user. It is another one as soon as the name or the picture is, so that
    /// the row is made anew.
    ///
    /// ```
    /// use starter::users::Person;
    /// let named = |name: &str| Person::new("user_1".into(), Some(name.into()), None, None);
    /// assert_eq!(named("Ada").row_key("7"), named("Ada").row_key("7"));
    /// assert_ne!(named("Ada").row_key("7"), named("Ada").row_key("8"));
    /// assert_ne!(named("Ada").row_key("7"), named("Augusta").row_key("7"));
    /// ```
    #[must_use]
    pub fn row_key(&self, row: &str) -> String {
        let picture = self.picture.as_deref().unwrap_or_default();
        format!("{row} {} {picture}", self.display_name())
    }
}

#[cfg(feature = "ssr")]
impl Person {
    /// The user who is signed in, while a page is rendered.
    #[must_use]
    pub fn me() -> Option<Self> {
        Some(auth_state().identity()?.user.clone().into())
    }

    /// The columns of `users` that a person is read from, for a query that joins the table.
    pub const COLUMNS: &str =
        "users.id AS user_id, users.first_name, users.last_name, users.profile_picture_url";
}

#[cfg(feature = "ssr")]
impl sqlx::FromRow<'_, sqlx::any::AnyRow> for Person {
    fn from_row(row: &sqlx::any::AnyRow) -> Result<Self, sqlx::Error> {
        use sqlx::Row;
        let (first, last) = (row.try_get("first_name")?, row.try_get("last_name")?);
        let picture = row.try_get("profile_picture_url")?;
        Ok(Self::new(row.try_get("user_id")?, first, last, picture))
    }
}

impl From<User> for Person {
    fn from(user: User) -> Self {
        let picture = user.profile_picture_url;
        Self::new(user.id, user.first_name, user.last_name, picture)
    }
}
