//! This machine's clock against WorkOS's, or a deployed app's: tokens live five minutes, so a few wrong ones matter.
//!
//! One request; half of the time it took is allowed for. Only the `Date` of the answer counts
//! (RFC 9110 §6.6.1), never its status.

use super::{
    check::{Check, Name},
    patience::PATIENCE,
};
use authkit_leptos::server::config::ApiBase;
use jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimeParser};
use reqwest::{Client, Response, redirect::Policy};

/// What the verifier allows for.
const NOTICED: SignedDuration = SignedDuration::from_secs(10);
/// With this much, tokens are refused that should not be, or renewed again and again.
const TOO_MUCH: SignedDuration = SignedDuration::from_secs(60);

/// How far this machine's clock and WorkOS's are apart.
pub async fn check(api: &ApiBase) -> Check {
    let http = Client::builder().timeout(PATIENCE).redirect(Policy::none());
    let Ok(http) = http.build() else {
        return Name::Clock.skipped("no answer to compare with");
    };
    let fix = "let the system keep time, with `timedatectl set-ntp true` or an NTP service";
    compare(Name::Clock, &http, api.origin(), "WorkOS's", fix).await
}

/// How far this machine's clock is apart from that of a deployed app, or of the proxy in front of it.
pub async fn of_app(http: &Client, origin: &str) -> Check {
    let fix =
        "let both machines keep time, by NTP; compare each with another one to see which is wrong";
    compare(Name::AppClock, http, origin, "the app's", fix).await
}

async fn compare(name: Name, http: &Client, origin: &str, whose: &str, fix: &str) -> Check {
    let asked = Timestamp::now();
    let Ok(response) = http.get(format!("{origin}/")).send().await else {
        return name.skipped("no answer to compare with");
    };
    let answered = Timestamp::now();
    let Some(date) = date(&response) else {
        return name.skipped("the answer has no date");
    };
    let round_trip = answered.duration_since(asked);
    // A date has whole seconds, cut off.
    let there = date + SignedDuration::from_millis(500);
    let ahead = (asked + round_trip / 2).duration_since(there);
    let certain = ahead.abs() - round_trip / 2 - SignedDuration::from_millis(500);
    let seconds = ahead.as_secs().unsigned_abs();
    let direction = if ahead.is_negative() {
        "behind"
    } else {
        "ahead of"
    };
    let problem = format!("this machine's clock is {seconds} seconds {direction} {whose}");
    match certain {
        apart if apart > TOO_MUCH => name.bad(problem, fix),
        apart if apart > NOTICED => name.warning(problem, fix),
        _ => name.good(format!("as {whose}, to within 10 seconds")),
    }
}

/// When the answer was made: a cache says how long it has kept it (RFC 9111 §5.1).
fn date(response: &Response) -> Option<Timestamp> {
    let header = |name| response.headers().get(name)?.to_str().ok();
    let date = DateTimeParser::new()
        .parse_timestamp(header("date")?)
        .ok()?;
    let age = header("age")
        .and_then(|age| age.parse().ok())
        .unwrap_or(0_u32);
    date.checked_add(SignedDuration::from_secs(age.into())).ok()
}
