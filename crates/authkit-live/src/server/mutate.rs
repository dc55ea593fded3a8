//! [`Mutate`]: the server half of a [`Mutation`]: who may, and how it is done.
//!
//! An app implements it in the folder of a feature. Knows nothing of HTTP but the status of a refusal.

use super::{StoreError, store::Write};
use crate::mutation::Mutation;
use authkit_leptos::server::guard::{Guard, Guarded};
use http::StatusCode;

/// What the server knows of a mutation.
///
/// ```
/// use authkit_leptos::server::guard::{AuthKitUser, Guarded};
/// use authkit_live::{Mutation, server::{Mutate, Outcome, Reason, Refusal, Write}};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, PartialEq, Serialize, Deserialize)]
/// struct RemoveNote { id: String }
///
/// impl Mutation for RemoveNote {
///     const NAME: &'static str = "remove_note";
///     type Answer = ();
/// }
///
/// #[derive(Debug, thiserror::Error)]
/// enum NotRemoved {
///     #[error("That note is gone already.")]
///     Gone,
/// }
///
/// impl Refusal for NotRemoved {
///     fn reason(&self) -> Reason {
///         match self {
///             Self::Gone => Reason::not_found("gone"),
///         }
///     }
/// }
///
/// impl Mutate for RemoveNote {
///     type Guard = AuthKitUser;
///     type Refusal = NotRemoved;
///
///     async fn run(&self, me: &Guarded<AuthKitUser>, write: &mut Write) -> Outcome<Self> {
///         let removed = sqlx::query("DELETE FROM notes WHERE id = $1 AND written_by = $2")
///             .bind(&self.id)
///             .bind(&me.subject)
///             .execute(write.db())
///             .await?;
///         if removed.rows_affected() == 0 {
///             return Err(NotRemoved::Gone.into());
///         }
///         write.changed("notes");
///         Ok(())
///     }
/// }
/// ```
pub trait Mutate: Mutation {
    /// Who may. Asked before anything else.
    type Guard: Guard;
    /// Why it may be refused all the same.
    type Refusal: Refusal;

    /// Does it, in a transaction that is committed afterwards. A refusal, an error or a panic leaves the database as it
    /// was. Runs to its end although its caller hangs up, and may be run again when the database was lost meanwhile: so
    /// it must do nothing that the transaction does not take back.
    fn run(
        &self,
        caller: &Guarded<Self::Guard>,
        write: &mut Write,
    ) -> impl Future<Output = Outcome<Self>> + Send;
}

/// What comes of a mutation that is run: its answer, or why it was not done.
pub type Outcome<M> = Result<<M as Mutation>::Answer, Failed<<M as Mutate>::Refusal>>;

/// Why a feature refuses: an enum with a sentence for people (`Display`) and a [`Reason`] for programs each.
pub trait Refusal: std::error::Error + Send + Sync + 'static {
    /// Reason code, status, and the field that it is about.
    fn reason(&self) -> Reason;
}

/// Nothing is refused: for mutations that every caller whom the guard lets pass may make.
#[derive(Debug, thiserror::Error)]
pub enum Never {}

impl Refusal for Never {
    fn reason(&self) -> Reason {
        match *self {}
    }
}

/// There is no such row, or none of the caller's: of [`Write::one`].
#[derive(Debug, thiserror::Error)]
#[error("That is gone already, or somebody else’s.")]
pub struct Gone;

impl Refusal for Gone {
    fn reason(&self) -> Reason {
        Reason::not_found("not_found")
    }
}

/// A refusal for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) field: Option<&'static str>,
}

impl Reason {
    const fn new(status: StatusCode, code: &'static str) -> Self {
        Self {
            status,
            code,
            field: None,
        }
    }

    /// 422: the arguments are right, and still nothing comes of them.
    #[must_use]
    pub const fn invalid(code: &'static str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code)
    }

    /// 403: this caller may not.
    #[must_use]
    pub const fn forbidden(code: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, code)
    }

    /// 404: what it is about is not there.
    #[must_use]
    pub const fn not_found(code: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code)
    }

    /// 409: something else is in its way.
    #[must_use]
    pub const fn conflict(code: &'static str) -> Self {
        Self::new(StatusCode::CONFLICT, code)
    }

    /// It is about this argument: a page shows the sentence at its field.
    #[must_use]
    pub const fn at(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }
}

/// Why a mutation was not done.
#[derive(Debug)]
pub enum Failed<R> {
    /// The feature refuses: the caller is told why.
    Refused(R),
    /// The database.
    Store(StoreError),
}

impl<R: Refusal> From<R> for Failed<R> {
    fn from(refusal: R) -> Self {
        Self::Refused(refusal)
    }
}

impl<R> From<StoreError> for Failed<R> {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl<R> From<sqlx::Error> for Failed<R> {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}
