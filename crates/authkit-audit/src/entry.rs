//! [`Entry`]: a row of the trail before it is written, and [`record`], which writes it.
//!
//! Made of what the login tells, or by the app. Texts are cut to a length, and lose what PostgreSQL refuses.

use authkit_leptos::server::{AuditEvent, UserIdentity, core::session_hash};
use authkit_store::Connection;
use jiff::Timestamp;
use std::sync::{Mutex, PoisonError};
use ulid::{Generator, Ulid};

/// The longest text of a column, in characters.
const MAX_TEXT: usize = 256;

/// A row to be written: an action, with the caller, the target and the reason that are known.
///
/// ```
/// use authkit_audit::Entry;
/// # fn body(me: &authkit_leptos::server::UserIdentity) {
/// let entry = Entry::new("invoice.deleted").by(me).about("invoice_17");
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "record it"]
pub struct Entry {
    occurred_at: i64,
    action: String,
    user_id: Option<String>,
    session: Option<String>,
    organization_id: Option<String>,
    impersonator: Option<String>,
    target: Option<String>,
    because: Option<String>,
    ip_address: Option<String>,
    user_agent: Option<String>,
    request_id: Option<String>,
}

impl Entry {
    /// This happens now. `action` is an object and what becomes of it, with a dot between: `invoice.deleted`.
    pub fn new(action: &str) -> Self {
        Self {
            occurred_at: Timestamp::now().as_millisecond(),
            action: storable(action),
            user_id: None,
            session: None,
            organization_id: None,
            impersonator: None,
            target: None,
            because: None,
            ip_address: None,
            user_agent: None,
            request_id: None,
        }
    }

    /// This caller does it.
    pub fn by(self, caller: &UserIdentity) -> Self {
        Self {
            user_id: Some(storable(caller.id_here())),
            session: caller.session_id().map(session_hash),
            organization_id: caller.organization_id().map(storable),
            impersonator: caller.impersonator().map(storable),
            ..self
        }
    }

    /// It is about this session, by WorkOS's id.
    pub fn of_session(self, session_id: &str) -> Self {
        Self {
            session: Some(session_hash(session_id)),
            ..self
        }
    }

    /// It is done to this: an id, say.
    pub fn about(self, target: &str) -> Self {
        Self {
            target: Some(storable(target)),
            ..self
        }
    }

    /// Why, in a word.
    pub fn because(self, why: &str) -> Self {
        Self {
            because: Some(storable(why)),
            ..self
        }
    }
}

impl From<AuditEvent> for Entry {
    fn from(event: AuditEvent) -> Self {
        let text = |text: Option<String>| text.as_deref().map(storable);
        let client = event.client.unwrap_or_default();
        Self {
            occurred_at: event.occurred_at,
            action: event.action.name().to_owned(),
            user_id: text(event.user_id),
            session: text(event.session),
            organization_id: text(event.organization_id),
            impersonator: text(event.impersonator),
            target: text(event.target),
            because: text(event.because),
            ip_address: client.ip_address.map(|it| it.to_string()),
            user_agent: text(client.user_agent),
            request_id: text(client.request_id),
        }
    }
}

/// Without NUL, which PostgreSQL has no place for, and not too long.
fn storable(text: &str) -> String {
    text.chars()
        .filter(|it| *it != '\0')
        .take(MAX_TEXT)
        .collect()
}

/// An id greater than all earlier ones of this process, so that rows of one millisecond keep their order.
fn next_id() -> Ulid {
    static IDS: Mutex<Generator> = Mutex::new(Generator::new());
    let mut ids = IDS.lock().unwrap_or_else(PoisonError::into_inner);
    // Fails only if the random bits of this millisecond overflow.
    ids.generate().unwrap_or_else(|_| Ulid::new())
}

/// Inserts a row in the transaction that makes the change: both are committed, or neither.
///
/// ```no_run
/// use authkit_audit::{Entry, record};
/// use authkit_leptos::server::UserIdentity;
/// use authkit_store::{StoreError, Write};
///
/// async fn delete_invoice(id: &str, me: &UserIdentity, write: &mut Write) -> Result<(), StoreError> {
///     sqlx::query("DELETE FROM invoices WHERE id = $1").bind(id).execute(&mut **write).await?;
///     record(Entry::new("invoice.deleted").by(me).about(id), write).await?;
///     Ok(())
/// }
/// ```
///
/// # Errors
/// The database's own.
pub async fn record(entry: Entry, connection: &mut Connection) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO audit_event (id, occurred_at, action, user_id, session, organization_id, impersonator, target, \
                                  because, ip_address, user_agent, request_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(next_id().to_string())
    .bind(entry.occurred_at)
    .bind(entry.action)
    .bind(entry.user_id)
    .bind(entry.session)
    .bind(entry.organization_id)
    .bind(entry.impersonator)
    .bind(entry.target)
    .bind(entry.because)
    .bind(entry.ip_address)
    .bind(entry.user_agent)
    .bind(entry.request_id)
    .execute(connection)
    .await?;
    Ok(())
}
