//! Nodes that are not alive, and those that become so at run time.

use nodedown::atom;
use nodedown::runtime::DistributionError;

use crate::probes::{Lab, SECOND, a, b};

// A4 A44 B1 B20
#[test]
fn a_node_that_is_not_alive_knows_itself_only() {
    let lab = Lab::with(1, |config| config.alive = config.name != a());
    lab.run(lab.a, |ctx| async move {
        let nonode = atom!("nonode@nohost");
        assert_eq!((ctx.is_alive(), ctx.node()), (false, nonode));
        assert!(ctx.is_local(ctx.pid()));
        assert!(!ctx.ping(b()).await && !ctx.connect_node(b()).await && !ctx.ping(nonode).await);
        let (name, own) = (atom!("name"), (atom!("name"), nonode));
        assert!(ctx.may_monitor((name, b()).into()).is_err());
        assert!(ctx.may_monitor(own.into()).is_ok());
        assert!(ctx.may_monitor_node(b()).is_err());
        ctx.register(name, ctx.pid())?;
        ctx.send((name, a()), 1); // its name in the world is not its own
        ctx.send((name, b()), 2);
        ctx.send(own, 3);
        assert_eq!(ctx.receive().await, 3.into());
        Ok(())
    });
    lab.run(lab.b, |ctx| async move {
        assert!(!ctx.ping(a()).await);
        Ok(())
    });
}

// B10 B11
#[test]
fn a_node_becomes_alive_once_and_under_its_own_name() {
    let lab = Lab::with(1, |config| config.alive = config.name != a());
    lab.run(lab.a, |ctx| async move {
        assert_eq!(ctx.start_distribution(b()), Err(DistributionError::NameTaken));
        let other = nodedown::term::Atom::new("other@one");
        assert_eq!(ctx.start_distribution(other), Err(DistributionError::NotModelled));
        assert_eq!(ctx.stop_distribution(), Err(DistributionError::NotFound));
        assert_eq!(ctx.start_distribution(a()), Ok(()));
        assert_eq!(ctx.start_distribution(a()), Err(DistributionError::AlreadyStarted));
        assert!(ctx.ping(b()).await);
        assert_eq!(ctx.stop_distribution(), Ok(()));
        ctx.sleep(SECOND).await;
        assert!(ctx.nodes().is_empty() && !ctx.ping(b()).await);
        assert_eq!(ctx.start_distribution(a()), Err(DistributionError::NotModelled));
        Ok(())
    });
    lab.run(lab.b, |ctx| async move {
        assert_eq!(ctx.stop_distribution(), Err(DistributionError::NotAllowed));
        Ok(())
    });
}
