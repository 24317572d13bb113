//! Checksums of bytes: MD5, CRC-32, Adler-32.

use adler2::Adler32;
use md5::digest::common::hazmat::{SerializableState, SerializedState};
use md5::{Digest, Md5};

use crate::beam::heap::Heap;
use crate::beam::iodata::bytes_of;
use crate::beam::native::{NativeResult, Pure, Raise};
use crate::beam::value::Value;

pub(super) const ERLANG: &[(&str, u8, Pure)] = &[
    ("adler32", 1, |heap, args| updated(heap, adler32, 1, args[0])),
    ("adler32", 2, |heap, args| updated(heap, adler32, word(heap, args[0])?, args[1])),
    ("adler32_combine", 3, adler32_combine),
    ("crc32", 1, |heap, args| updated(heap, crc32, 0, args[0])),
    ("crc32", 2, |heap, args| updated(heap, crc32, word(heap, args[0])?, args[1])),
    ("crc32_combine", 3, crc32_combine),
    ("md5", 1, md5),
    ("md5_final", 1, md5_final),
    ("md5_init", 0, |heap, _| Ok(heap.binary(&Md5::new().serialize()))),
    ("md5_update", 2, md5_update),
];

/// A checksum of 32 bits.
fn word(heap: &Heap, value: Value) -> Result<u32, Raise> {
    heap.as_integer(value).and_then(|word| u32::try_from(word).ok()).ok_or(Raise::BADARG)
}

/// The checksum after more bytes.
fn updated(heap: &mut Heap, add: fn(u32, &[u8]) -> u32, start: u32, data: Value) -> NativeResult {
    let bytes = bytes_of(heap, data)?;
    Ok(Value::small(add(start, &bytes).into()))
}

fn md5(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let bytes = bytes_of(heap, args[0])?;
    Ok(heap.binary(&Md5::digest(&bytes)))
}

/// The state of a hash, which is a binary between two calls.
fn md5_of(heap: &Heap, context: Value) -> Result<Md5, Raise> {
    let bytes = heap.as_bytes(context).ok_or(Raise::BADARG)?;
    let state = SerializedState::<Md5>::try_from(&bytes[..]).map_err(|_| Raise::BADARG)?;
    Md5::deserialize(&state).map_err(|_| Raise::BADARG)
}

fn md5_update(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let mut md5 = md5_of(heap, args[0])?;
    md5.update(bytes_of(heap, args[1])?);
    Ok(heap.binary(&md5.serialize()))
}

fn md5_final(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let md5 = md5_of(heap, args[0])?;
    Ok(heap.binary(&md5.finalize()))
}

/// The largest prime below 2^16.
const ADLER_PRIME: u32 = 65521;

pub(super) fn adler32(start: u32, bytes: &[u8]) -> u32 {
    let mut adler = Adler32::from_checksum(start);
    adler.write_slice(bytes);
    adler.checksum()
}

/// The checksum of bytes that follow others, of the checksums of both.
fn adler32_combine(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let (first, second) = (word(heap, args[0])?, word(heap, args[1])?);
    let length =
        (heap.as_size(args[2]).ok_or(Raise::BADARG)? as u64 % u64::from(ADLER_PRIME)) as u32;
    let prime = u64::from(ADLER_PRIME);
    let [low, more_low] = [first & 0xffff, second & 0xffff].map(u64::from);
    let [high, more_high] = [first >> 16, second >> 16].map(u64::from);
    let sum = (low + more_low + prime - 1) % prime;
    let carried = low * u64::from(length) % prime;
    let high = (high + more_high + carried + prime - u64::from(length)) % prime;
    Ok(heap.unsigned(high << 16 | sum))
}

pub(super) fn crc32(start: u32, bytes: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new_with_initial(start);
    crc.update(bytes);
    crc.finalize()
}

/// The checksum of bytes that follow others, of the checksums of both.
fn crc32_combine(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let (first, second) = (word(heap, args[0])?, word(heap, args[1])?);
    let length = heap.as_size(args[2]).ok_or(Raise::BADARG)? as u64;
    let mut crc = crc32fast::Hasher::new_with_initial(first);
    crc.combine(&crc32fast::Hasher::new_with_initial_len(second, length));
    Ok(Value::small(crc.finalize().into()))
}
