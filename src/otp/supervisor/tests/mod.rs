//! The rules D1 to D32, each on a world of its own.

use std::cell::Cell;
use std::time::Duration;

use super::*;
use crate::otp::lab::{Notes, order, script, start_obedient};
use crate::otp::starting::{is_down, reason_in};
use crate::runtime::ExitResult;

/// A worker that traps exits and notes its starts and ends.
fn worker(id: &'static str, notes: &Notes) -> ChildSpec {
    worker_that(id, notes, "trap")
}

/// A worker that begins with `init`, and notes its starts.
fn worker_that(id: &'static str, notes: &Notes, init: &'static str) -> ChildSpec {
    let notes = notes.clone();
    ChildSpec::worker(id, move |ctx| {
        let notes = notes.clone();
        async move {
            notes.say(&ctx, format!("{id} start"));
            start_obedient(&ctx, id, &notes, order(init)).await
        }
    })
}

fn workers<const N: usize>(ids: [&'static str; N], notes: &Notes) -> Vec<ChildSpec> {
    ids.iter().map(|id| worker(id, notes)).collect()
}

fn flags(strategy: Strategy, intensity: u32) -> Flags {
    Flags { strategy, intensity, ..Flags::default() }
}

/// Starts a supervisor in a process that stays: its pid.
async fn start(ctx: &Context, flags: Flags, children: Vec<ChildSpec>) -> Pid {
    ctx.trap_exit(true);
    start_link(ctx, None, flags, children).await.unwrap().unwrap()
}

fn kill(ctx: &Context, name: &str) {
    if let Some(pid) = ctx.whereis(Atom::new(name)) {
        ctx.exit_signal(pid, atom!("kill"));
    }
}

async fn settle(ctx: &Context) {
    ctx.sleep(Duration::from_millis(1)).await;
}

/// The lines that a script notes between its own `--` and its end.
fn after_start<F, Fut>(run: F) -> Vec<String>
where
    F: FnOnce(Context, Notes) -> Fut + 'static,
    Fut: Future<Output = ExitResult> + 'static,
{
    let lines = script(&["a"], |ctx, notes| async move {
        let result = run(ctx.clone(), notes.clone()).await;
        notes.say(&ctx, "++");
        result
    })
    .lines();
    let begin = lines.iter().position(|line| line == "--").expect("the script says --");
    let end = lines.iter().position(|line| line == "++").expect("the script ends");
    lines[begin + 1..end].to_vec()
}

/// D1, D2, D7: children start in order and stop in reverse; trees depth first.
#[test]
fn children_start_in_order_and_stop_in_reverse() {
    let notes = script(&["a"], |ctx, notes| async move {
        let inner = notes.clone();
        let tree = ChildSpec::supervisor("sup", move |ctx| {
            let children = workers(["b", "c"], &inner);
            async move { start_link(&ctx, None, Flags::default(), children).await }
        });
        let children = vec![worker("a", &notes), tree, worker("d", &notes)];
        let top = start(&ctx, Flags::default(), children).await;
        let ids: Vec<Atom> =
            which_children(&ctx, top).await?.into_iter().map(|child| child.id).collect();
        notes.say(&ctx, format!("{ids:?} {:?}", count_children(&ctx, top).await?));
        gen_server::stop(&ctx, top).await?;
        Ok(())
    });
    notes.check(&[
        "a start",
        "b start",
        "c start",
        "d start",
        "[d, sup, a] ChildCounts { specs: 3, active: 3, supervisors: 1, workers: 2 }",
        "d terminate shutdown",
        "c terminate shutdown",
        "b terminate shutdown",
        "a terminate shutdown",
    ]);
}

/// D7, D8, D9: who ends a supervisor, and what becomes of its children.
#[test]
fn a_supervisor_ends_with_its_parent_only() {
    let cases: [(&str, &[&str]); 5] = [
        ("parent normal", &["w terminate shutdown", "normal"]),
        ("parent r", &["w terminate shutdown", "r"]),
        ("stranger r", &["nothing"]),
        ("stranger kill", &["w terminate killed", "killed"]),
        ("stop", &["w terminate shutdown", "normal"]),
    ];
    for (case, expected) in cases {
        let lines = after_start(move |ctx, notes| async move {
            let said = notes.clone();
            let parent = ctx.spawn("parent", move |ctx| async move {
                let name = Some(ServerName::Local(atom!("sup")));
                let children = workers(["w"], &said);
                start_link(&ctx, name, Flags::default(), children).await.unwrap();
                let reason = ctx.receive().await;
                Err(Exit::exit(reason))
            });
            settle(&ctx).await;
            let top = ctx.whereis(atom!("sup")).unwrap();
            let monitor = ctx.monitor(top);
            notes.say(&ctx, "--");
            match case.split_once(' ') {
                Some(("parent", reason)) => ctx.send(parent, Term::atom(reason)),
                Some((_, reason)) => ctx.exit_signal(top, Term::atom(reason)),
                None => gen_server::stop(&ctx, top).await?,
            }
            let down = ctx.receive_where(move |message| is_down(message, monitor));
            let down = down.within(Duration::from_secs(1)).await;
            settle(&ctx).await;
            notes.say(&ctx, down.map_or_else(|| Term::atom("nothing"), |down| reason_in(&down)));
            Ok(())
        });
        assert_eq!(lines, expected, "{case}");
    }
}

/// D4, D5.
#[test]
fn a_child_that_takes_too_long_is_killed() {
    let slow = |notes: &Notes, shutdown| {
        let notes = notes.clone();
        let spec = ChildSpec::worker("slow", move |ctx| {
            let notes = notes.clone();
            let child = ctx.spawn_link("slow", |ctx| async move {
                ctx.trap_exit(true);
                let message = ctx.receive().await;
                notes.say(&ctx, format!("slow hears {}", reason_in(&message)));
                ctx.sleep(Duration::from_secs(1)).await;
                notes.say(&ctx, "slow is done");
                Ok(())
            });
            async move { Ok(Some(child)) }
        });
        spec.shutdown(shutdown)
    };
    let cases: [(Shutdown, &[&str]); 3] = [
        (Shutdown::After(Duration::from_millis(300)), &["1 slow hears shutdown", "301 ok"]),
        (Shutdown::Infinity, &["1 slow hears shutdown", "1001 slow is done", "1001 ok"]),
        (Shutdown::BrutalKill, &["1 ok"]),
    ];
    for (shutdown, expected) in cases {
        let notes = script(&["a"], move |ctx, notes| async move {
            let top = start(&ctx, Flags::default(), vec![slow(&notes, shutdown)]).await;
            settle(&ctx).await;
            terminate_child(&ctx, top, atom!("slow")).await?.unwrap();
            notes.say(&ctx, "ok");
            Ok(())
        });
        assert_eq!(notes.timed(), expected, "{shutdown:?}");
    }
}

/// D10, D11, D12, D14: whom the end of `b` of a, b, c concerns.
#[test]
fn the_strategy_says_who_is_restarted() {
    let cases: [(Strategy, Restart, &[&str]); 4] = [
        (Strategy::OneForOne, Restart::Permanent, &["b start"]),
        (
            Strategy::OneForAll,
            Restart::Permanent,
            &["c terminate shutdown", "a terminate shutdown", "a start", "b start", "c start"],
        ),
        (Strategy::RestForOne, Restart::Permanent, &["c terminate shutdown", "b start", "c start"]),
        (Strategy::OneForAll, Restart::Temporary, &[]),
    ];
    for (strategy, restart, expected) in cases {
        let lines = after_start(move |ctx, notes| async move {
            let mut children = workers(["a", "b", "c"], &notes);
            children[1].restart = restart;
            start(&ctx, flags(strategy, 1), children).await;
            notes.say(&ctx, "--");
            kill(&ctx, "b");
            settle(&ctx).await;
            Ok(())
        });
        assert_eq!(lines, expected, "{strategy:?}");
    }
}

/// D13, D14: a group stop forgets temporary children and brings back transient ones.
#[test]
fn a_group_restart_forgets_temporary_children() {
    let lines = after_start(|ctx, notes| async move {
        let mut children = workers(["a", "b", "c"], &notes);
        children[1].restart = Restart::Transient;
        children[2].restart = Restart::Temporary;
        let top = start(&ctx, flags(Strategy::OneForAll, 1), children).await;
        notes.say(&ctx, "--");
        gen_server::cast(&ctx, "b", order("{stop,normal}"));
        settle(&ctx).await;
        let pids: Vec<bool> = which_children(&ctx, top)
            .await?
            .iter()
            .map(|child| child.pid.as_pid().is_some())
            .collect();
        notes.say(&ctx, format!("{pids:?}"));
        kill(&ctx, "a");
        settle(&ctx).await;
        notes.say(&ctx, which_children(&ctx, top).await?.len());
        Ok(())
    });
    let expected = [
        "b terminate normal",
        "[true, false, true]",
        "c terminate shutdown",
        "a start",
        "b start",
        "2",
    ];
    assert_eq!(lines, expected);
}

/// D15: the supervisor handles the ends in the order in which they reach it.
#[test]
fn ends_that_come_together_are_dealt_with_once() {
    let cases: [(Strategy, &[&str]); 2] = [
        (Strategy::OneForAll, &["a start", "b start", "c start"]),
        (
            Strategy::RestForOne,
            &[
                "c start",
                "c terminate shutdown",
                "b terminate shutdown",
                "a start",
                "b start",
                "c start",
            ],
        ),
    ];
    for (strategy, expected) in cases {
        let lines = after_start(move |ctx, notes| async move {
            let children = workers(["a", "b", "c"], &notes);
            // The supervisor is busy with a slow start while its children die, c first.
            let busy = worker_that("busy", &notes, "{sleep,100}").restart(Restart::Temporary);
            let top = start(&ctx, flags(strategy, 3), children).await;
            let starter = ctx.spawn("starter", move |ctx| async move {
                start_child(&ctx, top, busy).await?.unwrap();
                Ok(())
            });
            let monitor = ctx.monitor(starter);
            ctx.sleep(Duration::from_millis(10)).await;
            notes.say(&ctx, "--");
            for name in ["c", "a"] {
                kill(&ctx, name);
                ctx.sleep(Duration::from_millis(10)).await;
            }
            if strategy == Strategy::OneForAll {
                kill(&ctx, "b");
            }
            ctx.receive_where(move |message| is_down(message, monitor)).await;
            settle(&ctx).await;
            Ok(())
        });
        let lines: Vec<String> =
            lines.into_iter().filter(|line| !line.starts_with("busy")).collect();
        assert_eq!(lines, expected, "{strategy:?}");
    }
}

/// D16: which ends a child is restarted after, and how it is listed if not.
#[test]
fn the_restart_type_says_which_ends_are_restarted() {
    let ends = ["{stop,normal}", "{stop,shutdown}", "{stop,{shutdown,x}}", "{stop,r}"];
    let cases = [
        (Restart::Permanent, [true; 4], "1"),
        (Restart::Transient, [false, false, false, true], "1"),
        (Restart::Temporary, [false; 4], "0"),
    ];
    for (restart, again, listed) in cases {
        for (end, again) in ends.into_iter().zip(again) {
            let lines = after_start(move |ctx, notes| async move {
                let child = worker_that("w", &Notes::default(), "ok").restart(restart);
                let top = start(&ctx, Flags::default(), vec![child]).await;
                notes.say(&ctx, "--");
                gen_server::cast(&ctx, "w", order(end));
                settle(&ctx).await;
                notes.say(&ctx, ctx.whereis(atom!("w")).is_some());
                notes.say(&ctx, which_children(&ctx, top).await?.len());
                Ok(())
            });
            assert_eq!(lines, [again.to_string().as_str(), listed], "{restart:?} {end}");
        }
    }
}

/// Kills `w` at these times (in milliseconds); when the supervisor gives up, if it does.
fn check_intensity(intensity: u32, period: u64, kills: &'static [u64], fatal: Option<u64>) {
    let notes = script(&["a"], move |ctx, notes| async move {
        let period = Duration::from_secs(period);
        let flags = Flags { intensity, period, ..Flags::default() };
        let children = vec![worker_that("w", &Notes::default(), "ok")];
        let top = start(&ctx, flags, children).await;
        let monitor = ctx.monitor(top);
        for at in kills {
            let now = ctx.now().since_start();
            ctx.sleep(Duration::from_millis(*at).saturating_sub(now)).await;
            kill(&ctx, "w");
        }
        let down = ctx.receive_where(move |message| is_down(message, monitor));
        if let Some(down) = down.within(Duration::from_millis(10)).await {
            notes.say(&ctx, reason_in(&down));
        }
        Ok(())
    });
    let expected: Vec<String> = fatal.iter().map(|at| format!("{at} shutdown")).collect();
    assert_eq!(notes.timed(), expected, "{intensity} in {period} s: {kills:?}");
}

/// D17, D18: one more than the intensity is too many, in a window that is counted in whole seconds.
#[test]
fn a_supervisor_gives_up_after_too_many_restarts() {
    check_intensity(0, 5, &[100], Some(100));
    check_intensity(1, 5, &[100], None);
    check_intensity(1, 5, &[100, 200], Some(200));
    check_intensity(2, 5, &[100, 200, 300], Some(300));
    check_intensity(1, 1, &[100, 1600], Some(1600));
    check_intensity(1, 1, &[900, 2000], None);
    check_intensity(1, 1, &[100, 900], Some(900));
    check_intensity(1, 1, &[500, 2600], None);
    check_intensity(1, 5, &[0, 5999], Some(5999));
    check_intensity(1, 5, &[999, 6000], None);
}

/// D17, D19: the other children are stopped; ends that are not restarted do not count.
#[test]
fn only_restarts_count() {
    let lines = after_start(|ctx, notes| async move {
        let children = vec![
            worker("other", &notes),
            worker("t1", &notes).restart(Restart::Temporary),
            worker("t2", &notes).restart(Restart::Temporary),
            worker("w", &notes),
        ];
        let top = start(&ctx, flags(Strategy::OneForOne, 1), children).await;
        notes.say(&ctx, "--");
        for name in ["t1", "t2", "w"] {
            kill(&ctx, name);
            settle(&ctx).await;
        }
        notes.say(&ctx, ctx.is_process_alive(top)?);
        kill(&ctx, "w");
        settle(&ctx).await;
        notes.say(&ctx, ctx.is_process_alive(top)?);
        Ok(())
    });
    assert_eq!(lines, ["w start", "true", "other terminate shutdown", "false"]);
}

/// D20: a start that fails is tried again at once; each try counts.
#[test]
fn a_failed_restart_is_tried_again_and_counted() {
    for (failures, expected) in [(2, &["3 starts", "true"]), (9, &["4 starts", "false"])] {
        let lines = after_start(move |ctx, notes| async move {
            let starts = Rc::new(Cell::new(0));
            let counted = Rc::clone(&starts);
            let child = ChildSpec::worker("w", move |ctx| {
                let number = counted.replace(counted.get() + 1);
                async move {
                    if (1..=failures).contains(&number) {
                        return Err(Term::atom("nope"));
                    }
                    start_obedient(&ctx, "w", &Notes::default(), order("ok")).await
                }
            });
            let top = start(&ctx, flags(Strategy::OneForOne, 3), vec![child]).await;
            notes.say(&ctx, "--");
            kill(&ctx, "w");
            settle(&ctx).await;
            notes.say(&ctx, format!("{} starts", starts.get() - i32::from(failures == 2)));
            notes.say(&ctx, ctx.is_process_alive(top)?);
            Ok(())
        });
        assert_eq!(lines, expected, "{failures}");
    }
}

/// D21: an inner supervisor that gives up has ended with `shutdown`.
#[test]
fn an_inner_supervisor_that_gives_up_is_an_end_like_any_other() {
    for (restart, kills) in [(Restart::Permanent, 4), (Restart::Transient, 2)] {
        let lines = after_start(move |ctx, notes| async move {
            let inner = ChildSpec::supervisor("inner", |ctx| async move {
                let leaf = worker_that("leaf", &Notes::default(), "ok");
                start_link(&ctx, None, flags(Strategy::OneForOne, 1), vec![leaf]).await
            });
            let inner = inner.restart(restart);
            let top = start(&ctx, flags(Strategy::OneForOne, 1), vec![inner]).await;
            notes.say(&ctx, "--");
            for _ in 1..kills {
                kill(&ctx, "leaf");
                settle(&ctx).await;
            }
            let before = (ctx.is_process_alive(top)?, ctx.whereis(atom!("leaf")).is_some());
            kill(&ctx, "leaf");
            settle(&ctx).await;
            let after = (ctx.is_process_alive(top)?, ctx.whereis(atom!("leaf")).is_some());
            notes.say(&ctx, format!("{before:?} {after:?}"));
            Ok(())
        });
        let gives_up = restart == Restart::Permanent;
        assert_eq!(lines, [format!("(true, true) ({}, false)", !gives_up)], "{restart:?}");
    }
}

/// D22, D23, D24, D32.
#[test]
fn a_supervisor_that_cannot_start_says_why() {
    type Children = fn(&Notes) -> Vec<ChildSpec>;
    let cases: [(Children, &str, &[&str]); 4] = [
        (
            |notes| {
                vec![worker("a", notes), worker_that("b", notes, "{stop,r}"), worker("c", notes)]
            },
            "{shutdown,{failed_to_start_child,b,r}}",
            &["a start", "b start", "a terminate shutdown"],
        ),
        (
            |notes| vec![worker("a", notes), worker("a", notes)],
            "{start_spec,{duplicate_child_name,a}}",
            &[],
        ),
        (
            |notes| vec![worker("a", notes).significant()],
            "{start_spec,{bad_combination,[{auto_shutdown,never},{significant,true}]}}",
            &[],
        ),
        (
            |notes| vec![worker_that("a", notes, "ignore"), worker("b", notes)],
            "[(b, true), (a, false)]",
            &["a start", "b start"],
        ),
    ];
    for (children, expected, before) in cases {
        let notes = script(&["a"], move |ctx, notes| async move {
            ctx.trap_exit(true);
            match start_link(&ctx, None, Flags::default(), children(&notes)).await {
                Err(reason) => notes.say(&ctx, reason),
                Ok(top) => {
                    let shown = which_children(&ctx, top.unwrap()).await?.into_iter();
                    let shown: Vec<(Atom, bool)> =
                        shown.map(|child| (child.id, child.pid.as_pid().is_some())).collect();
                    notes.say(&ctx, format!("{shown:?}"));
                }
            }
            Ok(())
        });
        let lines = notes.lines();
        assert_eq!(lines[..before.len()], *before);
        assert_eq!(lines[before.len()], expected);
    }
}

/// D25, D26, D27.
#[test]
fn children_come_and_go() {
    let notes = script(&["a"], |ctx, notes| async move {
        let quiet = Notes::default();
        let top = start(&ctx, Flags::default(), vec![worker("a", &quiet)]).await;
        let say = |result: StartResult| match result {
            Ok(Some(_)) => notes.say(&ctx, "{ok,pid}"),
            Ok(None) => notes.say(&ctx, "{ok,undefined}"),
            Err(reason) => {
                let shown = reason.tagged("already_started").map(|_| Term::atom("already_started"));
                notes.say(&ctx, shown.unwrap_or(reason));
            }
        };
        let done = |result: Result<(), Term>| say(result.map(|()| None));
        let (a, b) = (atom!("a"), atom!("b"));
        say(start_child(&ctx, top, worker("b", &quiet)).await?);
        say(start_child(&ctx, top, worker("b", &quiet)).await?);
        say(start_child(&ctx, top, worker_that("c", &quiet, "ignore")).await?);
        say(start_child(&ctx, top, worker_that("d", &quiet, "{stop,r}")).await?);
        say(restart_child(&ctx, top, b).await?);
        done(delete_child(&ctx, top, b).await?);
        done(terminate_child(&ctx, top, b).await?);
        done(terminate_child(&ctx, top, b).await?);
        say(start_child(&ctx, top, worker("b", &quiet)).await?);
        say(restart_child(&ctx, top, b).await?);
        done(terminate_child(&ctx, top, b).await?);
        done(delete_child(&ctx, top, b).await?);
        done(delete_child(&ctx, top, b).await?);
        done(terminate_child(&ctx, top, atom!("nobody")).await?);
        done(terminate_child(&ctx, top, ctx.whereis(a).unwrap()).await?);
        let gone = which_children(&ctx, "nobody").await.unwrap_err();
        notes.say(&ctx, gone.reason());
        Ok(())
    });
    notes.check(&[
        "{ok,pid}",
        "already_started",
        "{ok,undefined}",
        "{r,{child,undefined,d,{d,start_link,[]},permanent,false,5000,worker,[d]}}",
        "running",
        "running",
        "{ok,undefined}",
        "{ok,undefined}",
        "already_present",
        "{ok,pid}",
        "{ok,undefined}",
        "{ok,undefined}",
        "not_found",
        "not_found",
        "not_found",
        "{noproc,{gen_server,call,[nobody,which_children,infinity]}}",
    ]);
}

/// D6, D28.
#[test]
fn children_of_one_kind_are_made_from_arguments_and_stop_at_once() {
    let notes = script(&["a"], |ctx, notes| async move {
        ctx.trap_exit(true);
        let template = worker("template", &notes).shutdown(Shutdown::After(Duration::from_secs(9)));
        let said = notes.clone();
        let start = move |ctx: Context, argument: Term| {
            let notes = said.clone();
            async move {
                if argument.is_atom("fail") {
                    return Err(Term::atom("r"));
                }
                Ok(Some(ctx.spawn_link("child", move |ctx| async move {
                    ctx.trap_exit(true);
                    ctx.receive().await;
                    ctx.sleep(Duration::from_secs(2)).await;
                    notes.say(&ctx, format!("{argument} has ended"));
                    Ok(())
                })))
            }
        };
        let top = start_link_simple(&ctx, None, flags(Strategy::OneForOne, 3), template, start);
        let top = top.await.unwrap().unwrap();
        let first = start_child_with(&ctx, top, 1).await?.unwrap().unwrap();
        let second = start_child_with(&ctx, top, 1).await?.unwrap().unwrap();
        settle(&ctx).await;
        notes.say(&ctx, start_child_with(&ctx, top, atom!("fail")).await?.unwrap_err());
        notes.say(&ctx, terminate_child(&ctx, top, atom!("template")).await?.unwrap_err());
        ctx.exit_signal(first, atom!("kill"));
        settle(&ctx).await;
        let children = which_children(&ctx, top).await?;
        notes.say(&ctx, format!("{} {}", children.len(), children[0].id));
        notes.say(&ctx, format!("{:?}", terminate_child(&ctx, top, second).await?));
        start_child_with(&ctx, top, 2).await?.unwrap();
        settle(&ctx).await;
        gen_server::stop(&ctx, top).await?;
        Ok(())
    });
    let timed = notes.timed();
    assert_eq!(timed[..2], ["1 r", "1 simple_one_for_one"]);
    assert_eq!(timed[2..5], ["2 2 undefined", "2002 1 has ended", "2002 Ok(())"]);
    let mut end = timed[5..].to_vec();
    end.sort();
    assert_eq!(end, ["4003 1 has ended", "4003 2 has ended"]);
}

/// D30, D31.
#[test]
fn significant_children_end_their_supervisor() {
    use AutoShutdown::{AllSignificant, AnySignificant};
    let cases: [(AutoShutdown, &[&str], bool); 6] = [
        (AnySignificant, &["cast s1 {stop,normal}"], false),
        (AnySignificant, &["cast s2 {stop,r}"], true),
        (AnySignificant, &["cast other {stop,normal}"], true),
        (AnySignificant, &["terminate s1"], true),
        (AllSignificant, &["cast s1 {stop,normal}"], true),
        (AllSignificant, &["cast s1 {stop,normal}", "cast s2 {stop,normal}"], false),
    ];
    for (auto_shutdown, steps, lives) in cases {
        let lines = after_start(move |ctx, notes| async move {
            let quiet = Notes::default();
            let other = worker_that("other", &quiet, "ok").restart(Restart::Temporary);
            let significant = |id| worker_that(id, &quiet, "ok").significant();
            let children = vec![
                worker("last", &notes),
                other,
                significant("s1").restart(Restart::Temporary),
                significant("s2").restart(Restart::Transient),
            ];
            let top = start(&ctx, Flags { auto_shutdown, ..Flags::default() }, children).await;
            notes.say(&ctx, "--");
            for step in steps {
                match step.split(' ').collect::<Vec<_>>()[..] {
                    ["cast", name, what] => gen_server::cast(&ctx, name, order(what)),
                    [_, name] => terminate_child(&ctx, top, Atom::new(name)).await?.unwrap(),
                    _ => unreachable!("{step}"),
                }
                settle(&ctx).await;
            }
            notes.say(&ctx, ctx.is_process_alive(top)?);
            Ok(())
        });
        let expected: &[&str] =
            if lives { &["true"] } else { &["last terminate shutdown", "false"] };
        assert_eq!(lines, expected, "{auto_shutdown:?} {steps:?}");
    }
}
