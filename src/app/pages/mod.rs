//! The pages: what each one says. Which address shows which, and with what status, is in the route
//! table.

mod account;
mod home;
mod organizations;
mod states;

pub use account::AccountPage;
pub use home::HomePage;
pub use organizations::OrganizationsPage;
pub use states::{NotFoundPage, RefusedPage, SignInFailedPage, SignedOutPage, UnavailablePage};
