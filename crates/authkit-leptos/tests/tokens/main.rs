//! Proof that the verifier of tokens is right: every confusion that is known, the verdicts of another
//! implementation, and tokens that others signed. Needs no server.

mod minted_by_others;
mod mutations;
mod never_fetched;
mod rig;
mod same_as_jose;
mod table;

use test_support::minted;
