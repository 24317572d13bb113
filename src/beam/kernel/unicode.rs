//! Texts in encodings that OTP's own code reads: UTF-16 and UTF-32.

use super::{Effects, NativeContext, NativeNext, Result, Value};
use crate::beam::atom::AtomIndex;
use crate::beam::native::Pure;
use crate::beam::natives::{characters_to_binary, characters_to_list};

pub(super) const UNICODE: Effects = &[
    ("characters_to_binary", 2, |ctx, args| {
        read(ctx, args, characters_to_binary, "characters_to_binary_int")
    }),
    ("characters_to_list", 2, |ctx, args| {
        read(ctx, args, characters_to_list, "characters_to_list_int")
    }),
];

/// The native reads Latin-1 and UTF-8, a function of OTP the other encodings.
fn read(ctx: &mut NativeContext<'_>, args: &[Value], native: Pure, other: &str) -> Result {
    let encoding = args[1].as_atom().map(AtomIndex::as_str);
    if let Some("latin1" | "unicode" | "utf8") = encoding {
        return native(ctx.local.heap, args).map(NativeNext::Return);
    }
    let (module, function) = (AtomIndex::new("unicode"), AtomIndex::new(other));
    Ok(NativeNext::Call { module, function, args: args.to_vec() })
}
