//! [`Failed`]: why a sign-in failed: found out by us, or said by the app.
//!
//! Made by the steps and by the token request. Knows no request and no page.

use crate::{error::SignInFailure, server::hooks::Refusal};
use std::sync::Arc;

/// Why a sign-in failed.
#[derive(Clone, Debug)]
pub enum Failed {
    /// Found out here, with a word more for the log.
    Here(SignInFailure, &'static str),
    /// The app's `on_sign_in` did not let the user in.
    Refused(Arc<Refusal>),
}

impl From<(SignInFailure, &'static str)> for Failed {
    fn from((failure, detail): (SignInFailure, &'static str)) -> Self {
        Self::Here(failure, detail)
    }
}

impl Failed {
    /// The failure.
    pub fn failure(&self) -> SignInFailure {
        match self {
            Self::Here(failure, _) => *failure,
            Self::Refused(_) => SignInFailure::NotAdmitted,
        }
    }

    /// A word more, for the log.
    pub fn detail(&self) -> &'static str {
        match self {
            Self::Here(_, detail) => detail,
            Self::Refused(_) => "the app's on_sign_in",
        }
    }

    /// The reason code of the page and the log.
    pub fn reason(&self) -> String {
        match self {
            Self::Here(failure, _) => failure.code().to_owned(),
            Self::Refused(refusal) => refusal.reason(),
        }
    }
}
