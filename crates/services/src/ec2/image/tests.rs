//! What images are seen, by whom.
