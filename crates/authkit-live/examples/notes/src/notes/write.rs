//! Adds a note, for a plain form.

use super::query::NOTES;
use authkit_leptos::server::guard::{AuthKitUser, Guarded};
use authkit_live::server::{Live, StoreError};
use axum::{Form, extract::State, http::StatusCode, response::Redirect};
use serde::Deserialize;
use ulid::Ulid;

#[derive(Deserialize)]
pub struct NewNote {
    text: String,
}

/// `POST /add`.
pub async fn add(
    _caller: Guarded<AuthKitUser>,
    State(live): State<Live>,
    Form(NewNote { text }): Form<NewNote>,
) -> Result<Redirect, StatusCode> {
    if text.trim().is_empty() || text.len() > 1_000 || text.contains('\0') {
        return Err(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let added = insert(&live, &Ulid::new().to_string(), &text).await;
    added.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(Redirect::to("/"))
}

/// Stores a note.
pub async fn insert(live: &Live, id: &str, text: &str) -> Result<(), StoreError> {
    let mut write = live.write().await?;
    let insert = sqlx::query("INSERT INTO notes (id, text) VALUES ($1, $2)");
    insert.bind(id).bind(text).execute(&mut *write).await?;
    write.changed(NOTES);
    write.commit().await?;
    Ok(())
}
