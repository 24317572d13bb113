//! Several workloads that use one service are one history.

use super::hand_made::{HandMade, millis, users};
use super::{inconclusive, passes, violated};
use crate::engine::term::Atom;
use crate::scenario::{Consistency, Expectation};
use crate::verdict::{MissingOperation, check};

const TOLD: &str = "users and west use one service: judged together";

/// Two groups of users of the chat. What `west` posted after a fault is all that is read by
/// `users`.
fn chat(expectation: Expectation) -> HandMade {
    let mut run = HandMade::chat(vec![expectation]);
    run.uses("users", "http").uses("west", "http");
    run.crashes(20_000, "db1@a");
    run.by("west", "chat_user").post(30_000, 1, "w").done(30_010);
    run.by("users", "chat_user").read(31_000, 2).shows(31_010, &["w"]);
    run
}

/// The same, and then nothing is there any more, as `west` sees.
fn losing(expectation: Expectation) -> HandMade {
    let mut run = chat(expectation);
    run.by("users", "chat_user").post(32_000, 1, "u").done(32_010);
    run.by("west", "chat_user").read(33_000, 1).shows(33_010, &[]);
    run
}

fn workload() -> Atom {
    users()
}

/// All that is expected of what users do and see, so that a loss is against it.
fn against_loss() -> [Expectation; 7] {
    let (workload, within) = (workload(), millis(1_000));
    [
        Expectation::Linearizable { workload },
        Expectation::Claim { workload, claim: Consistency::Sequential },
        Expectation::LostAcknowledged { workload, at_most: 0 },
        Expectation::Transparent { workload, within },
        Expectation::FailSafe { workload },
        Expectation::Nonmasking { workload, within, after: within },
        Expectation::RecoveryPoint { workload, at_most: within },
    ]
}

#[test]
fn what_other_users_of_the_service_wrote_is_no_surprise() {
    for expectation in against_loss() {
        passes(&chat(expectation), TOLD);
    }
    let linearizable = Expectation::Linearizable { workload: workload() };
    passes(&chat(linearizable), "1 appends and 1 reads of 1 keys");
}

#[test]
fn what_only_other_users_of_the_service_see_to_be_lost_is_lost() {
    for expectation in against_loss() {
        violated(&losing(expectation), TOLD);
    }
    let lost = Expectation::LostAcknowledged { workload: workload(), at_most: 0 };
    violated(&losing(lost), "2 of 2 acknowledged operations lost");
}

#[test]
fn each_loss_is_counted_for_those_who_wrote_it() {
    let lost = Expectation::LostAcknowledged { workload: workload(), at_most: 0 };
    let run = losing(lost).run();
    let figures = check(&run).figures;
    let writers = figures.workloads.iter().map(|each| {
        let writer = |missing: &MissingOperation| {
            run.history.operations()[missing.operation.0 as usize].workload
        };
        (each.workload, each.missing.iter().map(writer).collect::<Vec<_>>())
    });
    let west = Atom::new("west");
    assert_eq!(writers.collect::<Vec<_>>(), [(users(), vec![users()]), (west, vec![west])]);
}

#[test]
fn what_other_users_see_twice_is_there_twice() {
    let twice = Expectation::Duplicated { workload: workload(), at_most: 0 };
    passes(&chat(twice.clone()), "0 values shown more often than written");
    let mut run = chat(twice);
    run.by("west", "chat_user").read(33_000, 1).shows(33_010, &["w", "w"]);
    violated(&run, "1 values shown more often than written");
    let figures = check(&run.run()).figures;
    let counts: Vec<usize> = figures.workloads.iter().map(|each| each.duplicated.len()).collect();
    assert_eq!(counts, [0, 1]);
}

#[test]
fn users_of_different_services_are_judged_apart() {
    let linearizable = Expectation::Linearizable { workload: workload() };
    let mut apart = chat(linearizable);
    apart.uses("west", "database");
    violated(&apart, "which nobody appended");
    let told = apart.run();
    assert!(!check(&told).findings[0].summary.contains("judged together"));
}

/// The chat with users whose client does not say what it uses.
fn unsaid(client: &str, key: &str) -> HandMade {
    let mut run = HandMade::chat(vec![Expectation::Linearizable { workload: workload() }]);
    run.crashes(20_000, "db1@a").by("west", client).about(key).post(30_000, 1, "w").done(30_010);
    run.by("users", "chat_user").about("lobby").read(31_000, 2).shows(31_010, &["w"]);
    run
}

#[test]
fn clients_that_do_not_say_what_they_use_are_judged_by_program_and_keys() {
    passes(&unsaid("chat_user", "lobby"), TOLD);
    passes(&unsaid("writer", "lobby"), TOLD);
    violated(&unsaid("writer", "cellar"), "which nobody appended");
}

#[test]
fn what_is_promised_less_to_others_does_not_count_against_the_service() {
    let linearizable = Expectation::Linearizable { workload: workload() };
    let mut stale = chat(linearizable);
    stale.by("west", "chat_user").read(33_000, 1).shows(33_010, &[]);
    violated(&stale, "no order explains");
    stale.claiming_to("west", &[Consistency::Eventual]);
    passes(&stale, TOLD);
    stale.claiming_to("west", &[Consistency::Linearizable]);
    violated(&stale, "no order explains");
}

#[test]
fn users_who_were_gone_before_the_fault_are_judged_by_what_others_did_after_it() {
    let mut run = HandMade::chat(vec![Expectation::Linearizable { workload: workload() }]);
    run.uses("users", "http").uses("west", "http");
    run.post(1_000, 1, "u").done(1_010).crashes(20_000, "db1@a");
    inconclusive(&run, "no operation of users was going on");
    run.by("west", "chat_user").read(30_000, 1).shows(30_010, &["u"]);
    passes(&run, TOLD);
}

#[test]
fn keys_of_different_kinds_have_a_model_each() {
    let mut run = HandMade::chat(vec![Expectation::Linearizable { workload: workload() }]);
    run.uses("users", "http").uses("west", "http").crashes(20_000, "db1@a");
    run.post(30_000, 1, "u").done(30_010).read(31_000, 1).shows(31_010, &["u"]);
    run.by("west", "chat_user").about("title").write(32_000, 1, "first").done(32_010);
    run.read(33_000, 1).answers(33_010, "<<\"first\">>");
    passes(&run, "nothing in 4 operations is against it");
    run.read(34_000, 1).answers(34_010, "<<\"second\">>");
    violated(&run, "no order explains what was seen of <<\"title\">>");
}
