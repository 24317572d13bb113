//! Servers, supervisors, and calls to other nodes.

use rand::RngExt;
use rand::seq::IndexedRandom;

use super::Author;

impl Author {
    pub(super) fn server(&mut self) -> String {
        let name = self.name("s");
        let place = if self.one_in(2) {
            format!("by {}", self.probe())
        } else {
            format!("on {}", self.node())
        };
        let options = self.any(&[
            "",
            "",
            " trap_exit",
            " name=left",
            " name=right trap_exit",
            " global=east",
            " init={stop,boom}",
            " init=ignore",
            " init={exit,boom}",
        ]);
        let command = format!("server {name} {place}{options}");
        if !options.contains("init") {
            self.servers.push(name);
        }
        command
    }

    pub(super) fn request(&mut self) -> &'static str {
        self.any(&[
            "{echo,1}",
            "{echo,two}",
            "state",
            "{sleep,20,done}",
            "{sleep,400,late}",
            "noreply",
            "{exit,boom}",
            "{exit,normal}",
            "{stop,normal,bye}",
            "{stop,boom,bye}",
            "{stop,shutdown}",
            "{trap_exit,true}",
            "{reply_later,20,done}",
            "{throw,odd}",
        ])
    }

    pub(super) fn call(&mut self) -> String {
        let probe = self.probe();
        let known = self.servers.choose(&mut self.random).cloned();
        let server = match known {
            Some(server) if !self.one_in(8) => server,
            Some(_) if self.one_in(2) => {
                let (name, node) = (self.any(&["left", "right"]), self.node());
                if self.one_in(2) { name.to_owned() } else { format!("{{{name},{node}}}") }
            }
            _ => return self.server(),
        };
        let request = self.request();
        let what = match self.random.random_range(0..12) {
            0..5 => format!("call {server} {request} timeout=200ms"),
            5 | 6 => {
                format!("cast {server} {}", self.any(&["hello", "{exit,boom}", "{stop,normal}"]))
            }
            7 => format!("send {server} hello"),
            8 => format!("exit {server} {}", self.exit_reason()),
            9 => format!("send_request {server} {request} as {}", self.reference("r")),
            10 => match self.known("r") {
                Some(request) => {
                    let way = self.any(&["receive_response", "wait_response"]);
                    format!("{way} {request} timeout=500ms")
                }
                None => format!("stop {server} timeout=300ms"),
            },
            _ => format!("monitor {server} as {}", self.reference("m")),
        };
        format!("{probe} {what}\nwait 500ms")
    }

    /// Has another node, or the own one, run a function.
    pub(super) fn remote_call(&mut self) -> String {
        let (probe, node) = (self.probe(), self.node());
        let function = match self.random.random_range(0..9) {
            0 | 1 => "{echo,[1,two]}".to_owned(),
            2 => "node".to_owned(),
            3 => "{sleep,20,done}".to_owned(),
            4 => "{sleep,600,late}".to_owned(),
            5 => format!("{{send,<{}>,hello}}", self.probe()),
            6 => "kill".to_owned(),
            _ => {
                let class = self.any(&["exit", "error", "throw"]);
                format!("{{{class},{}}}", self.exit_reason())
            }
        };
        let several = format!("on {} {node} with {function} timeout=300ms", self.node());
        match self.random.random_range(0..9) {
            0..3 => format!("{probe} erpc_call {node} {function} timeout=300ms"),
            3 => format!("{probe} erpc_multicall {several}"),
            4 => format!("{probe} erpc_cast {node} {function}\nwait 1s"),
            5 => format!("{probe} rpc_call {node} {function} timeout=300ms"),
            6 => format!("{probe} rpc_multicall {several}"),
            7 => format!("{probe} rpc_cast {node} {function}\nwait 1s"),
            _ => {
                let bond = self.any(&["", " link", " monitor", " link monitor"]);
                let request = self.reference("m");
                format!("{probe} spawn_request {node} {function}{bond} as {request}\nwait 1s")
            }
        }
    }

    pub(super) fn child(&mut self) -> String {
        let (id, restart) =
            (self.any(&["x", "y", "z"]), self.any(&["permanent", "transient", "temporary"]));
        format!("{{{id},{restart}}}")
    }

    pub(super) fn supervisor(&mut self) -> String {
        let name = self.name("v");
        let place = if self.one_in(3) {
            format!("by {}", self.probe())
        } else {
            format!("on {}", self.node())
        };
        let strategy = self.any(&["one_for_one", "one_for_all", "rest_for_one"]);
        let restarts = self.random.random_range(0..=4);
        let mut children: Vec<String> = Vec::new();
        for id in ["x", "y", "z"] {
            if !self.one_in(4) {
                let restart = self.any(&["permanent", "transient", "temporary"]);
                children.push(format!("{{{id},{restart}}}"));
            }
        }
        let command = format!(
            "supervisor {name} {place} {{{strategy},{restarts},1000}} [{}]",
            children.join(",")
        );
        self.supervisors.push(name);
        command
    }

    pub(super) fn children(&mut self) -> String {
        let Some(supervisor) = self.supervisors.choose(&mut self.random).cloned() else {
            return self.supervisor();
        };
        let id = self.any(&["x", "y", "z", "w"]);
        match self.random.random_range(0..10) {
            0..4 => format!("children {supervisor}"),
            4 => format!("count_children {supervisor}"),
            5 | 6 => format!("start_child {supervisor} {}", self.child()),
            7 => format!("terminate_child {supervisor} {id}"),
            8 => format!("restart_child {supervisor} {id}"),
            _ => format!("delete_child {supervisor} {id}"),
        }
    }

    /// Tells a child, which is registered under its id, to do something.
    pub(super) fn ask(&mut self) -> String {
        let (probe, id) = (self.probe(), self.any(&["x", "y", "z"]));
        let request = self.request();
        let what = match (self.random.random_range(0..6), self.supervisors.last()) {
            (0, Some(supervisor)) => {
                format!("exit {} {}", supervisor.clone(), self.any(&["kill", "shutdown", "boom"]))
            }
            (1, _) => format!("send {id} hello"),
            (2, _) => format!("cast {id} {{exit,boom}}"),
            (_, _) => format!("call {id} {request} timeout=200ms"),
        };
        format!("{probe} {what}\nwait 500ms")
    }
}
