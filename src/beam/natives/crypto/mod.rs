//! `crypto`: hashes, HMACs, and random bytes. Ciphers and public keys are not here.

#![expect(clippy::unnecessary_wraps, reason = "natives have one signature")]

mod digest;

use num_bigint::BigUint;

use crate::beam::atom::{self, AtomIndex};
use crate::beam::heap::Heap;
use crate::beam::iodata::bytes_of;
use crate::beam::machine::NativeContext;
use crate::beam::native::{Effect, NativeNext, NativeResult, Pure, Raise};
use crate::beam::value::Value;
use digest::{ALGORITHMS, Algorithm};

pub(super) const CRYPTO: &[(&str, u8, Pure)] = &[
    ("hash_algorithms", 0, |heap, _| {
        let names = ALGORITHMS.map(|(name, _)| Value::atom(AtomIndex::new(name)));
        Ok(heap.list(&names))
    }),
    ("mac_algorithms", 0, |heap, _| Ok(heap.list(&[AtomIndex::new("hmac").into()]))),
    ("pubkey_algorithms", 0, |_, _| Ok(Value::NIL)),
    ("cipher_algorithms", 0, |_, _| Ok(Value::NIL)),
    ("curve_algorithms", 0, |_, _| Ok(Value::NIL)),
    ("rsa_opts_algorithms", 0, |_, _| Ok(Value::NIL)),
    ("info_fips", 0, |_, _| Ok(AtomIndex::new("not_supported").into())),
    ("enable_fips_mode_nif", 1, |_, args| Ok((args[0] == false.into()).into())),
    ("info_lib", 0, info),
    ("hash_info_nif", 1, hash_info),
    ("hash_nif", 2, hash),
    ("hash_init_nif", 1, hash_init),
    ("hash_update_nif", 2, hash_update),
    ("hash_final_nif", 1, hash_final),
    ("mac_nif", 4, mac),
    ("mac_init_nif", 3, mac_init),
    ("mac_update_nif", 2, mac_update),
    ("mac_final_nif", 1, mac_final),
    ("pbkdf2_hmac_nif", 5, derived_key),
    ("hash_equals_nif", 2, hash_equals),
    ("do_exor", 2, exor),
    ("mod_exp_nif", 4, mod_exp),
];

pub(super) const RANDOM: &[(&str, u8, Effect)] = &[
    ("strong_rand_bytes_nif", 1, random_bytes),
    ("strong_rand_range_nif", 1, random_range),
    ("rand_uniform_nif", 2, random_uniform),
    // The bytes come from the seed of the run.
    ("rand_seed_nif", 1, |_, _| Ok(NativeNext::Return(atom::OK.into()))),
];

/// The most bytes that are made at once.
const BYTES_MAX: usize = 1 << 30;

/// `{Id, #{c_file_name, c_file_line_num, c_function_arg_num}, Text}`, of which `crypto` makes its
/// exception.
fn refused(heap: &mut Heap, id: &str, argument: i64, text: &str) -> Raise {
    let file = heap.string("crypto");
    let pairs = [
        ("c_file_name", file),
        ("c_file_line_num", Value::small(0)),
        ("c_function_arg_num", Value::small(argument)),
    ];
    let pairs = pairs.map(|(name, value)| (AtomIndex::new(name).into(), value));
    let parts = [AtomIndex::new(id).into(), heap.map(&pairs), heap.string(text)];
    Raise::error(heap.tuple(&parts))
}

fn info(heap: &mut Heap, _: &[Value]) -> NativeResult {
    let name = heap.binary(b"nodedown");
    let version = heap.binary(env!("CARGO_PKG_VERSION").as_bytes());
    let library = heap.tuple(&[name, Value::small(0), version]);
    Ok(heap.list(&[library]))
}

/// The hash functions of Erlang that are not here.
const OTHERS: [&str; 8] =
    ["sha3_224", "sha3_256", "sha3_384", "sha3_512", "blake2b", "blake2s", "md4", "ripemd160"];

fn algorithm(heap: &mut Heap, name: Value, argument: i64) -> Result<Algorithm, Raise> {
    let Some(name) = name.as_atom() else {
        return Err(refused(heap, "badarg", argument, "Bad digest type"));
    };
    if let Some(found) = Algorithm::of_name(name.as_str()) {
        return Ok(found);
    }
    Err(if OTHERS.contains(&name.as_str()) {
        refused(heap, "notsup", argument, "Unsupported digest type")
    } else {
        refused(heap, "badarg", argument, "Bad digest type")
    })
}

fn hash_info(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let algorithm = algorithm(heap, args[0], 0)?;
    let (size, block) = algorithm.sizes();
    let pairs = [
        ("size", Value::size(size)),
        ("block_size", Value::size(block)),
        ("type", Value::small(algorithm.number())),
    ];
    let pairs = pairs.map(|(name, value)| (AtomIndex::new(name).into(), value));
    Ok(heap.map(&pairs))
}

fn data(heap: &mut Heap, value: Value, argument: i64) -> Result<Vec<u8>, Raise> {
    let bytes = bytes_of(heap, value);
    bytes.map_err(|_| refused(heap, "badarg", argument, "Not iolist"))
}

fn hash(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let algorithm = algorithm(heap, args[0], 0)?;
    let bytes = data(heap, args[1], 1)?;
    Ok(heap.binary(&algorithm.digest(&[&bytes])))
}

/// The state between two calls: `{Type, State}`, with the block that comes last for a key.
fn state(heap: &mut Heap, name: Value, state: &[u8], outer: Option<&[u8]>) -> Value {
    let mut parts = vec![name, heap.binary(state)];
    parts.extend(outer.map(|outer| heap.binary(outer)));
    heap.tuple(&parts)
}

/// The function, its name, its state and the block that comes last.
type State = (Algorithm, Value, Vec<u8>, Option<Vec<u8>>);

fn read_state(heap: &mut Heap, value: Value) -> Result<State, Raise> {
    let parts = heap.as_tuple(value).map(<[Value]>::to_vec).unwrap_or_default();
    let (&[name, state] | &[name, state, _]) = parts.as_slice() else {
        return Err(refused(heap, "badarg", 0, "Bad state"));
    };
    let algorithm = algorithm(heap, name, 0)?;
    let bytes = |value: Value| heap.as_bytes(value).map(std::borrow::Cow::into_owned);
    let outer = parts.get(2).and_then(|outer| bytes(*outer));
    let state = bytes(state).ok_or(Raise::BADARG)?;
    Ok((algorithm, name, state, outer))
}

fn hash_init(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let begun = algorithm(heap, args[0], 0)?.begin();
    Ok(state(heap, args[0], &begun, None))
}

fn hash_update(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let (algorithm, name, before, outer) = read_state(heap, args[0])?;
    let bytes = data(heap, args[1], 1)?;
    let after = algorithm.add(&before, &bytes).ok_or(Raise::BADARG)?;
    Ok(state(heap, name, &after, outer.as_deref()))
}

fn hash_final(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let (algorithm, _, state, _) = read_state(heap, args[0])?;
    let digest = algorithm.end(&state).ok_or(Raise::BADARG)?;
    Ok(heap.binary(&digest))
}

/// The function of an HMAC; there is no other message with a key.
fn mac_algorithm(heap: &mut Heap, args: &[Value]) -> Result<Algorithm, Raise> {
    match args[0].as_atom().map(AtomIndex::as_str) {
        Some("hmac") => algorithm(heap, args[1], 1),
        Some("cmac" | "poly1305") => Err(refused(heap, "notsup", 0, "Unsupported mac algorithm")),
        Some(_) | None => Err(refused(heap, "badarg", 0, "Unknown mac algorithm")),
    }
}

fn mac(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let algorithm = mac_algorithm(heap, args)?;
    let (key, bytes) = (data(heap, args[2], 2)?, data(heap, args[3], 3)?);
    Ok(heap.binary(&algorithm.hmac(&key, &bytes)))
}

fn mac_init(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let algorithm = mac_algorithm(heap, args)?;
    let key = data(heap, args[2], 2)?;
    let [inner, outer] = algorithm.pads(&key);
    let begun = algorithm.add(&algorithm.begin(), &inner).ok_or(Raise::BADARG)?;
    Ok(state(heap, args[1], &begun, Some(&outer)))
}

fn mac_update(heap: &mut Heap, args: &[Value]) -> NativeResult {
    hash_update(heap, args)
}

fn mac_final(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let (algorithm, _, state, outer) = read_state(heap, args[0])?;
    let inner = algorithm.end(&state).ok_or(Raise::BADARG)?;
    let outer = outer.ok_or(Raise::BADARG)?;
    Ok(heap.binary(&algorithm.digest(&[&outer, &inner])))
}

fn derived_key(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let algorithm = algorithm(heap, args[0], 0)?;
    let (password, salt) = (data(heap, args[1], 1)?, data(heap, args[2], 2)?);
    let rounds = heap.as_integer(args[3]).and_then(|rounds| u32::try_from(rounds).ok());
    let Some(rounds) = rounds.filter(|rounds| *rounds > 0) else {
        return Err(refused(heap, "badarg", 3, "Must be > 0"));
    };
    let Some(len) = heap.as_size(args[4]).filter(|len| *len > 0) else {
        return Err(refused(heap, "badarg", 4, "Must be > 0"));
    };
    if len > BYTES_MAX {
        return Err(Raise::SYSTEM_LIMIT);
    }
    Ok(heap.binary(&algorithm.derived(&password, &salt, rounds, len)))
}

/// Two binaries of one length.
fn both(heap: &Heap, args: &[Value]) -> Result<(Vec<u8>, Vec<u8>), Raise> {
    let (left, right) = (bytes_of(heap, args[0])?, bytes_of(heap, args[1])?);
    if left.len() == right.len() { Ok((left, right)) } else { Err(Raise::BADARG) }
}

fn hash_equals(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let (left, right) = both(heap, args)?;
    Ok((left == right).into())
}

fn exor(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let (left, right) = both(heap, args)?;
    let bytes: Vec<u8> = left.iter().zip(right).map(|(left, right)| left ^ right).collect();
    Ok(heap.binary(&bytes))
}

/// A power modulo a number, all as bytes. With the last argument, after the number of its bytes.
fn mod_exp(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let number = |value| Ok(BigUint::from_bytes_be(&bytes_of(heap, value)?));
    let (base, exponent, modulus): (BigUint, BigUint, BigUint) =
        (number(args[0])?, number(args[1])?, number(args[2])?);
    if modulus == BigUint::ZERO {
        return Err(Raise::BADARG);
    }
    let power = base.modpow(&exponent, &modulus).to_bytes_be();
    if args[3] == Value::small(0) {
        return Ok(heap.binary(&power));
    }
    let len = (power.len() as u32).to_be_bytes();
    Ok(heap.binary(&[&len[..], &power].concat()))
}

fn random_bytes(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result<NativeNext, Raise> {
    let count = ctx.local.heap.as_size(args[0]).ok_or(Raise::BADARG)?;
    let count = Some(count).filter(|count| *count <= BYTES_MAX).ok_or(Raise::SYSTEM_LIMIT)?;
    let bytes = ctx.node.random_bytes(count);
    Ok(NativeNext::Return(ctx.local.heap.binary(&bytes)))
}

/// A random number below another one, which is not 0.
fn below(ctx: &mut NativeContext<'_>, limit: &BigUint) -> Result<BigUint, Raise> {
    if *limit == BigUint::ZERO {
        return Err(Raise::BADARG);
    }
    let count = limit.bits().div_ceil(8) as usize + 8;
    Ok(BigUint::from_bytes_be(&ctx.node.random_bytes(count)) % limit)
}

fn random_range(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result<NativeNext, Raise> {
    let limit = BigUint::from_bytes_be(&bytes_of(ctx.local.heap, args[0])?);
    let drawn = below(ctx, &limit)?.to_bytes_be();
    Ok(NativeNext::Return(ctx.local.heap.binary(&drawn)))
}

/// A number from one on and below another one; each is its bytes after their number.
fn random_uniform(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result<NativeNext, Raise> {
    let mut numbers = Vec::new();
    for value in args {
        let bytes = bytes_of(ctx.local.heap, *value)?;
        numbers.push(BigUint::from_bytes_be(bytes.get(4..).unwrap_or_default()));
    }
    let [from, to] = numbers.as_slice() else { return Err(Raise::BADARG) };
    if to <= from {
        return Err(Raise::BADARG);
    }
    let drawn = (below(ctx, &(to - from))? + from).to_bytes_be();
    let len = (drawn.len() as u32).to_be_bytes();
    Ok(NativeNext::Return(ctx.local.heap.binary(&[&len[..], &drawn].concat())))
}
