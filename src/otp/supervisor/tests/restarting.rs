//! Restarts, and the limit of their number.

use super::*;
use crate::engine::trace::{Fact, LogReport};
use crate::otp::lab::Lab;

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

#[test]
fn a_supervisor_reports_the_ends_of_its_children_and_that_it_gives_up() {
    let lab = Lab::new(&["a"]);
    lab.spawn("a", |ctx, notes| async move {
        let children = vec![worker_that("w", &notes, "ok")];
        start(&ctx, flags(Strategy::OneForOne, 1), children).await;
        for _ in 0..2 {
            kill(&ctx, "w");
            settle(&ctx).await;
        }
        Ok(())
    });
    lab.run_to_ms(1_000);
    let trace = lab.world.trace();
    let reports = trace.records().iter().filter_map(|record| match &record.fact {
        Fact::Log(log) => log.report,
        _ => None,
    });
    let ended = LogReport::ChildTerminated;
    let expected = [ended, ended, LogReport::RestartIntensityReached];
    assert_eq!(reports.collect::<Vec<_>>(), expected);
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
