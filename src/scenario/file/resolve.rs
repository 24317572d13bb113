//! From a checked file to a [`Scenario`].

use std::time::Duration;

use crate::document::diagnostic::Diagnostics;
use crate::document::syntax::Node;
use crate::scenario::erlang::IsErlangFile;
use crate::scenario::expectation::claims::{claims, with_claims};
use crate::scenario::reading::{Resolver, members};
use crate::scenario::{application_places, host, node, transport};

use super::Scenario;

impl Resolver<'_> {
    /// The scenario of a checked file; `None` if an error has been reported.
    pub(in crate::scenario) fn scenario(&mut self, file: &Node, name: String) -> Option<Scenario> {
        let duration = self.duration(file);
        self.unused_hosts(file);
        self.site_names(file);
        let budget = file.get("event_budget").and_then(Node::integer);
        let group = self.sync_nodes(file);
        let otp = file.get("otp").and_then(node::release);
        let is_erlang_file = IsErlangFile::of(file);
        let nodes = members(file, "nodes", |member| {
            self.node(member, duration, &group, otp, is_erlang_file)
        });
        let erlang = self.erlang(file);
        let network = file.get("network").and_then(|network| self.network(network));
        let applications = self.applications(file);
        if let Some(nodes) = &nodes {
            self.releases(file, nodes);
        }
        let mut code = None;
        if let (Some(nodes), Some(applications)) = (&nodes, &applications) {
            self.strangers(file, nodes, applications);
            let plain: Vec<_> = nodes.iter().map(|(node, _)| node).collect();
            let erlang = erlang.as_ref().and_then(Option::as_ref);
            code = self.erlang_nodes(file, erlang, &plain, applications);
        }
        let workloads = self.workloads(file, duration, budget, code.as_ref());
        let faults = self.faults(file, duration, network.as_ref());
        let places: Option<Vec<_>> =
            nodes.as_ref().zip(applications.as_ref()).map(|(nodes, placed)| {
                application_places(placed, nodes.iter().map(|(node, _)| node)).collect()
            });
        let chaos = match (file.get("chaos"), duration, places) {
            (None, ..) => Some(None),
            (Some(chaos), Some(end), Some(places)) => self.chaos(chaos, end, &places).map(Some),
            (Some(_), ..) => None,
        };
        let expectations = self.expectations(file, applications.as_deref());
        let invariants = self.invariants(file, duration);
        let claims = workloads.as_deref().map(claims).unwrap_or_default();
        let kernels = members(file, "hosts", |member| member.value.get("kernel")?.kernel());
        let hosts =
            self.hosts().zip(kernels).map(|(hosts, kernels)| host::with_kernels(hosts, &kernels));
        let nodes = node::with_network(nodes?, network.as_ref()?);
        self.late_restarts(file, &nodes);
        Some(Scenario {
            name,
            description: file.get("description")?.text()?.to_owned(),
            seed: file.get("seed")?.integer()?,
            duration: duration?,
            event_budget: budget?,
            schedule: file.get("schedule")?.choice()?,
            hosts: hosts?,
            nodes,
            erlang: erlang?,
            network: network?,
            transports: transport::read(file.get("transport")?)?,
            applications: applications?,
            workloads: workloads?,
            faults: faults?,
            chaos: chaos?,
            expectations: [with_claims(expectations?, claims), invariants?].concat(),
            expected_verdict: file.get("verdict")?.choice()?,
            warnings: Diagnostics::default(),
        })
    }

    fn duration(&mut self, file: &Node) -> Option<Duration> {
        let node = file.get("duration")?;
        let duration = node.duration()?;
        if duration.is_zero() {
            let error = self.diagnostics.error(&node.span, "the run has no length");
            error.help("write a duration above 0, such as \"60s\"");
            return None;
        }
        Some(duration)
    }
}
