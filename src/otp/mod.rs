//! OTP's libraries, written on the process context only.

pub mod global;
pub mod pg;
