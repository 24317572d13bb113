//! Registered names.

use super::arguments::{atom, names, or_undefined, pid};
use super::functions;
use crate::engine::runtime::Exit;
use crate::engine::term::Term;

functions! { ERLANG, "erlang", |ctx|
    "Gives a process of this node a name."
    now "register" (reg_name, pid_or_port) {
        ctx.register(atom(reg_name)?, pid(pid_or_port)?)?;
        Ok(Term::from(true))
    }

    "Takes a name away from its process."
    now "unregister" (reg_name) {
        ctx.unregister(atom(reg_name)?)?;
        Ok(Term::from(true))
    }

    "Returns the process with a name, or `undefined`."
    now "whereis" (reg_name) { Ok(or_undefined(ctx.whereis(atom(reg_name)?))) }

    "Returns the names of this node."
    now "registered" () { Ok(names(ctx.registered())) }
}
