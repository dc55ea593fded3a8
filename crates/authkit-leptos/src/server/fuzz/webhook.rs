//! `webhook`: only what was signed with the secret, and lately, passes; and of that nothing makes it panic.
//!
//! Input: the header `WorkOS-Signature`, in which `$T` is the time and `$S` the signature; the body; the second at which
//! it arrives, counted from the signature; edits of the header; edits of the body. The signature is of the body as it
//! stands, for the time as the header has it.

use super::super::webhook::{Event, Signature};
use authkit_fuzz::{edited, filled, sections};
use aws_lc_rs::hmac;
use http::{HeaderMap, HeaderValue};
use secrecy::SecretString;

const SECRET: &str = "whsec_of_the_fuzz_target";
const SIGNED_AT: u64 = 1_800_000_000;
/// Seconds.
const TOLERANCE: u64 = 180;

fn signature(time: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let tag = hmac::sign(&key, format!("{time}.{body}").as_bytes());
    tag.as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

pub fn test(input: &[u8]) {
    let [template, body, arrives, header_edits, body_edits] = sections(input);
    let body = String::from_utf8_lossy(body);
    let time = format!("{}", SIGNED_AT * 1000);
    let good = signature(&time, &body);
    let header = edited(
        filled(template, &[('T', &time), ('S', &good)]),
        header_edits,
    );
    let arrived_body = edited(body.clone().into_owned().into_bytes(), body_edits);
    let late: i64 = String::from_utf8_lossy(arrives).trim().parse().unwrap_or(0);
    let now = SIGNED_AT.saturating_add_signed(late);

    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(&header) {
        headers.insert("workos-signature", value);
    }
    let secret = SecretString::from(SECRET);
    let read = Signature::read(&headers, now);
    let passed = read.and_then(|signature| signature.verify(&secret, now, &arrived_body));

    let is_untouched =
        template == b"t=$T, v1=$S" && header_edits.is_empty() && body_edits.is_empty();
    if is_untouched && now.abs_diff(SIGNED_AT) <= TOLERANCE {
        assert!(passed.is_some(), "a good webhook is refused");
    }
    let Some(passed) = passed else { return };
    assert_eq!(
        passed.as_bytes(),
        arrived_body,
        "another body than the one that came"
    );
    let header = String::from_utf8(header).unwrap();
    let is_signed = times(&header).any(|time| {
        let at = time.parse::<u64>().unwrap() / 1000;
        now.abs_diff(at) <= TOLERANCE + 1 && header.contains(&signature(time, &passed))
    });
    assert!(
        is_signed,
        "{header:?} is no signature of {passed:?} at {now}"
    );
    if let Ok(event) = serde_json::from_str::<Event>(&passed) {
        let _ = event.news();
    }
}

/// All numbers in the header: one of them is the time.
fn times(header: &str) -> impl Iterator<Item = &str> {
    let numbers = header.split(|c: char| !c.is_ascii_digit() && c != '+');
    numbers.filter(|number| number.parse::<u64>().is_ok())
}
