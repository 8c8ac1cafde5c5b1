//! The network driver: one contract for both twins, and what only the `linux` twin can show. That part needs root and nft;
//! it runs in network namespaces of its own, which stand for the host and the internet, and leaves the machine as it was.

mod contract;
mod linux;
mod machine;
mod measure;
mod spec;
mod world;
