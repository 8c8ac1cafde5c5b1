//! Internet gateways.

mod errors;
mod model;

pub use errors::InternetGatewayError;
pub use model::{InternetGateway, InternetGatewayId};
