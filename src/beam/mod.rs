//! Users' own compiled code: modules that Erlang's and Elixir's compilers wrote.
//!
//! [`file`] reads a `.beam` file of OTP 25 to 29 into its parts.

pub mod file;
