use super::{Format, Recording, write_history};
use crate::consistency::history::{Action, Completion, Outcome};
use crate::engine::term::Term;
use crate::engine::time::Time;

#[track_caller]
fn read(text: &str) -> Recording {
    let format = Format::of(text);
    Recording::read(text, "history", format).unwrap_or_else(|found| panic!("{found}"))
}

/// Checks that each mistake is reported, and nothing else.
#[track_caller]
fn refuses(text: &str, format: Format, expected: &[(usize, &str, &str)]) {
    let found = Recording::read(text, "history", format).unwrap_err();
    let found: Vec<_> = found.iter().cloned().collect();
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (mistake, (line, message, help)) in found.iter().zip(expected) {
        assert_eq!(mistake.line, *line, "{mistake:#?}");
        assert!(mistake.message.contains(message), "{mistake:#?}");
        assert!(mistake.help.as_deref().unwrap_or_default().contains(help), "{mistake:#?}");
    }
}

#[test]
fn the_log_of_jepsen_is_read_as_it_is() {
    let recording = read(
        "INFO  jepsen.core - Worker 0 starting\n\
         INFO  jepsen.util - 0\t:invoke\t:cas\t[3 0]\n\
         INFO  jepsen.util - :nemesis\t:info\t:start\tnil\n\
         INFO  jepsen.util - 1\t:invoke\t:read\tnil\n\
         INFO  jepsen.util - 1\t:ok\t:read\t3\n\
         INFO  jepsen.util - 0\t:info\t:cas\t:timed-out\n",
    );
    let [cas, read] = recording.history.operations() else { panic!("{recording:?}") };
    assert_eq!((cas.action, cas.value.to_string()), (Action::CompareAndSet, "[3,0]".to_owned()));
    let outcome = Outcome::Unknown(Term::atom("timed-out"));
    assert_eq!(cas.completion, Some(Completion { at: Time::from_nanos(4), outcome }));
    assert_eq!((read.client, read.answer()), (1, Some(&Term::from(3))));
    assert_eq!(recording.lines(crate::consistency::history::OperationId(1)), (4, Some(5)));
}

#[test]
fn edn_is_read_whether_in_a_vector_or_not() {
    let one = "{:process 0, :type :invoke, :f :put, :key \"a\", :value \"x\\ny\"} ; the first\n\
               {:type :ok :f :put :process 0 :key \"a\" :value \"x\\ny\" :time 17}\n";
    let vector = format!("[{one}\n]");
    for text in [one, &vector] {
        let recording = read(text);
        let [put] = recording.history.operations() else { panic!("{recording:?}") };
        assert_eq!(
            (put.action, &put.key, &put.value),
            (Action::Write, &"a".into(), &"x\ny".into())
        );
        assert!(put.is_ok());
        assert_eq!(recording.lines(crate::consistency::history::OperationId(0)), (1, Some(2)));
    }
}

/// A line of a `history.edn` as Jepsen writes it.
fn op(process: &str, kind: &str, name: &str, value: &str, time: u64) -> String {
    format!(
        "#jepsen.history.Op{{:index {time}, :time {time}, :type :{kind}, :process {process}, \
         :f :{name}, :value {value}, :error nil}}\n"
    )
}

#[test]
fn a_history_of_jepsen_is_read_as_it_is() {
    let text = op("0", "invoke", "write", "[:x 3]", 10)
        + &op(":nemesis", "info", "start-partition", ":majority", 15)
        + &op("1", "invoke", "read", "[:x nil]", 20)
        + &op("1", "ok", "read", "[:x 3]", 25)
        + &op("0", "info", "write", "[:x 3]", 40).replace(":error nil", ":error [:timeout \"4s\"]")
        + &op("2", "invoke", "cas", "[:y [3 4]]", 50)
        + &op("2", "fail", "cas", "[:y [3 4]]", 60);
    let recording = read(&text);
    let [write, read, cas] = recording.history.operations() else { panic!("{recording:?}") };
    assert_eq!((write.key.to_string(), write.value.to_string()), ("x".to_owned(), "3".to_owned()));
    let outcome = Outcome::Unknown("[timeout,<<\"4s\">>]".parse().unwrap());
    assert_eq!(write.completion, Some(Completion { at: Time::from_nanos(40), outcome }));
    assert_eq!((read.key.to_string(), read.answer()), ("x".to_owned(), Some(&Term::from(3))));
    assert_eq!(
        (read.invoked, recording.lines(crate::consistency::history::OperationId(1)).0),
        (Time::from_nanos(20), 3)
    );
    assert_eq!((cas.key.to_string(), cas.value.to_string()), ("y".to_owned(), "[3,4]".to_owned()));
}

#[test]
fn values_that_are_pairs_are_no_keys_where_a_read_is_begun_with_nothing() {
    let text = "{:process 0, :type :invoke, :f :write, :value [1 2]}
                {:process 0, :type :ok, :f :write, :value [1 2]}
                {:process 0, :type :invoke, :f :read, :value nil}
                {:process 0, :type :ok, :f :read, :value [1 2]}";
    let recording = read(text);
    let [write, read] = recording.history.operations() else { panic!("{recording:?}") };
    assert_eq!(
        (write.value.to_string(), write.key.is_atom("undefined")),
        ("[1,2]".to_owned(), true)
    );
    assert_eq!(read.answer(), Some(&write.value));
}

#[test]
fn times_that_go_back_are_no_times() {
    let text = op("0", "invoke", "read", "nil", 10) + &op("0", "ok", "read", "nil", 10);
    assert_eq!(read(&text).history.operations()[0].invoked, Time::from_nanos(1));
}

#[test]
fn a_drain_takes_out_one_value_after_the_other() {
    let text = "{:process 0, :type :invoke, :f :enqueue, :value 1}
                {:process 3, :type :invoke, :f :drain, :value nil}
                {:process 0, :type :ok, :f :enqueue, :value 1}
                {:process 3, :type :ok, :f :drain, :value [1 2]}";
    let recording = read(text);
    let taken: Vec<(u64, String)> = (recording.history.operations().iter())
        .filter(|operation| operation.action == Action::Dequeue)
        .map(|each| (each.invoked.as_nanos(), each.answer().unwrap().to_string()))
        .collect();
    let expected = [(2, "1"), (2, "2"), (2, "undefined")];
    assert_eq!(taken, expected.map(|(at, value)| (at, value.to_owned())));
    refuses(
        "{:process 3, :type :invoke, :f :drain, :value nil}
         {:process 3, :type :info, :f :drain, :value nil}
         {:process 4, :type :invoke, :f :drain, :value nil}",
        Format::Edn,
        &[(2, "a drain needs the list", ""), (3, "this drain has no end", "")],
    );
}

#[test]
fn the_history_in_columns_is_read_as_well() {
    let recording = read(
        "0\t:invoke\t:write\t3\n:nemesis\t:info\t:start\tnil\n0\t:info\t:write\t3\t:timeout\n",
    );
    let [write] = recording.history.operations() else { panic!("{recording:?}") };
    assert!(matches!(&write.completion, Some(Completion { outcome: Outcome::Unknown(_), .. })));
}

#[test]
fn a_history_that_is_written_is_read_back() {
    let recording = read(
        "{:process 0, :type :invoke, :f :append, :key \"a\", :value #{1 [2.5 :b nil]}}\n\
         {:process 1, :type :invoke, :f :read, :key \"a\"}\n\
         {:process 0, :type :fail, :f :append}\n\
         {:process 2, :type :invoke, :f :dequeue}\n\
         {:process 2, :type :info, :f :dequeue, :value \"?\"}\n",
    );
    let mut text = Vec::new();
    write_history(&recording.history, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert_eq!(Format::of(&text), Format::Json);
    assert_eq!(read(&text).history, recording.history);
    assert_eq!(text.lines().count(), 3);
}

#[test]
fn a_line_of_json_may_be_short() {
    let recording = read(
        r#"{"client": 1, "name": "get", "invoked_ns": 20}
           {"client": 0, "action": "write", "value": 3, "invoked_ns": 10, "outcome": "ok", "completed_ns": 30}"#,
    );
    let [write, read] = recording.history.operations() else { panic!("{recording:?}") };
    assert_eq!(
        (write.action, read.action, read.name.as_str()),
        (Action::Write, Action::Read, "get")
    );
    assert_eq!(recording.lines(crate::consistency::history::OperationId(0)).0, 2);
}

#[test]
fn a_line_of_json_may_be_an_event() {
    let recording = read(
        r#"{"process": 0, "type": "invoke", "f": "write", "value": 3, "index": 0}
           {"process": "nemesis", "type": "info", "f": "start", "value": null}
           {"process": 0, "type": "info", "f": "write", "value": 3, "error": "timeout"}"#,
    );
    let [write] = recording.history.operations() else { panic!("{recording:?}") };
    let outcome = Outcome::Unknown("timeout".into());
    assert_eq!(write.completion, Some(Completion { at: Time::from_nanos(2), outcome }));
    refuses(
        r#"{"process": 0, "type": "invok", "f": "write"}
{"process": 0.5, "type": "invoke", "f": "write"}
{"process": 1, "type": "invoke"}
{"type": "invoke", "f": "read"}"#,
        Format::Json,
        &[
            (1, "unknown type `invok`", "did you mean `invoke`?"),
            (2, "a process is a number", "has a name"),
            (3, "an event needs", "an event is like"),
            (4, "an event needs", "an event is like"),
        ],
    );
}

#[test]
fn all_mistakes_are_told_with_what_to_write_instead() {
    refuses(
        "{:process 0, :type :invoke, :f :raed, :value nil}\n\
         {:process 1, :type :invok, :f :read, :value nil}\n\
         {:process 2, :f :read}\n\
         {:process 3, :type :ok, :f :read, :value 1}\n\
         {:process 4, :type :invoke, :f :read, :value nil}\n\
         {:process 4, :type :invoke, :f :write, :value 1}\n\
         {:process 4, :type :ok, :f :cas, :value 1}\n\
         {:process \"b\", :type :invoke, :f :read, :value nil}\n\
         {:process 6, :type :invoke, :f :txm, :value [[:append 1 2]]}\n\
         {:process 5, :type :invoke, :f :read, :value }\n\
         17",
        Format::Edn,
        &[
            (1, "unknown operation `raed`", "did you mean `read`?"),
            (2, "unknown type `invok`", "did you mean `invoke`?"),
            (3, "this event has no `:type`", ""),
            (4, "process 3 ends a `read` that it has not begun", ""),
            (6, "process 4 begins something before it has ended this", "one thing after the other"),
            (7, "process 4 ends a `cas`, but has begun a `write`", ""),
            (8, "a process is a number, or a keyword", ""),
            (9, "unknown operation `txm`", "did you mean `txn`?"),
            (10, "the form is not complete", ""),
        ],
    );
    refuses(
        "INFO  jepsen.util - 0\t:invoked\t:read\tnil\nINFO  jepsen.util - 0\t:invoke\t:cas\t[3 0",
        Format::Jepsen,
        &[(1, "unknown type `invoked`", "`invoke`"), (2, "not complete", "")],
    );
    refuses(
        r#"{"client": 0, "name": "reed", "invoked_ns": 1}
{"client": -1, "action": "read", "invoked_ns": "now", "kye": 3}
{"client": 0, "action": "rate", "invoked_ns": 1, "outcome": "okay", "completed_ns": 2}
{"client": 0, "action": "read", "invoked_ns": 1, "outcome": "ok"}
{"client": 0, "action": "read" "invoked_ns": 1}
[1]"#,
        Format::Json,
        &[
            (1, "unknown operation `reed`", "did you mean `read`?"),
            (2, "`client` needs a whole number", ""),
            (2, "`invoked_ns` needs a whole number", ""),
            (2, "unknown field `kye`", "did you mean `key`?"),
            (3, "unknown outcome `okay`", "`ok`, `failed`, `unknown`"),
            (3, "unknown action `rate`", "read"),
            (4, "needs `completed_ns`", ""),
            (5, "comma", ""),
            (6, "expected an object on each line", "a line is like"),
        ],
    );
}
