//! What becomes of a connection that has been idle: whether it is still open, and whether the next request on it is
//! answered.
//!
//! Behind a proxy this is the proxy's patience with browsers; asked of the app's own address, the app's.

use super::{
    super::check::{Check, Name},
    ask::{Deployed, Heard, NoAnswer},
};
use http::StatusCode;
use hyper_util::client::legacy::connect::HttpInfo;
use std::{net::SocketAddr, time::Duration};

/// Sends a request, waits, and sends another. No other check may use the connections of `app` meanwhile.
pub async fn check(app: &Deployed, wait: Duration) -> Check {
    let name = Name::AppIdle;
    let seconds = wait.as_secs();
    let before = match ask(app).await {
        Ok((_, connection)) => connection,
        Err(error) => return name.skipped(format!("could not be found out: {error}")),
    };
    tokio::time::sleep(wait).await;
    match ask(app).await {
        Ok((status, _)) if status != StatusCode::OK => name.bad(
            format!("after {seconds} idle seconds a request was answered with {status}"),
            "let the app keep idle connections for longer than the proxy: IDLE_TIMEOUT_SECONDS, docs/proxies.md",
        ),
        Ok((_, after)) if before.is_some() && before == after => {
            name.good(format!("is still open after {seconds} seconds"))
        }
        Ok(_) => name.good(format!(
            "was closed within {seconds} seconds; if this is the app's own address, a proxy in front of it has to \
             close earlier"
        )),
        Err(error) => name.bad(
            format!("after {seconds} idle seconds a request failed: {error}"),
            "look which of the proxies in front of the app closes connections that others still use",
        ),
    }
}

/// The status, and our end of the connection that was used.
async fn ask(app: &Deployed) -> Result<(StatusCode, Option<SocketAddr>), NoAnswer> {
    let answer = app.answer("/healthz").await?;
    let used = answer.extensions().get::<HttpInfo>();
    let used = used.map(HttpInfo::local_addr);
    // Read to its end: only then is the connection kept.
    let heard = Heard::read(answer).await?;
    Ok((heard.status, used))
}
