//! Laws that hold for all terms.

use std::cmp::Ordering;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use num_bigint::BigInt;
use proptest::prelude::*;

use crate::engine::term::{
    Atom, Pid, Ref, Term, decode, encode, external_size, from_term, term_from_json, term_to_json,
    to_term,
};

/// Names with and without need of quotes, in ASCII, Latin-1 and beyond.
fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-zA-Z0-9_@]{0,6}",
        "[ -~]{0,4}",
        "[a-zß-ÿ÷×]{1,4}",
        "\\PC{0,3}",
        any::<String>()
    ]
    .prop_map(|name| name.chars().take(255).collect())
}

fn floats() -> impl Strategy<Value = f64> {
    use proptest::num::f64::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    let decimal = (any::<i32>(), -20..20_i32).prop_map(|(m, e)| f64::from(m) * 10_f64.powi(e));
    prop_oneof![POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO, decimal]
}

/// Numbers, a few of them equal by value though not exactly.
fn numbers() -> impl Strategy<Value = Term> {
    let big = proptest::collection::vec(any::<u8>(), 0..20);
    prop_oneof![
        (-3..3_i64).prop_map(Term::from),
        (-6..6_i32).prop_map(|half| Term::from(f64::from(half) / 2.0)),
        any::<i64>().prop_map(Term::from),
        any::<i128>().prop_map(Term::from),
        any::<u64>().prop_map(|value| Term::from(value as f64)),
        big.prop_map(|bytes| Term::from(BigInt::from_signed_bytes_le(&bytes))),
        floats().prop_map(Term::from),
    ]
}

fn leaves() -> impl Strategy<Value = Term> {
    let node = "[a-z]{1,3}@[a-zé.-]{1,4}";
    let pid = (node, any::<u32>(), any::<u32>())
        .prop_map(|(node, number, serial)| Pid::new(Atom::new(&node), 0, number, serial));
    let reference =
        (pid.clone(), any::<u64>()).prop_map(|(pid, id)| Ref::of(pid.incarnation(), id));
    prop_oneof![
        3 => numbers(),
        2 => names().prop_map(|name| Term::atom(&name)),
        1 => pid.prop_map(Term::from),
        1 => reference.prop_map(Term::from),
        1 => any::<String>().prop_map(Term::from),
        1 => any::<Vec<u8>>().prop_map(Term::from),
        1 => any::<Vec<u8>>().prop_map(|bytes| bytes.into_iter().map(Term::from).collect()),
    ]
}

fn terms() -> impl Strategy<Value = Term> {
    leaves().prop_recursive(4, 32, 5, |inner| {
        let elements = proptest::collection::vec(inner.clone(), 0..5);
        let key = prop_oneof![inner.clone(), "\\$?[a-z]{0,4}".prop_map(Term::from)];
        let entries = proptest::collection::vec((key, inner.clone()), 0..5);
        let name = names().prop_map(|name| Term::atom(&name));
        let fields = proptest::collection::vec((name, inner.clone()), 0..4);
        prop_oneof![
            elements.clone().prop_map(Term::from),
            (elements.clone(), inner.clone())
                .prop_map(|(elements, tail)| Term::list_with_tail(elements, tail)),
            elements.prop_map(|elements| Term::Tuple(elements.into())),
            entries.prop_map(|entries| Term::Map(entries.into())),
            fields.prop_map(|entries| Term::Map(entries.into())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(term in terms()) {
        prop_assert_eq!(term.to_string().parse(), Ok(term));
    }

    #[test]
    fn what_is_encoded_is_decoded_and_has_the_size_told(term in terms()) {
        let bytes = encode(&term);
        prop_assert_eq!(external_size(&term), bytes.len());
        prop_assert_eq!(decode(&bytes), Ok(term));
    }

    #[test]
    fn cut_or_changed_bytes_never_panic(term in terms(), at in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = encode(&term);
        let at = at.index(bytes.len());
        prop_assert!(decode(&bytes[..at]).is_err());
        bytes[at] = byte;
        let _ = decode(&bytes);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[\\[\\]{}<>#=,'\"a-c0-9.@$\\\\x ]{0,20}") {
        if let Ok(term) = text.parse::<Term>() {
            prop_assert_eq!(term.to_string().parse(), Ok(term));
        }
    }

    #[test]
    fn json_keeps_every_term(term in terms()) {
        let json = serde_json::to_string(&term_to_json(&term)).unwrap();
        prop_assert_eq!(term_from_json(&serde_json::from_str(&json).unwrap()), term.clone());
        prop_assert_eq!(serde_json::from_str::<Term>(&json).unwrap(), term);
    }

    #[test]
    fn serde_keeps_every_term(term in terms()) {
        prop_assert_eq!(from_term(&to_term(&term).unwrap()), Ok(term));
    }

    #[test]
    fn both_orders_are_total(a in terms(), b in terms(), c in terms()) {
        for order in [Term::cmp, Term::erlang_cmp] {
            check_order(order, &a, &b, &c)?;
        }
        prop_assert_eq!(a.cmp(&b).is_eq(), a == b);
    }

    #[test]
    fn both_orders_of_numbers_are_total(a in numbers(), b in numbers(), c in numbers()) {
        for order in [Term::cmp, Term::erlang_cmp] {
            check_order(order, &a, &b, &c)?;
        }
    }

    #[test]
    fn equal_terms_have_equal_hashes(a in numbers(), b in numbers()) {
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        prop_assert!(a != b || hasher.hash_one(&a) == hasher.hash_one(&b));
    }

    #[test]
    fn a_map_finds_each_of_its_keys(entries in prop::collection::vec((leaves(), leaves()), 0..8)) {
        let map = crate::engine::term::Map::from(entries.clone());
        for (index, (key, value)) in entries.iter().enumerate() {
            let later = entries[index + 1..].iter().any(|(other, _)| other == key);
            prop_assert!(later || map.get(key) == Some(value));
        }
        prop_assert!(map.iter().is_sorted_by(|a, b| a.0 < b.0));
    }
}

fn check_order(
    order: fn(&Term, &Term) -> Ordering,
    a: &Term,
    b: &Term,
    c: &Term,
) -> Result<(), TestCaseError> {
    prop_assert_eq!(order(a, a), Ordering::Equal);
    prop_assert_eq!(order(a, b), order(b, a).reverse());
    if order(a, b).is_le() && order(b, c).is_le() {
        prop_assert!(order(a, c).is_le(), "{} <= {} <= {}", a, b, c);
    }
    Ok(())
}
