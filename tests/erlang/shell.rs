//! The command `nodedown shell`: what it prints, and with which exit code.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use nodedown::shell::Session;

/// Runs the command with this input: its output, its errors, its exit code.
fn run(arguments: &[&str], input: &str) -> (String, String, i32) {
    let mut command = Command::cargo_bin("nodedown").unwrap();
    command.current_dir(env!("CARGO_MANIFEST_DIR")).arg("shell").args(arguments);
    let output = command.env("NO_COLOR", "1").write_stdin(input).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

fn check(arguments: &[&str], input: &str, code: i32, wanted: &[&str]) {
    let (out, err, status) = run(arguments, input);
    assert_eq!(status, code, "{arguments:?}\n{out}\n{err}");
    for part in wanted {
        assert!(out.contains(part) || err.contains(part), "no {part:?} in\n{out}\n{err}");
    }
}

fn file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

const LESSON: &str = "\
# A link carries the reason.
> nodes a b
> spawn p on a
> p trap_exit true
> spawn_link q on b by p
> q exit boom
> mailbox p
{'EXIT',<q>,boom}
";

#[test]
fn what_is_typed_comes_back_as_a_transcript() {
    let typed = LESSON.lines().filter(|line| line.starts_with(['#', '>']));
    let typed: Vec<&str> = typed.map(|line| line.trim_start_matches("> ")).collect();
    let input = typed.join("\n");
    let (out, err, code) = run(&[], &input);
    assert_eq!((out.as_str(), err.as_str(), code), (LESSON, "", 0));
}

#[test]
fn a_transcript_plays_with_comments_and_answers() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "lesson.transcript", LESSON);
    let (out, _, code) = run(&[&path], "");
    assert_eq!((out.as_str(), code), (LESSON, 0));
    check(&[&path, "--step"], "\n\n\n\n\n\n", 0, &["> mailbox p", "{'EXIT',<q>,boom}"]);
    check(
        &[&path, "--show-time", "--explain"],
        "",
        0,
        &["# 0.", "<q> ends: boom", "connected to b"],
    );
}

#[test]
fn differences_are_shown_and_can_be_blessed() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "wrong.transcript", &LESSON.replace("boom}", "bang}"));
    let place = format!("{path}:7: > mailbox p");
    let wanted = [place.as_str(), "  - {'EXIT',<q>,bang}", "  + {'EXIT',<q>,boom}"];
    check(&["--check", &path], "", 1, &wanted);
    check(&["--update", &path], "", 0, &["written anew"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), LESSON);
    check(&["--check", &path], "", 0, &["the same answers"]);
}

#[test]
fn mistakes_say_what_was_expected() {
    for (line, wanted) in [
        ("crahs a", "unknown command `crahs`; did you mean `crash`?"),
        ("p sned q x", "unknown operation `sned`; did you mean `send`?"),
        ("spawn p", "expected `on`; usage: spawn P on NODE"),
        ("nodes a ticktime=8", "a duration needs a unit"),
        ("nodes a hiden=true", "unknown setting `hiden=true`; did you mean `hidden`?"),
        ("p send q {a,", "expected `}` before the end"),
        ("p send q {a,,b}", "is no term: expected a term"),
        ("spawn p on c", "** there is no node c"),
        ("p send q x", "** nothing is named p"),
        ("wait", "expected a duration such as 500ms"),
        ("spawn crash on a", "`crash` is a command: take another name"),
        ("help crahs", "there is no help on `crahs`; did you mean `crash`?"),
        ("p ! hello", "unknown operation `!`; write `P send Q hello`"),
        ("p!{hello,1}", "write `P send Q {hello,1}`"),
        ("self().", "write `P self`"),
        ("net_adm:ping(b).", "write `ping NODE NODE`"),
        ("nodes().", "write `nodes_of NODE`"),
        ("io:format(\"x\")", "this is no Erlang shell: `help` lists"),
    ] {
        let (out, err, _) = run(&[], &format!("nodes a\n{line}\nup a\n"));
        assert!(out.contains(wanted), "{line}: no {wanted:?} in\n{out}\n{err}");
        assert!(out.ends_with("> up a\ntrue\n"), "{line} ended the session\n{out}");
    }
}

#[test]
fn a_transcript_with_mistakes_is_refused_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "bad.transcript", "> nodes a\n> crahs a\n");
    check(&[&path], "", 64, &[&format!("{path}:2: unknown command `crahs`")]);
    check(&["--check", "no-such.transcript"], "", 66, &["no-such.transcript"]);
}

#[test]
fn help_lists_the_commands() {
    check(&[], "help\nhelp call\nhelp requests\n", 0, &["crash NODE", "P call S", "{reply_later"]);
    let (first, _, _) = run(&[], "help\n");
    assert_eq!(first.lines().count(), 1 + 10, "{first}");
    let (all, _, _) = run(&[], "help all\n");
    assert!(all.lines().count() > 200 && all.contains("P pg_demonitor M"), "{all}");
    check(&[], "help network\nhelp failover\n", 0, &["partition NODE...", "takeover X NODE"]);
    check(&[], "help masking\nhelp net_ticktime\n", 0, &["masking: The best", "P net_ticktime"]);
}

#[test]
fn silence_that_nobody_has_noticed_is_explained() {
    let unnoticed = "a and b do not know yet that they are cut off: 60 s tick";
    let input = "nodes a b\nconnect a b\npartition a | b\nwait 15s\nexplain\n";
    check(&["--explain"], input, 0, &[unnoticed, "after 45 to 75 s"]);
    let (out, _, _) = run(&["--explain"], &format!("{input}wait 90s\nnodes_of a\n"));
    assert!(out.trim_end().ends_with("[]") && out.matches(unnoticed).count() == 4, "{out}");
    let (out, _, _) = run(&["--explain"], &format!("{input}heal\nwait 1s\n"));
    assert_eq!(out.matches(unnoticed).count(), 4, "{out}");
    let input = "nodes a b\nconnect a b\npause b\nwait 15s\n";
    check(&["--explain"], input, 0, &["a does not know yet that it hears nothing of b: 60 s tick"]);
}

#[test]
fn how_an_application_was_started_is_explained() {
    let input = "application db on a b\nnodes a b sync_optional=a,b\nstart db\nwait 2s\ncrash a\nwait 3s\nwhere db\nhelp where\n";
    let wanted = [
        "its start function is told so only if it has start phases",
        "{b,normal}",
        "Without start phases OTP calls it with",
    ];
    check(&["--explain"], input, 0, &wanted);
}

#[test]
fn a_session_survives_what_ends_its_processes() {
    let input = "\
nodes a b
spawn p on a
spawn q on a
server s on a
p call s {sleep,60000,x} timeout=infinity &
p send s x
result p
pause b
ping b a
resume b
ping b a
crash a
result p
p send q x
restart a
up a
";
    let (out, _, code) = run(&[], input);
    assert_eq!(code, 0, "{out}");
    for wanted in [
        "> p send s x\n** p is busy\n",
        "> result p\npending\n",
        "> ping b a\n** b is paused\n",
        "> ping b a\npong\n",
        "> p send q x\n** p has ended\n",
        "> up a\ntrue\n",
    ] {
        assert!(out.contains(wanted), "no {wanted:?} in\n{out}");
    }
}

/// The answer to the last of these commands, with this seed.
fn last_answer(seed: u64, commands: &[&str]) -> Vec<String> {
    let mut session = Session::new(seed);
    let answer = |command: &&str| session.answer(command).unwrap();
    commands.iter().map(answer).last().unwrap_or_default()
}

/// In how many of a hundred seeds a caller that is linked to a server, and does not trap exits, sees
/// the answer with which the server ends for this reason.
fn answers_seen(reason: &str) -> usize {
    let call = format!("p call s {{stop,{reason},bye}}");
    let commands = ["nodes a", "spawn p on a", "server s by p", &call];
    let answers = (0..100).map(|seed| last_answer(seed, &commands));
    answers.filter(|answer| answer == &["bye"]).count()
}

// C5: real nodes, 300 of 300 and 0 of 300.
#[test]
fn whether_the_answer_or_the_end_of_a_linked_server_is_seen_first_is_left_to_the_seed() {
    let (reported, orderly) = (answers_seen("boom"), answers_seen("shutdown"));
    assert!((80..100).contains(&reported), "{reported} of 100");
    assert!((1..20).contains(&orderly), "{orderly} of 100");
}

#[test]
fn the_status_of_a_process_that_has_ended_is_undefined() {
    let commands = ["nodes a b", "spawn p on a", "spawn q on a", "p return", "status p"];
    assert_eq!(last_answer(1, &commands), ["undefined"]);
    let commands = ["nodes a b", "spawn p on a", "crash a", "status p"];
    assert_eq!(last_answer(1, &commands), ["undefined"]);
    let commands =
        ["nodes a b", "spawn p on a", "crash a", "restart a", "spawn q on a", "status q"];
    assert_eq!(last_answer(1, &commands), ["waiting"]);
}

// D20
#[test]
fn a_session_says_that_its_event_budget_is_used_up() {
    let commands = [
        "nodes a",
        "spawn n on a",
        "n register nn",
        "supervisor v on a {one_for_one,1000000,1} [{c,permanent,5000,[{init,{needs,nn}}]}]",
        "n unregister nn",
        "registered a c as c1",
        "n exit c1 kill",
        "wait 10m",
    ];
    let answer = last_answer(1, &commands);
    assert_eq!(answer.len(), 1, "{answer:?}");
    assert!(answer[0].starts_with("** the event budget of 2 million steps is used up at "));
    assert!(answer[0].contains("supervisor"), "{answer:?}");
}

/// Whether a message arrives that waits for a connection, if the path is there again so late.
fn arrives(kernel: &str, heal_at: &str) -> bool {
    let (nodes, wait) = (format!("nodes a b {kernel}"), format!("wait {heal_at}"));
    let commands = [
        &nodes,
        "spawn p on a",
        "spawn q on b",
        "partition a | b",
        "p send q hello",
        &wait,
        "heal",
        "wait 8s",
        "mailbox q",
    ];
    last_answer(1, &commands) == ["hello"]
}

// B4
#[test]
fn the_kernel_of_a_host_says_when_it_asks_again_for_a_connection() {
    for (kernel, heal_at, expected) in [
        ("", "2200ms", true),
        ("", "4200ms", true),
        ("", "5200ms", false),
        ("kernel=6.5", "4200ms", true),
        ("kernel=5.15.0-91-generic", "2200ms", true),
        ("kernel=5.15", "3200ms", false),
        ("kernel=5.15", "4200ms", false),
        ("kernel=5.15 setuptime=8s", "4200ms", true),
    ] {
        assert_eq!(arrives(kernel, heal_at), expected, "{kernel} {heal_at}");
    }
    let mistake = Session::new(1).answer("nodes a kernel=new").unwrap_err().to_string();
    assert!(mistake.contains("uname -r"), "{mistake}");
}
