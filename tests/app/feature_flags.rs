//! The feature flags that a process keeps current by itself: what switches them, and what becomes of them when WorkOS
//! does not answer as it should.

use super::support::{ADA, App, GRACE, Log};
use authkit_emulator::{Endpoint, Fault, FlagSetting};
use authkit_leptos::server::{FeatureFlags, FlagContext, FlagsOptions};
use futures_util::StreamExt;
use serde_json::json;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(20);

async fn flags(app: &App) -> FeatureFlags {
    let flags = app.authkit.feature_flags(FlagsOptions::default());
    assert!(flags.wait_until_ready(LONG).await);
    flags
}

/// Asks at once, and waits until WorkOS has been asked so often in all.
async fn asked(flags: &FeatureFlags, times: u64) {
    flags.ask_now();
    let asked = async {
        while flags.stats().asked < times || flags.stats().failed + 1 < times {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONG, asked).await.unwrap();
}

#[tokio::test]
async fn a_flag_that_is_switched_on_for_a_user_is_on_at_the_next_question_and_not_before_for_others()
 {
    let app = App::start().await;
    let (ada, grace) = (
        app.control.user_id(ADA).unwrap(),
        app.control.user_id(GRACE).unwrap(),
    );
    let flags = flags(&app).await;
    let of = |user: &str| flags.is_enabled("search", FlagContext::new(user, None), false);
    assert!(!of(&ada));
    let mut changed = Box::pin(flags.changed());
    app.control
        .set_feature_flag(FlagSetting::enabled("search").for_user(ADA))
        .unwrap();
    flags.ask_now();
    let change = tokio::time::timeout(LONG, changed.next()).await.unwrap();
    assert_eq!(change.unwrap().slug, "search");
    assert!(of(&ada) && !of(&grace));
    let known = flags.all(FlagContext::new(&*ada, None));
    assert_eq!(known.get("search"), Some(&true));
    assert!(flags.is_enabled("unknown", FlagContext::default(), true));
}

#[tokio::test]
async fn an_answer_of_500_keeps_the_flags_that_are_known() {
    let app = App::start().await;
    app.control
        .set_feature_flag(FlagSetting::enabled("search").for_others())
        .unwrap();
    let flags = flags(&app).await;
    app.control
        .set_fault(Endpoint::FeatureFlags, Fault::status(500));
    asked(&flags, 2).await;
    assert!(flags.is_enabled("search", FlagContext::default(), false));
}

#[tokio::test]
async fn an_answer_that_describes_no_flags_keeps_those_that_are_known() {
    let (log, _guard) = Log::capture("warn");
    let app = App::start().await;
    app.control
        .set_feature_flag(FlagSetting::enabled("search").for_others())
        .unwrap();
    let flags = flags(&app).await;
    let too_long = " ".repeat(2 * 1024 * 1024);
    for (times, odd) in [
        (2, Fault::status(200).html("<h1>Welcome</h1>")),
        (3, Fault::status(200).json(json!({"search": true}))),
        (4, Fault::status(200).json(json!(["search"]))),
        (5, Fault::status(200).html(format!("{{{too_long}}}"))),
    ] {
        app.control.clear_faults();
        app.control.set_fault(Endpoint::FeatureFlags, odd);
        asked(&flags, times).await;
        assert!(flags.is_enabled("search", FlagContext::default(), false));
        assert_eq!(flags.stats().flags, 1, "{:?}", flags.stats());
        let log = log.text();
        let told = log.matches("reason=\"flags_undecodable\"").count();
        assert!(told >= usize::try_from(times).unwrap() - 1, "{log}");
    }
    // And goes on asking.
    app.control.clear_faults();
    app.control.remove_feature_flag("search").unwrap();
    let mut changed = Box::pin(flags.changed());
    flags.ask_now();
    let change = tokio::time::timeout(LONG, changed.next()).await.unwrap();
    assert_eq!(change.unwrap().slug, "search");
}

#[tokio::test]
async fn an_api_key_that_is_refused_ends_the_questions_and_keeps_the_flags() {
    let app = App::start().await;
    app.control
        .set_feature_flag(FlagSetting::enabled("search").for_others())
        .unwrap();
    let flags = flags(&app).await;
    app.control
        .set_fault(Endpoint::FeatureFlags, Fault::status(401));
    asked(&flags, 2).await;
    let before = app.control.calls_of(Endpoint::FeatureFlags);
    flags.ask_now();
    app.second_begins().await;
    assert_eq!(app.control.calls_of(Endpoint::FeatureFlags), before);
    assert!(flags.is_enabled("search", FlagContext::default(), false));
}
