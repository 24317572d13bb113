//! The rules C1 to C23, each on a world of its own.

mod registry;

use std::time::Duration;

use super::*;
use crate::engine::term::{Atom, Pid};
use crate::otp::lab::{Lab, LabServer, Notes, full, order, script, start_obedient, without_stack};
use crate::otp::proc_lib::is_exit;
use crate::otp::request;
use crate::{atom, tuple};

/// `name` on the node `node@node`.
fn on(name: &str, node: &str) -> ServerRef {
    ServerRef::Remote(Atom::new(name), full(node))
}

/// Returns the result of a call as Erlang's shell shows it.
fn shown(result: Result<Term, Exit>) -> String {
    match result {
        Ok(value) => value.to_string(),
        Err(exit) => format!("** {}", without_stack(&exit.into_exit_reason())),
    }
}

async fn start_alone(ctx: &Context, name: &'static str, notes: &Notes, init: &str) -> StartResult {
    let (init, notes) = (order(init), notes.clone());
    let options = Options::new(name).local(name).timeout(Duration::from_millis(300));
    start(ctx, options, move |ctx| LabServer::init(ctx, name.to_owned(), notes, init)).await
}

/// Starts `s` on this node, makes each call, and compares what it comes to.
fn check_calls(calls: &[(&'static str, &str)]) {
    for (request, expected) in calls {
        let (request, expected) = (*request, (*expected).to_owned());
        let notes = script(&["a"], move |ctx, notes| async move {
            start_alone(&ctx, "s", &Notes::default(), "ok").await.unwrap();
            notes.say(&ctx, shown(call(&ctx, "s", order(request)).await));
            Ok(())
        });
        assert_eq!(notes.lines(), [expected], "{request}");
    }
}

/// C4, C5.
#[test]
fn a_call_gives_the_reply_or_the_reason_why_the_server_ended() {
    check_calls(&[
        ("{reply,7}", "7"),
        ("{exit,normal}", "** {normal,{gen_server,call,[s,{exit,normal}]}}"),
        ("{exit,{shutdown,x}}", "** {{shutdown,x},{gen_server,call,[s,{exit,{shutdown,x}}]}}"),
        ("{stop,oops}", "** {oops,{gen_server,call,[s,{stop,oops}]}}"),
        ("{error,oops}", "** {{oops,stack},{gen_server,call,[s,{error,oops}]}}"),
        ("{throw,x}", "** {{bad_return_value,x},{gen_server,call,[s,{throw,x}]}}"),
        ("{stop,oops,bye}", "bye"),
    ]);
}

/// C1, C2, C6: every way in which there is nobody to call.
#[test]
fn a_call_to_nobody_exits_with_noproc_or_nodedown() {
    let notes = script(&["a", "b"], |ctx, notes| async move {
        let dead = ctx.spawn("dead", |_| async { Ok(()) });
        let far = crate::otp::erpc::call(&ctx, full("b"), None, |there| async move {
            Ok(Term::from(there.spawn("dead", |_| async { Ok(()) })))
        });
        let far = far.await?.as_pid().unwrap();
        ctx.sleep(Duration::from_millis(10)).await;
        let servers: [ServerRef; 8] = [
            "nobody".into(),
            dead.into(),
            on("nobody", "a"),
            on("nobody", "b"),
            far.into(),
            ServerRef::Global(Term::from(7)),
            on("nobody", "zzz"),
            ctx.pid().into(),
        ];
        for server in servers {
            let result: Result<Term, Exit> = call(&ctx, &server, atom!("ask")).await;
            let reason = result.unwrap_err().reason().clone();
            let [reason, called] = reason.as_tuple().unwrap() else { panic!("{reason}") };
            let expected = request::gen_server_call(&server, Term::atom("ask"), None);
            assert_eq!(*called, expected);
            notes.say(&ctx, reason);
        }
        Ok(())
    });
    let noproc = "noproc";
    let nodedown = "{nodedown,zzz@zzz}";
    notes.check(&[noproc, noproc, noproc, noproc, noproc, noproc, nodedown, "calling_self"]);
}

/// C3, C7, C12: the request is carried out, its reply reaches nobody.
#[test]
fn a_reply_that_is_too_late_reaches_nobody() {
    for node in ["a", "b"] {
        let lab = Lab::new(&["a", "b"]);
        lab.spawn(node, |ctx, notes| async move {
            start_alone(&ctx, "s", &notes, "ok").await.unwrap();
            Ok(())
        });
        let server = on("s", node);
        lab.spawn("a", move |ctx, notes| async move {
            ctx.sleep(Duration::from_millis(100)).await;
            let timeout = Some(Duration::from_millis(50));
            let result = call_within(&ctx, &server, order("{sleep,80}"), timeout).await;
            notes.say(&ctx, shown(result));
            ctx.sleep(Duration::from_millis(100)).await;
            notes.say(&ctx, ctx.mailbox_len());
            let result = call(&ctx, &server, order("{sleep,6000}")).await;
            notes.say(&ctx, shown(result));
            let result = call_within(&ctx, &server, order("{reply,1}"), Some(Duration::ZERO)).await;
            notes.say(&ctx, shown(result));
            let result = call_within(&ctx, &server, order("{reply,2}"), None).await;
            notes.say(&ctx, shown(result));
            Ok(())
        });
        lab.run_to_ms(20_000);
        let called = |order: &str, more: &str| {
            format!("** {{timeout,{{gen_server,call,[{{s,{node}@{node}}},{order}{more}]}}}}")
        };
        let expected = [
            called("{sleep,80}", ",50"),
            "0".to_owned(),
            called("{sleep,6000}", ""),
            called("{reply,1}", ",0"),
            "2".to_owned(),
        ];
        assert_eq!(lab.notes.lines(), expected);
    }
}

/// C8, C9, C10, C11: what the caller learns when the server's node is in trouble, and when.
#[test]
fn a_call_to_a_lost_node_exits_with_nodedown() {
    /// A fault of node `b` one second into the run.
    type Trouble = fn(&Lab);
    let cut = |lab: &Lab| {
        lab.world.partition(&[vec![lab.node("a")], vec![lab.node("b")]]);
    };
    let troubles: [(Trouble, Option<u64>, &str, std::ops::RangeInclusive<u64>); 5] = [
        (|lab| assert!(lab.world.crash_node(lab.node("b"))), None, "{nodedown,b@b}", 1000..=1100),
        (|lab| lab.world.stop_node(lab.node("b")), None, "{nodedown,b@b}", 1000..=1100),
        (cut, None, "{nodedown,b@b}", 3900..=6100),
        (cut, Some(2000), "timeout", 2900..=2900),
        (|lab| lab.world.pause_node(lab.node("b")), None, "{nodedown,b@b}", 3900..=6100),
    ];
    for (number, (trouble, timeout, expected, when)) in troubles.into_iter().enumerate() {
        let lab = Lab::new(&["a", "b"]);
        lab.spawn("b", |ctx, notes| async move {
            start_alone(&ctx, "s", &notes, "ok").await.unwrap();
            Ok(())
        });
        lab.spawn("a", move |ctx, notes| async move {
            ctx.sleep(Duration::from_millis(900)).await;
            let timeout = timeout.map(Duration::from_millis);
            let result: Result<Term, Exit> =
                call_within(&ctx, on("s", "b"), order("{sleep,100000}"), timeout).await;
            let reason = result.unwrap_err().reason().clone();
            notes.say(&ctx, &reason.as_tuple().unwrap()[0]);
            Ok(())
        });
        lab.run_to_ms(1000);
        trouble(&lab);
        lab.run_to_ms(20_000);
        let [line] = &lab.notes.timed()[..] else { panic!("{number}: {:?}", lab.notes.timed()) };
        let (at, reason) = line.split_once(' ').unwrap();
        assert_eq!(reason, expected, "{number}");
        assert!(when.contains(&at.parse().unwrap()), "{number}: at {at}");
    }
}

/// C8, C11.
#[test]
fn a_call_connects_and_waits_for_the_connection() {
    let lab = Lab::new(&["a", "b"]);
    lab.spawn("b", |ctx, notes| async move {
        start_alone(&ctx, "s", &notes, "ok").await.unwrap();
        Ok(())
    });
    lab.spawn("a", |ctx, notes| async move {
        ctx.sleep(Duration::from_millis(100)).await;
        notes.say(&ctx, shown(call(&ctx, on("s", "b"), order("{reply,1}")).await));
        ctx.disconnect_node(full("b"));
        ctx.sleep(Duration::from_millis(100)).await;
        notes.say(&ctx, shown(call(&ctx, on("s", "b"), order("{reply,2}")).await));
        ctx.disconnect_node(full("b"));
        ctx.sleep(Duration::from_millis(800)).await;
        for timeout in [Some(Duration::from_secs(2)), None] {
            let result = call_within(&ctx, on("s", "b"), order("{reply,3}"), timeout).await;
            notes.say(&ctx, shown(result));
        }
        Ok(())
    });
    lab.run_to_ms(900);
    lab.world.pause_node(lab.node("b"));
    lab.run_to_ms(30_000);
    lab.notes.check(&[
        "1",
        "2",
        "** {timeout,{gen_server,call,[{s,b@b},{reply,3},2000]}}",
        "** {{nodedown,b@b},{gen_server,call,[{s,b@b},{reply,3},infinity]}}",
    ]);
}

/// C17, C18, C19: each start function's answer, what a trapping parent finds in its mailbox, and
/// whether the name is free.
#[test]
fn a_start_answers_as_init_does() {
    let starts = [
        ("ok", "ok", "none"),
        ("{stop,r}", "{error,r}", "r"),
        ("{exit,r}", "{error,r}", "r"),
        ("{error,r}", "{error,{r,stack}}", "{r,stack}"),
        ("{throw,x}", "{error,{bad_return_value,x}}", "{bad_return_value,x}"),
        ("ignore", "ignore", "normal"),
        ("{sleep,400}", "{error,timeout}", "none"),
    ];
    for (init, expected, left) in starts {
        let notes = script(&["a"], move |ctx, notes| async move {
            ctx.trap_exit(true);
            let options = Options::new("s").local("s").timeout(Duration::from_millis(300));
            let said = notes.clone();
            let started = start_link(&ctx, options, move |ctx| {
                assert_eq!(ctx.whereis(atom!("s")), Some(ctx.pid()));
                LabServer::init(ctx, "s".to_owned(), said, order(init))
            });
            notes.say(
                &ctx,
                match started.await {
                    Ok(Some(pid)) if ctx.whereis(atom!("s")) == Some(pid) => "ok".to_owned(),
                    Ok(Some(pid)) => format!("{pid} without its name"),
                    Ok(None) => "ignore".to_owned(),
                    Err(reason) => format!("{{error,{}}}", without_stack(&reason)),
                },
            );
            if init != "ok" {
                assert_eq!(ctx.whereis(atom!("s")), None);
            }
            let exit = ctx.receive_where(|message| message.tagged("EXIT").is_some());
            let exit = exit.within(Duration::from_millis(10)).await;
            let reason = exit.map(|exit| crate::otp::proc_lib::reason_in(&exit));
            notes.say(&ctx, without_stack(&reason.unwrap_or_else(|| Term::atom("none"))));
            notes.say(&ctx, ctx.mailbox_len());
            Ok(())
        });
        assert_eq!(notes.lines(), [expected, left, "0"], "{init}");
    }
}

/// C17, C19.
#[test]
fn a_name_is_taken_once() {
    let notes = script(&["a"], |ctx, notes| async move {
        ctx.trap_exit(true);
        let first = start_obedient(&ctx, "s", &notes, order("ok")).await.unwrap().unwrap();
        let second = start_obedient(&ctx, "s", &notes, order("ok")).await;
        assert_eq!(second, Err(tuple![atom!("already_started"), first]));
        notes.say(&ctx, ctx.mailbox_len());
        Ok(())
    });
    notes.check(&["0"]);
}

/// C17: a caller that does not trap exits ends with the server that it wanted to start.
#[test]
fn a_failed_start_link_takes_its_caller_along() {
    let notes = script(&["a"], |ctx, notes| async move {
        let said = notes.clone();
        let (_, monitor) = ctx.spawn_monitor("caller", move |ctx| async move {
            let result = start_obedient(&ctx, "s", &said, order("{stop,r}")).await;
            ctx.sleep(Duration::from_millis(1)).await;
            said.say(&ctx, format!("survived {result:?}"));
            Ok(())
        });
        let down =
            ctx.receive_where(move |message| crate::otp::proc_lib::is_down(message, monitor)).await;
        notes.say(&ctx, crate::otp::proc_lib::reason_in(&down));
        Ok(())
    });
    notes.check(&["r"]);
}

/// C21, C22: who ends a server, how, and whether it cleans up.
#[test]
fn a_server_cleans_up_when_its_parent_ends_and_it_traps_exits() {
    let cases: [(&str, &str, &[&str]); 5] = [
        ("trap", "r", &["s terminate r", "ended r"]),
        ("trap", "normal", &["s terminate normal", "ended normal"]),
        ("ok", "r", &["ended r"]),
        ("ok", "normal", &[]),
        ("trap", "kill", &["s terminate killed", "ended killed"]),
    ];
    for (init, reason, expected) in cases {
        let notes = script(&["a"], move |ctx, notes| async move {
            let said = notes.clone();
            let parent = ctx.spawn("parent", move |ctx| async move {
                start_obedient(&ctx, "s", &said, order(init)).await.unwrap();
                let message = ctx.receive().await;
                Err(Exit::exit(message))
            });
            ctx.sleep(Duration::from_millis(1)).await;
            let monitor = ctx.monitor(atom!("s"));
            if reason == "kill" {
                ctx.exit_signal(parent, atom!("kill"));
            } else {
                ctx.send(parent, Term::atom(reason));
            }
            let down = ctx
                .receive_where(move |message| crate::otp::proc_lib::is_down(message, monitor))
                .within(Duration::from_secs(1))
                .await;
            if let Some(down) = down {
                notes.say(&ctx, format!("ended {}", crate::otp::proc_lib::reason_in(&down)));
            }
            Ok(())
        });
        assert_eq!(notes.lines(), expected, "{init} {reason}");
    }
}

/// C4, C5: however a callback fails, the server cleans up.
#[test]
fn a_server_cleans_up_after_a_callback_that_fails() {
    for (failure, reason) in [
        ("{exit,r}", "r"),
        ("{error,r}", "{r,stack}"),
        ("{throw,r}", "{bad_return_value,r}"),
        ("{panic,r}", "{{panic,<<\"r\">>},stack}"),
    ] {
        let notes = script(&["a"], move |ctx, notes| async move {
            start_alone(&ctx, "s", &notes, "ok").await.unwrap();
            let result: Result<Term, Exit> = call(&ctx, "s", order(failure)).await;
            notes.say(&ctx, shown(result));
            start_alone(&ctx, "s", &notes, "ok").await.unwrap();
            cast(&ctx, "s", order(failure));
            Ok(())
        });
        let terminated = format!("s terminate {reason}");
        let answer = format!("** {{{reason},{{gen_server,call,[s,{failure}]}}}}");
        assert_eq!(notes.lines(), [terminated.clone(), answer, terminated]);
    }
}

/// C21: an exit signal of somebody else is a message.
#[test]
fn a_strangers_exit_is_information() {
    let notes = script(&["a"], |ctx, notes| async move {
        let server = start_obedient(&ctx, "s", &notes, order("trap")).await.unwrap().unwrap();
        ctx.spawn("stranger", move |ctx| async move {
            ctx.exit_signal(server, atom!("boo"));
            Ok(())
        });
        ctx.sleep(Duration::from_millis(1)).await;
        ctx.send(server, atom!("hello"));
        ctx.sleep(Duration::from_millis(1)).await;
        Ok(())
    });
    assert_eq!(notes.lines()[..2], ["s info EXIT boo", "s info hello"]);
}

/// C23.
#[test]
fn a_server_waits_at_most_so_long_and_continues_before_the_next_message() {
    let notes = script(&["a"], |ctx, notes| async move {
        ctx.spawn("early", |ctx| async move {
            ctx.sleep(Duration::from_millis(5)).await;
            ctx.send((atom!("s"), ctx.node()), atom!("early"));
            Ok(())
        });
        start_alone(&ctx, "s", &notes, "[{sleep,10},{continue,first}]").await.unwrap();
        ctx.sleep(Duration::from_millis(1)).await;
        for (wait, message) in [(30, None), (30, Some(10))] {
            let _: Term = call(&ctx, "s", tuple![atom!("within"), wait]).await?;
            if let Some(after) = message {
                ctx.sleep(Duration::from_millis(after)).await;
                ctx.send((atom!("s"), ctx.node()), atom!("message"));
            }
            ctx.sleep(Duration::from_millis(50)).await;
        }
        cast(&ctx, "s", order("{continue,again}"));
        ctx.sleep(Duration::from_millis(1)).await;
        Ok(())
    });
    let expected =
        ["continue first", "info early", "info timeout", "info message", "continue again"];
    let expected = expected.map(|line| format!("s {line}"));
    assert_eq!(notes.lines(), expected);
}

/// C13, C14.
#[test]
fn casts_and_later_replies_never_fail() {
    let notes = script(&["a"], |ctx, notes| async move {
        let server = start_alone(&ctx, "s", &notes, "ok").await.unwrap().unwrap();
        for nobody in ["nobody".into(), on("nobody", "a"), on("s", "zzz")] {
            cast(&ctx, nobody, atom!("ok"));
        }
        cast(&ctx, ServerRef::Global(Term::from(1)), atom!("ok"));
        let said = notes.clone();
        ctx.spawn("client", move |ctx| async move {
            said.say(&ctx, shown(call(&ctx, "s", atom!("later")).await));
            Ok(())
        });
        ctx.sleep(Duration::from_millis(1)).await;
        abcast(&ctx, &[full("a"), full("zzz")], atom!("s"), atom!("answer_now"));
        ctx.sleep(Duration::from_millis(1)).await;
        let client = ctx.spawn("client", |ctx| async move {
            let _: Term = call(&ctx, "s", atom!("later")).await?;
            Ok(())
        });
        ctx.sleep(Duration::from_millis(1)).await;
        ctx.exit_signal(client, atom!("kill"));
        cast(&ctx, server, atom!("answer_now"));
        notes.say(&ctx, shown(call(&ctx, "s", order("{reply,alive}")).await));
        Ok(())
    });
    notes.check(&["late", "alive"]);
}

/// C15.
#[test]
fn a_call_to_many_gives_answers_in_order_and_the_bad_nodes() {
    let lab = Lab::new(&["a", "b", "c"]);
    for (node, init) in [("a", "ok"), ("b", "ok")] {
        lab.spawn(node, move |ctx, notes| async move {
            start_alone(&ctx, "s", &notes, init).await.unwrap();
            Ok(())
        });
    }
    lab.spawn("a", |ctx, notes| async move {
        ctx.sleep(Duration::from_millis(10)).await;
        let nodes = ["b", "zzz", "a", "c", "b"].map(full);
        let (replies, bad) = multi_call(&ctx, &nodes, atom!("s"), order("{reply,1}"), None).await;
        notes.say(&ctx, format!("{replies:?} {bad:?}"));
        cast(&ctx, on("s", "b"), order("{sleep,100}"));
        let timeout = Some(Duration::from_millis(50));
        let (replies, bad) =
            multi_call(&ctx, &nodes, atom!("s"), order("{reply,2}"), timeout).await;
        notes.say(&ctx, format!("{replies:?} {bad:?}"));
        ctx.sleep(Duration::from_millis(200)).await;
        notes.say(&ctx, ctx.mailbox_len());
        Ok(())
    });
    lab.run_to_ms(20_000);
    lab.notes.check(&[
        "[(b@b, 1), (a@a, 1), (b@b, 1)] [zzz@zzz, c@c]",
        "[(a@a, 2)] [b@b, zzz@zzz, c@c, b@b]",
        "0",
    ]);
}

/// C16.
#[test]
fn a_request_can_be_waited_for_later() {
    let notes = script(&["a"], |ctx, notes| async move {
        start_alone(&ctx, "s", &notes, "ok").await.unwrap();
        let short = Some(Duration::from_millis(10));
        let id = send_request(&ctx, "s", order("{sleep,50}"));
        notes.say(&ctx, format!("{:?}", wait_response(&ctx, &id, short).await));
        notes.say(&ctx, format!("{:?}", wait_response(&ctx, &id, None).await));
        let id = send_request(&ctx, "s", order("{sleep,50}"));
        notes.say(&ctx, format!("{:?}", receive_response(&ctx, &id, short).await));
        ctx.sleep(Duration::from_millis(100)).await;
        notes.say(&ctx, ctx.mailbox_len());
        for (server, request) in [("nobody", "ok"), ("s", "{exit,r}")] {
            let id = send_request(&ctx, server, order(request));
            notes.say(&ctx, format!("{:?}", receive_response(&ctx, &id, None).await));
        }
        let id = send_request(&ctx, on("s", "zzz"), order("ok"));
        notes.say(&ctx, format!("{:?}", receive_response(&ctx, &id, None).await));
        Ok(())
    });
    notes.check(&[
        "Timeout",
        "Reply(ok)",
        "Timeout",
        "0",
        "Error { reason: noproc, server: nobody }",
        "s terminate r",
        "Error { reason: r, server: <a@a.1.0> }",
        "Error { reason: noconnection, server: {s,zzz@zzz} }",
    ]);
}

/// C20.
#[test]
fn a_server_is_stopped_in_order() {
    let notes = script(&["a"], |ctx, notes| async move {
        let start = || start_alone(&ctx, "s", &notes, "ok");
        start().await.unwrap();
        notes.say(&ctx, format!("{:?}", stop(&ctx, "s").await));
        start().await.unwrap();
        let reason = Term::atom("enough");
        notes.say(&ctx, format!("{:?}", stop_with(&ctx, "s", reason.clone(), None).await));
        notes.say(&ctx, format!("{:?}", stop(&ctx, "s").await));
        notes.say(&ctx, format!("{:?}", stop(&ctx, on("s", "zzz")).await));
        start().await.unwrap();
        cast(&ctx, "s", order("{sleep,100}"));
        let timeout = Some(Duration::from_millis(50));
        notes.say(&ctx, format!("{:?}", stop_with(&ctx, "s", reason, timeout).await));
        Ok(())
    });
    let expected = [
        "s terminate normal",
        "Ok(())",
        "s terminate enough",
        "Ok(())",
        "Err(exception exit: noproc)",
        "Err(exception exit: {{nodedown,zzz@zzz},{sys,terminate,[{s,zzz@zzz},normal,infinity]}})",
        "Err(exception exit: timeout)",
    ];
    assert_eq!(notes.lines()[..7], expected);
}

/// C4: a request of another type is one that no clause matches.
#[test]
fn a_request_of_another_type_ends_the_server() {
    struct Doubler;
    impl GenServer for Doubler {
        type Call = i64;
        type Cast = i64;
        type Reply = (i64, i64);

        async fn handle_call(
            &mut self,
            _: &Context,
            _: Caller,
            number: i64,
        ) -> Result<Reply<(i64, i64)>, Exit> {
            Ok(Reply::now((number, 2 * number)))
        }
    }
    let notes = script(&["a"], |ctx, notes| async move {
        let options = Options::new("doubler").local("doubler");
        start(&ctx, options, |_| async { Ok(Init::Ok(Doubler)) }).await.unwrap();
        let (number, twice): (i64, i64) = call(&ctx, "doubler", 21_i64).await?;
        notes.say(&ctx, format!("{number} {twice}"));
        let wrong: Result<bool, Exit> = call(&ctx, "doubler", 4_i64).await;
        notes.say(&ctx, format!("{wrong:?}"));
        notes.say(&ctx, shown(call(&ctx, "doubler", atom!("many")).await));
        Ok(())
    });
    notes.check(&[
        "21 42",
        "Err(exception error: {badmatch,{4,8}})",
        "** {{function_clause,stack},{gen_server,call,[doubler,many]}}",
    ]);
}

#[test]
fn an_exit_names_its_process() {
    let pid = crate::engine::term::Pid::new(atom!("a"), 1, 1, 1);
    let other = crate::engine::term::Pid::new(atom!("a"), 2, 1, 1);
    let message = tuple![atom!("EXIT"), pid, atom!("normal")];
    assert!(is_exit(&message, pid) && !is_exit(&message, other));
}
