//! Applications of this node.

use super::arguments::{answer, clause, error, names, ok};
use super::functions;
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Atom, Term};
use crate::otp::application::{self, RestartType};
use crate::{atom, list, tuple};

functions! { APPLICATION, "application", |ctx|
    "Starts an application, as `temporary`."
    waits "start" (application) { start(ctx, application, &Term::atom("temporary")).await }

    "Starts an application: `permanent`, `transient` or `temporary`."
    waits "start" (application, kind) { start(ctx, application, kind).await }

    "Starts an application unless it is started."
    waits "ensure_started" (application) {
        ensure_started(ctx, application, &Term::atom("temporary")).await
    }

    "Starts an application of a type unless it is started."
    waits "ensure_started" (application, kind) { ensure_started(ctx, application, kind).await }

    "Starts an application and those that it needs: `{ok,Started}`."
    waits "ensure_all_started" (application) {
        ensure_all_started(ctx, application, &Term::atom("temporary")).await
    }

    "Starts an application of a type and those that it needs: `{ok,Started}`."
    waits "ensure_all_started" (application, kind) {
        ensure_all_started(ctx, application, kind).await
    }

    "Stops an application."
    waits "stop" (application) {
        let Some(name) = application.as_atom() else { return Ok(about("not_started", application)) };
        Ok(Term::from(application::stop(ctx, name).await))
    }

    "Loads an application: its environment is known."
    waits "load" (application) {
        let Some(name) = application.as_atom() else { return Ok(about("bad_application", application)) };
        Ok(Term::from(application::load(ctx, name).await))
    }

    "Unloads an application."
    waits "unload" (application) {
        let name = clause(application.as_atom())?;
        Ok(Term::from(application::unload(ctx, name).await))
    }

    "Returns `{Application,Description,Vsn}` of the running applications, the latest first."
    waits "which_applications" () { Ok(described(application::which_applications(ctx).await)) }

    "Returns `{Application,Description,Vsn}` of the loaded applications."
    waits "loaded_applications" () { Ok(described(application::loaded_applications(ctx).await)) }

    "Moves a distributed application to this node."
    waits "takeover" (application, kind) {
        let Some(kind) = RestartType::from_term(kind) else { return Ok(invalid(kind)) };
        Ok(Term::from(application::takeover(ctx, clause(application.as_atom())?, kind).await))
    }

    "Lets an application run on this node, or no longer."
    waits "permit" (application, permission) {
        let Some(on) = permission.as_bool() else {
            let called = tuple![atom!("application"), atom!("permit"), list![application, permission]];
            return Err(Exit::exit(tuple![atom!("badarg"), called]));
        };
        let name = clause(application.as_atom())?;
        Ok(Term::from(application::permit(ctx, name, on).await))
    }

    "Returns `{ok,Value}` from the environment of an application, or `undefined`."
    now "get_env" (application, par) {
        let found = get_env(ctx, application, par);
        Ok(found.map_or_else(|| Term::atom("undefined"), ok))
    }

    "Returns a value from the environment of an application, or `Default`."
    now "get_env" (application, par, default) {
        Ok(get_env(ctx, application, par).unwrap_or_else(|| default.clone()))
    }

    "Sets a value in the environment of an application."
    now "set_env" (application, par, val) {
        // Any term is a name and a key in Erlang, and nobody finds those that are no atoms here.
        if let Some((name, key)) = application.as_atom().zip(par.as_atom()) {
            application::set_env(ctx, name, key, val);
        }
        answer("ok")
    }
}

fn get_env(ctx: &Context, application: &Term, key: &Term) -> Option<Term> {
    application::get_env(ctx, application.as_atom()?, key.as_atom()?)
}

fn invalid(kind: &Term) -> Term {
    about("invalid_restart_type", kind)
}

/// `{error,{Reason,What}}`
fn about(reason: &str, what: &Term) -> Term {
    error(tuple![Term::atom(reason), what])
}

/// Applications without descriptions and versions, as of a specification that has none.
fn described(names: Vec<Atom>) -> Term {
    names.into_iter().map(|name| tuple![name, list![], list![]]).collect()
}

/// The application and its restart type, or the error: Erlang loads the application before it looks at
/// the type.
async fn started(
    ctx: &Context,
    application: &Term,
    kind: &Term,
) -> Result<(Atom, RestartType), Term> {
    let Some(name) = application.as_atom() else {
        return Err(tuple![atom!("bad_application"), application]);
    };
    if let Some(kind) = RestartType::from_term(kind) {
        return Ok((name, kind));
    }
    match application::load(ctx, name).await {
        Err(reason) if reason.tagged("already_loaded").is_none() => Err(reason),
        Ok(()) | Err(_) => Err(tuple![atom!("invalid_restart_type"), kind]),
    }
}

async fn start(ctx: &Context, application: &Term, kind: &Term) -> Result<Term, Exit> {
    Ok(match started(ctx, application, kind).await {
        Ok((name, kind)) => Term::from(application::start(ctx, name, kind).await),
        Err(reason) => error(reason),
    })
}

async fn ensure_started(ctx: &Context, application: &Term, kind: &Term) -> Result<Term, Exit> {
    Ok(match started(ctx, application, kind).await {
        Ok((name, kind)) => Term::from(application::ensure_started(ctx, name, kind).await),
        Err(reason) => error(reason),
    })
}

async fn ensure_all_started(ctx: &Context, application: &Term, kind: &Term) -> Result<Term, Exit> {
    let name = clause(application.as_atom())?;
    Ok(match started(ctx, application, kind).await {
        Ok((name, kind)) => match application::ensure_all_started(ctx, name, kind).await {
            Ok(started) => ok(names(started)),
            Err(reason) => error(reason),
        },
        Err(reason) => error(tuple![name, reason]),
    })
}
