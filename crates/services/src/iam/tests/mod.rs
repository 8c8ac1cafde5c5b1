//! IAM through its operations, over a store in memory with seeded ids.

mod house;
mod operations;
mod policies;
mod templates;

pub(crate) use house::House;
