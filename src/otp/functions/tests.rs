//! Every function with right and wrong arguments answers as in real Erlang: `answers.txt` has what
//! OTP 25 answered, and `tests/erlang/functions.rs` asks again where Erlang is installed.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::rc::Rc;
use std::time::Duration;

use super::*;
use crate::engine::runtime::{Class, ExitResult, NodeConfig};
use crate::otp::gen_server::{self, Caller, GenServer, Init, Next, Options, Reply, StartResult};
use crate::otp::kernel::{self, BootConfig};
use crate::otp::lab::Lab;
use crate::otp::pg;
use crate::otp::supervisor::{self, ChildSpec, Flags};
use crate::{atom, tuple};

/// The answers of a real node: calls with the same answer are one line, in which `?` stands for each of
/// the values.
const ANSWERS: &str = include_str!("answers.txt");

/// Functions that are not compared: they end the node, or tell what differs from node to node.
const NOT_COMPARED: [(&str, &str); 10] = [
    ("application", "loaded_applications"),
    ("application", "which_applications"),
    ("erlang", "get_cookie"),
    ("erlang", "halt"),
    ("erlang", "monotonic_time"),
    ("erlang", "processes"),
    ("erlang", "registered"),
    ("erlang", "system_time"),
    ("global", "registered_names"),
    ("init", "stop"),
];

/// A server that replies its requests.
struct Echo;

impl GenServer for Echo {
    type Call = Term;
    type Cast = Term;
    type Reply = Term;

    async fn handle_call(&mut self, _: &Context, _: Caller, it: Term) -> Result<Reply<Term>, Exit> {
        Ok(Reply::now(it))
    }

    async fn handle_cast(&mut self, _: &Context, _: Term) -> Result<Next, Exit> {
        Ok(Next::Wait)
    }

    async fn handle_info(&mut self, _: &Context, _: Term) -> Result<Next, Exit> {
        Ok(Next::Wait)
    }
}

async fn start_echo(ctx: Context, options: Options) -> StartResult {
    gen_server::start_link(&ctx, options, |_| async { Ok(Init::Ok(Echo)) }).await
}

/// The calls of a line, and their answer.
fn calls(line: &str) -> (Vec<String>, &str) {
    let (call, answer) = line.rsplit_once(" => ").expect("an answer");
    let Some((call, values)) = call.split_once(" | ") else {
        return (vec![call.to_owned()], answer);
    };
    (values.split(' ').map(|value| call.replacen('?', value, 1)).collect(), answer)
}

/// A call as a term: `{Module,Function,Arguments}`.
fn parsed(call: &str) -> (Atom, Atom, Vec<Term>) {
    let (name, arguments) = call.split_once('(').unwrap();
    let (module, name) = name.split_once(':').unwrap();
    let arguments = arguments.strip_suffix(')').unwrap();
    let arguments: Term = format!("[{arguments}]").parse().unwrap();
    let arguments = arguments.as_list().unwrap().to_vec();
    (Atom::new(module), Atom::new(name.trim_matches('\'')), arguments)
}

/// The term with what `$self` and the like stand for.
fn fill(term: &Term, names: &[(&str, Term)]) -> Term {
    if let Some((_, value)) = names.iter().find(|(name, _)| term.is_atom(name)) {
        return value.clone();
    }
    term.map_elements(&mut |element| fill(element, names))
}

/// The term without what differs from run to run.
fn plain(term: &Term, own: Atom) -> Term {
    if term.as_pid().is_some() {
        return Term::atom("$pid");
    }
    if term.as_reference().is_some() {
        return Term::atom("$ref");
    }
    if term.as_atom() == Some(own) {
        return Term::atom("$node");
    }
    let is_entry = |entry: &Term| match entry.as_tuple() {
        Some([module, function, _, place]) => {
            module.as_atom().is_some() && function.as_atom().is_some() && place.as_list().is_some()
        }
        Some(_) | None => false,
    };
    if term.as_list().is_some_and(|list| list.first().is_some_and(is_entry)) {
        return Term::atom("$stack");
    }
    term.map_elements(&mut |element| plain(element, own))
}

/// Calls the function in a process of its own.
async fn called(ctx: &Context, call: &str) -> String {
    let (module, name, arguments) = parsed(call);
    let answer = Rc::new(std::cell::RefCell::new(None));
    let told = Rc::clone(&answer);
    let (pid, monitor) = ctx.spawn_monitor("caller", move |ctx| async move {
        let other = ctx.spawn("other", |ctx| async move {
            ctx.trap_exit(true);
            ctx.sleep(Duration::from_mins(1)).await;
            Ok(())
        });
        let (dead, gone) = ctx.spawn_monitor("dead", |_| async { Ok(()) });
        ctx.receive_where(move |message| {
            message.as_tuple().is_some_and(|all| all.contains(&gone.into()))
        })
        .await;
        let names = [
            ("$self", Term::from(ctx.pid())),
            ("$other", Term::from(other)),
            ("$dead", Term::from(dead)),
            ("$ref", Term::from(ctx.make_ref())),
            ("$node", Term::from(ctx.node())),
        ];
        let arguments = arguments.iter().map(|argument| fill(argument, &names)).collect();
        let own = ctx.node();
        let shown = match apply(&ctx, module, name, arguments).await {
            Ok(value) => plain(&value, own).to_string(),
            Err(exit) => {
                let class = match exit.class() {
                    Class::Error => "error",
                    Class::Exit => "exit",
                    Class::Throw => "throw",
                };
                format!("{class}:{}", plain(exit.reason(), own))
            }
        };
        *told.borrow_mut() = Some(shown);
        Ok(())
    });
    let down = ctx.receive_where(move |message| {
        message.as_tuple().is_some_and(|all| all.contains(&monitor.into()))
    });
    let down = down.within(Duration::from_secs(3)).await;
    if down.is_none() {
        ctx.demonitor_flush(monitor);
        ctx.exit_signal(pid, atom!("kill"));
    }
    let answer = answer.borrow_mut().take();
    match (answer, down) {
        (Some(answer), _) => answer,
        (None, Some(down)) => {
            let reason = down.as_tuple().and_then(<[Term]>::last).cloned().unwrap();
            format!("dies: {}", plain(&reason, ctx.node()))
        }
        (None, None) => "waits".to_owned(),
    }
}

/// Runs `script` on a node that has booted, with a server and a supervisor.
fn on_a_node<F, Fut>(script: F)
where
    F: FnOnce(Context) -> Fut + 'static,
    Fut: Future<Output = ExitResult> + 'static,
{
    let net_ticktime = Duration::from_mins(1);
    let lab = Lab::asleep(&["a"], |config| NodeConfig { net_ticktime, ..config });
    let node = lab.node("a");
    lab.world.set_boot(node, kernel::boot(Rc::new(BootConfig::default())));
    lab.world.start_node(node);
    lab.run_to_ms(1000);
    let result = lab.world.run(node, move |ctx| async move {
        ctx.trap_exit(true);
        pg::start(&ctx, atom!("pg")).expect("a fresh node");
        start_echo(ctx.clone(), Options::new("echo").local("server")).await.unwrap();
        let child = ChildSpec::worker("child", |ctx| start_echo(ctx, Options::new("child")));
        let flags = Flags { intensity: 1000, ..Flags::default() };
        let name = Some(gen_server::ServerName::Local(atom!("sup")));
        supervisor::start_link(&ctx, name, flags, vec![child]).await.unwrap();
        script(ctx.clone()).await
    });
    result.unwrap();
}

#[test]
fn functions_answer_as_in_real_erlang() {
    on_a_node(|ctx| async move {
        let (mut compared, mut differences) = (0, String::new());
        for line in ANSWERS.lines() {
            let (calls, expected) = calls(line);
            for call in calls {
                let answer = called(&ctx, &call).await;
                compared += 1;
                if answer != expected {
                    writeln!(differences, "{call} => {answer}, in Erlang {expected}").unwrap();
                }
            }
        }
        assert!(compared > 2000, "{compared}");
        assert!(differences.is_empty(), "{differences}");
        Ok(())
    });
}

#[test]
fn every_function_is_compared() {
    let compared: BTreeSet<(Atom, Atom, usize)> = ANSWERS
        .lines()
        .flat_map(|line| calls(line).0)
        .map(|call| parsed(&call))
        .map(|(module, name, arguments)| (module, name, arguments.len()))
        .collect();
    for function in all() {
        let key = (Atom::new(function.module), Atom::new(function.name), function.arity());
        let known = NOT_COMPARED.contains(&(function.module, function.name));
        assert!(known != compared.contains(&key), "{function}");
        assert!(function.does.ends_with('.') && function.does.len() < 110, "{function}");
    }
}

#[test]
fn no_function_is_there_twice() {
    let mut names = BTreeSet::new();
    for function in all() {
        assert!(names.insert((function.module, function.name, function.arity())), "{function}");
    }
    assert!(names.len() > 120, "{}", names.len());
    let send = find(atom!("erlang"), atom!("send_nosuspend"), 2).unwrap();
    assert_eq!(send.to_string(), "erlang:send_nosuspend(Dest, Msg)");
}

#[test]
fn a_name_that_nobody_knows_is_undef_with_its_arguments() {
    on_a_node(|ctx| async move {
        let exit = apply(&ctx, atom!("lists"), atom!("no"), vec![1.into()]).await.unwrap_err();
        assert_eq!(exit.clone().into_exit_reason().to_string(), "{undef,[{lists,no,[1],[]}]}");
        // A63
        let spawned = vec![Term::atom("lists"), Term::atom("no"), Term::from(vec![Term::from(1)])];
        let pair = apply(&ctx, atom!("erlang"), atom!("spawn_monitor"), spawned).await?;
        let down = ctx.receive_where(|message| message.tagged("DOWN").is_some()).await;
        assert_eq!(down.as_tuple().unwrap()[1], pair.as_tuple().unwrap()[1]);
        assert_eq!(down.as_tuple().unwrap()[4].to_string(), "{undef,[{lists,no,[1],[]}]}");
        Ok(())
    });
}

#[test]
fn other_nodes_call_every_function() {
    let lab = Lab::new(&["a", "b"]);
    lab.spawn("a", |ctx, notes| async move {
        let call = async |function: &str, node: &str, mfa: &str| {
            let mfa: Term = mfa.parse().unwrap();
            let mut arguments = vec![Term::atom(node)];
            arguments.extend(mfa.as_tuple().unwrap().iter().cloned());
            let (module, name) = function.split_once(':').unwrap();
            let result = apply(&ctx, Atom::new(module), Atom::new(name), arguments).await;
            result.unwrap_or_else(|exit| tuple![exit.class().name(), exit.reason()])
        };
        for (function, node, mfa) in [
            ("erpc:call", "b@b", "{erlang,node,[]}"),
            ("erpc:call", "b@b", "{erpc,call,['a@a',erlang,node,[]]}"),
            ("erpc:call", "b@b", "{erlang,whereis,[5]}"),
            ("erpc:call", "b@b", "{lists,no,[1]}"),
            ("erpc:call", "zzz@zzz", "{erlang,node,[]}"),
            ("erpc:cast", "b@b", "{erlang,register,[x,5]}"),
            ("rpc:call", "b@b", "{erlang,nodes,[]}"),
            ("rpc:call", "b@b", "{erlang,throw,[x]}"),
            ("rpc:call", "b@b", "{lists,no,[1]}"),
        ] {
            let answer = call(function, node, mfa).await;
            let is_place = |answer: &Term| answer.to_string().replace('"', "");
            let shown = is_place(&answer);
            notes.say(&ctx, shown.split("{nodedown,").next().unwrap_or_default());
        }
        Ok(())
    });
    lab.run_to_ms(10_000);
    lab.notes.check(&[
        "b@b",
        "a@a",
        "{<<error>>,{exception,badarg,[",
        "{<<error>>,{exception,undef,[{lists,no,[1],[]}]}}",
        "{<<error>>,{erpc,noconnection}}",
        "ok",
        "[a@a]",
        "x",
        "{badrpc,{'EXIT',{undef,[{lists,no,[1],[]}]}}}",
    ]);
}
