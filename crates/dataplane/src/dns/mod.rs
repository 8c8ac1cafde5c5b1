//! The resolver inside each VPC: AWS's names lead to what runs here, all other names are asked of the host's resolvers.
//!
//! [`zone`] what is known, [`answer`] a question's bytes to an answer's, [`serve`] the sockets, [`forward`] the rest of the
//! world. **Invariant**: what is known is one immutable value, swapped whole; the number of questions under way is bounded.

pub mod answer;
pub mod forward;
pub mod serve;
pub mod zone;

pub use serve::{serve_tcp, serve_udp};
pub use zone::Zone;
