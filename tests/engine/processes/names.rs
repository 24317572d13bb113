//! Registered names.

use nodedown::atom;
use nodedown::term::{Pid, Term};

use crate::probes::{Lab, MS, a, b, idle};

// A52
#[test]
fn a_name_is_given_once_to_a_live_process_of_this_node() {
    let lab = Lab::new(1);
    let far = lab.idler(lab.b);
    lab.run(lab.a, move |ctx| async move {
        let [child, other, dead] = [(); 3].map(|()| ctx.spawn("child", idle));
        ctx.exit_signal(dead, atom!("kill"));
        ctx.sleep(MS).await;
        let (one, two) = (atom!("one"), atom!("two"));
        ctx.register(one, child)?;
        for (name, pid, why) in [
            (one, other, "taken"),
            (one, child, "taken, even by the process"),
            (two, child, "has a name already"),
            (two, dead, "dead"),
            (two, far, "remote"),
            (two, Pid::new(a(), 77, 1, 1), "of another life"),
            (atom!("undefined"), other, "undefined"),
        ] {
            let error = ctx.register(name, pid).expect_err(why);
            assert_eq!(error.reason(), &Term::atom("badarg"), "{why}");
        }
        assert_eq!(ctx.registered(), [one]);
        Ok(())
    });
}

// A53
#[test]
fn a_name_is_free_after_unregister_and_after_death() {
    let lab = Lab::new(1);
    lab.run(lab.a, |ctx| async move {
        let (child, name) = (ctx.spawn("child", idle), atom!("name"));
        assert_eq!(ctx.whereis(name), None);
        assert_eq!(ctx.unregister(name).unwrap_err().reason(), &Term::atom("badarg"));
        ctx.register(name, child)?;
        assert_eq!(ctx.whereis(name), Some(child));
        ctx.unregister(name)?;
        assert_eq!(ctx.whereis(name), None);
        ctx.register(name, child)?;
        ctx.exit_signal(child, atom!("kill"));
        ctx.sleep(MS).await;
        assert_eq!(ctx.whereis(name), None);
        ctx.register(name, ctx.pid())?;
        Ok(())
    });
}

// A54
#[test]
fn only_processes_of_this_node_can_be_asked_for_their_life() {
    let lab = Lab::new(1);
    let far = lab.idler(lab.b);
    lab.run(lab.a, move |ctx| async move {
        assert_eq!(ctx.is_process_alive(far).unwrap_err().reason(), &Term::atom("badarg"));
        let child = ctx.spawn("child", |_| async { Ok(()) });
        assert!(ctx.is_process_alive(child)?);
        assert!(ctx.is_process_alive(ctx.pid())?);
        ctx.sleep(MS).await;
        assert!(!ctx.is_process_alive(child)?);
        assert!(ctx.is_process_alive(Pid::new(b(), 1, 1, 1)).is_err());
        Ok(())
    });
}
