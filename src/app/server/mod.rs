//! What only the server needs to render a page: the document around it and the route table.

mod account;
mod claims;
mod routes;
mod shell;

pub use claims::moment;
pub use routes::routes;
pub use shell::{PageContext, shell};
