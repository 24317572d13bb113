//! Names and groups of the cluster.

use rand::RngExt;

use super::Author;

impl Author {
    pub(super) fn global(&mut self) -> String {
        let (probe, name) = (self.probe(), self.any(&["north", "south"]));
        let other = self.probe();
        let what = match self.random.random_range(0..12) {
            0..3 => format!("global_register {name}"),
            3 => format!("global_register {name} {other}"),
            4 => format!(
                "global_register {name} resolver={}",
                self.any(&["random_notify", "notify_all"])
            ),
            5 => format!("global_reregister {name} {other}"),
            6 => format!("global_unregister {name}"),
            7..9 => format!("global_whereis {name}"),
            9 => format!("global_send {name} {}", self.term()),
            10 => "global_sync".to_owned(),
            _ => "global_names".to_owned(),
        };
        format!("{probe} {what}")
    }

    pub(super) fn lock(&mut self) -> String {
        let (probe, requester) = (self.probe(), self.any(&["me", "you"]));
        if self.one_in(3) {
            return format!("{probe} del_lock door {requester}");
        }
        format!("{probe} set_lock door {requester} retries=0")
    }

    pub(super) fn group(&mut self) -> String {
        let (probe, group) = (self.probe(), self.any(&["red", "blue"]));
        let other = self.probe();
        let what = match self.random.random_range(0..12) {
            0..4 => format!("pg_join {group}"),
            4 => format!("pg_join {group} {other}"),
            5 | 6 => format!("pg_leave {group}"),
            7 | 8 => format!("pg_members {group}{}", self.any(&["", " local"])),
            9 => "pg_groups".to_owned(),
            _ => match self.known("g") {
                Some(monitor) if self.one_in(3) => format!("pg_demonitor {monitor}"),
                _ => format!("pg_monitor {group} as {}", self.reference("g")),
            },
        };
        format!("{probe} {what}")
    }
}
