use super::hand_made::{HandMade, millis, node};
use super::{inconclusive, passes, violated, witness};
use crate::engine::term::Term;
use crate::engine::trace::{Fact, NodeFact};
use crate::scenario::Expectation;
use crate::scenario::fault::{Fault, Partition};
use crate::verdict::check;

fn chat() -> HandMade {
    let at_most = millis(4_000);
    HandMade::chat(vec![Expectation::DetectionTime { node: node("db1@a"), at_most }])
}

fn cut(groups: [&[&str]; 2]) -> Fault {
    let groups = groups.map(|group| group.iter().map(|name| node(name)).collect()).to_vec();
    Fault::Partition(Partition { id: 1, groups, one_way: false })
}

#[test]
pub(super) fn a_loss_that_all_notice_in_time() {
    let mut run = chat();
    run.crashes(20_000, "db1@a").notices(20_001, "web@a", "db1@a");
    run.notices(20_002, "db2@b", "db1@a").notices(23_999, "user@o", "db1@a");
    passes(
        &run,
        "noticed by 3 of 3 nodes, first after 1.00 ms (web@a), last after 4.00 s (user@o)",
    );
    let figures = check(&run.run()).figures;
    assert_eq!(figures.faults[0].detection_times(), Some((millis(1), millis(3_999))));
}

#[test]
pub(super) fn one_that_somebody_notices_late() {
    let mut run = chat();
    run.crashes(20_000, "db1@a").notices(20_001, "web@a", "db1@a");
    run.notices(20_002, "db2@b", "db1@a").notices(24_001, "user@o", "db1@a");
    let finding = violated(&run, "1 of 3 nodes noticed too late");
    assert_eq!(witness(&finding), "user@o noticed 4.00 s after db1@a was lost at 20.000s");
}

#[test]
pub(super) fn one_that_somebody_never_notices() {
    let mut run = chat();
    run.inject(20_000, Fault::PauseNode(node("db1@a"))).notices(20_001, "web@a", "db1@a");
    run.notices(20_002, "db2@b", "db1@a").ends(30_000, 0, "db1@a goes on");
    let finding = violated(&run, "1 of 3 nodes noticed too late");
    assert_eq!(
        witness(&finding),
        "user@o had not noticed at 30.000s that db1@a was lost at 20.000s"
    );
}

#[test]
pub(super) fn a_node_that_is_gone_itself_need_not_notice() {
    let mut run = chat();
    run.crashes(20_000, "db1@a").notices(20_001, "web@a", "db1@a");
    run.notices(20_002, "db2@b", "db1@a").crashes(21_000, "user@o");
    passes(&run, "noticed by 2 of 3 nodes");
}

#[test]
pub(super) fn a_node_that_stops_in_order_is_lost_when_it_has_stopped() {
    let mut run = chat();
    run.inject(20_000, Fault::StopNode(node("db1@a")));
    run.fact(25_000, "db1@a", Fact::Node(NodeFact::Stopped { reason: Term::atom("normal") }));
    for name in ["web@a", "db2@b", "user@o"] {
        run.notices(25_100, name, "db1@a");
    }
    passes(&run, "noticed by 3 of 3 nodes, first after 100 ms");
}

#[test]
pub(super) fn in_a_partition_only_the_other_side_has_to_notice() {
    let mut run = chat();
    run.inject(20_000, cut([&["db1@a", "web@a"], &["db2@b"]])).notices(23_000, "db2@b", "db1@a");
    passes(&run, "noticed by 1 of 1 nodes");
}

#[test]
pub(super) fn nobody_can_tell_when_nothing_had_to_be_noticed() {
    let mut run = chat();
    inconclusive(&run, "no fault took db1@a away");
    run.inject(20_000, Fault::PauseNode(node("db1@a"))).ends(22_000, 0, "db1@a goes on");
    inconclusive(&run, "db1@a was back before any of 3 nodes had to notice");
    let mut run = chat();
    for name in ["web@a", "db2@b", "user@o"] {
        run.notices(1_000, name, "db1@a");
    }
    run.crashes(20_000, "db1@a");
    inconclusive(&run, "no node was connected to db1@a when it was lost");
}

#[test]
fn the_first_and_the_last_to_notice_are_so_by_time_and_not_by_name() {
    let mut run = chat();
    run.inject(20_000, cut([&["db1@a", "web@a"], &["db2@b", "user@o"]]));
    run.notices(21_000, "user@o", "db1@a").notices(23_000, "db2@b", "db1@a");
    run.notices(22_000, "user@o", "web@a").notices(22_500, "db2@b", "web@a");
    run.notices(22_100, "db1@a", "db2@b").notices(22_200, "web@a", "db2@b");
    let figures = check(&run.run()).figures;
    assert_eq!(figures.faults[0].detection_times(), Some((millis(1_000), millis(3_000))));
}
