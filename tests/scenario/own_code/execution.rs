//! The way in which nodes run code: its cost, the length of slices, the order of maps.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use nodedown::explore::{Batch, ScenarioText, Seeds, StopReason, Sweep};
use nodedown::history::Outcome;
use nodedown::runtime;
use nodedown::services::Programs;
use nodedown::simulation::Simulation;
use nodedown::term::{Atom, Term};
use nodedown::trace::{Detail, Fact, MessageFact};

use super::{Project, answers, calls, told};

const SPIN: &str = "
-export([loop/0, quick/0, until/1, ask/2, told/0]).
loop() -> loop().
quick() -> erlang:monotonic_time().
%% Asks a server again and again until some milliseconds have passed.
until(Milliseconds) ->
    Server = spawn_link(?MODULE, told, []),
    ask(Server, erlang:monotonic_time(millisecond) + Milliseconds).
ask(Server, Until) ->
    Server ! {self(), now},
    receive {Server, Now} when Now < Until -> ask(Server, Until); {Server, _} -> done end.
told() ->
    receive {From, now} -> From ! {self(), erlang:monotonic_time(millisecond)}, told() end.
";

#[test]
fn a_loop_without_an_end_lets_time_pass_and_others_run() {
    let Some(project) = Project::of(&[("spin", SPIN)]) else { return };
    let costly = r#", "cost_per_reduction": "1us""#;
    let text = calls("1500ms", costly, &[("loop", "spin:loop()"), ("quick", "spin:quick()")]);
    let run = project.run(&text, 1);
    assert_eq!(run.outcome, runtime::RunOutcome::Deadline);
    assert_eq!(run.ended_at.since_start(), Duration::from_millis(1_500));
    let (loops, quick) = (answers(&run, "loop"), answers(&run, "quick"));
    assert!(loops.is_empty());
    assert!(quick.len() >= 3, "{quick:?}");
    // Those that began early enough were given up.
    let timed_out = run.history.operations().iter().filter(|each| {
        let outcome = each.completion.as_ref().map(|completion| &completion.outcome);
        each.name.as_str() == "loop" && matches!(outcome, Some(Outcome::Unknown(_)))
    });
    assert!(timed_out.count() >= 3);
    assert_eq!(run.trace.digest(), project.run(&text, 1).trace.digest());
}

#[test]
fn what_a_call_prints_is_in_the_log_of_its_node() {
    let prints = "-export([f/0]).\nf() -> io:format(\"in a ~s~n\", [call]), user = named(group_leader()).\n\
        named(Pid) -> {_, Name} = process_info(Pid, registered_name), Name.\n";
    let Some(project) = Project::of(&[("prints", prints)]) else { return };
    let run = project.run(&calls("1s", "", &[("print", "prints:f()")]), 1);
    assert!(answers(&run, "print").len() >= 3);
    assert!(told(&run).iter().any(|line| line == "log in a call"), "{:?}", told(&run));
}

#[test]
fn two_processes_that_ask_each_other_until_a_time_come_to_it() {
    let Some(project) = Project::of(&[("spin", SPIN)]) else { return };
    let costly = r#", "cost_per_reduction": "1us""#;
    let run = project.run(&calls("1s", costly, &[("poll", "spin:until(50)")]), 1);
    assert!(answers(&run, "poll").len() >= 3);
}

#[test]
fn the_event_budget_ends_a_run_of_processes_that_ask_each_other_for_ever() {
    let Some(project) = Project::of(&[("spin", SPIN)]) else { return };
    let text = calls("20s", "", &[("poll", "spin:until(1000000)")])
        .replace(r#""name": "calls","#, r#""name": "calls", "event_budget": 200000,"#);
    let run = project.run(&text, 1);
    let runtime::RunOutcome::BudgetExhausted { busy } = &run.outcome else {
        panic!("{:?}", run.outcome)
    };
    assert!(run.steps >= 200_000 && !busy.is_empty(), "{busy:?}");
}

#[test]
fn a_sweep_gives_up_a_run_that_goes_on_for_long_when_the_time_is_up() {
    let Some(project) = Project::of(&[("spin", SPIN)]) else { return };
    let text = calls("1000s", r#", "slice": 10"#, &[("loop", "spin:loop()")])
        .replace(r#""20/s""#, r#""2/s", "until": "2s""#)
        .replace(r#""300ms""#, r#""900s""#);
    let file = project.path().join("scenario.json").display().to_string();
    let asked = AtomicU32::new(0);
    let time_is_up = || asked.fetch_add(1, Ordering::Relaxed) > 5;
    let batch = Batch::new().jobs(NonZero::<usize>::MIN).until(&time_is_up);
    let programs = Programs::builtin();
    let sweep = Sweep::new(&programs).batch(batch);
    let results = sweep.scenario(ScenarioText::new(&file, &text), Seeds::from(1..=3)).unwrap();
    let results = results.run(|_| {});
    assert_eq!(results.stopped, Some(StopReason::TimeUp));
    assert!(results.scenarios[0].runs.is_empty(), "{:?}", results.scenarios[0].runs);
}

const ORDER: &str = "
-export([keys/0, rows/0]).
keys() -> maps:keys(maps:from_list([{N, N} || N <- lists:seq(1, 40)])).
rows() ->
    T = ets:new(t, []),
    ets:insert(T, [{N} || N <- lists:seq(1, 40)]),
    [N || {N} <- ets:tab2list(T)].
";

#[test]
fn maps_and_tables_come_in_the_order_that_the_scenario_says() {
    let Some(project) = Project::of(&[("order", ORDER)]) else { return };
    let both = [("keys", "order:keys()"), ("rows", "order:rows()")];
    let of = |erlang: &str, seed: u64| {
        let run = project.run(&calls("2s", erlang, &both), seed);
        both.map(|(name, _)| {
            let answers = answers(&run, name);
            assert!(answers.len() >= 3 && answers.iter().all(|each| *each == answers[0]));
            answers[0].clone()
        })
    };
    let usual = of("", 1);
    assert_eq!(of(r#", "map_order": "term""#, 2), usual);
    let [one, other] = [1, 2].map(|seed| of(r#", "map_order": "seed""#, seed));
    for (place, usual) in usual.iter().enumerate() {
        let sorted = |term: &Term| {
            let mut elements = term.as_list().unwrap().to_vec();
            elements.sort();
            elements
        };
        assert!(one[place] != *usual && other[place] != *usual && one[place] != other[place]);
        assert_eq!(sorted(&one[place]), sorted(usual));
    }
    assert_eq!(usual[0], (1..=40).map(Term::from).collect());
}

#[test]
fn slices_are_as_long_as_the_scenario_says() {
    let Some(project) = Project::of(&[("spin", SPIN)]) else { return };
    let steps = |erlang: &str, seed| {
        let erlang = format!(r#", "cost_per_reduction": "1us"{erlang}"#);
        let run = project.run(&calls("1s", &erlang, &[("loop", "spin:loop()")]), seed);
        (run.steps, run.trace.digest())
    };
    let usual = steps("", 1);
    assert_eq!(steps(r#", "slice": 4000"#, 1), usual);
    assert!(steps(r#", "slice": 100"#, 1).0 > usual.0 * 10);
    let drawn = steps(r#", "slice": "seed""#, 1);
    assert!(drawn.0 > usual.0);
    assert_eq!(steps(r#", "slice": "seed""#, 1), drawn);
}

/// A message that one's own code sends has its line, also where OTP's code sends it on its behalf.
#[test]
fn messages_of_compiled_code_tell_their_lines() {
    let desk = "-export([ask/0, tell/1, init/1, handle_call/3, handle_cast/2]).
ask() -> tell(ask_once()).
ask_once() ->
    {ok, Pid} = gen_server:start(?MODULE, [], []),
    {got, gen_server:call(Pid, what)}.
tell(Answer) ->
    self() ! {answer, Answer},
    receive {answer, Same} -> Same end.
init([]) -> {ok, 1}.
handle_call(what, _, State) -> {reply, State, State}.
handle_cast(_, State) -> {noreply, State}.
";
    let Some(project) = Project::of(&[("desk", desk)]) else { return };
    let text = calls("2s", "", &[("ask", "desk:ask()")]);
    let scenario = project.scenario(&text).unwrap();
    let programs = Programs::builtin();
    let run = Simulation::new(scenario.plan(1), &programs).detail(Detail::Full).run();
    let places: BTreeSet<&str> = (run.trace.records().iter())
        .filter_map(|record| match &record.fact {
            Fact::Message(MessageFact::Sent { place, .. }) => place.map(Atom::as_str),
            _ => None,
        })
        .collect();
    // Line 1 names the module; what OTP sends without the user's code has no line.
    for place in ["desk:ask_once/0 (desk.erl:6)", "desk:tell/1 (desk.erl:8)"] {
        assert!(places.contains(place), "{place} in {places:?}");
    }
    assert!(places.iter().all(|place| place.starts_with("desk:")), "{places:?}");
    // The same run without its trace.
    let again = Simulation::new(scenario.plan(1), &programs).run();
    assert_eq!(again.trace.digest(), run.trace.digest());
}
