//! The nodes that can take over. A plan without them would fail for a different reason.

use std::collections::BTreeSet;

use crate::engine::term::Atom;
use crate::scenario::Scenario;
use crate::scenario::fault::Fault;

/// The applications that some node can run which no fault takes away.
pub(super) fn lasting_applications(scenario: &Scenario) -> BTreeSet<Atom> {
    let struck = struck(scenario);
    let lasting = scenario.application_places().filter(|(_, node)| !struck.contains(node));
    lasting.map(|(application, _)| application).collect()
}

/// True if a smaller plan still has, for each of these applications that it has, a node that no
/// fault takes away.
pub(super) fn keeps(scenario: &Scenario, lasting: &BTreeSet<Atom>) -> bool {
    let left = lasting_applications(scenario);
    let names = scenario.application_places().map(|(application, _)| application);
    names.filter(|name| lasting.contains(name)).all(|name| left.contains(&name))
}

/// The nodes that a fault takes away, for however long.
fn struck(scenario: &Scenario) -> BTreeSet<Atom> {
    let nodes = |fault: &Fault| fault.struck_nodes(|host| scenario.nodes_on(host));
    scenario.faults.iter().flat_map(|scheduled| nodes(&scheduled.fault)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::removal::remove_node;
    use super::*;
    use crate::scenario::services::Programs;

    #[test]
    fn the_last_node_that_can_take_over_is_kept() {
        let catalogue = Programs::builtin().catalogue();
        let read = |file| Scenario::from_file(file, &catalogue).unwrap();
        let keeps_without = |scenario: &Scenario, node, stand_in| {
            let mut less = scenario.clone();
            remove_node(&mut less, Atom::new(node), stand_in);
            keeps(&less, &lasting_applications(scenario))
        };
        let moves = read("scenarios/chat-failover.json");
        assert!(keeps_without(&moves, "db1@a", None), "the struck one can go");
        assert!(!keeps_without(&moves, "db2@b", None), "the standby cannot");
        assert!(keeps_without(&moves, "db2@b", Some(Atom::new("web@a"))), "unless another can");
        assert!(keeps_without(&moves, "web@a", None), "an application may go with its node");
        let stays = read("scenarios/no-standby.json");
        assert!(keeps_without(&stays, "db2@b", None), "nothing runs there");
        assert!(!lasting_applications(&stays).contains(&Atom::new("database")));
        let host = read("scenarios/host-loss.json");
        assert!(!keeps_without(&host, "db2@b", None), "the other one is on the lost host");
    }
}
