//! [`read`]: a message of the server, taken apart by the browser's own JSON parser.
//!
//! `serde` would do, and add some kilobytes to what a visitor downloads: two parsers of the same message for
//! every query, one that looks for whom it is and one that reads the answer.

use crate::{FromServer, Problem};
use js_sys::{JSON, Reflect};
use leptos::{serde_json, wasm_bindgen::JsValue};

/// Reads a message; the answer stays JSON. Nothing, if it is none that this page knows.
pub fn read(message: &str) -> Option<FromServer<String>> {
    let message = JSON::parse(message).ok()?;
    if message.as_string().is_some() {
        return Some(FromServer::Alive);
    }
    if let Some(behind) = get(&message, "behind").as_bool() {
        return Some(FromServer::Behind(behind));
    }
    let answer = get(&message, "answer");
    if answer.is_object() {
        return Some(FromServer::Answer {
            key: get(&answer, "key").as_string()?,
            revision: serde_json::from_str(&json(&get(&answer, "revision"))?).ok()?,
            answer: json(&get(&answer, "answer"))?,
        });
    }
    let refused = get(&message, "refused");
    Some(FromServer::Refused {
        key: get(&refused, "key").as_string()?,
        problem: match &*get(&refused, "problem").as_string()? {
            "signed_out" => Problem::SignedOut,
            "forbidden" => Problem::Forbidden,
            "arguments" => Problem::Arguments,
            "too_many" => Problem::TooMany,
            _ => Problem::Unknown,
        },
    })
}

fn get(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &JsValue::from_str(name)).unwrap_or_default()
}

fn json(value: &JsValue) -> Option<String> {
    JSON::stringify(value).ok()?.as_string()
}
