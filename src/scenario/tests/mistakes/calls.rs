//! Mistakes about calls, at their places inside of the texts of a file.

use super::check;

const USERS: &str = r#""client": "chat_user","#;

/// Puts calls in the place of the users' client.
#[track_caller]
fn check_calls(calls: &str, expected: &[&str]) {
    let rate = r#""rate": "5/s",
      "from": "5s",
      "until": "80s",
      "mix": { "post": 0.5, "read": 2 },"#;
    let text = format!("\"rate\": \"5/s\", \"client\": \"calls\",\n{calls},");
    let file = super::with(USERS, "");
    let at = file.find(rate).unwrap();
    let file = format!("{}{text}{}", &file[..at], &file[at + rate.len()..]);
    let found = super::diagnostics(&file);
    let found: Vec<String> = found.iter().map(super::line).collect();
    let expected: Vec<&str> = expected.to_vec();
    assert_eq!(found, expected, "{calls}");
}

/// A model of a map with `get` as it should be, and another operation.
#[track_caller]
fn check_operation(operation: &str, expected: &[&str]) {
    let get = r#""get": { "call": "gen_server:call(kv, {get, Key})", "ok": "{ok, Value}" }"#;
    check_calls(
        &format!("\"model\": \"map\", \"operations\": {{ {get},\n{operation} }}"),
        expected,
    );
}

#[test]
fn calls_as_they_should_be_have_no_mistakes() {
    check_operation(
        r#""put": { "call": "gen_server:call(kv, {put, Key, Value})", "ok": ["ok", "{ok, _}"],
                    "failed": ["{error, _}", "{'EXIT', {noproc, _}}"] }"#,
        &[],
    );
}

#[test]
fn what_is_wrong_in_a_call_is_shown_inside_of_it() {
    check_operation(
        r#""put": { "call": "gen_server:call(kv, {put, Key, Vlue})", "ok": "ok" }"#,
        &[
            "31:18 `put` needs `Value` in its call | the model has to know what is written",
            "31:50 unknown variable `Vlue` | did you mean `Value`?",
        ],
    );
    check_operation(
        r#""put": { "call": "gen_server:call(kv, {put, \"a\", Key, Value, Amount})", "ok": "ok" }"#,
        &[
            "31:64 unknown variable `Amount` | say in `draw` what it is, as in `\"Amount\": \"1..100\"`",
        ],
    );
    check_operation(
        r#""put": { "call": "gen_server:call(kv, {put, Key, Value)", "ok": "ok" }"#,
        &[
            "31:55 expected `,` or `}`, found `)` | write Erlang: `bank:put(Key, {amount, Value})`, `{ok, Value}`, `{error, _}`",
        ],
    );
    check_operation(
        r#""put": { "call": "gen_server:cal(kv, {put, Key, Value})", "ok": "ok" }"#,
        &[
            "31:19 a node whose services are in Rust cannot call gen_server:cal/2 | did you mean `gen_server:call/2`?",
        ],
    );
}

#[test]
fn an_operation_is_one_of_the_model_or_one_of_its_own() {
    check_operation(
        r#""putt": { "call": "gen_server:call(kv, {put, Key, Value})", "ok": "ok" }"#,
        &[
            "31:1 the model map has no operation `putt` | did you mean `put`? It has `get`, `put`, `delete`",
        ],
    );
    check_operation(r#""total": { "call": "gen_server:call(kv, total)", "ok": "_" }"#, &[]);
    check_calls(
        r#""model": "queue", "operations": { "total": { "call": "gen_server:call(kv, t)", "ok": "_" } }"#,
        &[
            "30:10 none of the operations is one of the model queue | it has `enqueue`, `dequeue`; leave `model` out if none describes them",
        ],
    );
}

#[test]
fn an_answer_has_the_value_that_the_model_wants() {
    check_calls(
        r#""model": "map", "operations": { "get": { "call": "gen_server:call(kv, Key)", "ok": "{ok, _}" } }"#,
        &["30:84 `get` answers a value | write where it is, as in `{ok, Value}`"],
    );
    check_operation(
        r#""put": { "call": "gen_server:call(kv, {put, Key, Value})", "ok": "{ok, Vaule}", "none": "no" }"#,
        &[
            "31:72 `Vaule` has no value in this answer | did you mean `Value`? `_` is for what does not matter",
            "31:89 `none` means nothing for `put` | write answers under `failed` that say that it was not done, and others under `ok`",
        ],
    );
    check_calls(
        r#""model": "map", "operations": { "get": { "call": "gen_server:call(kv, {Key, Value})", "ok": "{ok, Value}" } }"#,
        &["30:77 `Value` is what `get` answers | call it with other variables"],
    );
}

#[test]
fn what_is_drawn_is_said_in_one_of_a_few_ways() {
    let total =
        r#""operations": { "total": { "call": "gen_server:call(kv, {t, N})", "ok": "_" } }"#;
    let check = |draw: &str, expected: &[&str]| {
        check_calls(&format!("{total}, \"draw\": {{ {draw} }}"), expected);
    };
    check(r#""N": "1..100""#, &[]);
    check(r#""N": ["a", "{b,1}"]"#, &[]);
    check(
        r#""N": "100..1""#,
        &[
            "30:97 the text \"100..1\" does not say how to draw `N` | write a list of terms, `\"unique\"`, `\"unique_binary\"`, `\"known\"` (what the client knows the key to have), or whole numbers as in `\"1..100\"`",
        ],
    );
    check(
        r#""N": "unique", "Client": ["a"], "M": "unique""#,
        &[
            "30:107 `Client` is given | `Client` is the client, and `Number` the number of its request; leave it out",
        ],
    );
    check(
        r#""N": "unique", "M": "unique""#,
        &["30:107 warning: no call has the variable `M` | leave it out"],
    );
}

#[test]
fn fields_of_calls_go_with_calls_only() {
    check(
        USERS,
        &[(
            r#""client": "chat_user", "model": "map","#,
            &["26:30 `model` does not go with `chat_user` | it goes with `\"client\": \"calls\"`"],
        )],
    );
    check_calls(
        r#""from": "5s""#,
        &[
            "25:14 `operations` is missing in a workload of calls | write what each operation is: `\"operations\": { \"get\": { \"call\": \"bank:get(Key)\", \"ok\": \"{ok, Value}\" } }`",
        ],
    );
}
