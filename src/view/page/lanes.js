// The rows: a lane for each node, in it one for each application when it is unfolded, in that one for
// each kind of process, in that one for each process.

const CLIENTS = 96, DELTA = 30, FLAGS = 16, SUB = 24, MOST_SLOTS = 24;

class Lanes {
  constructor(model) {
    this.model = model;
    this.open = new Set();
    this.hidden = new Set();
    this.kernel = true;
    this.labelsOf = new Map();
    this.slots = new Map();
  }

  get clients() {
    const { head } = this.model;
    return head.operations.invoked.length ? CLIENTS + (head.has_twin ? DELTA : 0) : 0;
  }

  // The names of lanes in links: `web@a`, `web@a.http`, `web@a.http.request`.
  toggle(key) {
    if (this.open.has(key)) {
      for (const other of [...this.open]) if (other === key || other.startsWith(`${key}/`)) this.open.delete(other);
    } else this.open.add(key);
  }

  // Lays everything out below the clients, at least as high as there is room.
  lay(room) {
    const { model } = this, rows = [];
    for (const index of this.order ?? model.head.order) {
      const node = model.head.nodes[index];
      if (this.hidden.has(node.name)) continue;
      rows.push({ type: "node", key: node.name, node: index + 1, title: node.name, sub: node.host, depth: 0 });
      if (this.open.has(node.name)) this.owners(rows, index + 1, node.name);
    }
    const nodes = rows.filter((row) => row.type === "node").length, subs = (rows.length - nodes) * SUB;
    const high = Math.max(this.order ? 30 : 44, Math.min(220, (room - this.clients - FLAGS - subs - 8) / Math.max(1, nodes)));
    let top = this.clients + FLAGS;
    this.yOfNode = new Float32Array(model.head.nodes.length + 1).fill(-1);
    this.yOfProcess = new Float32Array(model.label.length + 1).fill(-1);
    this.nodeRows = [];
    let nodeRow = null;
    for (const row of rows) {
      row.top = top;
      row.high = row.type === "node" ? high : SUB;
      row.y = row.type === "node" ? top + high * 0.6 : top + SUB / 2;
      top += row.high;
      if (row.type === "node") {
        this.yOfNode[row.node] = row.y;
        this.nodeRows.push(row);
        nodeRow = row;
      }
      nodeRow.bottom = top;
    }
    this.place(rows);
    this.rows = rows;
    this.high = Math.max(top + 8, room);
    return rows;
  }

  owners(rows, node, path) {
    const { model } = this, seen = new Map();
    for (let p = 0; p < model.label.length; p++) {
      if (model.home[p] === node) seen.set(model.owner[p], (seen.get(model.owner[p]) ?? 0) + 1);
    }
    for (const [owner, size] of [...seen].sort((a, b) => a[0] - b[0])) {
      const name = model.head.owners[owner], key = `${path}/${name}`;
      if (name === "kernel" && !this.kernel) continue;
      rows.push({ type: "owner", key, node, owner, title: name, sub: count(size, "process", "processes"), depth: 1 });
      if (this.open.has(key)) this.labels(rows, node, owner, key);
    }
  }

  labels(rows, node, owner, path) {
    const { model } = this, seen = new Map();
    for (let p = 0; p < model.label.length; p++) {
      if (model.home[p] === node && model.owner[p] === owner) {
        const label = model.label[p];
        if (!seen.has(label)) seen.set(label, []);
        seen.get(label).push(p);
      }
    }
    for (const [label, all] of seen) {
      const name = model.texts[label] || "process", key = `${path}/${name}`;
      rows.push({ type: "label", key, node, owner, label, title: name, sub: String(all.length), depth: 2, all });
      if (this.open.has(key)) this.processes(rows, all, key, node);
    }
  }

  // Processes that do not overlap in time share a row.
  processes(rows, all, key, node) {
    const { model } = this, free = [], slots = [];
    for (const p of all) {
      const own = model.ofProcess.of(p + 1);
      if (!own.length) continue;
      const born = model.at[own[0]], died = model.kindName(own[own.length - 1]) === "exited" ? model.at[own[own.length - 1]] : model.end;
      let slot = free.findIndex((until) => until < born);
      if (slot < 0) slot = free.length < MOST_SLOTS ? free.push(0) - 1 : MOST_SLOTS - 1;
      free[slot] = Math.max(free[slot], died);
      (slots[slot] ??= []).push(p);
    }
    slots.forEach((own, slot) => rows.push({
      type: "slot", key: `${key}/${slot}`, node, depth: 3, all: own,
      title: own.length === 1 ? model.pidOf(own[0] + 1) : `${own.length} in turn`, sub: "",
    }));
  }

  // The height of each process: that of the innermost row that shows it.
  place(rows) {
    const { model, yOfProcess, yOfNode } = this;
    for (let p = 0; p < model.label.length; p++) yOfProcess[p + 1] = yOfNode[model.home[p]];
    const owners = new Map();
    for (const row of rows) {
      if (row.type === "owner") owners.set(row.node * 256 + row.owner, row.y);
    }
    if (owners.size) {
      for (let p = 0; p < model.label.length; p++) {
        const y = owners.get(model.home[p] * 256 + model.owner[p]);
        if (y !== undefined) yOfProcess[p + 1] = y;
      }
    }
    for (const row of rows) if (row.all) for (const p of row.all) yOfProcess[p + 1] = row.y;
  }

  // The height of a record; -1 if its lane is hidden.
  y(i) {
    const process = this.model.process[i];
    return process ? this.yOfProcess[process] : this.yOfNode[this.model.node[i]];
  }

  rowAt(y) { return this.rows.find((row) => y >= row.top && y < row.top + row.high); }

  // Opens the lanes that show a process on its own.
  reveal(process, depth) {
    const { model } = this, p = process - 1, node = model.nodeName(model.home[p]);
    const keys = [node, `${node}/${model.ownerOf(process)}`, `${node}/${model.ownerOf(process)}/${model.labelOf(process)}`];
    keys.slice(0, depth).forEach((key) => this.open.add(key));
  }
}
