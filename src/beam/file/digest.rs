//! The digest of a module: MD5 of the chunks that say what it does.

use md5::{Digest, Md5};

use super::chunks::Chunks;

/// The chunks that count, in their order.
const COUNTED: [&str; 9] = ["Atom", "AtU8", "Code", "StrT", "ImpT", "ExpT", "FunT", "LitT", "Meta"];

/// The digest, as Erlang computes it: hashes of funs, which follow from the rest, do not count.
pub(super) fn md5(chunks: &Chunks) -> [u8; 16] {
    let mut md5 = Md5::new();
    for name in COUNTED {
        let bytes = chunks.bytes(name);
        match name {
            "FunT" => md5.update(without_uniqs(bytes)),
            _ => md5.update(bytes),
        }
    }
    md5.finalize().into()
}

/// The table of funs with zeros for the last number of each.
fn without_uniqs(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for fun in bytes.get_mut(4..).unwrap_or(&mut []).chunks_exact_mut(24) {
        fun[20..].fill(0);
    }
    bytes
}
