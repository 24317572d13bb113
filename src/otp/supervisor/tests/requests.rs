//! Starts that fail, and what a supervisor is asked.

use super::*;

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
