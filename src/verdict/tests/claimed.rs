use super::hand_made::{HandMade, users};
use super::{inconclusive, passes, violated, witness};
use crate::scenario::{Consistency, Expectation};
use crate::verdict::{Conclusion, check};

fn claims(claim: Consistency) -> HandMade {
    HandMade::chat(vec![Expectation::Claim { workload: users(), claim }])
}

/// A run with a post before the fault, and what clients read after it.
fn reads(claim: Consistency, shown: &[(u32, &[&str])]) -> HandMade {
    let mut run = claims(claim);
    run.post(1_000, 1, "a").done(1_010).crashes(20_000, "db1@a");
    for (number, (client, texts)) in (0..).zip(shown) {
        let at = 30_000 + number * 1_000;
        run.read(at, *client).shows(at + 10, texts);
    }
    run
}

#[test]
pub(super) fn each_claim_has_what_bears_it_out_what_is_against_it_and_what_leaves_it_open() {
    use Consistency::{AtLeastOnce, AtMostOnce, Eventual, MonotonicReads, ReadYourWrites};
    const A: &[&str] = &["a"];
    const NONE: &[&str] = &[];
    type Reads<'a> = &'a [(u32, &'a [&'a str])];
    type Case<'a> = (Consistency, Reads<'a>, [(Reads<'a>, &'a str); 2], Reads<'a>);
    let cases: [Case; 5] = [
        (
            ReadYourWrites,
            &[(2, NONE), (1, A)],
            [(&[(1, NONE)], "appended"), (&[(1, A), (1, NONE)], "appended")],
            &[(2, A)],
        ),
        (
            MonotonicReads,
            &[(2, NONE), (2, A), (3, NONE)],
            [(&[(2, A), (2, NONE)], "saw"), (&[(3, A), (2, A), (3, NONE)], "saw")],
            &[(2, A)],
        ),
        (
            Eventual,
            &[(1, A), (2, A)],
            [(&[(1, NONE)], "in the end"), (&[(1, A), (2, &["a", "b"])], "in the end")],
            &[(1, A)],
        ),
        (
            AtMostOnce,
            &[(1, A)],
            [(&[(1, &["a", "a"])], "took effect"), (&[(1, &["b"])], "took effect")],
            &[],
        ),
        (
            AtLeastOnce,
            &[(1, NONE), (1, A)],
            [(&[(1, NONE)], "acknowledged"), (&[(1, A), (2, NONE)], "acknowledged")],
            &[],
        ),
    ];
    for (claim, good, bad, untested) in cases {
        passes(&reads(claim, good), "is against it");
        for (shown, why) in bad {
            let finding = violated(&reads(claim, shown), why);
            assert!(witness(&finding).contains("read"), "{finding:?}");
        }
        inconclusive(&reads(claim, untested), "");
    }
}

/// A run with two posts of one client, or one of each of two where the second had read the first.
fn posts(claim: Consistency, second: u32, shown: &[&str]) -> HandMade {
    let mut run = claims(claim);
    run.post(1_000, 1, "a").done(1_010);
    run.read(2_000, 2).shows(2_010, &["a"]);
    run.post(3_000, second, "b").done(3_010).crashes(20_000, "db1@a");
    run.read(30_000, 3).shows(30_010, shown);
    run
}

#[test]
pub(super) fn what_clients_post_is_shown_in_its_order_and_after_what_they_had_read() {
    for (claim, second) in [(Consistency::MonotonicWrites, 1), (Consistency::WritesFollowReads, 2)]
    {
        passes(&posts(claim, second, &["a", "b"]), "is against it");
        violated(&posts(claim, second, &["b", "a"]), "before");
        violated(&posts(claim, second, &["a", "c"]), "which nobody wrote");
        inconclusive(&posts(claim, second, &["a"]), "no read shows the order");
    }
}

#[test]
pub(super) fn what_is_sequentially_consistent_may_be_stale() {
    let claim = Consistency::Sequential;
    passes(&reads(claim, &[(2, &[]), (2, &["a"])]), "nothing in 3 operations is against it");
    violated(&reads(claim, &[(2, &["a"]), (2, &[])]), "no order explains");
    violated(&reads(claim, &[(1, &[])]), "no order explains");
    let mut calm = claims(claim);
    calm.post(1_000, 1, "a").done(1_010);
    inconclusive(&calm, "no fault was injected");
    calm.read(2_000, 2).shows(2_010, &["a"]).crashes(20_000, "db1@a").read(21_000, 2).hangs();
    inconclusive(&calm, "nothing was read after the fault");
}

#[test]
pub(super) fn what_is_claimed_is_what_has_to_be_explained() {
    let mut stale = HandMade::chat(vec![Expectation::FailSafe { workload: users() }]);
    stale.post(1_000, 1, "a").done(1_010).crashes(20_000, "db1@a");
    stale.read(30_000, 2).shows(30_010, &[]).read(31_000, 2).shows(31_010, &["a"]);
    violated(&stale, "no order explains");
    passes(stale.claiming(&[Consistency::MonotonicReads]), "explained: monotonic reads");
    let both = [Consistency::MonotonicReads, Consistency::Sequential];
    passes(stale.claiming(&both), "explained: monotonic reads, sequentially consistent");
    inconclusive(stale.claiming(&[Consistency::ReadYourWrites]), "no client read");
    stale.read(32_000, 2).shows(32_010, &[]);
    violated(stale.claiming(&both), "a client saw");
    assert_eq!(check(&stale.run()).conclusion, Conclusion::Violated);
}
