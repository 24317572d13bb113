//! Plans: the same for the same seed, and as dense as the scenario says.

use std::time::Duration;

use crate::engine::term::Atom;
use crate::engine::time::Time;
use crate::scenario::fault::Trigger;
use crate::scenario::{Plan, PlannedOperation};

use super::{CHAT, scenario, with};

const RATE: &str = r#""rate": "5/s""#;

fn plan(text: &str, seed: u64) -> Plan {
    scenario(text).plan(seed)
}

fn column<T>(plan: &Plan, value: impl Fn(&PlannedOperation) -> T) -> Vec<T> {
    plan.operations.iter().map(value).collect()
}

#[test]
fn a_plan_depends_on_its_seed_only() {
    assert_eq!(plan(CHAT, 7), plan(CHAT, 7));
    assert_ne!(plan(CHAT, 7).operations, plan(CHAT, 8).operations);
}

#[test]
fn operations_are_in_order_and_within_their_time() {
    for arrivals in ["poisson", "even"] {
        let text = with(RATE, &format!(r#""rate": "100/s", "arrivals": "{arrivals}""#));
        let plan = plan(&text, 7);
        let times = column(&plan, |operation| operation.at);
        assert!(times.is_sorted());
        assert!(times[0] >= Time::from_nanos(5_000_000_000), "{arrivals}");
        assert!(times[times.len() - 1] < Time::from_nanos(80_000_000_000), "{arrivals}");
        let numbers = column(&plan, |operation| operation.number);
        assert!(numbers.into_iter().eq(0..plan.operations.len() as u32));
        let strays = plan.operations.iter().filter(|operation| operation.client >= 20);
        assert_eq!(strays.count(), 0);
    }
}

#[test]
fn the_rate_is_the_average() {
    let expected = 75.0 * 100.0;
    let found = plan(&with(RATE, r#""rate": "6000/m""#), 7).operations.len() as f64;
    // Four standard deviations of a Poisson count.
    assert!((found - expected).abs() < 4.0 * expected.sqrt(), "{found}");
    let even = plan(&with(RATE, r#""rate": "100/s", "arrivals": "even""#), 7);
    assert_eq!(even.operations.len(), 7_500);
    assert_eq!(even.operations[1].at.since(even.operations[0].at), Duration::from_millis(10));
    assert_eq!(column(&even, |operation| operation.client)[19..21], [19, 0]);
}

#[test]
fn gaps_vary_unless_they_are_even() {
    let gaps = |text: &str| -> Vec<f64> {
        let plan = plan(text, 7);
        let pairs = plan.operations.windows(2);
        pairs.map(|pair| pair[1].at.since(pair[0].at).as_secs_f64() * 100.0).collect()
    };
    let poisson = gaps(&with(RATE, r#""rate": "100/s""#));
    let mean = poisson.iter().sum::<f64>() / poisson.len() as f64;
    let square = poisson.iter().map(|gap| (gap - mean) * (gap - mean)).sum::<f64>();
    let variance = square / poisson.len() as f64;
    assert!(
        (variance - 1.0).abs() < 0.15,
        "an exponential gap of mean 1 has variance 1: {variance}"
    );
}

#[test]
fn operations_are_mixed_by_their_weights() {
    let plan = plan(&with(RATE, r#""rate": "100/s""#), 7);
    let names = column(&plan, |operation| operation.name);
    let part = |name: &str| {
        let name = Atom::new(name);
        names.iter().filter(|other| **other == name).count() as f64 / names.len() as f64
    };
    assert!((part("post") - 0.2).abs() < 0.02, "{}", part("post"));
    assert!((part("read") - 0.8).abs() < 0.02, "{}", part("read"));
}

#[test]
fn changing_the_mix_leaves_the_rest_of_the_plan_alone() {
    let mix = r#""mix": { "post": 0.5, "read": 2 }"#;
    let (one, other) = (plan(CHAT, 7), plan(&with(mix, r#""mix": { "join": 1 }"#), 7));
    let rest =
        |plan: &Plan| column(plan, |operation| (operation.at, operation.client, operation.draw));
    assert_eq!(rest(&one), rest(&other));
    assert_ne!(one.operations, other.operations);
    let never = column(&other, |operation| operation.name);
    assert!(never.iter().all(|name| *name == Atom::new("join")));
}

#[test]
fn workloads_do_not_touch_each_other() {
    let guests = r#""workload": {
        "guests": { "client": "chat_user", "on": "web@a", "rate": "1/s" },"#;
    let both = plan(&with(r#""workload": {"#, guests), 7);
    let users =
        both.operations.into_iter().filter(|operation| operation.workload.as_str() == "users");
    assert_eq!(users.collect::<Vec<_>>(), plan(CHAT, 7).operations);
}

#[test]
fn faults_are_in_the_order_of_their_times() {
    let triggers: Vec<Option<Duration>> = plan(CHAT, 7)
        .faults
        .iter()
        .map(|fault| match fault.trigger {
            Trigger::At(time) => Some(time),
            Trigger::AtStep(_) | Trigger::When(_) => None,
        })
        .collect();
    assert_eq!(triggers, [Some(Duration::from_secs(20)), Some(Duration::from_mins(1)), None]);
}
