//! Erlang's functions in C, and those of them that nodedown has in Rust.

mod atoms;
mod binaries;
mod buffer;
mod calendar;
mod checksums;
mod crypto;
mod erts;
mod external;
mod fixed;
mod floats;
mod integers;
mod iodata;
mod kinds;
mod lists;
mod maps;
mod math;
mod packets;
mod phash;
mod queue;
mod re;
mod releases;
mod tuples;
mod unicode;
mod zlib;

pub use erts::{is_native, native_names};
pub(in crate::beam) use unicode::{characters_to_binary, characters_to_list};

use super::ets;
use super::native::{Effect, Natives, Pure};

/// All natives, as a release of OTP has them: those of the machine itself, and those of this module.
#[must_use]
pub fn of_release(release: u32) -> Natives {
    let mut natives = all();
    if release >= 26 {
        natives.add_all("erlang", external::ERLANG_26);
    }
    remove_later(&mut natives, release);
    natives
}

/// Takes out the natives that came with later releases of OTP.
pub(in crate::beam) fn remove_later(natives: &mut Natives, release: u32) {
    for later in releases::SIMULATED.iter().filter(|later| later.0 > release) {
        for (function, arity) in releases::functions(*later) {
            natives.remove(later.1, function, arity);
        }
    }
}

/// All natives, of every release.
#[must_use]
pub fn all() -> Natives {
    let mut natives = Natives::new();
    for (module, functions) in PURE {
        natives.add_all(module, functions);
    }
    for (module, functions) in
        ets::EFFECTS.iter().map(|functions| ("ets", *functions)).chain(OTHERS)
    {
        natives.add_effects(module, functions);
    }
    natives
}

/// Functions of a module: the name of each, how many arguments it takes, and its code.
type Functions<F> = (&'static str, &'static [(&'static str, u8, F)]);

/// Natives that compute a value from their arguments, by their modules.
const PURE: &[Functions<Pure>] = &[
    ("erlang", atoms::ERLANG),
    ("erlang", calendar::ERLANG),
    ("erlang", checksums::ERLANG),
    ("erlang", external::ERLANG),
    ("erlang", fixed::ERLANG),
    ("erlang", floats::ERLANG),
    ("erlang", phash::ERLANG),
    ("erlang", integers::ERLANG),
    ("erlang", iodata::ERLANG),
    ("erlang", lists::ERLANG),
    ("erlang", tuples::ERLANG),
    ("erlang", kinds::ERLANG),
    ("erlang", packets::ERLANG),
    ("erlang", releases::ERLANG),
    ("binary", binaries::BINARY),
    ("binary", kinds::BINARY),
    ("binary", iodata::BINARY),
    ("code", releases::CODE),
    ("crypto", crypto::CRYPTO),
    ("erl_debugger", releases::ERL_DEBUGGER),
    ("error_logger", fixed::ERROR_LOGGER),
    ("erts_debug", fixed::ERTS_DEBUG),
    ("erl_ddll", kinds::ERL_DDLL),
    ("erts_internal", fixed::ERTS_INTERNAL),
    ("erts_internal", kinds::ERTS_INTERNAL),
    ("erts_internal", maps::ERTS_INTERNAL),
    ("erts_internal", releases::ERTS_INTERNAL),
    ("file", fixed::FILE),
    ("io", fixed::IO),
    ("lists", lists::LISTS),
    ("maps", maps::MAPS),
    ("math", math::MATH),
    ("net_kernel", fixed::NET_KERNEL),
    ("prim_tty", releases::PRIM_TTY),
    ("string", floats::STRING),
    ("string", integers::STRING),
    ("unicode", unicode::UNICODE),
];

/// Natives that depend on their process or their node, but for those of the machine itself.
const OTHERS: [Functions<Effect>; 5] = [
    ("erlang", ets::ERLANG),
    ("re", re::RE),
    ("prim_buffer", buffer::PRIM_BUFFER),
    ("zlib", zlib::ZLIB),
    ("crypto", crypto::RANDOM),
];
