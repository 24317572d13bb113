//! Erlang's functions in C, and those of them that nodedown has in Rust.

mod atoms;
mod binaries;
mod calendar;
mod checksums;
mod erts;
mod external;
mod fixed;
mod floats;
mod hash;
mod integers;
mod iodata;
mod lists;
mod maps;
mod math;
mod phash;
mod tuples;
mod unicode;

pub(in crate::beam) use calendar::date_of;
pub use erts::is_native;
pub(in crate::beam) use floats::scientific;
pub(in crate::beam) use hash::hash as phash2;

use super::ets;
use super::native::Natives;

/// All natives, for the code of a release of OTP: those of the machine itself, and those of this
/// module.
#[must_use]
pub fn of_release(release: u32) -> Natives {
    let mut natives = all();
    if release >= 26 {
        natives.add_all("erlang", external::ERLANG_26);
    }
    natives
}

/// All natives, as OTP 25 has them.
#[must_use]
pub fn all() -> Natives {
    let mut natives = Natives::new();
    for erlang in [
        atoms::ERLANG,
        calendar::ERLANG,
        checksums::ERLANG,
        external::ERLANG,
        fixed::ERLANG,
        floats::ERLANG,
        hash::ERLANG,
        phash::ERLANG,
        integers::ERLANG,
        iodata::ERLANG,
        lists::ERLANG,
        tuples::ERLANG,
    ] {
        natives.add_all("erlang", erlang);
    }
    natives.add_all("binary", binaries::BINARY);
    natives.add_all("binary", iodata::BINARY);
    natives.add_all("error_logger", fixed::ERROR_LOGGER);
    natives.add_all("erts_debug", fixed::ERTS_DEBUG);
    natives.add_all("erts_internal", fixed::ERTS_INTERNAL);
    natives.add_all("erts_internal", maps::ERTS_INTERNAL);
    for functions in ets::EFFECTS {
        natives.add_effects("ets", functions);
    }
    natives.add_all("file", fixed::FILE);
    natives.add_all("io", fixed::IO);
    natives.add_all("lists", lists::LISTS);
    natives.add_all("maps", maps::MAPS);
    natives.add_all("math", math::MATH);
    natives.add_all("net_kernel", fixed::NET_KERNEL);
    natives.add_all("string", floats::STRING);
    natives.add_all("string", integers::STRING);
    natives.add_all("unicode", unicode::UNICODE);
    natives
}
