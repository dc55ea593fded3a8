//! [`Sent`]: the arguments of a call as they came in: a form's fields, or a JSON object.
//!
//! Read from the body of a request, which is of at most 64 kB. Which arguments are right is up to their types.

use super::problem::Problem;
use crate::{
    arguments::{Wrong, arguments, noting},
    mutation::KEY_FIELD,
};
use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
};
use http::{StatusCode, header::CONTENT_TYPE, request::Parts};
use percent_encoding::percent_decode;
use serde::de::{DeserializeOwned, value::MapDeserializer};
use serde_json::{Map, Value};
use std::cell::Cell;

/// Longest body that is read, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;

/// Arguments as they came in.
pub enum Sent {
    /// A form: names and texts.
    Form(Vec<(String, String)>),
    /// A JSON object.
    Json(Map<String, Value>),
}

impl Sent {
    /// From the body of a request. One without a type is a form.
    pub async fn read(parts: &Parts, body: Body) -> Result<Self, Problem> {
        let request = Request::from_parts(parts.clone(), body);
        let body = Bytes::from_request(request, &()).await;
        let body = body.map_err(|rejection| {
            let status = rejection.status();
            Problem::new(
                status,
                "unreadable",
                "The request could not be read, or is too long.",
            )
        })?;
        let media_type = parts
            .headers
            .get(CONTENT_TYPE)
            .map(|it| it.to_str().unwrap_or_default());
        let media_type = media_type.map(|it| it.split(';').next().unwrap_or_default().trim());
        match media_type {
            Some("application/json") => {
                let object = serde_json::from_slice(&body).map_err(|_| Problem::bad_request())?;
                Ok(Self::Json(object))
            }
            None | Some("application/x-www-form-urlencoded") => {
                // Else what is no text would be replaced without a word.
                let text = percent_decode(&body).decode_utf8();
                text.map_err(|_| Problem::bad_request())?;
                Ok(Self::form(&body))
            }
            Some(_) => Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media_type",
                "Send a form (application/x-www-form-urlencoded) or a JSON object.",
            )),
        }
    }

    /// From a form's body, or the query of an address.
    pub fn form(text: &[u8]) -> Self {
        Self::Form(form_urlencoded::parse(text).into_owned().collect())
    }

    /// The fields of a form, without its key; none of a JSON object, which no page sends without scripts.
    pub fn fields(&self) -> Vec<(String, String)> {
        match self {
            Self::Form(fields) => {
                let typed = fields.iter().filter(|(name, _)| name != KEY_FIELD);
                typed.cloned().collect()
            }
            Self::Json(_) => Vec::new(),
        }
    }

    /// The key in a form.
    pub fn key(&self) -> Option<&str> {
        let Self::Form(fields) = self else {
            return None;
        };
        let key = fields.iter().find(|(name, _)| name == KEY_FIELD);
        key.map(|(_, key)| key.as_str())
    }

    /// The arguments in their types.
    pub fn arguments<A: DeserializeOwned>(&self) -> Result<A, Problem> {
        match self {
            Self::Form(_) => Ok(arguments(&self.fields())?),
            Self::Json(object) => {
                let reading = Cell::new(None);
                let values = object
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.clone()));
                A::deserialize(MapDeserializer::new(noting(values, &reading))).map_err(
                    |error: serde_json::Error| match reading.take() {
                        Some(field) => Wrong::Field(field.to_owned(), error.to_string()).into(),
                        None => {
                            Problem::new(StatusCode::BAD_REQUEST, "bad_request", &error.to_string())
                        }
                    },
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Rename {
        id: u64,
        title: String,
    }

    async fn read(media_type: Option<&str>, body: &str) -> Result<Rename, (StatusCode, String)> {
        let mut request = http::Request::post("/api/rename");
        if let Some(media_type) = media_type {
            request = request.header(CONTENT_TYPE, media_type);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let sent = Sent::read(&parts, Body::from(body.to_owned())).await;
        sent.and_then(|sent| sent.arguments())
            .map_err(|problem| match problem {
                Problem::Refused(status, refused) => (status, refused.code),
                Problem::Failed(status, refused, _) => (status, refused.code),
                Problem::NotAllowed(_) => unreachable!("nobody is asked"),
            })
    }

    #[tokio::test]
    async fn a_form_and_a_json_object_say_the_same() {
        let title = "a b&c".to_owned();
        let rename = Rename { id: 7, title };
        for (media_type, body) in [
            (None, "id=7&title=a+b%26c&once=0123456789abcdef"),
            (
                Some("application/x-www-form-urlencoded; charset=utf-8"),
                "title=a%20b%26c&id=7",
            ),
            (Some("application/json"), r#"{"title":"a b&c","id":7}"#),
        ] {
            assert_eq!(
                read(media_type, body).await,
                Ok(Rename {
                    id: rename.id,
                    title: rename.title.clone()
                })
            );
        }
    }

    #[tokio::test]
    async fn bodies_that_are_neither_are_refused() {
        let json = Some("application/json");
        for (media_type, body, status, code) in [
            (json, "", 400, "bad_request"),
            (json, "[7]", 400, "bad_request"),
            (json, r#"{"id":"seven","title":""}"#, 400, "id"),
            (json, r#"{"id":7}"#, 400, "bad_request"),
            (json, r#"{"id":-1,"title":""}"#, 400, "id"),
            (None, "id=seven&title=", 400, "id"),
            (None, "id=7", 400, "bad_request"),
            (None, "id=7&id=8&title=", 400, "bad_request"),
            (None, "\u{0}", 400, "bad_request"),
            (None, "id=7&title=%ff", 400, "bad_request"),
            (Some("text/plain"), "id=7&title=", 415, "media_type"),
            (
                Some("multipart/form-data; boundary=x"),
                "",
                415,
                "media_type",
            ),
        ] {
            let (found, reason) = read(media_type, body).await.unwrap_err();
            assert_eq!((found.as_u16(), reason.as_str()), (status, code), "{body}");
        }
    }
}
