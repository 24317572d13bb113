//! Hosts: several nodes on one, and the loss of power.

use nodedown::network::HostId;
use nodedown::runtime::NodeConfig;
use nodedown::term::Term;
use nodedown::{atom, tuple};

use crate::nodes::{losses, reasons};
use crate::probes::{Lab, MS, SECOND, a, b};

fn host(lab: &Lab, name: &str) -> HostId {
    lab.world.host_id(nodedown::term::Atom::new(name)).unwrap()
}

#[test]
fn nodes_of_one_host_are_near_and_go_down_together() {
    let lab = Lab::new(1);
    let twin = lab.world.add_node(NodeConfig::new("twin@two", host(&lab, "two")));
    lab.world.start_node(twin);
    let (sink, inbox) = lab.sink(twin, "sink");
    lab.run(lab.b, move |ctx| async move {
        assert!(ctx.ping(sink.node()).await);
        let begin = ctx.now();
        ctx.send(sink, 1);
        ctx.sleep(MS / 10).await;
        assert!(ctx.now().since(begin) < MS / 2);
        Ok(())
    });
    assert_eq!(inbox.take_integers(), [1]);
    lab.world.crash_host(host(&lab, "two"));
    assert!(!lab.world.is_up(lab.b) && !lab.world.is_up(twin));
    assert!(!lab.world.start_node(twin), "there is no power");
    lab.world.start_host(host(&lab, "two"));
    assert!(lab.world.is_up(lab.b) && lab.world.is_up(twin));
}

#[test]
fn only_the_nodes_that_were_up_come_back_with_the_power() {
    let lab = Lab::new(1);
    lab.world.crash_node(lab.b);
    lab.world.crash_host(host(&lab, "two"));
    lab.world.start_host(host(&lab, "two"));
    assert!(!lab.world.is_up(lab.b));
}

// B27
#[test]
fn a_host_without_power_is_noticed_by_its_silence() {
    for seed in 0..40 {
        let lab = Lab::with(seed, |config| config.net_ticktime = 8 * SECOND);
        lab.connect(lab.a, b());
        lab.pass(10 * SECOND + u32::try_from(seed).unwrap() * 43 * MS);
        let begin = lab.world.now();
        lab.world.crash_host(host(&lab, "two"));
        lab.pass(12 * SECOND);
        let found = losses(&lab);
        let [(node, _, reason, at)] = &found[..] else { panic!("{found:?}") };
        assert_eq!((node.as_str(), reason.as_str()), ("a@one", "net_tick_timeout"));
        assert!((6 * SECOND..=10 * SECOND).contains(&at.since(begin)), "{at}");
    }
}

// B25 B38
#[test]
fn when_the_power_is_back_the_peers_learn_of_it_as_soon_as_they_send() {
    for sends in [true, false] {
        let lab = Lab::with(1, |config| config.net_ticktime = 8 * SECOND);
        let (sink, inbox) = lab.sink(lab.b, "sink");
        lab.connect(lab.a, b());
        lab.world.crash_host(host(&lab, "two"));
        if sends {
            lab.run(lab.a, move |ctx| async move {
                ctx.send(sink, 1);
                ctx.sleep(SECOND).await;
                assert_eq!(ctx.nodes(), [b()]);
                Ok(())
            });
        }
        lab.pass(SECOND);
        lab.world.start_host(host(&lab, "two"));
        // TCP tries again after three seconds; a tick comes within half of the tick time.
        lab.pass(if sends { 2 * SECOND } else { 4 * SECOND });
        assert_eq!(reasons(&lab), [("a@one".to_owned(), "connection_closed".to_owned())]);
        assert_eq!(inbox.take(), []);
    }
}

// B34
#[test]
fn what_a_host_has_put_on_the_wire_arrives_and_nothing_after_it() {
    for cut_before in [false, true] {
        let lab = Lab::new(1);
        let (sink, inbox) = lab.sink(lab.b, "sink");
        lab.connect(lab.a, b());
        if cut_before {
            lab.world.partition(&[vec![lab.a], vec![lab.b]]);
        }
        lab.run(lab.a, move |ctx| async move {
            ctx.send(sink, 1);
            Ok(())
        });
        lab.pass(SECOND);
        let (on_the_wire, held_up) = (tuple![atom!("wire")], tuple![atom!("late")]);
        lab.world.spawn(lab.a, "sender", {
            let message = on_the_wire.clone();
            move |ctx| async move {
                ctx.send(sink, message);
                Ok(())
            }
        });
        lab.pass(MS / 10);
        lab.world.crash_host(host(&lab, "one"));
        lab.pass(SECOND);
        let expected = if cut_before { vec![] } else { vec![Term::from(1), on_the_wire] };
        assert_eq!(inbox.take(), expected);
        lab.world.heal_all();
        lab.world.start_host(host(&lab, "one"));
        lab.pass(5 * SECOND);
        assert!(!inbox.take().contains(&held_up));
        assert_eq!(lab.world.whereis(lab.a, atom!("sender")), None);
        lab.connect(lab.b, a());
    }
}
