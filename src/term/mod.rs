//! Erlang's values.
