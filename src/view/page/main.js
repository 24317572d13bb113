// The page: its state, and how it changes.

class App extends Printing {
  constructor(model, below) {
    super();
    this.model = model;
    this.state = { split: false, below: -1, selected: -1, cursor: null, tab: "why", cone: "chain", detail: 50, plumbing: false, kernel: true, query: "", found: [], marks: [], lane: "" };
    this.plot = document.getElementById("plot");
    this.gutter = document.getElementById("gutter");
    this.axisLine = document.getElementById("axis");
    this.tip = document.getElementById("tip");
    this.canvas = new Canvas(document.getElementById("canvas"));
    this.strip = new Canvas(document.getElementById("strip"));
    this.lanes = new Lanes(model);
    this.scale = new Scale(model, 800);
    // A second run, on the same axis.
    this.below = below && { model: below, lanes: new Lanes(below), scale: new Follower(below, this.scale) };
    if (below) this.below.lanes.order = this.likeAbove();
    this.panels = new Panels(this);
    this.scroll = 0;
    this.frames = 0;
  }

  start() {
    const { head } = this.model, badge = document.getElementById("verdict");
    document.getElementById("name").textContent = head.name;
    if (head.verdict) {
      badge.textContent = head.verdict + (head.expected && head.expected !== head.verdict ? `, expected ${head.expected}` : head.verdict === "pass" ? "" : ", as expected");
      badge.classList.add(head.verdict);
    }
    document.getElementById("facts").textContent = [head.seed === null ? "" : `seed ${head.seed}`, head.digest && `digest ${head.digest}`, count(head.records, "record"), head.transport, `nodedown ${head.nodedown}`].filter(Boolean).join(" · ");
    const troubled = this.model.standing.reduce((sum, standing) => sum + (standing ? 1 : 0), 0);
    document.getElementById("summary").textContent = `${count(head.nodes.length, "node")}, ${span(this.model.end)}, ${count(head.faults.filter((fault) => fault.kind !== "repair").length, "fault")}, ${count(head.operations.invoked.length, "operation")} of which ${troubled} failed or late${head.verdict && !this.curtainUp() ? `, verdict ${head.verdict}` : ""}.`;
    if (head.left_out.length) this.warn(head.left_out.join(". ") + ".");
    try { const theme = localStorage.getItem("nodedown-theme"); if (theme) document.documentElement.dataset.theme = theme; } catch { /* a page from a file may have no storage */ }
    this.canvas.colours();
    this.strip.colours();
    listen(this);
    this.pointer();
    this.measure();
    readLink(this, location.hash);
    if (!location.hash) this.openAt(head.focus);
    if (!location.hash && head.source === "session") this.openSession();
    if (!location.hash && this.curtainUp()) this.scale.show(Math.max(0, head.curtain - 15e9), head.curtain + 15e9);
    this.search(this.state.query, false);
    // Not only with the window: the tools may take another line.
    new ResizeObserver(() => { this.measure(); this.lay(); }).observe(this.plot);
    addEventListener("popstate", () => { readLink(this, location.hash); this.search(this.state.query, false); this.lay(); });
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) matchMedia(query).addEventListener("change", () => this.recolour());
    addEventListener("beforeprint", () => this.print());
    addEventListener("afterprint", () => { if (this.themeBefore) document.documentElement.dataset.theme = this.themeBefore; else delete document.documentElement.dataset.theme; this.recolour(); });
    this.lay();
  }

  // The nodes of the run below in the order of those above.
  likeAbove() {
    const place = (model, name) => model.head.order.findIndex((index) => model.head.nodes[index].name === name), below = this.below.model;
    const rank = (index) => { const at = place(this.model, below.head.nodes[index].name); return at < 0 ? 1e6 + index : at; };
    return [...below.head.order].sort((a, b) => rank(a) - rank(b));
  }

  // The view with which the page opens: an operation, a fault, a record, or two runs.
  openAt(focus) {
    const { model } = this, [kind, number] = (focus ?? "").split("/"), k = +number;
    if (this.below && model.head.beside !== "without faults") this.state.split = true;
    if (kind === "op") this.goTo(k);
    if (kind === "fault") { const fault = model.head.faults.find((each) => each.fault === k); this.scale.show(fault.from - 2e8, fault.from + 8e8); this.state.selected = model.index(fault.first); this.state.tab = "why"; }
    if (kind === "record") { this.scale.set(...this.scale.whole); this.visit(model.index(k), null); }
  }

  // A session is short: each instant has the same room, and the few processes that it is about their lanes.
  openSession() {
    const { model, lanes } = this, own = new Map();
    for (let process = 1; process <= model.label.length; process++) if (model.ownerOf(process) !== "kernel") own.set(`${model.home[process - 1]} ${model.labelOf(process)}`, process);
    if (own.size <= 24) own.forEach((process) => lanes.reveal(process, 2));
    if (model.times.length <= 600) this.axis();
  }

  curtainUp() { return typeof this.model.head.curtain === "number" && !this.revealed; }

  reveal() {
    if (!this.curtainUp()) return;
    this.revealed = true;
    this.panels.shown = "";
    this.rise();
    this.moved(true);
  }

  // The curtain goes up event by event, unless the reader wants no motion.
  rise() {
    const { head } = this.model, times = [...new Set(head.story.map((line) => line.at))].filter((at) => at > head.curtain && at < this.scale.t1);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const step = () => {
      this.rising = times.shift();
      this.draw();
      if (this.rising !== undefined) setTimeout(step, 100);
    };
    times.splice(60);
    step();
  }

  // The time from which on nothing is shown; undefined if all is.
  get veil() { return this.curtainUp() ? this.model.head.curtain : this.rising; }

  splitView() {
    if (!this.below) return this.say("there is no other run on this page");
    this.state.split = !this.state.split;
    this.scroll = 0;
    this.lay();
    this.remember();
  }

  lock() {
    if (!this.below) return;
    const { scale } = this.below;
    scale.lock(!scale.locked);
    this.say(scale.locked ? "the run below moves with this one" : "the run below stands still: move it with the pointer");
    this.draw();
  }

  selectBelow(i) {
    this.state.below = i;
    this.state.tab = "record";
    this.moved(true);
  }

  firstTab() { return this.model.head.source === "run" ? "why" : "story"; }

  measure() {
    const box = this.plot.getBoundingClientRect(), strip = document.getElementById("strip").getBoundingClientRect();
    this.scale.width = Math.max(50, box.width);
    this.room = box.height;
    this.canvas.resize(box.width, box.height);
    this.strip.resize(strip.width, strip.height);
    this.stripImage = null;
  }

  // After a change of the lanes.
  lay() {
    this.lanes.kernel = this.state.kernel;
    const { below, lanes } = this, split = this.state.split && below;
    lanes.lay(split ? this.room * 0.56 : this.room);
    if (split) below.lanes.lay(this.room * 0.44 - GAP);
    this.high = split ? lanes.high + GAP + below.lanes.high : lanes.high;
    this.scroll = Math.max(0, Math.min(this.scroll, this.high - this.room));
    // Who is on a lane with the keyboard stays on it.
    const held = document.activeElement?.closest?.("#gutter [data-key]")?.dataset.key;
    this.gutter.replaceChildren(...lanes.rows.map((row) => this.laneLabel(row)), ...this.clientLabels(), ...(split ? this.belowLabels() : []));
    if (held) [...this.gutter.children].find((label) => label.dataset.key === held)?.firstChild.focus({ preventScroll: true });
    this.draw();
  }

  laneLabel(row) {
    const open = this.lanes.open.has(row.key), leaf = row.type === "slot";
    const name = `${leaf ? "" : open ? "▾ " : "▸ "}${row.title}`;
    const label = el("div", { class: row.type === "node" ? "node" : "sub", "data-key": row.key },
      el("button", { "aria-expanded": leaf ? undefined : open, title: leaf && row.all.length === 1 ? this.model.pathOf(row.all[0] + 1).join(" ← ") : row.title, onclick: () => { this.state.lane = row.key; if (!leaf) { this.lanes.toggle(row.key); this.lay(); this.remember(); } else this.draw(); } }, name),
      row.type === "node" && !open ? el("small", {}, row.sub) : null);
    label.style.top = `${row.y - 12 - this.scroll}px`;
    return label;
  }

  belowLabels() {
    const top = this.lanes.high + GAP, at = (y, ...children) => { const label = el("div", { class: "sub" }, ...children); label.style.top = `${y - this.scroll}px`; return label; };
    return [at(top - GAP + 2, el("b", {}, this.model.head.beside)), ...this.below.lanes.rows.map((row) => at(top + row.y - 12, el("button", { "aria-expanded": row.type === "slot" ? undefined : this.below.lanes.open.has(row.key), onclick: () => { if (row.type !== "slot") this.below.lanes.toggle(row.key); this.lay(); } }, row.title)))];
  }

  clientLabels() {
    if (!this.lanes.clients) return [];
    const scene = new Scene(this.model, this.scale, this.lanes, this.state), labels = [], [least, most] = this.model.latencies;
    for (let power = least; power <= most; power++) {
      const label = el("div", { class: "scale" }, span(10 ** power));
      label.style.top = `${scene.clientY(10 ** power) - 7 - this.scroll}px`;
      labels.push(label);
    }
    const names = this.model.head.workloads.map((workload) => workload.name).join(", ");
    const title = el("div", { class: "node" }, el("b", { title: names }, names || "users"));
    title.style.top = `${-this.scroll - 1}px`;
    labels.push(title);
    if (this.model.head.has_twin) {
      const { beside } = this.model.head, twin = !beside || beside === "without faults";
      const delta = el("div", { class: "scale", title: `How much later than in the same run ${twin ? "without faults" : beside}` }, `later than ${twin ? "twin" : beside}`);
      delta.style.top = `${CLIENTS + FLAGS + 8 - this.scroll}px`;
      labels.push(delta);
    }
    return labels;
  }

  draw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => { this.waiting = false; this.paint(); });
  }

  paint() {
    const scene = new Scene(this.model, this.scale, this.lanes, this.state).draw(), draw = this.canvas.context;
    this.scene = scene;
    this.canvas.clear();
    draw.save();
    draw.translate(0, -this.scroll);
    this.canvas.paint(scene.shapes, this.state.selected >= 0 && 0.25);
    if (this.state.split && this.below) this.paintBelow(draw);
    this.canvas.paint([...this.curtainShapes(), ...this.guessShapes()], 0);
    draw.restore();
    this.paintAxis();
    this.paintStrip();
    document.getElementById("verdict").hidden = this.curtainUp();
    document.getElementById("status").textContent = this.sentence();
    this.panels.show();
    showPressed(this);
    this.frames++;
  }

  sentence() { return this.curtainUp() ? `What comes after ${moment(this.veil)} s is not shown yet.` : this.scene.sentence(); }

  paintBelow(draw) {
    const { below, lanes, canvas } = this, top = lanes.high + GAP;
    below.scale.follow();
    const state = { ...this.state, split: true, selected: this.state.below, marks: [], found: [], cone: "chain", lane: "" };
    below.scene = new Scene(below.model, below.scale, below.lanes, state).draw();
    below.scene.shapes.unshift({ k: "rect", c: "curtain", x: 0, y: 2 - GAP, w: this.scale.width, h: GAP - 4 }, { k: "text", c: "soft", x: 6, y: 12 - GAP, t: `${this.model.head.beside}: ${below.scene.sentence()}`, anchor: "start" });
    draw.translate(0, top);
    canvas.paint(below.scene.shapes, 0.6);
    draw.translate(0, -top);
  }

  // Nothing is shown of what comes after; what the reader says is drawn on it.
  curtainShapes() {
    if (this.veil === undefined) return [];
    const x = Math.max(0, this.scale.x(this.veil)), shapes = [{ k: "rect", c: "curtain", x, y: 0, w: Math.max(0, this.scale.width - x), h: this.high }, { k: "line", c: "parting", x1: x, y1: 0, x2: x, y2: this.high }];
    if (this.curtainUp()) shapes.push({ k: "text", c: "flag", x: x + 8, y: 30, t: "What happens now?", anchor: "start" });
    return shapes;
  }

  guessShapes() {
    const { guess, lanes, scale } = this, y = guess?.node ? lanes.yOfNode[guess.node] : -1;
    if (y < 0) return [];
    const x = scale.x(guess.at ?? this.model.head.curtain);
    return [{ k: "rect", c: "guess", x, y: y - 22, w: Math.max(6, scale.width - x), h: 12 }, { k: "text", c: "soft", x: x + 4, y: y - 26, t: "you said", anchor: "start" }];
  }

  paintAxis() {
    const ticks = this.scale.ticks(), width = this.scale.width, spans = [...this.axisLine.children];
    ticks.forEach(([x, text], index) => {
      const label = spans[index] ?? this.axisLine.appendChild(document.createElement("span"));
      label.textContent = text;
      label.hidden = false;
      label.className = x < 20 ? "first" : x > width - 24 ? "last" : "";
      label.style.left = `${x}px`;
    });
    for (const label of spans.slice(ticks.length)) label.hidden = true;
  }

  // The whole run in a strip, and the part of it that is in view.
  paintStrip() {
    const { strip, model } = this, draw = strip.context, width = Math.ceil(strip.width), key = `${width} ${this.scale.mode}`;
    if (!this.stripImage || this.stripImage.key !== key) {
      const whole = new Scale(model, width);
      whole.mode = this.scale.mode;
      whole.set(...whole.whole);
      const bins = new Float32Array(width), list = whole.mode === "time" ? model.at : model.rank, by = width / (whole.u1 || 1);
      for (let i = 0; i < model.n; i++) bins[Math.min(width - 1, (list[i] * by) | 0)]++;
      const most = Math.log1p(bins.reduce((a, b) => Math.max(a, b), 0)) || 1, heights = bins.map((size) => (size ? 1 + Math.log1p(size) / most * 22 : 0));
      const shapes = [];
      for (const fault of model.head.faults) if (fault.kind !== "repair") shapes.push({ k: "rect", c: `band ${fault.kind}`, x: whole.x(fault.from), y: 0, w: Math.max(2, whole.x(fault.to ?? model.end) - whole.x(fault.from)), h: 36 });
      shapes.push({ k: "bars", c: "activity", y: 22, heights });
      model.standing.forEach((standing, k) => { if (standing && standing < 4) shapes.push({ k: "mark", c: `op ${STANDINGS[standing]}`, x: whole.x(model.endOf[k]), y: 6, r: 2.5 }); });
      this.stripImage = { key, shapes: shapes.slice(0, 4000), whole };
    }
    const { shapes, whole } = this.stripImage, [x0, x1] = [whole.x(this.scale.t0), whole.x(this.scale.t1)];
    if (!this.stripImage.bitmap) {
      strip.clear();
      strip.paint(shapes, false);
      const copy = document.createElement("canvas");
      copy.width = strip.element.width;
      copy.height = strip.element.height;
      copy.getContext("2d").drawImage(strip.element, 0, 0);
      this.stripImage.bitmap = copy;
    }
    draw.clearRect(0, 0, width, 40);
    draw.drawImage(this.stripImage.bitmap, 0, 0, strip.width, strip.height);
    draw.globalAlpha = 0.55;
    draw.fillStyle = strip.colour["--panel"];
    draw.fillRect(0, 0, x0, 36);
    draw.fillRect(x1, 0, width - x1, 36);
    draw.globalAlpha = 1;
    const up = this.veil === undefined ? width : whole.x(this.veil);
    draw.fillRect(up, 0, width - up, 36);
    draw.strokeStyle = strip.colour["--focus"];
    draw.lineWidth = 2;
    draw.strokeRect(Math.max(1, x0), 1, Math.max(3, Math.min(width - 2, x1 - x0)), 34);
  }

  recolour() {
    this.canvas.colours();
    this.strip.colours();
    this.stripImage = null;
    this.draw();
  }

  warn(text) {
    const notes = document.getElementById("notes");
    notes.hidden = false;
    notes.textContent = text;
  }

  say(text) {
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => (document.getElementById("live").textContent = text), 150);
  }

  remember(push = false) {
    const link = writeLink(this);
    if (link === location.hash) return;
    clearTimeout(this.remembering);
    if (push) history.pushState(null, "", link);
    else this.remembering = setTimeout(() => history.replaceState(null, "", link), 120);
  }

  moved(push = false) { this.draw(); this.remember(push); }
  zoom(factor, x) { this.scale.zoom(factor, x ?? this.focusX()); this.moved(); }
  pan(part) { this.scale.pan(part); this.moved(); }
  whole() { this.scale.set(...this.scale.whole); this.moved(true); }
  focusX() {
    const at = this.state.selected >= 0 ? this.scale.xOf(this.state.selected) : this.state.cursor !== null ? this.scale.x(this.state.cursor) : -1;
    return at >= 0 && at <= this.scale.width ? at : this.scale.width / 2;
  }

  axis() { this.scale.setMode(this.scale.mode === "time" ? "order" : "time"); this.moved(true); }
  detail(detail) { this.state.detail = detail; this.moved(); }
  openTab(tab) { this.state.tab = tab; this.moved(); }
  flip(what) { this.state[what] = !this.state[what]; this.lay(); this.remember(); }
  cone(which) { this.state.cone = this.state.cone === which ? "chain" : which; this.panels.shown = ""; this.moved(); }

  // Shows what lies between the first and the last of some times, with room on both sides.
  showTimes(times, least = 0) {
    const from = Math.min(...times), to = Math.max(...times), room = Math.max((to - from) * 0.08, least, 1e4);
    this.scale.show(Math.max(0, from - room), Math.min(this.model.end, to + room));
  }

  fit() {
    const i = this.state.selected;
    if (i < 0) return this.whole();
    const chain = this.model.chain(i), effects = [...this.model.effects.of(i + 1)];
    this.showTimes([...chain, ...effects].map((at) => this.model.at[at]));
    this.moved(true);
  }

  select(i, tab = "record") {
    if (i < 0) return;
    this.state.selected = i;
    this.state.cursor = this.model.at[i];
    if (tab && this.state.tab !== "state" && this.state.tab !== "table" && this.state.tab !== "why") this.state.tab = tab;
    this.into(i);
    this.say(`${this.model.nodeName(this.model.node[i])} ${moment(this.model.at[i])} seconds: ${this.model.words(i)}`);
    this.moved(true);
  }

  // Moves a record into view.
  into(i) {
    const x = this.scale.xOf(i), node = this.model.nodeName(this.model.node[i]);
    if (x < 0 || x > this.scale.width) {
      const u = this.scale.mode === "time" ? this.model.at[i] : this.model.rank[i], half = (this.scale.u1 - this.scale.u0) / 2;
      this.scale.set(u - half, u + half);
    }
    if (this.lanes.hidden.delete(node)) this.lay();
    const y = this.lanes.y(i);
    if (y >= 0 && (y < this.scroll || y > this.scroll + this.room)) {
      this.scroll = Math.max(0, Math.min(this.high - this.room, y - this.room / 2));
      this.lay();
    }
  }

  // A line of a panel: a record near enough to be seen, or an instant.
  visit(i, at) {
    const { scale, model } = this;
    if (i >= 0) {
      const chain = model.chain(i), first = model.at[chain[Math.max(0, chain.length - 6)]];
      if (scale.t1 - scale.t0 > 20 * Math.max(2e7, model.at[i] - first)) this.showTimes([first, model.at[i]], 1e7);
      return this.select(i, null);
    }
    this.state.cursor = at;
    if (at < scale.t0 || at > scale.t1 || scale.t1 - scale.t0 > 4e9) this.showTimes([at], 1e9);
    this.moved(true);
  }

  nextFault(step) {
    const times = [...new Set(this.model.head.faults.flatMap((fault) => [fault.from, fault.to]).filter((at) => at !== null))].sort((a, b) => a - b);
    const now = this.state.cursor ?? (step > 0 ? -1 : this.model.end + 1);
    const next = step > 0 ? times.find((at) => at > now) ?? times[0] : times.findLast((at) => at < now) ?? times.at(-1);
    if (next === undefined) return this.say("there is no fault");
    const fault = this.model.head.faults.find((each) => each.from === next || each.to === next);
    const record = this.model.index(fault.from === next ? fault.first : fault.last);
    if (this.scale.t1 - this.scale.t0 > 6e9 || next < this.scale.t0 || next > this.scale.t1) this.scale.show(next - 2e8, next + 8e8);
    this.state.cursor = next;
    if (record >= 0) this.select(record, null);
    this.moved(true);
  }

  nextTrouble(step) {
    const { model } = this, all = [], o = model.head.operations, later = (k) => (o.took[k] < 0 ? Infinity : o.took[k] - o.twin[k]);
    for (const k of model.byEnd) if ((model.standing[k] && model.standing[k] < 4) || model.witness.has(k)) all.push(k);
    // Beside the other run, those that it answered sooner, the largest difference first.
    if (this.state.split) all.splice(0, all.length, ...model.byEnd.filter((k) => o.twin[k] >= 0 && later(k) > 5e6).sort((a, b) => later(b) - later(a) || a - b));
    if (!all.length) return this.say("all operations were answered in time");
    const now = this.trouble === undefined ? -1 : all.indexOf(this.trouble);
    const k = all[(now + step + all.length) % all.length];
    this.goTo(k);
  }

  // An operation: its time, and the record of its end.
  goTo(k) {
    const { model } = this, i = model.ended[k] >= 0 ? model.ended[k] : model.begun[k];
    this.trouble = k;
    this.showTimes([model.head.operations.invoked[k], model.endOf[k]], 1e7);
    if (i >= 0) this.select(i);
    this.moved(true);
  }

  nextStep(step) {
    const all = this.model.head.chains.flatMap((chain) => turns(chain.steps)).flatMap((turn) => turn.shown).filter((each) => this.model.index(each.record) >= 0);
    if (!all.length) return this.say("there are no steps");
    this.step = ((this.step ?? (step > 0 ? -1 : 0)) + step + all.length) % all.length;
    this.state.tab = "why";
    this.visit(this.model.index(all[this.step].record), all[this.step].at);
  }

  alongProcess(step) {
    const { model } = this, i = this.state.selected;
    if (i < 0) return;
    const own = model.process[i] ? model.ofProcess.of(model.process[i]) : model.ofNode.of(model.node[i]), at = lower(own, i) + step;
    if (at >= 0 && at < own.length) this.select(own[at]);
  }

  cause() {
    const i = this.state.selected;
    if (i >= 0 && this.model.cause[i]) this.select(this.model.cause[i] - 1);
  }

  effect() {
    const effects = this.state.selected >= 0 ? this.model.effects.of(this.state.selected + 1) : [];
    if (effects.length) this.select(effects[0]);
    else if (this.state.selected < 0) this.select(this.scene.first);
  }

  sibling(step) {
    const i = this.state.selected;
    if (i < 0) return this.lane(step);
    const all = this.model.effects.of(this.model.cause[i]), at = lower(all, i) + step;
    if (at >= 0 && at < all.length) this.select(all[at]);
  }

  lane(step) {
    const rows = this.lanes.rows, now = rows.findIndex((row) => row.key === this.state.lane);
    const row = rows[Math.max(0, Math.min(rows.length - 1, now + step))];
    if (!row) return;
    this.state.lane = row.key;
    this.say(`lane ${row.title}`);
    this.draw();
  }

  chosenLane() {
    const i = this.state.selected;
    return this.state.lane || (i >= 0 ? this.model.nodeName(this.model.node[i]) : "");
  }

  unfold() { const key = this.chosenLane(); if (key) { this.lanes.open.add(key); this.lay(); this.remember(); } }
  fold() {
    let key = this.chosenLane();
    if (!this.lanes.open.has(key)) key = key.split("/").slice(0, -1).join("/");
    if (key) { this.lanes.toggle(key); this.state.lane = key; this.lay(); this.remember(); }
  }
  hide() {
    const node = this.chosenLane().split("/")[0];
    if (!node || this.lanes.hidden.size + 1 >= this.model.head.nodes.length) return;
    this.lanes.hidden.add(node);
    this.state.lane = "";
    this.lay();
    this.remember();
  }
  unhide() { this.lanes.hidden.clear(); this.lay(); this.remember(); }

  mark() {
    const i = this.state.selected;
    if (i < 0) return;
    this.state.marks = this.state.marks.length === 1 && this.state.marks[0] !== i ? [this.state.marks[0], i] : [i];
    this.state.tab = "record";
    if (this.state.marks.length === 2) this.say(relation(this.model, ...this.state.marks));
    this.moved();
  }

  search(query, show = true) {
    const started = performance.now(), { all, wrong } = query.trim() ? find(this.model, query) : { all: [], wrong: "" };
    this.state.query = query;
    this.state.found = all;
    this.findTook = performance.now() - started;
    document.getElementById("find").value = query;
    document.getElementById("found").textContent = wrong || (query.trim() ? `${all.length.toLocaleString("en")} found` : "");
    this.panels.shown = "";
    if (show && all.length) this.nextFound(1);
    else this.moved();
  }

  nextFound(step) {
    const all = this.state.found;
    if (!all.length) return;
    const at = lower(all, this.state.selected < 0 ? this.scene?.first ?? 0 : this.state.selected + (step > 0 ? 1 : 0));
    if (this.state.tab === "why" || this.state.tab === "story") this.state.tab = "record";
    this.select(all[((step > 0 ? at : at - 1) + all.length) % all.length]);
  }

  copy(text) {
    const done = () => this.say("copied");
    history.replaceState(null, "", writeLink(this));
    if (text.startsWith("http") || text.startsWith("file")) text = location.href;
    navigator.clipboard?.writeText(text).then(done, () => prompt("Copy this", text)) ?? prompt("Copy this", text);
  }

  theme() {
    const dark = document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    document.documentElement.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("nodedown-theme", dark ? "light" : "dark"); } catch { /* as above */ }
    this.recolour();
  }

  help() {
    const dialog = document.getElementById("help");
    if (dialog.open) return dialog.close();
    const name = (key) => ({ ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" })[key] ?? key;
    dialog.replaceChildren(el("h3", {}, "Signs ", el("button", { onclick: () => dialog.close() }, "Close")),
      el("table", {}, el("tbody", {}, ...SIGNS.map(([sign, style, says]) => el("tr", {}, el("td", { class: `s sign ${style}` }, sign), el("td", {}, says))))),
      el("h3", {}, "Keys"), el("table", { class: "keys" }, el("tbody", {}, ...KEYS.map((each) => el("tr", {}, el("td", {}, ...each.keys.flatMap((key) => [el("kbd", {}, name(key)), " "])), el("td", {}, el("button", { class: "go", onclick: () => { dialog.close(); each.run(this); } }, each.does)))))),
      el("p", { class: "soft" }, `Find takes words and ${Object.keys(FILTERS).map((key) => `${key}:`).join(" ")}`), el("p", { class: "soft" }, "Drag to move, Ctrl and wheel to zoom, Shift and wheel to move, wheel alone for the lanes, double click to fit."));
    dialog.showModal();
  }

  clear() {
    const dialog = document.getElementById("help");
    if (dialog.open) return dialog.close();
    Object.assign(this.state, { selected: -1, cursor: null, marks: [], lane: "", cone: "chain" });
    this.tip.hidden = true;
    this.moved();
  }
}

const GAP = 22;

Promise.all(["data", "beside"].map((id) => document.getElementById(id).content.textContent.trim()).map((text) => text && unpack(text))).then(([data, beside]) => {
  const model = new Model(data), app = new App(model, beside && new Model(beside, model));
  app.start();
  // For tests, and for whoever looks with the browser's tools.
  window.nodedown = { app, ready: performance.now(), shapes: () => textOf([...app.scene.shapes, ...(app.state.split ? app.below.scene.shapes : [])]), link: () => writeLink(app), keys: KEYS };
  document.documentElement.dataset.ready = "yes";
  // What the first choice of a record needs, before it is chosen.
  (window.requestIdleCallback ?? setTimeout)(() => [app.model.texts, app.model.effects, app.model.ofNode]);
}, (error) => {
  document.getElementById("notes").hidden = false;
  document.getElementById("notes").textContent = `This page cannot be shown: ${error.message}. It needs a browser of 2023 or later.`;
});
