//! Rust's values as terms and back.

use std::collections::BTreeMap;
use std::fmt::Debug;

use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::engine::term::{
    Atom, Pid, Ref, Term, TermError, from_term, term_from_json, term_to_json, to_term,
};
use crate::{list, map, tuple};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Request {
    Total,
    AddItem(i64),
    Move(i8, u64),
    Put {
        key: String,
        value: Option<f64>,
    },
    Nested(Box<Request>),
    List(Vec<Request>),
    #[serde(rename = "DOWN")]
    Down(Ref, Pid, Term),
    Empty(),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Marker;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Meters(u32);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Item {
    name: String,
    at: Meters,
    owner: Option<Pid>,
    tag: Atom,
}

fn pid() -> Pid {
    Pid::new(Atom::new("db1@a"), 3, 85, 0)
}

fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, printed: &str) {
    let term = to_term(value).unwrap();
    assert_eq!(term.to_string(), printed);
    assert_eq!(from_term::<T>(&term).as_ref(), Ok(value), "{printed}");
}

#[test]
fn values_become_the_terms_that_erlang_would_use() {
    let reference = Ref::of(pid().incarnation(), 17);
    check(&Request::Total, "total");
    check(&Request::AddItem(-5), "{add_item,-5}");
    check(&Request::Move(1, u64::MAX), "{move,1,18446744073709551615}");
    check(
        &Request::Put { key: "k".to_owned(), value: None },
        r#"{put,#{key => <<"k">>,value => undefined}}"#,
    );
    check(&Request::Nested(Box::new(Request::Total)), "{nested,total}");
    check(&Request::List(vec![Request::Total, Request::AddItem(1)]), "{list,[total,{add_item,1}]}");
    let reason = Term::atom("noconnection");
    check(
        &Request::Down(reference, pid(), reason),
        "{'DOWN',#Ref<db1@a.17>,<db1@a.85.0>,noconnection}",
    );
    check(&Request::Empty(), "{empty}");
    check(&Marker, "marker");
    check(&Meters(5), "5");
    check(
        &Item {
            name: "é".to_owned(),
            at: Meters(7),
            owner: Some(pid()),
            tag: Atom::new("Odd one"),
        },
        r#"#{at => 7,name => <<"é"/utf8>>,owner => <db1@a.85.0>,tag => 'Odd one'}"#,
    );
    check(&(1, 2.5, true, 'x', ()), r#"{1,2.5,true,<<"x">>,ok}"#);
    check(&Ok::<i32, String>(1), "{ok,1}");
    check(&Err::<i32, String>("e".to_owned()), r#"{error,<<"e">>}"#);
    check(
        &BTreeMap::from([(2, "b".to_owned()), (1, "a".to_owned())]),
        r#"#{1 => <<"a">>,2 => <<"b">>}"#,
    );
    check(&vec![Some(1), None], "[1,undefined]");
    check(&[i128::MIN, i128::MAX], &format!("{{{},{}}}", i128::MIN, i128::MAX));
    check(&Vec::<u8>::new(), "[]");
}

#[test]
fn terms_inside_values_go_through_unchanged() {
    let term = tuple![Term::atom("undefined"), pid(), list![1.0, 1], map! { 1 => 2 }];
    let value = (vec![term.clone()], Some(pid()), Atom::new("x"));
    let there = to_term(&value).unwrap();
    assert_eq!(there, tuple![list![term], pid(), Atom::new("x")]);
    assert_eq!(from_term(&there), Ok(value));
    let creation = from_term::<Pid>(&to_term(&pid()).unwrap()).unwrap().creation();
    assert_eq!(creation, 3, "the print of a pid would have lost it");
}

#[test]
fn other_formats_get_text_or_json() {
    let value = (Atom::new("ok"), pid(), Ref::of(pid().incarnation(), 17), tuple![1, pid()]);
    let json = serde_json::to_value(&value).unwrap();
    let marked = json!({ "$tuple": [1, { "$pid": "<db1@a.85.0>", "creation": 3 }] });
    assert_eq!(json, json!(["ok", "<db1@a.85.0>", "#Ref<db1@a.17>", marked]));
    let (atom, back, reference, term): (Atom, Pid, Ref, Term) =
        serde_json::from_value(json).unwrap();
    assert_eq!((atom, reference.id(), term), (value.0, 17, value.3));
    assert_eq!((back.node(), back.number(), back.serial()), (pid().node(), 85, 0));
}

#[test]
fn what_json_can_say_is_read_too() {
    for (json, expected) in [
        (json!("Total"), Request::Total),
        (json!("total"), Request::Total),
        (json!({ "add_item": 5 }), Request::AddItem(5)),
        (json!({ "Move": [1, 2] }), Request::Move(1, 2)),
        (
            json!({ "put": { "key": "k", "value": 2 } }),
            Request::Put { key: "k".to_owned(), value: Some(2.0) },
        ),
        (
            json!({ "put": { "key": "k", "value": null } }),
            Request::Put { key: "k".to_owned(), value: None },
        ),
    ] {
        assert_eq!(from_term(&term_from_json(&json)), Ok(expected), "{json}");
    }
    let item = json!({ "name": "n", "at": 1, "owner": null, "tag": "t", "unknown": 0 });
    let item: Item = from_term(&term_from_json(&item)).unwrap();
    assert_eq!((item.owner, item.tag.as_str()), (None, "t"));
}

#[test]
fn a_term_of_another_shape_is_refused_with_what_was_expected() {
    fn refused<T: DeserializeOwned + Debug>(text: &str, expected: &str) {
        let error = from_term::<T>(&text.parse().unwrap()).expect_err(text);
        assert_eq!(error.to_string(), expected);
    }
    refused::<i64>("ok", "expected an integer, found ok");
    refused::<u8>("300", "expected u8, found integer `300`");
    refused::<String>("[1]", "expected text, found [1]");
    refused::<bool>("maybe", "expected true or false, found maybe");
    refused::<()>("error", "expected the atom ok, found error");
    refused::<Marker>("other", "expected the atom marker, found other");
    refused::<Vec<i64>>("{1}", "expected a list, found {1}");
    refused::<(i64, i64)>("{1}", "expected a tuple of 2, found {1}");
    refused::<Pid>("1", "expected a pid, found 1");
    refused::<Atom>("{a}", "expected an atom, found {a}");
    refused::<Request>("7", "expected an atom, or a tuple that starts with one, found 7");
    refused::<Request>(
        "{ad_item,7}",
        "expected one of total, add_item, move, put, nested, list, DOWN, empty, found ad_item",
    );
    refused::<Request>("add_item", "expected a tag and a value, found add_item");
    refused::<Request>("{total,1}", "expected the atom alone, found {total,1}");
    refused::<Request>("{move,1}", "expected a tag and 2 values, found {move,1}");
    refused::<Request>("{put,1}", "expected a map, found 1");
    refused::<Request>("{put,#{key => k,value => [x]}}", "in value: expected a number, found [x]");
    refused::<Item>("#{}", "missing field `name`");
    let long = format!("[{}1]", "1000,".repeat(100));
    let error = from_term::<i64>(&long.parse().unwrap()).unwrap_err().to_string();
    assert!(error.ends_with("1000...") && error.len() < 120, "{error}");
    assert_eq!(to_term(&f64::NAN), Err(TermError::NotFinite));
    assert_eq!(to_term(&(1, vec![f64::INFINITY])), Err(TermError::NotFinite));
    assert_eq!(to_term(&(1, 2)), Ok(tuple![1, 2]), "nothing is left of the failures");
}

#[test]
fn shapes_that_serde_finds_out_by_itself_are_read() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(i64),
        Text(String),
        Fields { name: String },
        Many(Vec<Either>),
        Flag(bool),
    }
    for (text, expected) in [
        ("5", Either::Number(5)),
        ("<<\"x\">>", Either::Text("x".to_owned())),
        ("x", Either::Text("x".to_owned())),
        ("#{name => n}", Either::Fields { name: "n".to_owned() }),
        ("{1,true}", Either::Many(vec![Either::Number(1), Either::Flag(true)])),
    ] {
        assert_eq!(from_term(&text.parse().unwrap()), Ok(expected), "{text}");
    }
}

#[test]
fn plain_json_stays_plain() {
    let value = json!({
        "text": "é", "list": [1, -2, 2.5, 1e300, 18_446_744_073_709_551_615_u64, null, true, {}],
        "nested": { "a": { "b": [] } },
    });
    assert_eq!(term_to_json(&term_from_json(&value)), value);
}

#[test]
fn terms_that_json_lacks_are_marked() {
    for (text, expected) in [
        ("undefined", json!(null)),
        ("ok", json!({ "$atom": "ok" })),
        ("{a,1.0}", json!({ "$tuple": [{ "$atom": "a" }, 1.0] })),
        ("<<255>>", json!({ "$binary": [255] })),
        ("#{a => 1}", json!({ "$map": { "a": 1 } })),
        ("#{1 => 2}", json!({ "$map": [[1, 2]] })),
        ("#{<<\"$pid\">> => 2}", json!({ "$map": [["$pid", 2]] })),
        ("18446744073709551616", json!({ "$integer": "18446744073709551616" })),
        ("#Ref<a@b.1>", json!({ "$ref": "#Ref<a@b.1>", "creation": 0 })),
    ] {
        let term: Term = text.parse().unwrap();
        assert_eq!(term_to_json(&term), expected);
        assert_eq!(term_from_json(&expected), term);
    }
    let mistaken = json!({ "$pid": 5 });
    assert_eq!(term_from_json(&mistaken), map! { "$pid" => 5 });
}

fn requests() -> impl Strategy<Value = Request> {
    let leaf = prop_oneof![
        Just(Request::Total),
        Just(Request::Empty()),
        any::<i64>().prop_map(Request::AddItem),
        any::<(i8, u64)>().prop_map(|(a, b)| Request::Move(a, b)),
        (any::<String>(), prop::option::of(-1e9..1e9))
            .prop_map(|(key, value)| Request::Put { key, value }),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|request| Request::Nested(Box::new(request))),
            prop::collection::vec(inner, 0..4).prop_map(Request::List),
        ]
    })
}

proptest! {
    #[test]
    fn every_request_comes_back(request in requests()) {
        prop_assert_eq!(from_term(&to_term(&request).unwrap()), Ok(request));
    }
}
