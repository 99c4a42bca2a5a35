//! Tests only: see tests/mistral.rs.
