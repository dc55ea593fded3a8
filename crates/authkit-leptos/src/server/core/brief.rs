//! What a session carries of a user: every request brings it along, so it is short, however long a name or the address of
//! a picture is at WorkOS.
//!
//! Applied to each answer of WorkOS that becomes a session. Never changes an id; what the app stores of its users is
//! whole.

use crate::{
    auth::{Impersonator, User},
    names,
};

/// The longest address of a picture, in bytes. A longer one is left out: half of it leads nowhere.
const LONGEST_PICTURE: usize = 512;
/// The longest e-mail address, in bytes: that of RFC 5321 §4.5.3.1, 64 before the @ and 255 after it.
const LONGEST_EMAIL: usize = 320;
/// The longest reason for an impersonation, in bytes.
const LONGEST_REASON: usize = 256;
/// The longest word of WorkOS's, in bytes.
const LONGEST_WORD: usize = 64;

/// The user as a session carries them.
pub fn user(user: User) -> User {
    let fits = |picture: &String| picture.len() <= LONGEST_PICTURE;
    User {
        email: cut(user.email, LONGEST_EMAIL),
        first_name: names::shown(user.first_name.as_deref()),
        last_name: names::shown(user.last_name.as_deref()),
        profile_picture_url: user.profile_picture_url.filter(fits),
        ..user
    }
}

/// Who is signed in as them, likewise.
pub fn impersonator(impersonator: Impersonator) -> Impersonator {
    Impersonator {
        email: cut(impersonator.email, LONGEST_EMAIL),
        reason: impersonator.reason.map(|it| cut(it, LONGEST_REASON)),
    }
}

/// A word of WorkOS's, such as how a user signed in.
pub fn word(word: &str) -> String {
    cut(word.to_owned(), LONGEST_WORD)
}

/// The text, or its beginning and an ellipsis, which no e-mail address ends with.
fn cut(text: String, longest: usize) -> String {
    if text.len() <= longest {
        return text;
    }
    let room = longest - '…'.len_utf8();
    let ends = text.char_indices().map(|(start, _)| start);
    let end = ends.take_while(|end| *end <= room).last().unwrap_or(0);
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_of_usual_size_stays_as_they_are_and_a_huge_one_gets_short() {
        let usual = User {
            id: "user_1".into(),
            email: "ada@example.com".into(),
            email_verified: true,
            first_name: Some("Ada".into()),
            last_name: None,
            profile_picture_url: Some("https://pictures.example/ada.png".into()),
        };
        assert_eq!(user(usual.clone()), usual);
        let huge = User {
            email: format!("{}@example.com", "é".repeat(10_000)),
            first_name: Some("𝔸".repeat(45_000)),
            last_name: Some(" \u{202e} ".into()),
            profile_picture_url: Some(format!("https://pictures.example/{}", "x".repeat(20_000))),
            ..usual.clone()
        };
        let short = user(huge);
        assert_eq!((&short.id, short.email_verified), (&usual.id, true));
        assert!(short.email.len() <= LONGEST_EMAIL && short.email.ends_with("é…"));
        assert_eq!(short.first_name, Some("𝔸".repeat(64) + "…"));
        assert_eq!((short.last_name, short.profile_picture_url), (None, None));
    }
}
