//! Smoke.
use nodedown::runtime::*;
use nodedown::term::*;
use nodedown::{atom, tuple};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

#[test]
fn pings_and_pongs_cross_nodes() {
    let world =
        World::new(WorldConfig { detail: nodedown::trace::Detail::Full, ..WorldConfig::default() });
    let host = world.add_host("h");
    let host2 = world.add_host("h2");
    let a = world.add_node(NodeConfig::new("a@h", host));
    let b = world.add_node(NodeConfig::new("b@h2", host2));
    world.start_node(a);
    world.start_node(b);
    let log: Rc<RefCell<Vec<String>>> = Rc::default();
    let out = Rc::clone(&log);
    world.spawn(b, "server", |ctx| async move {
        ctx.register(atom!("server"), ctx.pid())?;
        loop {
            let m = ctx.receive().await;
            if let Some([from, n]) = m.tagged("ping") {
                if n.as_integer() == Some(3) {
                    panic!("three is too much");
                }
                ctx.send(from.as_pid().unwrap(), tuple![atom!("pong"), n]);
            }
        }
    });
    world.spawn(a, "client", |ctx| async move {
        let r = ctx.monitor((atom!("server"), Atom::new("b@h2")));
        for n in 1..=3 {
            ctx.send((atom!("server"), Atom::new("b@h2")), tuple![atom!("ping"), ctx.pid(), n]);
            let m = ctx.receive().await;
            out.borrow_mut().push(format!("{} {m}", ctx.now()));
        }
        let _ = r;
        let m = ctx.receive().within(Duration::from_secs(1)).await;
        out.borrow_mut().push(format!("{} {m:?}", ctx.now()));
        Ok(())
    });
    let outcome = world.run_for(Duration::from_secs(100));
    for r in world.trace().records() {
        println!("{} {:?} {:?}", r.at, r.node, r.fact);
    }
    println!("{outcome:?} {:#?} {}", log.borrow(), world.trace().digest());
}
