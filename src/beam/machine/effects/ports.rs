//! Messages and links to ports.

use crate::beam::atom::{self, AtomIndex};
use crate::beam::identity::Port;
use crate::beam::iodata::bytes_of;
use crate::beam::machine::{NativeContext, PortOrder, RuntimeSystem};
use crate::beam::native::Raise;
use crate::beam::value::Value;

/// `Port ! Message`: an order, if the message is of the port's protocol.
pub(super) fn message(
    ctx: &mut NativeContext<'_>,
    port: Port,
    message: Value,
) -> std::result::Result<(), Raise> {
    let heap = &*ctx.local.heap;
    let order = match heap.as_tuple(message) {
        Some(&[_, order]) if order == atom("close") => Some(PortOrder::CloseByMessage),
        Some(&[_, order]) => match heap.as_tuple(order) {
            Some(&[tag, data]) if tag == atom("command") => {
                bytes_of(heap, data).ok().map(PortOrder::Command)
            }
            Some(&[tag, pid]) if tag == atom("connect") => {
                heap.as_pid(pid).map(PortOrder::ConnectByMessage)
            }
            Some(_) | None => None,
        },
        Some(_) | None => None,
    };
    if let Some(order) = order
        && port.life == ctx.local.process.pid().life
    {
        system(ctx)?.tell_port(port.number, order);
    }
    Ok(())
}

/// `exit/2` with a port: it closes, unless the reason is `normal`.
pub(super) fn end_port(
    ctx: &mut NativeContext<'_>,
    port: Port,
    reason: Value,
) -> std::result::Result<(), Raise> {
    if port.life == ctx.local.process.pid().life && reason != atom::NORMAL.into() {
        system(ctx)?.tell_port(port.number, PortOrder::Close);
    }
    Ok(())
}

/// `link/1` and `unlink/1` with a port.
pub(super) fn set_linked(
    ctx: &mut NativeContext<'_>,
    port: Port,
    is_linked: bool,
) -> std::result::Result<(), Raise> {
    system(ctx)?.set_port_linked(port.number, is_linked);
    Ok(())
}

fn system<'a>(
    ctx: &'a mut NativeContext<'_>,
) -> std::result::Result<&'a mut dyn RuntimeSystem, Raise> {
    ctx.node.system().ok_or(Raise::error(AtomIndex::new("notsup").into()))
}

fn atom(name: &str) -> Value {
    AtomIndex::new(name).into()
}
