//! The log for programs: each line is a JSON object, and says of each request which it was and whose.

use super::{
    process::Process,
    support::{ADA, App},
};
use serde_json::Value;
use std::fs::{self, File};

#[tokio::test]
async fn each_line_is_json_with_request_route_user_and_the_hash_of_the_session() {
    let door = App::start().await;
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let variables = [
        ("LOG_FORMAT", "json"),
        ("RUST_LOG", "info,authkit_serve=debug"),
        ("DATA_DIR", folder.path().to_str().unwrap()),
    ];
    let file = File::create(&log).unwrap();
    let process = Process::start_alone(crate::PROGRAM, &door, &variables, file.into()).await;
    let mut ada = process.browser(&door.browser());
    ada.sign_in("/sign-in", ADA).await;
    let page = ada.get("/account?secret=17").await;
    let request_id = page.header("x-request-id").to_owned();
    assert!(process.stop().await);

    let log = fs::read_to_string(log).unwrap();
    let lines = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect(line));
    let lines: Vec<Value> = lines.collect();
    let of_request = |line: &&Value| line["span"]["id"] == request_id.as_str();
    let answered = lines
        .iter()
        .filter(of_request)
        .find(|line| line["fields"]["status"] == 200);
    let answered = answered.unwrap_or_else(|| panic!("no line of {request_id} in\n{log}"));
    let span = &answered["span"];
    assert_eq!(span["method"], "GET");
    assert_eq!(span["path"], "/account");
    assert_eq!(span["route"], "/account");
    assert!(
        span["user"]
            .as_str()
            .is_some_and(|user| user.starts_with("user_")),
        "{answered}"
    );
    assert_eq!(
        span["session"].as_str().map(str::len),
        Some(12),
        "{answered}"
    );
    let signed_in = lines
        .iter()
        .find(|line| line["fields"]["reason"] == "signed_in");
    assert!(signed_in.is_some(), "{log}");
    for word in ["secret", "session_", ADA] {
        assert!(!log.contains(word), "{word} in\n{log}");
    }
}
