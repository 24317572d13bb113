//! What the repository says of itself: rooms, README, docs, examples, deployment.

mod deploy;
mod docs;
mod examples;
mod layers;
mod names;
mod terms;
mod words;
