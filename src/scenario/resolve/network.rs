//! The network: paths and their delays.

use crate::document::syntax::Node;
use crate::engine::network::{Delay, PathConfig};
use crate::engine::time::format_duration;
use crate::scenario::model::{HostConfig, HostPath, NetworkConfig};

use super::{Resolver, given, unknown_choice};

impl Resolver<'_> {
    pub(super) fn network(&mut self, network: &Node) -> Option<NetworkConfig> {
        let reconnect = given(network, "reconnect", |every| self.network_reconnect(every));
        let same_host = self.path(network.get("same_host")?, &UNTOUCHED);
        let between_hosts = self.path(network.get("between_hosts")?, &UNTOUCHED);
        let usual = between_hosts.clone().unwrap_or(UNTOUCHED);
        let between_sites = given(network, "between_sites", |path| self.path(path, &usual));
        let frame = NetworkConfig {
            net_ticktime: network.get("net_ticktime")?.duration()?,
            net_setuptime: network.get("net_setuptime")?.duration()?,
            reconnect: reconnect.unwrap_or_default(),
            same_host: same_host.clone().unwrap_or(UNTOUCHED),
            between_hosts: usual,
            between_sites: between_sites.clone().flatten(),
            paths: Vec::new(),
        };
        let hosts = self.hosts()?;
        let paths = super::values(network, "paths", |path| self.own_path(path, &frame, &hosts));
        // Each of them has been looked at, whatever is wrong with another.
        let (_, _, _, _) = (reconnect?, same_host?, between_hosts?, between_sites?);
        Some(NetworkConfig { paths: paths?.concat(), ..frame })
    }

    /// A path between two hosts, or the paths between those of two sites, as one or as two ways.
    fn own_path(
        &mut self,
        node: &Node,
        network: &NetworkConfig,
        hosts: &[HostConfig],
    ) -> Option<Vec<HostPath>> {
        let ways = self.ways(node, node.get("between")?)?;
        let path = |(from, to)| {
            let path = self.path(node, network.between(hosts, from, to))?;
            Some(HostPath { from, to, path })
        };
        ways.into_iter().map(path).collect()
    }

    /// A path that is as usual where it does not say otherwise.
    pub(super) fn path(&mut self, node: &Node, usual: &PathConfig) -> Option<PathConfig> {
        let latency = match node.get("latency") {
            Some(latency) => self.delay(latency)?,
            None => usual.latency.clone(),
        };
        let bandwidth = node.get("bandwidth").and_then(Node::bandwidth).or(usual.bandwidth);
        let loss_ppm = node.get("loss").and_then(Node::ppm).unwrap_or(usual.loss_ppm);
        self.possible_loss(node, loss_ppm)?;
        Some(PathConfig { latency, bandwidth, loss_ppm })
    }

    /// A path that loses everything is a cut, which is said in another way.
    pub(super) fn possible_loss(&mut self, node: &Node, loss_ppm: u32) -> Option<()> {
        let loss = node.get("loss").filter(|_| loss_ppm == 1_000_000);
        let Some(loss) = loss else { return Some(()) };
        let error = self.diagnostics.error(&loss.span, "a path cannot lose every packet");
        error.help("write less than \"100%\"; to cut a path, write a `partition` fault");
        None
    }

    pub(super) fn delay(&mut self, node: &Node) -> Option<Delay> {
        let duration = |name: &str| node.get(name).and_then(Node::duration);
        let Some(distribution) = node.get("distribution") else {
            return node.duration().map(Delay::Constant);
        };
        Some(match distribution.text()? {
            "constant" => Delay::Constant(duration("value")?),
            "uniform" => {
                self.ordered(node, "min", "max")?;
                Delay::Uniform(duration("min")?, duration("max")?)
            }
            "normal" => {
                Delay::Normal { mean: duration("mean")?, deviation: duration("deviation")? }
            }
            "exponential" => Delay::Exponential { min: duration("min")?, mean: duration("mean")? },
            "lognormal" => {
                self.ordered(node, "median", "p99")?;
                Delay::LogNormal { median: duration("median")?, p99: duration("p99")? }
            }
            "table" => self.table(node.get("rows")?)?,
            other => unknown_choice(other),
        })
    }

    fn table(&mut self, rows: &Node) -> Option<Delay> {
        let row = |row: &Node| match row.items() {
            [delay, weight] => Some((delay.duration()?, weight.integer()?)),
            _ => None,
        };
        let table: Vec<_> = rows.items().iter().map(row).collect::<Option<_>>()?;
        if table.iter().all(|(_, weight)| *weight == 0) {
            let error = self.diagnostics.error(&rows.span, "no delay has a weight");
            error.help("write a weight above 0 beside one of the delays");
            return None;
        }
        Some(Delay::Table(table))
    }

    /// Whether the first of two durations is not above the second.
    fn ordered(&mut self, node: &Node, less: &str, more: &str) -> Option<()> {
        let (low, high) = (node.get(less)?, node.get(more)?);
        let bound = high.duration()?;
        if low.duration()? <= bound {
            return Some(());
        }
        let message = format!("`{less}` is above `{more}`");
        let help = format!("write {} or less", format_duration(bound));
        let error = self.diagnostics.error(&low.span, message).help(help);
        error.related(&high.span, format!("`{more}` is here"));
        None
    }
}

/// What stands for a path until its fields are read.
const UNTOUCHED: PathConfig = PathConfig {
    latency: Delay::Constant(std::time::Duration::ZERO),
    bandwidth: None,
    loss_ppm: 0,
};
