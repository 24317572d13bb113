//! Beside real Erlang: transcripts, recorded and played, and the rules that they prove.

mod compiled;
mod conformance;
mod functions;
mod rules;
mod shell;
mod transcripts;
