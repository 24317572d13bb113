//! Hand-made runs, and what the checkers have to say about them.
