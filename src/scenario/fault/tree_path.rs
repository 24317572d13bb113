//! The way to a process in a supervision tree.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::effect::Report;
use crate::atom;
use crate::beam::node;
use crate::engine::network::NodeId;
use crate::engine::runtime::{Context, World};
use crate::engine::term::{Atom, Pid, Term};
use crate::otp::gen_server;

/// The way to a process: an application, and the children from its top supervisor down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TreePath {
    application: Atom,
    children: Vec<String>,
}

/// The time that supervisors have to answer.
const PATIENCE: Duration = Duration::from_secs(5);

impl TreePath {
    /// The way that a name is; `None` if it is a name of a process.
    pub(super) fn parse(name: Atom) -> Option<TreePath> {
        let mut parts = name.as_str().split('/');
        let application = Atom::new(parts.next()?);
        let children: Vec<String> = parts.map(str::to_owned).collect();
        (!children.is_empty()).then_some(TreePath { application, children })
    }

    /// Sends an exit signal to the process at its end on each of these nodes, at this instant if its
    /// supervisors answer. When the first is found, or none, that is recorded.
    pub(super) fn kill(
        &self,
        world: &World,
        nodes: &[NodeId],
        reason: &Term,
        report: Option<&Report>,
    ) {
        let search = Rc::new(RefCell::new(Search { open: nodes.len(), ..Search::default() }));
        for node in nodes {
            let (path, reason, report) = (self.clone(), reason.clone(), report.cloned());
            let search = Rc::clone(&search);
            world.spawn(*node, "kill", move |ctx| async move {
                let found = path.find(&ctx).await;
                let ended = search.borrow_mut().ended(found.as_ref().map(|_| ()), &path);
                if let Some((report, result)) = report.zip(ended) {
                    ctx.record(report(match result {
                        SearchResult::Found => None,
                        SearchResult::InVain(why) => Some(why),
                    }));
                }
                if let Ok(pid) = found {
                    ctx.exit_signal(pid, reason);
                }
                Ok(())
            });
        }
    }

    async fn find(&self, ctx: &Context) -> Result<Pid, Missing> {
        let mut process = self.top(ctx).await.ok_or(Missing::Application)?;
        for (place, wanted) in self.children.iter().enumerate() {
            let question = Term::atom("which_children");
            let answer: Result<Term, _> =
                gen_server::call_within(ctx, process, question, Some(PATIENCE)).await;
            let answer = answer.map_err(|_| Missing::Children { place })?;
            let children = answer.as_list().ok_or(Missing::Children { place })?;
            let children: Vec<(String, Option<Pid>)> = children.iter().filter_map(child).collect();
            let found = children.iter().find(|(id, _)| id == wanted);
            let nth = || children.get(wanted.parse::<usize>().ok()?.checked_sub(1)?);
            let pid = found.or_else(nth).and_then(|(_, pid)| *pid);
            process = pid.ok_or_else(|| {
                let known = children.into_iter().map(|(id, _)| id).collect();
                Missing::Child { place, known }
            })?;
        }
        Ok(process)
    }

    /// The top supervisor of the application.
    async fn top(&self, ctx: &Context) -> Option<Pid> {
        if !node::runs_compiled_code(ctx) {
            return ctx.whereis(self.application);
        }
        let ask = async |module: Atom, function: Atom, argument: Term| {
            node::call(ctx, (module, function), vec![argument], Some(PATIENCE)).await.ok()
        };
        let (controller, master) = (atom!("application_controller"), atom!("application_master"));
        let found = ask(controller, atom!("get_master"), Term::from(self.application)).await?;
        found.as_pid()?;
        let top = ask(master, atom!("get_child"), found).await?;
        top.as_tuple()?.first()?.as_pid()
    }

    fn complaint(&self, missing: &Missing) -> String {
        let way = |length: usize| {
            let children = self.children[..length].iter().map(String::as_str);
            let parts: Vec<&str> =
                [self.application.as_str()].into_iter().chain(children).collect();
            parts.join("/")
        };
        let whole = way(self.children.len());
        match missing {
            Missing::Application => format!("kill {whole}: {} does not run here", way(0)),
            Missing::Children { place } => {
                format!("kill {whole}: {} is no supervisor", way(*place))
            }
            Missing::Child { place, known } => {
                let wanted = &self.children[*place];
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                format!("kill {whole}: {} has no child {wanted}; it has {known}", way(*place))
            }
        }
    }
}

/// The identifier and the process of a child, as `which_children` answers them.
fn child(term: &Term) -> Option<(String, Option<Pid>)> {
    let [id, pid, ..] = term.as_tuple()? else { return None };
    let id = id.as_atom().map_or_else(|| id.to_string(), |id| id.as_str().to_owned());
    Some((id, pid.as_pid()))
}

/// A search for the end of a way on several nodes.
#[derive(Default)]
struct Search {
    /// The nodes that have not answered yet.
    open: usize,
    is_found: bool,
    /// The reason of the first node that runs the application.
    why: Option<String>,
}

/// Something to record of a search.
enum SearchResult {
    Found,
    InVain(String),
}

impl Search {
    /// The search of a node has ended: what there is to record now, if anything.
    fn ended(&mut self, found: Result<(), &Missing>, path: &TreePath) -> Option<SearchResult> {
        self.open -= 1;
        let Err(missing) = found else {
            let is_first = !std::mem::replace(&mut self.is_found, true);
            return is_first.then_some(SearchResult::Found);
        };
        if self.why.is_none() && !matches!(missing, Missing::Application) {
            self.why = Some(path.complaint(missing));
        }
        let is_in_vain = self.open == 0 && !self.is_found;
        is_in_vain.then(|| {
            let why = self.why.take().unwrap_or_else(|| path.complaint(&Missing::Application));
            SearchResult::InVain(why)
        })
    }
}

/// The reason why there is no process at the end of a way.
enum Missing {
    /// The application does not run.
    Application,
    /// The process before this child is no supervisor.
    Children { place: usize },
    /// There is no such child; these are there.
    Child { place: usize, known: Vec<String> },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_slashes_is_a_way() {
        assert_eq!(TreePath::parse(Atom::new("bank")), None);
        let path = TreePath::parse(Atom::new("bank/pool/3")).unwrap();
        let children = vec!["pool".to_owned(), "3".to_owned()];
        assert_eq!(path, TreePath { application: Atom::new("bank"), children });
        let known = vec!["a".to_owned(), "b".to_owned()];
        let said = path.complaint(&Missing::Child { place: 1, known });
        assert_eq!(said, "kill bank/pool/3: bank/pool has no child 3; it has a, b");
    }
}
