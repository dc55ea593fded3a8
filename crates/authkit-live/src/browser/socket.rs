//! [`Socket`]: one WebSocket, from the handshake to its end.
//!
//! Called by `stream`. Only carries; when to open one and what it says is decided there.

use crate::{connection::STREAM, message::ToServer};
use authkit_leptos::browser::Stopwatch;
use leptos::{
    prelude::window,
    serde_json,
    wasm_bindgen::{JsCast, JsValue, closure::Closure},
};
use web_sys::{CloseEvent, Event, MessageEvent, WebSocket};

/// What happens on a socket.
pub enum Happened {
    Opened,
    /// A message.
    Heard(String),
    /// With this code; 1006 when it just broke or never was (RFC 6455 §7.1.5).
    Closed(u16),
}

/// The one function that all sockets of the page call.
pub struct Listener(js_sys::Function);

impl Listener {
    /// `happened` is told which socket it is, too: one that was dropped may still have something to say.
    pub fn new(happened: impl Fn(&WebSocket, Happened) + 'static) -> Self {
        let listener = move |event: Event| {
            let Some(socket) = event.target() else { return };
            let what = match &*event.type_() {
                "open" => Happened::Opened,
                "message" => {
                    let data = event.unchecked_ref::<MessageEvent>().data();
                    Happened::Heard(data.as_string().unwrap_or_default())
                }
                _ => Happened::Closed(event.unchecked_ref::<CloseEvent>().code()),
            };
            happened(socket.unchecked_ref(), what);
        };
        let listener = Closure::<dyn Fn(Event)>::new(listener).into_js_value();
        Self(listener.unchecked_into())
    }
}

/// A WebSocket that is open or about to be.
pub struct Socket {
    socket: WebSocket,
    /// Since when it is open.
    opened: Option<Stopwatch>,
    /// Since when nothing was heard.
    heard: Stopwatch,
}

impl Socket {
    /// Starts the handshake with the server of this page.
    pub fn open(listener: &Listener) -> Result<Self, JsValue> {
        let location = window().location();
        let scheme = match &*location.protocol()? {
            "https:" => "wss://",
            _ => "ws://",
        };
        let socket = WebSocket::new(&(scheme.to_owned() + &location.host()? + STREAM))?;
        let listener = Some(&listener.0);
        socket.set_onopen(listener);
        socket.set_onmessage(listener);
        socket.set_onclose(listener);
        Ok(Self {
            socket,
            opened: None,
            heard: Stopwatch::start(),
        })
    }

    /// Whether this is the one.
    pub fn is(&self, socket: &WebSocket) -> bool {
        self.socket == *socket
    }

    /// The handshake is done.
    pub fn set_open(&mut self) {
        self.opened = Some(Stopwatch::start());
        self.set_heard();
    }

    /// Something was heard.
    pub fn set_heard(&mut self) {
        self.heard = Stopwatch::start();
    }

    /// For how many seconds it has been open; `None` before.
    pub fn age(&self) -> Option<f64> {
        self.opened.map(|opened| opened.seconds())
    }

    /// For how many seconds nothing was heard.
    pub fn silence(&self) -> f64 {
        self.heard.seconds()
    }

    /// Says something, if it is open. What is lost with the connection is said again on the next.
    pub fn say(&self, message: &ToServer) {
        if let (Some(_), Ok(message)) = (self.opened, serde_json::to_string(message)) {
            let _ = self.socket.send_with_str(&message);
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Closing one that is about to open makes the browser complain. Its listener does it later.
        if self.opened.is_some() {
            let _ = self.socket.close();
        }
    }
}
