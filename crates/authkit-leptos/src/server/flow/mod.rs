//! One sign-in, as the protocol reads: [`sign_in`] (→ [`continue_sign_in`]) → AuthKit → [`callback`] … [`sign_out`], and
//! in between what open pages ask: [`session`], [`access_token`] and [`switch_to_organization`].
//!
//! Each step takes an [`Exchange`] and gives an [`Answer`]. Two doors lead to them: the routes, and the server functions
//! of the same names. With the layer, the only code that changes auth cookies.

mod answer;
mod callback;
mod exchange;
mod failed;
mod failure;
mod parts;
mod refresh;
mod renewal;
mod said;
mod session;
mod sign_in;
mod sign_out;
pub(super) mod state;
mod switch;
mod token_request;

pub use super::workos::Screen;
pub(super) use answer::{Answer, Refusal};
pub(crate) use callback::{Answered, callback};
pub(super) use exchange::{Exchange, Lent};
pub(super) use failure::page_about;
pub(super) use parts::Flow;
pub(crate) use refresh::{refresh, refresh_session};
pub(super) use said::{PARAMETER as SAID, Said};
pub(crate) use session::{access_token, session};
pub(crate) use sign_in::{Asked, continue_sign_in, sign_in};
pub(crate) use sign_out::sign_out;
pub(crate) use switch::switch_to_organization;
pub(super) use token_request::{Parts as TokenRequestParts, TokenRequests};
