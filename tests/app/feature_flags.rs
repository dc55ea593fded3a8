//! The feature flags that a process keeps current by itself: what switches them, and what becomes of them when WorkOS
//! does not answer as it should.

use super::support::{ADA, App, GRACE};
use authkit_emulator::{Endpoint, Fault, FlagSetting};
use authkit_leptos::server::{FeatureFlags, FlagContext, FlagsOptions};
use futures_util::StreamExt;
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
