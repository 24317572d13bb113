//! Faults of compiled code: whom they strike, and on what.

use nodedown::trace::{ApplicationFact, Fact, FaultFact};

use super::{SHOP, SHOP_APP, nodedown, shop, shop_project, told};

#[test]
fn a_process_is_killed_by_its_way_down_the_supervision_tree() {
    let Some(project) = shop_project() else { return };
    let killed = |path: &str| {
        let run = project.run(&shop(&format!(r#"{{ "at": "5s", "kill": "{path}" }}"#)), 1);
        told(&run)
    };
    let has = |told: &[String], line: &str| told.iter().any(|each| each.contains(line));
    let anna = killed("shop/staff/anna");
    assert!(has(&anna, "exit anna killed"), "{anna:#?}");
    assert_eq!(anna.iter().filter(|line| line.contains("anna is here")).count(), 2, "{anna:#?}");
    let desk = killed("shop/staff/{desk,2}");
    assert!(
        has(&desk, "reason: killed, offender")
            && has(&desk, "{id,{desk,2}}")
            && !has(&desk, "exit anna"),
        "{desk:#?}"
    );
    assert!(has(&killed("shop/staff"), "exit staff killed"));
    let nobody = killed("shop/staff/bob");
    assert!(has(&nobody, "in vain") || !has(&nobody, "killed"), "{nobody:#?}");
    let named = r#"{ "at": "5s", "kill": "shop/staff/bob", "on": "a@x" }"#;
    let nobody = told(&project.run(&shop(named), 1));
    let complaint = "kill shop/staff/bob: shop/staff has no child bob; it has {desk,2}, anna";
    assert!(has(&nobody, complaint), "{nobody:#?}");
}

#[test]
fn faults_strike_on_logs_and_on_names_of_compiled_code() {
    let Some(project) = shop_project() else { return };
    let strikes = |when: &str| {
        let fault = format!(r#"{{ "when": {when}, "after": "1s", "kill": "anna" }}"#);
        let run = project.run(&shop(&fault), 1);
        let at = run.trace.records().iter().find_map(|record| match record.fact {
            Fact::Fault(FaultFact::Injected { .. }) => Some(record.at.since_start()),
            _ => None,
        });
        at.map(|at| at.as_millis())
    };
    for when in [
        r#"{ "logged": "anna is here" }"#,
        r#"{ "logged": "is here", "level": "warning", "on": "a@x" }"#,
        r#"{ "name_registered": "anna" }"#,
        r#"{ "name_registered": "anna", "on": "a@x" }"#,
        r#"{ "application_started": "shop" }"#,
    ] {
        let at = strikes(when);
        assert!(at.is_some_and(|at| (1_000..2_000).contains(&at)), "{when}: {at:?}");
    }
    for when in [
        r#"{ "logged": "is here", "level": "error" }"#,
        r#"{ "logged": "bob is here" }"#,
        r#"{ "name_registered": "bob" }"#,
    ] {
        assert_eq!(strikes(when), None, "{when}");
    }
    // Each time that the name has a new process, up to a limit.
    let each = r#"{ "when": { "name_registered": "anna" }, "each": true, "at_most": 3, "after": "1s", "kill": "anna" }"#;
    let told = told(&project.run(&shop(each), 1));
    assert_eq!(told.iter().filter(|line| *line == "exit anna killed").count(), 3, "{told:#?}");
}

#[test]
fn a_distributed_application_says_that_it_takes_over() {
    let Some(project) = shop_project() else { return };
    std::fs::write(
        project.path().join("sys.config"),
        "[{kernel, [{distributed, [{shop, 1000, ['a@x', 'b@y']}]}]}].",
    )
    .unwrap();
    let text = r#"{ "name": "two shops", "duration": "40s", "hosts": { "x": {}, "y": {} },
        "erlang": { "code": ["ebin"], "config": "sys.config" },
        "nodes": { "a@x": { "host": "x", "start": ["shop"] }, "b@y": { "host": "y", "start": ["shop"] } },
        "sync_nodes": { "optional": ["a@x", "b@y"], "timeout": "1s" },
        "faults": [{ "at": "10s", "crash": "a@x", "restart_after": "10s" }] }"#;
    let starts = |text: &str| {
        let run = project.run(text, 1);
        let starts = run.trace.records().iter().filter_map(|record| match &record.fact {
            Fact::Application(ApplicationFact::Started { application, start_type })
                if application.as_str() == "shop" =>
            {
                Some(format!("{} {start_type}", record.node.unwrap()))
            }
            _ => None,
        });
        starts.collect::<Vec<_>>()
    };
    assert_eq!(starts(text), ["a@x normal", "b@y normal", "a@x {takeover,b@y}"]);
    // With start phases the application is told of the failover.
    let phases = SHOP_APP.replace("{mod,", "{start_phases, []}, {mod,");
    std::fs::write(project.path().join("ebin/shop.app"), phases).unwrap();
    assert_eq!(starts(text), ["a@x normal", "b@y {failover,a@x}", "a@x {takeover,b@y}"]);
}

const TILL: &str = "
-behaviour(gen_server).
-export([start_link/0, init/1, handle_call/3, handle_cast/2, pay/1]).
start_link() -> gen_server:start_link({local, till}, ?MODULE, [], []).
init([]) -> {ok, 0}.
pay(N) -> gen_server:call(staff_till, {pay, N}).
handle_call({pay, N}, _, S) -> {reply, check(N), S + 1}.
handle_cast(_, S) -> {noreply, S}.
check(N) when N < 3 -> ok.
";

#[test]
fn what_users_saw_and_why_name_the_function_and_the_line_where_code_crashed() {
    let Some(project) = shop_project() else { return };
    project.compile("till", &TILL.replace("staff_till", "till"));
    let shop = SHOP.replace(
        "[Clerk(anna), Clerk({desk, 2})]",
        "[#{id => till, start => {till, start_link, []}}]",
    );
    project.compile("shop", &shop);
    let text = r#"{ "name": "a till", "duration": "10s", "hosts": { "x": {} },
        "erlang": { "code": ["ebin"] }, "nodes": { "a@x": { "host": "x", "start": ["shop"] } },
        "workload": { "users": { "client": "calls", "on": "a@x", "rate": "5/s", "from": "1s",
            "timeout": "1s", "draw": { "N": "1..3" },
            "operations": { "pay": { "call": "till:pay(N)", "ok": "ok" } } } },
        "faults": [{ "at": "5s", "kill": "till" }],
        "expect": [{ "availability": "users", "at_least": "99%" }] }"#;
    std::fs::write(project.path().join("scenario.json"), text).unwrap();
    let site = "function_clause in till:check/1 (till.erl, line 10)";
    let (said, code) = nodedown(&project, &["run", "scenario.json", "--quiet"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(&format!("unknown outcome {site}")), "{said}");
    let (said, _) = nodedown(&project, &["explain", "scenario.json"]);
    assert!(said.contains(&format!("till ends: {site}")), "{said}");
}
