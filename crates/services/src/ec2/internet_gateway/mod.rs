//! Internet gateways.

mod api;
pub mod cfn;
mod errors;
mod model;
mod ops;

pub use api::{CreateInternetGatewayInput, DeleteInternetGatewayInput, InternetGatewayVpcInput};
pub use errors::InternetGatewayError;
pub use model::{InternetGateway, InternetGatewayId};
#[cfg(test)]
pub use ops::spoken;
pub use ops::{AttachInternetGateway, CreateInternetGateway, DeleteInternetGateway, DetachInternetGateway, register};
