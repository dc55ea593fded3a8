//! What only the server needs to render a page: the document around it and the route table.

mod account;
mod claims;
#[cfg(any(debug_assertions, feature = "emulator"))]
mod debug;
mod refused_form;
mod routes;
mod shell;

pub use claims::moment;
#[cfg(any(debug_assertions, feature = "emulator"))]
pub use debug::check_pasted;
pub use refused_form::{RefusedForm, RefusedForms};
pub use routes::routes;
pub use shell::{PageContext, shell};
