//! [`submit`]: one submission of a mutation, sent until it is known what came of it.
//!
//! Called by `call`, not generic, so that a page has it once. Nothing is written to the console by it.

use super::stream::Stream;
use crate::{
    call::{Body, NOT_ANSWERED, OUTDATED},
    mutation::{KEY_HEADER, Refused, key_of_page},
    retry,
};
use authkit_leptos::browser::{Page, submit_text};
use js_sys::{Date, Function, Math, Promise};
use leptos::{prelude::window, serde_json, wasm_bindgen::JsValue};
use std::cell::RefCell;
use wasm_bindgen_futures::JsFuture;

/// For how long a page asks, in milliseconds: the server knows a key for a day, and would do it a second time after that.
const ASKED_FOR: f64 = 20.0 * 60.0 * 60.0 * 1000.0;

/// How the answer of a mutation that is done begins.
const DONE: &str = "{\"answer\":";

/// Sends the arguments to `path` until the server says what came of them: `reads` the answer of one that is done.
/// `tries_again` hears of each answer that was lost, or was none.
pub async fn submit(
    path: &str,
    arguments: &Body,
    tries_again: &mut dyn FnMut(),
    reads: &mut dyn FnMut(&str) -> bool,
) -> Result<(), Refused> {
    // Hears when the browser is online again, and when the page goes.
    Stream::get();
    let key = new_key();
    let mut failures = 0;
    let began = Date::now();
    while Date::now() - began < ASKED_FOR {
        let sent = submit_text(
            path,
            arguments.media_type,
            &arguments.text,
            &[(KEY_HEADER, &key)],
        )
        .await;
        let was_lost = sent.is_err();
        match sent {
            Ok((200..300, body)) if reads(&body) => return Ok(()),
            // Ours, of a newer program.
            Ok((200..300, body)) if body.starts_with(DONE) => {
                return Err(Refused::new(
                    OUTDATED,
                    "It is done, and this page is too old to show it. Load it again.",
                ));
            }
            Ok((status @ 400..600, body)) => match serde_json::from_str::<Refused>(&body) {
                Ok(refused) if !may_pass(status) => {
                    if let (true, Some(page)) = (refused.is_signed_out(), Page::current()) {
                        page.ask_soon();
                    }
                    return Err(refused);
                }
                // Somebody in between, who won't answer otherwise next time.
                Err(_) if status < 500 && !may_pass(status) => {
                    return Err(Refused::new(
                        "refused_on_the_way",
                        "Something between this page and the server did not let it pass.",
                    ));
                }
                _ => {}
            },
            _ => {}
        }
        tries_again();
        wait(
            retry::wait_to_send_again(failures, Math::random()),
            was_lost,
        )
        .await;
        failures += 1;
    }
    // A laptop that was asleep for days.
    Err(Refused::new(
        NOT_ANSWERED,
        "The server has not answered for a day. Load the page again to see whether it was done.",
    ))
}

/// Whether a refusal with this status may be none the next time, without anybody doing anything.
fn may_pass(status: u16) -> bool {
    matches!(status, 408 | 429 | 502..=504)
}

/// Whose page this is, and 128 bits by chance, in hexadecimal digits. (`randomUUID` is for secure contexts only.)
pub fn new_key() -> String {
    let mut bytes = [0; 16];
    let crypto = window().crypto();
    let filled = crypto.and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes));
    if filled.is_err() {
        // Locked down: a key is no secret, it has to be new only.
        for byte in &mut bytes {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let chance = (Math::random() * 256.0) as u8;
            *byte = chance;
        }
    }
    let whose = Page::current().and_then(|page| page.whose());
    let mut key = whose.map_or_else(String::new, |(user, organization)| {
        key_of_page(&user, organization.as_deref())
    });
    for half in bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
        key.extend(char::from_digit(half.into(), 16));
    }
    key
}

thread_local! {
    /// What ends the waits of submissions whose answer was lost.
    static WAITING: RefCell<Vec<Function>> = const { RefCell::new(Vec::new()) };
}

/// The server can be reached again, or somebody looks at the page: no more waiting. Also when an answer of the stream
/// comes, which has what a submission did whose own answer was lost: the page shows both until it knows.
pub fn wake() {
    for waiting in WAITING.take() {
        let _ = waiting.call0(&JsValue::UNDEFINED);
    }
}

/// Waits so many seconds, or, after an answer that was lost, until it is [woken](wake).
async fn wait(seconds: f64, was_lost: bool) {
    let promise = Promise::new(&mut |end: Function, _| {
        // Whole milliseconds, below an hour.
        #[allow(clippy::cast_possible_truncation)]
        let milliseconds = (seconds * 1000.0) as i32;
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&end, milliseconds);
        if was_lost {
            WAITING.with_borrow_mut(|waiting| waiting.push(end));
        }
    });
    let _ = JsFuture::from(promise).await;
}
