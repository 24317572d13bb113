// What the cluster was like at an instant.

function stateAt(model, at) {
  const { head } = model, holds = (span) => span.from <= at && (span.to === null || span.to > at);
  const nodes = head.nodes.map((node, index) => {
    const life = head.lives.find((each) => each.node === index + 1 && holds(each));
    const paused = head.pauses.some((each) => each.node === index + 1 && holds(each));
    return { name: node.name, up: Boolean(life), incarnation: life?.how ?? "", paused };
  });
  const connected = new Set(head.connections.filter(holds).map((each) => `${head.nodes[each.node - 1].name} ${each.name}`));
  const applications = head.applications.filter(holds).map((each) => ({ name: each.name, how: each.how, node: head.nodes[each.node - 1].name }));
  const faults = head.faults.filter((each) => each.kind !== "repair" && holds(each)).map((each) => each.text);
  const o = head.operations, going = [];
  for (let k = 0; k < o.invoked.length; k++) if (o.invoked[k] <= at && model.endOf[k] > at) going.push(k);
  const alive = new Uint32Array(head.nodes.length + 1), last = lower(model.at, at + 1);
  const spawned = model.kinds.spawned ?? -1, exited = model.kinds.exited ?? -1, names = new Map();
  const shown = model.kinds.state ?? -1, states = new Map(), given = model.kinds.global_registered ?? -1, taken = model.kinds.global_unregistered ?? -1;
  const ends = new Set([model.kinds.node_crashed, model.kinds.node_stopped, model.kinds.node_started]);
  for (let i = 0; i < last; i++) {
    const kind = model.kind[i], node = model.node[i];
    if (kind === spawned) alive[node]++;
    else if (kind === exited && alive[node]) { alive[node]--; states.delete(model.process[i]); }
    else if (kind === shown) states.set(model.process[i], i);
    else if (kind === given) names.set(`${node} ${model.nameOf(i)}`, model.pidOf(model.process[i]));
    else if (kind === taken) names.delete(`${node} ${model.nameOf(i)}`);
    else if (ends.has(kind)) {
      alive[node] = 0;
      for (const process of [...states.keys()]) if (model.home[process - 1] === node) states.delete(process);
      for (const key of [...names.keys()]) if (key.startsWith(`${node} `)) names.delete(key);
    }
  }
  nodes.forEach((node, index) => (node.processes = node.up ? alive[index + 1] : 0));
  const globals = new Map();
  for (const [key, pid] of names) {
    const [node, ...name] = key.split(" ");
    const of = globals.get(name.join(" ")) ?? new Map();
    globals.set(name.join(" "), of.set(pid, [...(of.get(pid) ?? []), model.nodeName(+node)]));
  }
  return { nodes, connected, applications, faults, going, globals, states };
}
