//! The memory that the histories of busy users take.

use crate::engine::term::{List, Term};
use crate::scenario::Scenario;
use crate::scenario::services::Programs;
use crate::scenario::simulation::Simulation;

/// The answers to reads, and how many elements the different lists among them have in all.
fn reads_and_elements(rate: u32) -> (usize, usize) {
    let programs = Programs::builtin();
    let text = include_str!("../../../../scenarios/chat-failover.json");
    let text = text.replace("\"20/s\"", &format!("\"{rate}/s\"")).replace("\"80s\"", "\"30s\"");
    let scenario = Scenario::parse(&text, "chat.json", &programs.catalogue()).unwrap();
    let run = Simulation::new(scenario.plan(7), &programs).run();
    let answers = run.history.operations().iter().filter_map(|operation| operation.answer());
    let lists: Vec<&List> = answers.filter_map(Term::as_shared_list).collect();
    let mut different: Vec<&List> = Vec::new();
    for list in &lists {
        match different.iter_mut().find(|other| other.shares_with(list)) {
            Some(other) if other.len() < list.len() => *other = list,
            Some(_) => {}
            None => different.push(list),
        }
    }
    (lists.len(), different.iter().map(|list| list.len()).sum())
}

#[test]
fn reads_of_a_room_take_memory_by_its_messages_and_not_by_their_square() {
    let (few_reads, few_elements) = reads_and_elements(20);
    let (reads, elements) = reads_and_elements(80);
    assert!(few_reads > 150 && reads > few_reads * 3, "{few_reads} and {reads} reads");
    assert!(elements < few_elements * 6, "{few_elements} and {elements} elements");
}
