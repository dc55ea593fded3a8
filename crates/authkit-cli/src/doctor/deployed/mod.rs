//! `doctor --url`: a deployed app as browsers meet it, through the proxies in front of it.
//!
//! Called by `Doctor::run` in place of the checks of the configuration. Here is the order of the checks; if the app can't
//! be reached, the others are skipped. Signs nobody in, and sends nothing but GET requests.

mod address;
mod ask;
mod idle;
mod page;
mod socket;

use super::{
    check::{Check, Name},
    clock,
};
use ask::Deployed;
use std::{path::PathBuf, time::Duration};
use url::Url;

pub use ask::{Unusable, origin};

/// What is skipped where the app can't be reached.
const OTHERS: [Name; 12] = [
    Name::AppReady,
    Name::AppPlainHttp,
    Name::AppHsts,
    Name::AppPublicOrigin,
    Name::AppTrailingSlash,
    Name::AppLongHeaders,
    Name::AppCaching,
    Name::AppUnchanged,
    Name::AppContentPolicy,
    Name::AppFiles,
    Name::AppSocket,
    Name::AppClock,
];

/// All checks of the app at this origin, in the order of the report. With `idle`, also what becomes of a
/// connection that has been idle for so long.
///
/// # Errors
/// [`Unusable`] when the file of certificates can't be used.
pub async fn examine(
    origin: Url,
    ca_file: Option<PathBuf>,
    idle: Option<Duration>,
) -> Result<Vec<Check>, Unusable> {
    let app = Deployed::new(origin.clone(), ca_file.clone())?;
    let reachable = address::reachable(&app).await;
    if reachable.is_bad() {
        let others = OTHERS.into_iter().chain(idle.map(|_| Name::AppIdle));
        let skipped = others.map(|name| name.skipped("needs an app that can be reached"));
        return Ok([reachable].into_iter().chain(skipped).collect());
    }
    let alone = Deployed::new(origin, ca_file)?;
    let origin = app.origin();
    let idle = async {
        match idle {
            Some(wait) => Some(idle::check(&alone, wait).await),
            None => None,
        }
    };
    let (ready, plain_http, public_origin, trailing_slash, long_headers, page, socket, clock, idle) = tokio::join!(
        address::ready(&app),
        address::plain_http(&app),
        address::public_origin(&app),
        address::trailing_slash(&app),
        address::long_headers(&app),
        page::check(&app),
        socket::check(&app),
        clock::of_app(app.client(), &origin),
        idle,
    );
    let mut checks = vec![reachable, ready, plain_http, page.hsts];
    checks.extend([public_origin, trailing_slash, long_headers]);
    checks.extend([
        page.caching,
        page.unchanged,
        page.content_policy,
        page.files,
    ]);
    checks.extend([socket, clock]);
    checks.extend(idle);
    Ok(checks)
}
