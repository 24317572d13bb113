//! The outcome of a client's call.

use super::transport::CallError;
use crate::consistency::history::Outcome;
use crate::engine::runtime::Exit;
use crate::engine::term::Term;

impl Outcome {
    /// The outcome of a `gen_server` call for the client that made it: an answer means done;
    /// `noproc`, where there was no server, means certainly not done; after any other exit it is
    /// unknown.
    ///
    /// A call to a global name also exits with `noproc` when the node of its holder goes down during
    /// the call, and Erlang does not say which it was (G16): then the outcome is unknown too. A client
    /// that looks the name up first and calls the process gets `{nodedown,Node}` in that case, and
    /// `noproc` only where there was no server.
    pub fn of_call(answer: Result<impl Into<Term>, Exit>) -> Outcome {
        match answer {
            Ok(answer) => Outcome::Ok(answer.into()),
            Err(exit) => {
                let error = CallError::from_exit(&exit);
                let outcome = if error.is_certain() { Outcome::Failed } else { Outcome::Unknown };
                outcome(error.to_term())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(reason: &str, expected: &Outcome) {
        let exit = Exit::exit(reason.parse::<Term>().unwrap());
        assert_eq!(Outcome::of_call(Err::<Term, _>(exit)), *expected, "{reason}");
    }

    #[test]
    fn a_call_has_failed_only_where_nobody_can_have_been_asked() {
        let why = |text: &str| text.parse::<Term>().unwrap();
        assert_eq!(Outcome::of_call(Ok(7)), Outcome::Ok(Term::from(7)));
        check("{noproc,{gen_server,call,[store,get]}}", &Outcome::Failed(why("noproc")));
        check("{noproc,{gen_server,call,[{store,a@x},get]}}", &Outcome::Failed(why("noproc")));
        check("{noproc,{gen_server,call,[{global,store},get]}}", &Outcome::Unknown(why("noproc")));
        check("{timeout,{gen_server,call,[store,get]}}", &Outcome::Unknown(why("timeout")));
        check(
            "{{nodedown,a@x},{gen_server,call,[s,get]}}",
            &Outcome::Unknown(why("{nodedown,a@x}")),
        );
        check("killed", &Outcome::Unknown(why("killed")));
    }
}
