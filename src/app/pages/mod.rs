//! The pages: what each one says. Which address shows which, and with what status, is in the route
//! table.

mod account;
mod confirm_sign_in;
mod home;
mod organizations;
mod states;

pub use account::AccountPage;
pub use confirm_sign_in::ConfirmSignInPage;
pub use home::HomePage;
pub use organizations::OrganizationsPage;
pub use states::{NotFoundPage, RefusedPage, SignInFailedPage, SignedOutPage, UnavailablePage};
