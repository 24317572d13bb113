//! The rules E1 to E16, on a node that boots with a few applications.

use std::rc::Rc;
use std::time::Duration;

use super::*;
use crate::engine::runtime::Context;
use crate::otp::kernel::{self, BootApplication, BootConfig, BootMode};
use crate::otp::lab::{Lab, Notes, order, start_obedient};
use crate::otp::supervisor::{self, ChildSpec, Flags, StartResult};

/// An application that notes its callbacks, with a worker that traps exits.
fn application(notes: &Notes, name: &'static str) -> ApplicationSpec {
    let said = notes.clone();
    let start = move |ctx, start_type| start_tree(ctx, name, said.clone(), start_type);
    noting(notes, ApplicationSpec::new(name, start))
}

/// With callbacks that note the end.
fn noting(notes: &Notes, spec: ApplicationSpec) -> ApplicationSpec {
    let name = spec.name;
    let (prep, stop) = (notes.clone(), notes.clone());
    spec.prep_stop(move |ctx, state| {
        prep.say(&ctx, format!("{name} prep_stop {state}"));
        async { state }
    })
    .stop(move |ctx, state| {
        stop.say(&ctx, format!("{name} stop {state}"));
        async {}
    })
}

async fn start_tree(
    ctx: Context,
    name: &'static str,
    notes: Notes,
    start_type: StartType,
) -> StartResult {
    notes.say(&ctx, format!("{name} start {}", start_type.to_term()));
    let worker = ChildSpec::worker("worker", move |ctx| {
        let notes = notes.clone();
        async move { start_obedient(&ctx, &format!("{name}_worker"), &notes, order("trap")).await }
    });
    let flags = Flags { intensity: 0, ..Flags::default() };
    supervisor::start_link(&ctx, None, flags, vec![worker]).await
}

/// A lab whose node `a` boots with these applications.
fn boot(applications: impl Fn(&Notes) -> Vec<(ApplicationSpec, BootMode)>) -> Lab {
    let lab = Lab::asleep(&["a"], |config| config);
    let applications = applications(&lab.notes).into_iter();
    let applications = applications.map(|(spec, mode)| BootApplication { spec, mode }).collect();
    let config = BootConfig { applications, ..BootConfig::default() };
    lab.world.set_boot(lab.node("a"), kernel::boot(Rc::new(config)));
    lab.world.start_node(lab.node("a"));
    lab.keep_time();
    lab.run_to_ms(1000);
    lab
}

/// `log`, `db` and `http`, each of which needs the one before it, known and not loaded.
fn three(notes: &Notes) -> Vec<(ApplicationSpec, BootMode)> {
    let specs = [
        application(notes, "http").depends_on(["db"]),
        application(notes, "db").depends_on(["log"]),
        application(notes, "log"),
    ];
    specs.map(|spec| (spec, BootMode::Known)).into()
}

/// Runs a script of application functions on a node with [`three`]: what it noted.
fn with_three<Fut>(script: impl FnOnce(Context, Notes) -> Fut + 'static) -> Vec<String>
where
    Fut: Future<Output = Result<(), Term>> + 'static,
{
    let lab = boot(three);
    lab.spawn("a", |ctx, notes| async move {
        let result = script(ctx.clone(), notes.clone()).await;
        notes.say(&ctx, format!("{result:?}"));
        Ok(())
    });
    lab.run_to_ms(20_000);
    lab.notes.lines()
}

const TEMPORARY: RestartType = RestartType::Temporary;

fn name(name: &str) -> Atom {
    Atom::new(name)
}

/// E1, E3, E4.
#[test]
fn an_application_is_started_and_stopped_once() {
    let lines = with_three(|ctx, notes| async move {
        let say = |result: Result<(), Term>| match result {
            Ok(()) => notes.say(&ctx, "ok"),
            Err(reason) => notes.say(&ctx, reason),
        };
        say(start(&ctx, name("nosuch"), TEMPORARY).await);
        say(load(&ctx, name("nosuch")).await);
        say(start(&ctx, name("db"), TEMPORARY).await);
        say(start(&ctx, name("log"), TEMPORARY).await);
        say(start(&ctx, name("log"), TEMPORARY).await);
        say(ensure_started(&ctx, name("log"), TEMPORARY).await);
        say(load(&ctx, name("log")).await);
        say(unload(&ctx, name("log")).await);
        say(unload(&ctx, name("http")).await);
        say(stop(&ctx, name("db")).await);
        say(stop(&ctx, name("log")).await);
        say(stop(&ctx, name("log")).await);
        say(unload(&ctx, name("log")).await);
        Ok(())
    });
    let expected = [
        r#"{"no such file or directory","nosuch.app"}"#,
        r#"{"no such file or directory","nosuch.app"}"#,
        "{not_started,log}",
        "log start normal",
        "ok",
        "{already_started,log}",
        "ok",
        "{already_loaded,log}",
        "{running,log}",
        "{not_loaded,http}",
        "{not_started,db}",
        "log prep_stop []",
        "log_worker terminate shutdown",
        "log stop []",
        "ok",
        "{not_started,log}",
        "ok",
        "Ok(())",
    ];
    assert_eq!(lines, expected);
}

/// E2, E13, E3.
#[test]
fn all_that_an_application_needs_is_started_before_it() {
    let lines = with_three(|ctx, notes| async move {
        notes.say(&ctx, format!("{:?}", ensure_all_started(&ctx, name("http"), TEMPORARY).await?));
        notes.say(&ctx, format!("{:?}", ensure_all_started(&ctx, name("http"), TEMPORARY).await?));
        notes.say(&ctx, format!("{:?}", which_applications(&ctx).await));
        stop(&ctx, name("log")).await?;
        notes.say(&ctx, format!("{:?}", which_applications(&ctx).await));
        Ok(())
    });
    let expected = [
        "log start normal",
        "db start normal",
        "http start normal",
        "[log, db, http]",
        "[]",
        "[http, db, log, stdlib, kernel]",
        "log prep_stop []",
        "log_worker terminate shutdown",
        "log stop []",
        "[http, db, stdlib, kernel]",
        "Ok(())",
    ];
    assert_eq!(lines, expected);
}

/// E2: if one fails, those that were started for it are stopped again.
#[test]
fn a_failed_start_of_many_leaves_nothing_behind() {
    let lab = boot(|notes| {
        let broken =
            ApplicationSpec::new("broken", |_, _| async { StartResult::Err(Term::atom("nope")) });
        let specs =
            [broken.depends_on(["db", "log"]), application(notes, "db"), application(notes, "log")];
        specs.map(|spec| (spec, BootMode::Known)).into()
    });
    lab.spawn("a", |ctx, notes| async move {
        let result = ensure_all_started(&ctx, name("broken"), TEMPORARY).await;
        notes.say(&ctx, result.unwrap_err());
        notes.say(&ctx, format!("{:?}", which_applications(&ctx).await));
        Ok(())
    });
    lab.run_to_ms(2000);
    let lines = lab.notes.lines();
    let starts = ["db start normal", "log start normal"];
    let end = ["{broken,{nope,{broken,start,[normal,[]]}}}", "[stdlib, kernel]"];
    assert_eq!(lines[..2], starts);
    assert_eq!(lines[lines.len() - 2..], end);
    assert!(lines.contains(&"db stop []".to_owned()) && lines.contains(&"log stop []".to_owned()));
}

/// E6.
#[test]
fn a_start_that_fails_says_why() {
    type Outcome = fn() -> StartResult;
    let cases: [(Outcome, &str); 2] = [
        (|| Err(Term::atom("nope")), "{nope,{x,start,[normal,[]]}}"),
        (|| Ok(None), "{bad_return,{{x,start,[normal,[]]},ignore}}"),
    ];
    for (outcome, expected) in cases {
        let lab = boot(|_| {
            vec![(ApplicationSpec::new("x", move |_, _| async move { outcome() }), BootMode::Known)]
        });
        lab.spawn("a", |ctx, notes| async move {
            notes.say(&ctx, start(&ctx, name("x"), TEMPORARY).await.unwrap_err());
            notes.say(&ctx, start(&ctx, name("x"), TEMPORARY).await.unwrap_err());
            Ok(())
        });
        lab.run_to_ms(2000);
        assert_eq!(lab.notes.lines(), [expected, expected]);
    }
}

/// E5, E7, E8: the order of a stop, and the end of stray processes; the state of the start is kept.
#[test]
fn what_is_left_of_a_stopped_application_is_killed() {
    let lab = boot(|notes| {
        let said = notes.clone();
        let spec = ApplicationSpec::new("x", move |ctx: Context, start_type| {
            let said = said.clone();
            async move {
                let stray = said.clone();
                ctx.spawn("stray", |ctx| async move {
                    ctx.trap_exit(true);
                    ctx.register(atom!("stray"), ctx.pid())?;
                    loop {
                        stray.say(&ctx, ctx.receive().await);
                    }
                });
                let top = start_tree(ctx, "x", said, start_type).await?.unwrap();
                Ok((top, Term::atom("state")))
            }
        });
        vec![(noting(notes, spec), BootMode::Start(TEMPORARY))]
    });
    lab.spawn("a", |ctx, notes| async move {
        notes.say(&ctx, ctx.whereis(atom!("stray")).is_some());
        stop(&ctx, name("x")).await.unwrap();
        notes.say(&ctx, ctx.whereis(atom!("stray")).is_some());
        Ok(())
    });
    lab.run_to_ms(2000);
    lab.notes.check(&[
        "x start normal",
        "true",
        "x prep_stop state",
        "x_worker terminate shutdown",
        "x stop state",
        "false",
    ]);
}

/// Runs a node whose application `x` ends for a reason, and returns what the node does (E9, E10).
fn check_end(restart: RestartType, reason: &str, node_lives: bool) {
    let lab = boot(|notes| {
        let top = |ctx: Context, _| async move {
            let top = ctx.spawn_link("top", |ctx| async move {
                ctx.register(atom!("top"), ctx.pid())?;
                let reason = ctx.receive().await;
                Err(crate::engine::runtime::Exit::exit(reason))
            });
            StartResult::Ok(Some(top))
        };
        let spec = noting(notes, ApplicationSpec::new("x", top));
        vec![
            (application(notes, "early"), BootMode::Start(TEMPORARY)),
            (spec, BootMode::Start(restart)),
            (application(notes, "late"), BootMode::Start(TEMPORARY)),
        ]
    });
    let a = lab.node("a");
    lab.world.send(a, atom!("top"), Term::atom(reason));
    lab.run_to_ms(1500);
    let case = format!("{restart:?} {reason}");
    assert_eq!(lab.world.is_up(a), node_lives, "{case}");
    let mut expected = vec!["early start normal", "late start normal"];
    expected.extend(["x prep_stop []", "x stop []"]);
    if !node_lives {
        expected.extend(["late prep_stop []", "late_worker terminate shutdown", "late stop []"]);
        expected.extend(["early prep_stop []", "early_worker terminate shutdown", "early stop []"]);
        let records = format!("{:?}", lab.world.trace().records());
        let told = format!(
            "Kernel pid terminated (application_controller) ({{application_terminated,x,{reason}}})"
        );
        assert!(records.contains(&told), "{case}");
    }
    assert_eq!(lab.notes.lines(), expected, "{case}");
}

/// E9, E10.
#[test]
fn the_end_of_an_application_may_take_its_node_down() {
    use RestartType::{Permanent, Temporary, Transient};
    check_end(Temporary, "normal", true);
    check_end(Temporary, "boo", true);
    check_end(Transient, "normal", true);
    check_end(Transient, "shutdown", false);
    check_end(Transient, "boo", false);
    check_end(Permanent, "normal", false);
    check_end(Permanent, "boo", false);
}

/// E10: a supervisor that gives up ends with `shutdown`, which is not `normal`.
#[test]
fn a_transient_application_whose_supervisor_gives_up_takes_its_node_down() {
    let lab =
        boot(|notes| vec![(application(notes, "x"), BootMode::Start(RestartType::Transient))]);
    let worker = lab.world.whereis(lab.node("a"), name("x_worker")).unwrap();
    lab.world.exit_process(worker, atom!("kill"));
    lab.run_to_ms(2000);
    assert!(!lab.world.is_up(lab.node("a")));
    lab.notes.check(&["x start normal", "x prep_stop []", "x stop []"]);
}

/// E11. A transient application behaves as a permanent one, as observed on OTP 25.
#[test]
fn a_failed_start_takes_the_node_down_unless_it_is_temporary() {
    for (restart, node_lives) in [
        (RestartType::Temporary, true),
        (RestartType::Transient, false),
        (RestartType::Permanent, false),
    ] {
        let lab = boot(|_| {
            let failing = |_, _| async { StartResult::Err(Term::atom("nope")) };
            vec![(ApplicationSpec::new("x", failing), BootMode::Known)]
        });
        lab.spawn("a", move |ctx, notes| async move {
            notes.say(&ctx, start(&ctx, name("x"), restart).await.unwrap_err());
            Ok(())
        });
        lab.run_to_ms(2000);
        assert_eq!(lab.world.is_up(lab.node("a")), node_lives, "{restart:?}");
        if node_lives {
            lab.notes.check(&["{nope,{x,start,[normal,[]]}}"]);
        }
    }
}

/// E12.
#[test]
fn start_phases_follow_the_start() {
    let phases = |notes: &Notes, broken: bool| {
        let (said, spec) = (notes.clone(), application(notes, "x"));
        let phases = [(name("init"), Term::from(1)), (name("go"), Term::from(2))];
        let spec = spec.start_phases(phases, move |ctx, phase, start_type, argument| {
            said.say(&ctx, format!("{phase} {} {argument}", start_type.to_term()));
            let fails = broken && phase == name("go");
            async move { if fails { Err(Term::atom("phase_bad")) } else { Ok(()) } }
        });
        vec![(spec, BootMode::Known)]
    };
    for (broken, expected) in
        [(false, "Ok(())"), (true, "Err({phase_bad,{x,start_phase,[go,normal,2]}})")]
    {
        let lab = boot(|notes| phases(notes, broken));
        lab.spawn("a", |ctx, notes| async move {
            let started = start(&ctx, name("x"), TEMPORARY).await;
            notes.say(&ctx, format!("{started:?}"));
            Ok(())
        });
        lab.run_to_ms(2000);
        lab.notes.check(&["x start normal", "init normal 1", "go normal 2", expected]);
    }
}

/// E14: the latest stops first, and the connections close a second later.
#[test]
fn a_node_stops_its_applications_before_it_goes() {
    let lab = boot(|notes| {
        let mode = BootMode::Start(RestartType::Permanent);
        three(notes).into_iter().map(|(spec, _)| (spec, mode)).collect()
    });
    lab.world.stop_node(lab.node("a"));
    lab.run_to_ms(1900);
    assert!(lab.world.is_up(lab.node("a")));
    lab.run_to_ms(2100);
    assert!(!lab.world.is_up(lab.node("a")));
    let starts = ["log", "db", "http"].map(|name| format!("{name} start normal"));
    let stops = ["http", "db", "log"].map(|name| {
        [
            format!("{name} prep_stop []"),
            format!("{name}_worker terminate shutdown"),
            format!("{name} stop []"),
        ]
    });
    assert_eq!(lab.notes.lines(), [starts.to_vec(), stops.concat()].concat());
    let records = format!("{:?}", lab.world.trace().records());
    assert_eq!(records.matches("Application(Started").count(), 3);
    assert_eq!(records.matches("Application(Stopped").count(), 3);
}

/// E15.
#[test]
fn the_environment_comes_with_the_load_and_goes_with_the_unload() {
    let lab = boot(|notes| vec![(application(notes, "x").env("k", 1), BootMode::Known)]);
    lab.spawn("a", |ctx, notes| async move {
        let say = || notes.say(&ctx, format!("{:?}", get_env(&ctx, name("x"), name("k"))));
        say();
        load(&ctx, name("x")).await.unwrap();
        say();
        set_env(&ctx, name("x"), name("k"), 2);
        say();
        unload(&ctx, name("x")).await.unwrap();
        say();
        load(&ctx, name("x")).await.unwrap();
        say();
        Ok(())
    });
    lab.run_to_ms(2000);
    lab.notes.check(&["None", "Some(1)", "Some(2)", "None", "Some(1)"]);
}

/// E16.
#[test]
fn a_process_that_stops_its_own_application_ends_with_it() {
    let lab = boot(|_| {
        let top = |ctx: Context, _| async move {
            let top = ctx.spawn_link("top", |ctx| async move {
                ctx.sleep(Duration::from_secs(1)).await;
                let _ = stop(&ctx, name("x")).await;
                ctx.log(crate::engine::trace::Level::Info, "it saw the return");
                Ok(())
            });
            StartResult::Ok(Some(top))
        };
        vec![(ApplicationSpec::new("x", top), BootMode::Start(TEMPORARY))]
    });
    lab.run_to_ms(3000);
    let records = format!("{:?}", lab.world.trace().records());
    assert!(records.contains("application x exited: stopped"));
    assert!(!records.contains("it saw the return"));
}
