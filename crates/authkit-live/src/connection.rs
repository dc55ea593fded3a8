//! [`Connection`]: how current a page is, in one word; and where it connects to.

/// Where the stream is: a WebSocket (RFC 6455), or one turn of it for each POST.
pub const STREAM: &str = "/live/stream";

/// Whether what a page shows follows the database. From [`use_connection`](super::use_connection).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Connection {
    /// The page has just been made and is about to follow. Always this on the server, and where no island
    /// follows a query.
    #[default]
    Connecting,
    /// What is shown is what the database has, or will be in a moment: the page hears of changes.
    Live,
    /// What is shown is what the database had some seconds ago: no stream gets through to the server, so the page asks
    /// over HTTP, while somebody looks at it, and goes on trying to open one.
    EveryFewSeconds,
    /// It may be old by now; the page is trying to catch up by itself. Also when the server refuses a query, or
    /// answers in a way the page can't read: it asks again with its next connection.
    Reconnecting,
    /// It may be old by now; the browser says that there is no network.
    Offline,
}
