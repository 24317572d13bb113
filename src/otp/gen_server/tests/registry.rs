//! Servers whose names are in a registry of one's own.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::*;

/// A registry that keeps its names in a table, and fails when it is broken.
#[derive(Default)]
struct Table {
    names: RefCell<BTreeMap<Term, Pid>>,
    broken: Cell<bool>,
}

impl Registry for Table {
    fn module(&self) -> Atom {
        atom!("table")
    }

    fn whereis_name(&self, ctx: &Context, name: &Term) -> Result<Option<Pid>, Exit> {
        if self.broken.get() {
            return Err(Exit::exit(atom!("broken")));
        }
        let holder = self.names.borrow().get(name).copied();
        Ok(holder.filter(|pid| ctx.is_process_alive(*pid) == Ok(true)))
    }

    fn register_name<'a>(
        &'a self,
        ctx: &'a Context,
        name: &'a Term,
        pid: Pid,
    ) -> Answered<'a, bool> {
        Box::pin(async move {
            ctx.sleep(Duration::from_millis(1)).await;
            let free = self.whereis_name(ctx, name)?.is_none();
            if free {
                self.names.borrow_mut().insert(name.clone(), pid);
            }
            Ok(free)
        })
    }

    fn unregister_name<'a>(&'a self, _: &'a Context, name: &'a Term) -> Answered<'a, ()> {
        Box::pin(async move {
            self.names.borrow_mut().remove(name);
            Ok(())
        })
    }
}

/// C1, C13, C16, C17, C18, C20.
#[test]
fn names_may_be_in_a_registry_of_ones_own() {
    let notes = script(&["a"], |ctx, notes| async move {
        let table = Rc::new(Table::default());
        let via = |name: &str| Via::new(Rc::clone(&table) as Rc<dyn Registry>, Term::atom(name));
        let started = |name: &'static str, init: &'static str| {
            let (ctx, options) = (ctx.clone(), Options::new(name).via(via(name)));
            async move {
                let (notes, init) = (Notes::default(), order(init));
                let init = move |ctx| LabServer::init(ctx, name.to_owned(), notes, init);
                match start(&ctx, options, init).await {
                    Ok(_) => "ok".to_owned(),
                    Err(reason) => reason.to_string(),
                }
            }
        };
        notes.say(&ctx, started("one", "ok").await);
        let taken = started("one", "ok").await;
        notes.say(&ctx, taken.split(',').next().unwrap());
        notes.say(&ctx, started("two", "{stop,nope}").await);
        notes.say(&ctx, format!("{:?}", via("two").whereis(&ctx)));
        notes.say(&ctx, shown(call(&ctx, via("one"), order("{reply,7}")).await));
        notes.say(&ctx, shown(call(&ctx, via("two"), order("x")).await));
        cast(&ctx, via("two"), order("x"));
        table.broken.set(true);
        notes.say(&ctx, shown(call(&ctx, via("one"), order("x")).await));
        cast(&ctx, via("one"), order("x"));
        let id = send_request(&ctx, via("one"), order("x"));
        notes.say(&ctx, format!("{:?}", wait_response(&ctx, &id, None).await));
        notes.say(&ctx, shown(stop(&ctx, via("one")).await.map(|()| atom!("ok").into())));
        notes.say(&ctx, started("three", "ok").await);
        table.broken.set(false);
        notes.say(&ctx, shown(stop(&ctx, via("one")).await.map(|()| atom!("ok").into())));
        notes.say(&ctx, started("one", "ok").await);
        Ok(())
    });
    assert_eq!(
        notes.lines(),
        [
            "ok",
            "{already_started",
            "nope",
            "Ok(None)",
            "7",
            "** {noproc,{gen_server,call,[{via,table,two},x]}}",
            "** {broken,{gen_server,call,[{via,table,one},x]}}",
            "Error { reason: broken, server: {via,table,one} }",
            "** broken",
            "{'EXIT',broken}",
            "ok",
            "ok",
        ]
    );
}
