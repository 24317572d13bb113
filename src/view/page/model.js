// The run: its columns, and what can be computed from them. Records, processes and nodes are counted
// from 1 in the columns, where 0 means none; `i` is always an index from 0.

class Model {
  // The run below has only the texts that the one above does not have.
  constructor({ head, columns }, above) {
    const n = head.records, count = head.processes;
    this.head = head;
    this.n = n;
    this.id = steps(columns.id, new Uint32Array(n));
    this.kind = columns.kind;
    this.at = numbers(columns.at, new Float64Array(n));
    for (let i = 1; i < n; i++) this.at[i] += this.at[i - 1];
    this.node = numbers(columns.node, new Uint16Array(n));
    this.cause = numbers(columns.cause, new Uint32Array(n));
    for (let i = 0; i < n; i++) if (this.cause[i]) this.cause[i] = i + 1 - this.cause[i];
    this.name = numbers(columns.name, new Uint32Array(n));
    this.kinds = Object.fromEntries(head.kinds.map((name, index) => [name, index]));
    this.processes(columns);
    this.text = numbers(columns.text, new Uint32Array(n));
    for (let i = 0, next = 1; i < n; i++) {
      const code = this.text[i], step = code - 2;
      this.text[i] = code > 1 ? next + (step % 2 ? -(step + 1) / 2 : step / 2) : code && this.text[this.cause[i] - 1];
      if (this.text[i] >= next) next = this.text[i] + 1;
    }
    this.source = numbers(columns.source, new Uint32Array(n));
    this.number = numbers(columns.number, new Float64Array(n));
    // The steps of the run; there are none in a trace.
    this.step = columns.step?.length ? numbers(columns.step, new Float64Array(n)) : null;
    if (this.step) for (let i = 1; i < n; i++) this.step[i] += this.step[i - 1];
    this.label = numbers(columns.process_label, new Uint32Array(count));
    this.parent = numbers(columns.process_parent, new Uint32Array(count));
    const places = numbers(columns.process_place, new Uint32Array(count * 4));
    this.owner = new Uint8Array(count);
    this.home = new Uint16Array(count);
    this.pids = places;
    for (let p = 0; p < count; p++) {
      this.owner[p] = places[4 * p];
      this.home[p] = places[4 * p + 1];
    }
    this.bytes = columns.texts;
    this.above = above;
    this.end = head.ended_at || (n ? this.at[n - 1] : 1);
    this.instants();
    this.messages();
    this.operations();
    this.lost = head.lost.map((lost) => ({ ...lost, i: this.index(lost.record) })).filter((lost) => lost.i >= 0);
    this.lostAt = new Map(this.lost.map((lost) => [lost.i, lost]));
    this.overlaps = this.overlapping();
    this.absences = this.missing();
    this.cache = {};
  }

  // The index of the record with this number in the trace; -1 if it is not shown.
  index(id) {
    if (!id) return -1;
    if (this.id[id - 1] === id) return id - 1;
    const at = lower(this.id, id);
    return this.id[at] === id ? at : -1;
  }

  kindName(i) { return this.head.kinds[this.kind[i]]; }
  nodeName(number) { return this.head.nodes[number - 1]?.name ?? ""; }
  get texts() {
    return this.cache.texts ??= [...(this.above?.texts ?? []), ...new TextDecoder().decode(this.bytes).split("\0").slice(0, -1)];
  }
  textOf(i) { return this.texts[this.text[i]]; }
  nameOf(i) { return this.texts[this.name[i]]; }
  labelOf(process) { return process ? this.texts[this.label[process - 1]] || "process" : ""; }
  ownerOf(process) { return process ? this.head.owners[this.owner[process - 1]] : ""; }
  sourceOf(i) { return this.texts[this.source[i]]; }
  // A process and those that started it, up to the first one of its node.
  pathOf(process) {
    const path = [];
    for (let p = process; p && path.length < 12; p = this.parent[p - 1]) path.push(`${this.labelOf(p)} ${this.pidOf(p)}`);
    return path;
  }
  pidOf(process) {
    if (!process) return "";
    const at = 4 * (process - 1);
    return `<${this.nodeName(this.home[process - 1])}.${this.pids[at + 2]}.${this.pids[at + 3]}>`;
  }

  // The processes of the records: most are what those before them lead one to expect, which the page
  // does not hold.
  processes(columns) {
    const { n, kind, cause, name } = this, { sent, spawned, signalled } = this.kinds;
    const process = (this.process = numbers(columns.process, new Uint32Array(n))), other = (this.other = numbers(columns.other, new Uint32Array(n)));
    const receivers = new Uint32Array(name.reduce((most, each) => Math.max(most, each), 0) + 1), partners = new Uint32Array(this.head.processes + 1);
    for (let i = 0, newest = 0; i < n; i++) {
      const c = cause[i] - 1, known = c >= 0, k = kind[i], by = known ? process[c] : 0, answers = known && kind[c] === sent;
      if (process[i] > 1) process[i] -= 2;
      else if (process[i] === 1) process[i] = 0;
      else process[i] = k === spawned ? newest + 1 : k === signalled && known ? partners[by] : answers ? other[c] || receivers[name[c]] : by;
      if (other[i] > 1) other[i] -= 2;
      else if (other[i] === 1) other[i] = k !== sent ? by : known && cause[c] ? process[cause[c] - 1] : 0;
      if (answers && !other[c]) receivers[name[c]] = process[i];
      if (k === signalled && known) partners[by] = process[i];
      else if (k === sent && other[i]) partners[process[i]] = other[i];
      if (process[i] > newest) newest = process[i];
    }
  }

  // Records at one instant share a step of the order axis.
  instants() {
    const { n, at } = this, rank = new Uint32Array(n), instants = [];
    for (let i = 0; i < n; i++) {
      if (!i || at[i] !== at[i - 1]) instants.push(at[i]);
      rank[i] = instants.length - 1;
    }
    if (!instants.length || instants[0] > 0) { instants.unshift(0); for (let i = 0; i < n; i++) rank[i]++; }
    if (instants[instants.length - 1] < this.end) instants.push(this.end);
    this.rank = rank;
    this.times = Float64Array.from(instants);
  }

  // The messages that went from one node to another, by the record of their sending.
  messages() {
    const { n, kind, cause, node } = this;
    const sent = this.kinds.sent ?? -1, delivered = this.kinds.delivered ?? -1, dropped = this.kinds.dropped ?? -1;
    this.ending = new Uint32Array(n);
    let count = 0;
    for (let i = 0; i < n; i++) {
      if ((kind[i] !== delivered && kind[i] !== dropped) || !cause[i]) continue;
      const from = cause[i] - 1;
      if (kind[from] !== sent || this.ending[from]) continue;
      this.ending[from] = i + 1;
      if (node[from] !== node[i]) count++;
    }
    this.far = new Uint32Array(count);
    count = 0;
    for (let i = 0; i < n; i++) if (this.ending[i] && node[i] !== node[this.ending[i] - 1]) this.far[count++] = i;
    this.sentKind = sent;
    this.deliveredKind = delivered;
    // Where messages wait: the deliveries into mailboxes that were not empty.
    this.waits = [];
    for (let i = 0; i < n; i++) if (kind[i] === delivered && this.number[i] > 4) this.waits.push(i);
    this.queued = new Set(this.waits.map((i) => node[i]));
  }

  operations() {
    const o = this.head.operations, invoked = this.kinds.invoked ?? -1, completed = this.kinds.completed ?? -1;
    const total = o.invoked.length;
    this.begun = new Int32Array(total).fill(-1);
    this.ended = new Int32Array(total).fill(-1);
    for (let i = 0; i < this.n; i++) {
      if (this.kind[i] === invoked && this.number[i] <= total) this.begun[this.number[i] - 1] = i;
      else if (this.kind[i] === completed && this.number[i] <= total) this.ended[this.number[i] - 1] = i;
    }
    // 0 in time, 1 late, 2 failed, 3 unknown, 4 going on.
    this.standing = new Uint8Array(total);
    let most = 1e6, least = 1e9;
    for (let k = 0; k < total; k++) {
      const slow = this.head.workloads[o.workload[k]]?.slow, took = o.took[k];
      this.standing[k] = [slow && took > slow ? 1 : 0, 2, 3, 4][o.outcome[k]];
      if (took > most) most = took;
      if (took > 0 && took < least) least = took;
    }
    this.latencies = [Math.max(3, Math.floor(Math.log10(least))), Math.max(7, Math.ceil(Math.log10(most)))];
    this.byEnd = Uint32Array.from({ length: total }, (_, k) => k);
    this.endOf = Float64Array.from({ length: total }, (_, k) => (o.took[k] < 0 ? this.end : o.invoked[k] + o.took[k]));
    this.byEnd.sort((a, b) => this.endOf[a] - this.endOf[b]);
    this.ends = Float64Array.from(this.byEnd, (k) => this.endOf[k]);
    // The number of each in its expectation, and the expectation.
    this.witness = new Map();
    this.witnessOf = new Map();
    for (const check of this.head.checks) {
      if (check.result !== "violated") continue;
      for (const [at, k] of check.operations.entries()) if (!this.witness.has(k)) { this.witness.set(k, at + 1); this.witnessOf.set(k, check); }
    }
  }

  operationName(k) {
    const o = this.head.operations, workload = this.head.workloads[o.workload[k]]?.name ?? "";
    return `${workload}/${o.client[k]} ${o.name[k]}`;
  }

  // The times when a distributed application ran on several nodes, with those nodes and how many there were at most.
  overlapping() {
    const found = [];
    for (const name of this.head.distributed) {
      const runs = this.head.applications.filter((run) => run.name === name), now = new Map();
      const changes = runs.flatMap(({ node, from, to }) => [[from, 1, node], [to ?? this.end, -1, node]]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      let open = null;
      for (const [at, by, node] of changes) {
        now.set(node, (now.get(node) ?? 0) + by);
        const nodes = [...now.keys()].filter((each) => now.get(each) > 0);
        if (nodes.length > 1) {
          open ??= { name, from: at, nodes: new Set(), most: 0 };
          nodes.forEach((each) => open.nodes.add(each));
          open.most = Math.max(open.most, nodes.length);
        } else if (open) {
          if (at > open.from) found.push({ ...open, to: at, nodes: [...open.nodes] });
          open = null;
        }
      }
    }
    return found;
  }

  // The times when a distributed application that had run ran nowhere, at the node where it ran last.
  missing() {
    const found = [];
    for (const name of this.head.distributed) {
      let last = null;
      for (const run of this.head.applications.filter((each) => each.name === name).sort((a, b) => a.from - b.from)) {
        const end = last && (last.to ?? this.end);
        if (last && run.from > end) found.push({ name, node: last.node, from: end, to: run.from });
        if (!last || (run.to ?? this.end) >= end) last = run;
      }
      if (last && last.to !== null && last.to < this.end) found.push({ name, node: last.node, from: last.to, to: this.end });
    }
    return found;
  }

  // What each record led to: the effects of i are list[start[i]] up to list[start[i + 1]].
  get effects() {
    return this.cache.effects ??= this.grouped(this.cause, this.n + 1);
  }
  // The records of each node, and of each process.
  get ofNode() {
    return this.cache.ofNode ??= this.grouped(this.node, this.head.nodes.length + 1);
  }
  get ofProcess() {
    return this.cache.ofProcess ??= this.grouped(this.process, this.label.length + 1);
  }

  grouped(column, groups) {
    const start = new Uint32Array(groups + 1), list = new Uint32Array(this.n);
    for (let i = 0; i < this.n; i++) start[column[i] + 1]++;
    for (let g = 0; g < groups; g++) start[g + 1] += start[g];
    const next = start.slice();
    for (let i = 0; i < this.n; i++) list[next[column[i]]++] = i;
    return { of: (g) => list.subarray(start[g], start[g + 1]) };
  }

  // A record, its cause, the cause of that, and so on.
  chain(i) {
    const chain = [];
    for (let at = i; at >= 0; at = this.cause[at] - 1) chain.push(at);
    return chain.reverse();
  }

  // All that a record led to.
  ledTo(i) {
    if (this.cache.led?.of === i) return this.cache.led.all;
    const all = [...this.effects.of(i + 1)];
    for (let at = 0; at < all.length; at++) for (const effect of this.effects.of(all[at] + 1)) all.push(effect);
    this.cache.led = { of: i, all };
    return all;
  }

  // What could have influenced a record, and what it could have influenced: causes, and what a
  // process did before and after. 1 is past, 2 is future.
  cones(i) {
    const side = new Uint8Array(this.n), { n, cause, process } = this;
    const touched = new Uint8Array(this.label.length + 1);
    side[i] = 2;
    if (process[i]) touched[process[i]] = 1;
    for (let at = i + 1; at < n; at++) {
      if ((cause[at] && side[cause[at] - 1] === 2) || touched[process[at]]) {
        side[at] = 2;
        if (process[at]) touched[process[at]] = 1;
      }
    }
    const wanted = new Uint8Array(this.label.length + 1), needed = new Uint8Array(n);
    needed[i] = 1;
    for (let at = i; at >= 0; at--) {
      if (!needed[at] && !wanted[process[at]]) continue;
      if (at !== i) side[at] = 1;
      if (process[at]) wanted[process[at]] = 1;
      if (cause[at]) needed[cause[at] - 1] = 1;
    }
    return side;
  }

  // A record in a few words.
  words(i) {
    const kind = this.kindName(i), label = this.labelOf(this.process[i]), text = clip(this.textOf(i), 160);
    const to = this.other[i] ? `${this.labelOf(this.other[i])} on ${this.nodeName(this.home[this.other[i] - 1])}` : this.nameOf(i);
    const peer = this.nodeName(this.number[i]), k = this.number[i] - 1;
    switch (kind) {
      case "sent": return `${label} sends ${text} to ${to}`;
      case "delivered": return `${label} gets ${text}${this.number[i] ? ` (${count(this.number[i], "message")} before it in the mailbox)` : ""}`;
      case "lost": return `a message is lost on the way: ${text}`;
      case "dropped": return `a message is dropped: ${text}`;
      case "signalled": return `${label} gets the signal ${this.nameOf(i)}${this.other[i] ? ` from ${this.labelOf(this.other[i])} on ${this.nodeName(this.home[this.other[i] - 1])}` : ""}${text && `: ${text}`}`;
      case "state": return `the state of ${label}: ${text}`;
      case "spawned": return `${label} begins`;
      case "exited": return `${label} ends: ${text}`;
      case "timer_expired": return `${label} has waited ${span(this.number[i])}`;
      case "node_up": return `is connected to ${peer}`;
      case "node_down": return `has lost ${peer} (${text})`;
      case "connect_failed": return `cannot connect to ${peer}`;
      case "cookie_rejected": return `turns down ${peer}, whose cookie differs`;
      case "application_started": return `${this.nameOf(i)} runs (${text})`;
      case "application_stopped": return `${this.nameOf(i)} has stopped (${text})`;
      case "global_registered": return `the global name ${this.nameOf(i)} belongs to ${label}`;
      case "global_unregistered": return `the global name ${this.nameOf(i)} belongs to nobody`;
      case "invoked": return this.begun.length > k ? `${this.operationName(k)} begins` : `operation ${k} begins`;
      case "completed": return (this.begun.length > k ? this.operationName(k) : `operation ${k}`) + ` ends: ${text}`;
      case "node_started": return `the node starts, incarnation ${this.number[i]}`;
      case "node_stopped": return `the node has stopped: ${text}`;
      case "node_crashed": return "the node has crashed";
      case "fault_injected": return `fault: ${text}`;
      case "fault_ended": return `end of the fault: ${text}`;
      case "log": return text;
      default: return [kind.replaceAll("_", " "), label, this.nameOf(i), text].filter(Boolean).join(" ");
    }
  }
}

// The first place in a sorted list whose value is not less.
function lower(list, value, from = 0, to = list.length) {
  while (from < to) {
    const middle = (from + to) >> 1;
    if (list[middle] < value) from = middle + 1; else to = middle;
  }
  return from;
}

function clip(text, longest) {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

// A duration for people.
function span(ns) {
  const size = Math.abs(ns);
  if (size === 0) return "0 s";
  const [unit, name] = size >= 1e9 ? [1e9, "s"] : size >= 1e6 ? [1e6, "ms"] : size >= 1e3 ? [1e3, "us"] : [1, "ns"];
  return `${+(ns / unit).toPrecision(3)} ${name}`;
}

// An instant, with as many digits as the step between instants needs.
function moment(ns, step = 1e6) {
  const digits = Math.max(0, Math.min(9, 9 - Math.floor(Math.log10(Math.max(1, step)))));
  return `${(ns / 1e9).toFixed(digits)}`;
}

function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}
