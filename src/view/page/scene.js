// What is to be drawn for a view: a list of shapes with classes, which is painted on a canvas, written
// as SVG, or read by a test. Beside it stands what the pointer can hit.

const BUNDLES = 1500, DENSE = 6000, SINGLE = 150, BUCKETS = 1 << 15;

class Scene extends ClientLane {
  constructor(model, scale, lanes, state) {
    super();
    Object.assign(this, { model, scale, lanes, state, shapes: [], hot: [], labels: [], crossed: [], hidden: {} });
    [this.first, this.after] = scale.records();
    this.size = this.after - this.first;
    this.farFrom = Math.max(0, lower(model.far, this.first) - 64);
    this.farTo = lower(model.far, this.after);
    const messages = this.farTo - lower(model.far, this.first);
    this.count = messages;
    // The more detail is wanted, the more is shown one by one.
    const more = 4 ** ((state.detail - 50) / 25), dense = this.size > DENSE * more || messages > 4 * BUNDLES * more;
    this.level = this.size <= SINGLE * more ? 3 : dense && messages > SINGLE ? 0 : messages <= BUNDLES * more ? 2 : 1;
  }

  add(shape) { this.shapes.push(shape); return shape; }
  line(c, x1, y1, x2, y2) { this.shapes.push({ k: "line", c, x1, y1, x2, y2 }); }
  rect(c, x, y, w, h) { this.shapes.push({ k: "rect", c, x, y, w, h }); }
  mark(c, x, y, r = 3) { this.shapes.push({ k: "mark", c, x, y, r }); }
  text(c, x, y, t, anchor = "start") { this.shapes.push({ k: "text", c, x, y, t, anchor }); }

  draw() {
    const width = this.scale.width;
    this.bands();
    this.commands();
    for (const [x] of this.scale.ticks()) this.line("grid", x, 0, x, this.lanes.high);
    this.folds();
    this.chosenRow();
    if (this.level === 0) this.density();
    this.lives();
    this.applications();
    this.nowhere();
    if (this.level <= 1 || this.size > 600) this.activity();
    this.queues();
    if (this.level === 1) this.bundles();
    if (this.level >= 2) this.messages();
    this.connections();
    if (this.level >= 2 && this.size <= 6000) this.records();
    this.losses();
    this.clients();
    this.names();
    this.selection();
    this.finds();
    this.parting();
    if (this.state.cursor !== null) {
      const x = this.scale.x(this.state.cursor);
      if (x >= 0 && x <= width) this.line("cursor", x, 0, x, this.lanes.high);
    }
    return this;
  }

  // Where two runs that are shown together part.
  parting() {
    const { head } = this.model, i = this.state.split || this.scale.lead ? this.model.index(head.parting) : -1;
    if (i < 0) return;
    const x = this.scale.xOf(i);
    if (x < 0 || x > this.scale.width) return;
    this.line("parting", x, FLAGS, x, this.lanes.high);
    this.text("soft", x + 4, this.lanes.high - 6, "the two runs part");
  }

  between(from, to) {
    const { scale } = this;
    return to >= scale.t0 && from <= scale.t1;
  }

  xs(from, to) {
    const { scale } = this;
    return [Math.max(-2, scale.x(from)), Math.min(scale.width + 2, scale.x(to))];
  }

  bands() {
    const { model, lanes } = this, flags = [];
    let flag = -1e9;
    for (const fault of model.head.faults) {
      const to = fault.to ?? model.end;
      if (fault.kind === "repair" || !this.between(fault.from, to)) continue;
      const [x0, x1] = this.xs(fault.from, to), w = Math.max(2, x1 - x0), c = `band ${fault.kind}`;
      for (const row of lanes.nodeRows) {
        if (fault.nodes.length && !fault.nodes.includes(row.node)) continue;
        this.rect(c, x0, row.top + 2, w, row.bottom - row.top - 4);
      }
      this.rect("flagband", x0, 0, w, FLAGS);
      if (fault.groups.length > 1) this.cuts(fault, x0, w);
      const x = Math.max(2, x0 + 3), row = lanes.nodeRows.find((each) => !fault.nodes.length || fault.nodes.includes(each.node));
      if (x > flag) {
        const text = clip(fault.text, 60);
        flags.push([x, 12, `${MARKS[fault.kind] ?? "!"} ${text}`]);
        flag = x + text.length * 6.4 + 18;
      } else if (row && w > 80) flags.push([x, row.top + row.high - 6, clip(fault.text, Math.floor(w / 6))]);
      this.hot.push({ x: x0, y: 0, w, h: FLAGS, fault });
    }
    for (const [x, y, text] of flags) this.text("flag", x, y, text);
  }

  // The commands of a session, where there is room.
  commands() {
    const { head } = this.model;
    if (head.source !== "session") return;
    let free = 0;
    const all = head.story.map((each) => ({ ...each, x: this.scale.x(each.at) })).filter(({ x }) => x >= -1 && x <= this.scale.width);
    for (const { x } of all) this.line("rule", x, 0, x, FLAGS);
    for (const { x, at, what, record } of all) {
      this.hot.push({ x: x - 2, y: 0, w: 6, h: FLAGS, command: what, at, record });
      if (x < free || x + what.length * 6 > this.scale.width) continue;
      this.text("soft", x + 3, 12, what);
      free = x + what.length * 6 + 12;
    }
  }

  // A double line between lanes that a cut keeps apart.
  cuts(fault, x0, w) {
    const rows = this.lanes.nodeRows, side = (row) => fault.groups.findIndex((group) => group.includes(row.node));
    rows.slice(1).forEach((row, index) => {
      const [one, two] = [side(rows[index]), side(row)];
      if (one >= 0 && two >= 0 && one !== two) {
        this.line("cut", x0, row.top - 1.5, x0 + w, row.top - 1.5);
        this.line("cut", x0, row.top + 1.5, x0 + w, row.top + 1.5);
      }
    });
  }

  folds() {
    for (const { x, length } of this.scale.gaps(9)) {
      this.add({ k: "wave", c: "fold", x, y1: FLAGS, y2: this.lanes.high });
      this.text("soft", x, this.lanes.high - 12, span(length), "middle");
    }
  }

  chosenRow() {
    const row = this.lanes.rows.find((each) => each.key === this.state.lane);
    if (row) this.rect("chosen", 0, row.top, this.scale.width, row.high);
  }

  lives() {
    const { model, scale, lanes } = this;
    for (const row of lanes.rows) {
      if (row.type === "node") {
        const lives = model.head.lives.filter((life) => life.node === row.node);
        if (!lives.length) this.line("lane", 0, row.y, scale.width, row.y);
        for (const life of lives) {
          const to = life.to ?? model.end;
          if (!this.between(life.from, to)) continue;
          const [x0, x1] = this.xs(life.from, to);
          this.line("lane", x0, row.y, x1, row.y);
          if (life.to !== null && x1 <= scale.width && life.why !== "started again") {
            this.mark(life.why === "crashed" ? "died" : "stopped", x1, row.y, 5);
          }
        }
        for (const pause of model.head.pauses) {
          const to = pause.to ?? model.end;
          if (pause.node !== row.node || !this.between(pause.from, to)) continue;
          const [x0, x1] = this.xs(pause.from, to);
          this.line("erased", x0, row.y, x1, row.y);
          this.line("paused", x0, row.y, x1, row.y);
        }
      } else this.line("sublane", 0, row.y, scale.width, row.y);
    }
  }

  applications() {
    const { model, lanes } = this, shown = model.head.distributed.length ? model.head.distributed : null;
    this.bars = [];
    const ranks = new Map();
    for (const run of model.head.applications) {
      const to = run.to ?? model.end;
      if (!this.between(run.from, to)) continue;
      const row = lanes.nodeRows.find((each) => each.node === run.node);
      if (!row) continue;
      const own = lanes.rows.find((each) => each.type === "owner" && each.node === run.node && each.title === run.name);
      if (!own && (shown ? !shown.includes(run.name) : run.name === "kernel" || run.name === "stdlib")) continue;
      const ranked = ranks.get(run.node) ?? ranks.set(run.node, []).get(run.node);
      if (!ranked.includes(run.name)) ranked.push(run.name);
      const place = shown ? shown.indexOf(run.name) : ranked.indexOf(run.name);
      const [x0, x1] = this.xs(run.from, to), w = Math.max(1.5, x1 - x0);
      const y = own ? own.y - 6 : this.barTop(row, place);
      if (!own && (place < 0 || y < row.top)) continue;
      this.rect("app", x0, y, w, 12);
      this.labels.push({ x: x0, y: y + 6, w });
      let free = x1 - 4;
      this.hot.push({ x: x0, y, w, h: 12, app: run });
      for (const both of model.overlaps) {
        if (both.name !== run.name || !both.nodes.includes(run.node)) continue;
        const [b0, b1] = [Math.max(x0, this.scale.x(both.from)), Math.min(x1, this.scale.x(both.to))];
        if (b1 < b0) continue;
        this.rect("overlap", b0, y - 1, Math.max(2, b1 - b0), 14);
        this.hot.push({ x: b0 - 2, y: y - 1, w: Math.max(6, b1 - b0), h: 14, app: run, both });
        const twice = `${NUMBERS[both.most] ?? both.most} at once, ${span(both.to - both.from)}`;
        if (b1 - b0 < twice.length * 6.2 || b1 - 4 > free) continue;
        this.bars.push([b1 - 4, y + 9.5, twice, "end"]);
        free = b1 - 8 - twice.length * 6.2;
      }
      const names = run.how && run.how !== "normal" ? [`${run.name} ${run.how}`, run.name] : [run.name];
      const name = names.find((each) => free - x0 > each.length * 6.2 + 4);
      if (name) this.bars.push([x0 + 4, y + 9.5, name]);
    }
  }

  // Hollow bars where an application runs nowhere.
  nowhere() {
    const { model, lanes } = this;
    for (const gap of model.absences) {
      const row = lanes.nodeRows.find((each) => each.node === gap.node), place = model.head.distributed.indexOf(gap.name);
      if (!row || !this.between(gap.from, gap.to)) continue;
      const [x0, x1] = this.xs(gap.from, gap.to), y = this.barTop(row, place), words = `${gap.name} nowhere, ${span(gap.to - gap.from)}`;
      if (y < row.top || x1 - x0 < 1) continue;
      this.rect("nowhere", x0, y, x1 - x0, 12);
      this.labels.push({ x: x0, y: y + 6, w: x1 - x0 });
      if (x1 - x0 > words.length * 6.2) this.text("gone", x0 + 4, y + 9.5, words);
    }
  }

  // The top of the bar of an application above the line of its node, one upon the other.
  barTop(row, place) {
    const above = row.y - (this.model.queued.has(row.node) ? 42 : 24) - place * 13;
    return place ? above : Math.max(row.top + 1, above);
  }

  // The names on the bars of applications, above the messages that cross them.
  names() {
    for (const [x, y, text, anchor] of this.bars) this.text("onapp", x, y, text, anchor);
  }

  // How many records each lane has in each column of pixels.
  activity() {
    const { model, scale, lanes } = this, width = Math.ceil(scale.width), nodes = model.head.nodes.length;
    const bins = this.size > 150000 ? this.summed(width) : this.counted(width);
    let most = 1;
    for (let b = 0; b < bins.length; b++) if (bins[b] > most) most = bins[b];
    const high = 14, log = Math.log1p(most);
    for (const row of lanes.nodeRows) {
      const heights = new Float32Array(width);
      for (let x = 0; x < width; x++) {
        const size = bins[x * (nodes + 1) + row.node];
        heights[x] = size ? 1 + Math.log1p(size) / log * (high - 1) : 0;
      }
      this.add({ k: "bars", c: "activity", y: row.y, heights });
    }
  }

  // The longest mailbox of each node, where it is long enough to matter.
  queues() {
    const { model, scale, lanes } = this, { waits } = model, width = Math.ceil(scale.width);
    const from = lower(waits, this.first), to = lower(waits, this.after), step = Math.max(1, Math.floor((to - from) / 50000));
    if (from === to) return;
    const longest = new Map();
    for (let at = from; at < to; at += step) {
      const i = waits[at], x = Math.max(0, Math.min(width - 1, scale.xOf(i) | 0)), own = longest.get(model.node[i]) ?? longest.set(model.node[i], new Map()).get(model.node[i]);
      if (!(model.number[own.get(x)] >= model.number[i])) own.set(x, i);
    }
    for (const [node, own] of longest) {
      const row = lanes.nodeRows.find((each) => each.node === node);
      if (!row) continue;
      let most = -1;
      for (const [x, i] of own) {
        const high = Math.min(16, 2 * Math.log2(model.number[i] + 1));
        this.rect("queue", x, row.y - 9 - high, 1, high);
        if (most < 0 || model.number[i] > model.number[most]) most = i;
      }
      const x = scale.xOf(most), words = `${model.number[most]} wait`;
      if (model.number[most] > 20) this.text("soft", Math.min(x + 5, scale.width - 60), row.y - 14, words);
      this.hot.push({ x: x - 3, y: row.y - 30, w: 8, h: 20, i: most });
    }
  }

  counted(width) {
    const { model, scale } = this, nodes = model.head.nodes.length + 1, bins = new Uint32Array(width * nodes);
    const list = scale.mode === "time" ? model.at : model.rank, by = width / (scale.u1 - scale.u0);
    for (let i = this.first; i < this.after; i++) {
      const x = Math.max(0, Math.min(width - 1, (scale.lead ? scale.xOf(i) : (list[i] - scale.u0) * by) | 0));
      bins[x * nodes + model.node[i]]++;
    }
    return bins;
  }

  // The same from sums that were made once.
  summed(width) {
    const { model, scale } = this, nodes = model.head.nodes.length + 1, bins = new Uint32Array(width * nodes);
    const sums = pyramid(model, scale.mode), [least, most] = scale.whole, by = BUCKETS / (most - least || 1);
    const bucket = (u) => Math.max(0, Math.min(BUCKETS, Math.round((u - least) * by)));
    for (let x = 0; x < width; x++) {
      const from = bucket(scale.uAt(x)) * nodes, to = bucket(scale.uAt(x + 1)) * nodes;
      for (let node = 0; node < nodes; node++) bins[x * nodes + node] = sums[to + node] - sums[from + node];
    }
    return bins;
  }

  // Where there are many messages between neighbouring lanes.
  density() {
    const { model, scale, lanes } = this, width = Math.ceil(scale.width), rows = lanes.nodeRows;
    if (rows.length < 2) return;
    const gaps = rows.length - 1, place = new Int16Array(model.head.nodes.length + 1).fill(-1);
    rows.forEach((row, index) => (place[row.node] = index));
    const stride = Math.max(1, Math.floor((this.farTo - this.farFrom) / 60000)), bins = new Float32Array(width * gaps);
    const list = scale.mode === "time" ? model.at : model.rank, by = width / (scale.u1 - scale.u0);
    for (let m = this.farFrom; m < this.farTo; m += stride) {
      const i = model.far[m], x = (scale.lead ? scale.xOf(i) : (list[i] - scale.u0) * by) | 0;
      if (x < 0 || x >= width) continue;
      let a = place[model.node[i]], b = place[model.node[model.ending[i] - 1]];
      if (a < 0 || b < 0) continue;
      if (a > b) [a, b] = [b, a];
      for (; a < b; a++) bins[x * gaps + a] += stride;
    }
    for (let gap = 0; gap < gaps; gap++) {
      const top = rows[gap].y + 9, high = rows[gap + 1].y - 9 - top, levels = new Uint8Array(width);
      for (let x = 0; x < width; x++) {
        const size = bins[x * gaps + gap];
        levels[x] = size ? Math.min(6, 1 + Math.log2(size + 1)) | 0 : 0;
      }
      this.add({ k: "haze", c: "haze", y: top, h: high, levels });
    }
  }

  visible(i) {
    if (this.state.kernel || this.model.ownerOf(this.model.process[i]) !== "kernel") return true;
    return false;
  }

  messages() {
    const { model, scale, lanes } = this, shown = [];
    for (let m = this.farFrom; m < this.farTo; m++) {
      const i = model.far[m], j = model.ending[i] - 1, x1 = scale.xOf(i), x2 = scale.xOf(j);
      const y1 = lanes.y(i), y2 = lanes.y(j);
      if (x2 < 0 || x1 > scale.width || y1 < 0 || y2 < 0) continue;
      if (!this.visible(i) && !this.visible(j)) { this.hidden.kernel = (this.hidden.kernel ?? 0) + 1; continue; }
      shown.push({ i, j, x1, y1, x2, y2 });
    }
    for (const arrow of shown) {
      this.add({ k: "arrow", c: model.kind[arrow.j] === model.deliveredKind ? "message" : "dropped", ...arrow });
      this.hot.push({ segment: arrow, i: arrow.i });
    }
    this.near();
    if (shown.length <= 60) {
      for (const { i, x1, y1, x2, y2 } of shown) this.along(tag(model, i), x1, y1, x2, y2);
    }
    this.single = shown.length;
  }

  // Messages inside of a node, where its processes have lanes of their own.
  near() {
    const { model, scale, lanes } = this;
    if (this.size > 6000 || lanes.rows.length === lanes.nodeRows.length) return;
    for (let i = this.first; i < this.after; i++) {
      const j = model.ending[i] - 1;
      if (model.kind[i] !== model.sentKind || j < 0 || model.node[i] !== model.node[j]) continue;
      const y1 = lanes.y(i), y2 = lanes.y(j);
      if (y1 < 0 || y2 < 0 || y1 === y2) continue;
      const arrow = { i, j, x1: scale.xOf(i), y1, x2: scale.xOf(j), y2 };
      this.add({ k: "arrow", c: "local", ...arrow });
      this.hot.push({ segment: arrow, i });
    }
  }

  // A label beside an arrow, unless there is one already.
  along(text, x1, y1, x2, y2) {
    const short = text.replace(/^\$gen_c(all|ast) /, ""), w = short.length * 6;
    for (const part of [0.3, 0.42, 0.6]) {
      const x = x1 + (x2 - x1) * part + 4, y = y1 + (y2 - y1) * part;
      if (!short || x + w > this.scale.width || this.labels.some((each) => Math.abs(each.y - y) < 11 && x < each.x + each.w && each.x < x + w)) continue;
      this.labels.push({ x, y, w });
      return this.text("soft", x, y + 3, short);
    }
  }

  // Messages of one pair and one kind that are near each other, as one arrow.
  bundles() {
    const { model, scale, lanes } = this, open = new Map(), all = [];
    for (let m = this.farFrom; m < this.farTo; m++) {
      const i = model.far[m], j = model.ending[i] - 1, x1 = scale.xOf(i), x2 = scale.xOf(j);
      if (x2 < 0 || x1 > scale.width) continue;
      if (!this.visible(i) && !this.visible(j)) { this.hidden.kernel = (this.hidden.kernel ?? 0) + 1; continue; }
      const key = `${model.node[i]} ${model.node[j]} ${tagNumber(model, i)}`;
      let bundle = open.get(key);
      if (!bundle || x1 - bundle.x1 > 6) {
        bundle = { i, j, x1, x2, y1: lanes.y(i), y2: lanes.y(j), size: 0 };
        if (bundle.y1 < 0 || bundle.y2 < 0) continue;
        open.set(key, bundle);
        all.push(bundle);
      }
      bundle.size++;
    }
    for (const bundle of all) {
      this.add({ k: "arrow", c: bundle.size > 1 ? "bundle" : "message", ...bundle });
      this.hot.push({ segment: bundle, i: bundle.i, size: bundle.size });
    }
    for (const bundle of all.filter((each) => each.size > 2).sort((a, b) => b.size - a.size).slice(0, 60)) {
      this.along(`${bundle.size}x ${tag(model, bundle.i)}`, bundle.x1, bundle.y1, bundle.x2, bundle.y2);
    }
    this.bundled = all.length;
  }

  connections() {
    const { model, lanes } = this, all = model.head.connections;
    let shown = 0;
    for (const one of all) {
      const y = lanes.yOfNode[one.node];
      if (y < 0) continue;
      for (const [at, c, record] of [[one.from, "up", one.first], [one.to, "down", one.last]]) {
        if (at === null || at === 0 || !this.between(at, at) || ++shown > 400) continue;
        const life = c === "down" && model.kindName(model.index(record)) !== "node_down";
        if (life) continue;
        const x = Math.max(5, Math.min(this.scale.width - 5, this.scale.x(at)));
        this.mark(c, x, c === "up" ? y + 12 : y - 12, 4);
        this.hot.push({ x: x - 5, y: c === "up" ? y + 7 : y - 17, w: 10, h: 10, i: model.index(record) });
      }
    }
  }

  records() {
    const { model, scale, lanes, state } = this;
    const plumbing = new Set(["signalled", "timer_expired", "spawned", "exited", "state"].map((kind) => model.kinds[kind]));
    for (let i = this.first; i < this.after; i++) {
      const y = lanes.y(i);
      if (y < 0 || !model.node[i]) continue;
      if (!this.visible(i)) { this.hidden.kernel = (this.hidden.kernel ?? 0) + 1; continue; }
      if (plumbing.has(model.kind[i]) && this.level < 3 && !state.plumbing) {
        this.hidden.plumbing = (this.hidden.plumbing ?? 0) + 1;
        continue;
      }
      const x = scale.xOf(i);
      this.mark("record", x, y, 2);
      this.hot.push({ x: x - 3, y: y - 3, w: 6, h: 6, i });
    }
  }

  // Messages that never arrive: a line to a cross before the lane of the receiver. Those of one pair that
  // are near each other are one line, so that many of them hide nothing.
  losses() {
    let near = 6;
    do { this.crossed = this.lossesWithin(near); near *= 2; } while (this.crossed.length > 60 && near < 100);
    for (const { x, y, x2, y2, i, size } of this.crossed) {
      this.line("lost", x, y, x2, y2);
      this.mark("cross", x2, y2, 4);
      this.hot.push({ x: x2 - 6, y: y2 - 6, w: 12, h: 12, i, size }, { segment: { x1: x, y1: y, x2, y2 }, i, size });
    }
  }

  lossesWithin(near) {
    const { model, scale, lanes } = this, all = [], open = new Map(), few = model.lost.length <= 3000, ys = lanes.nodeRows.map((row) => row.y);
    for (const lost of model.lost) {
      if (!few && !this.between(model.at[lost.i], model.at[lost.i])) continue;
      const x = scale.xOf(lost.i), y = lanes.y(lost.i), to = lanes.yOfNode[lost.node];
      if (x < -20 || x > scale.width + 20 || y < 0 || to < 0) continue;
      const key = `${y} ${to}`, last = open.get(key);
      if (last && x - last.x < near) { last.size++; continue; }
      // Half way between that lane and the last one that is crossed: a cross on a lane in between would be its own.
      const crossed = ys.filter((each) => (each - y) * (each - to) < 0 && Math.abs(each - to) > 1), before = y < to ? Math.max(y, ...crossed) : Math.min(y, ...crossed);
      const one = { x, y, x2: x + 14, y2: (before + to) / 2, i: lost.i, size: 1 };
      open.set(key, one);
      all.push(one);
    }
    return all;
  }

  selection() {
    const { model, scale, lanes, state } = this, i = state.selected;
    if (i < 0) return;
    const point = (at) => [scale.xOf(at), lanes.y(at) >= 0 ? lanes.y(at) : FLAGS];
    const edge = (c, from, to) => {
      const [x1, y1] = point(from), [x2, y2] = point(to);
      if (Math.max(x1, x2) < -50 || Math.min(x1, x2) > scale.width + 50) return;
      this.line(c, x1, y1, x2, y2);
      this.mark(`${c} dot`, x2, y2, 2.5);
    };
    if (state.cone === "all") this.cones(i);
    if (state.cone === "led") {
      for (const at of model.ledTo(i)) edge("effect", model.cause[at] - 1, at);
    }
    const chain = model.chain(i);
    chain.slice(1).forEach((at, index) => edge("chain", chain[index], at));
    for (const effect of model.effects.of(i + 1)) edge("effect", i, effect);
    const [x, y] = point(i);
    if (model.kind[i] === model.sentKind && model.ending[i]) edge("chosen-arrow", i, model.ending[i] - 1);
    this.mark("selected", x, y, 6);
    for (const at of state.marks) {
      const [mx, my] = point(at);
      this.mark("marked", mx, my, 8);
    }
  }

  // For each lane the last record that could have influenced the chosen one, and the first that it
  // could have influenced.
  cones(i) {
    const { model, scale, lanes } = this;
    if (model.cache.cone?.of !== i) model.cache.cone = { of: i, side: model.cones(i) };
    const { side } = model.cache.cone;
    for (const row of lanes.nodeRows) {
      let past = -1, future = -1;
      const own = model.ofNode.of(row.node);
      for (const at of own) {
        if (side[at] === 1) past = at;
        else if (side[at] === 2 && future < 0) future = at;
      }
      const top = row.top + 2, high = row.bottom - row.top - 4;
      const p = past < 0 ? 0 : scale.xOf(past), f = future < 0 ? scale.width : scale.xOf(future);
      if (p > 0) this.rect("past", 0, top, Math.min(p, scale.width), high);
      if (f < scale.width) this.rect("future", Math.max(0, f), top, scale.width - Math.max(0, f), high);
      if (f > p) this.rect("concurrent", Math.max(0, p), top, Math.min(scale.width, f) - Math.max(0, p), high);
    }
  }

  finds() {
    const { state, scale, lanes } = this;
    const all = state.found, from = lower(all, this.first), to = lower(all, this.after);
    for (let at = from; at < Math.min(to, from + 2000); at++) {
      const y = lanes.y(all[at]);
      if (y >= 0) this.mark("found", scale.xOf(all[at]), y, 5);
    }
  }

  // What is in view, in a sentence.
  sentence() {
    const { scale, model } = this, step = (scale.t1 - scale.t0) / 1000, parts = [];
    const how = this.level >= 2 ? `${count(this.single ?? 0, "message")} between nodes, one by one`
      : this.level === 1 ? `${count(this.count, "message")} between nodes in ${count(this.bundled ?? 0, "bundle")}`
      : `${count(this.count, "message")} between nodes: zoom in to see them`;
    const lost = model.lost.filter((each) => each.i >= this.first && each.i < this.after).length;
    if (lost) parts.push(`${count(lost, "message")} lost`);
    if (this.hidden.plumbing) parts.push(`not shown: ${count(this.hidden.plumbing, "timer, signal or process", "timers, signals and processes")} (p)`);
    if (this.hidden.kernel) parts.push(`kernel: ${count(this.hidden.kernel, "record")} not shown (x)`);
    if (this.lanes.hidden.size) parts.push(`hidden lanes: ${[...this.lanes.hidden].join(", ")} (u)`);
    return [scale.t1 < 1e6 ? `${span(scale.t0)} to ${span(scale.t1)}` : `${moment(scale.t0, step)} to ${moment(scale.t1, step)} s`, count(this.size, "record"), how, ...parts].join("; ");
  }

  hit(x, y) {
    let best = null, nearest = 7;
    for (let at = this.hot.length - 1; at >= 0; at--) {
      const each = this.hot[at];
      if (each.segment) {
        const d = distance(each.segment, x, y);
        if (d < nearest) { nearest = d; best = each; }
      } else if (x >= each.x - 2 && x <= each.x + each.w + 2 && y >= each.y - 2 && y <= each.y + each.h + 2) {
        return each;
      }
    }
    return best;
  }
}

const NUMBERS = { 2: "two", 3: "three", 4: "four", 5: "five" };
const STANDINGS = ["ok", "late", "failed", "unknown", "open"];
const MARKS = { crash: "\u2715", cut: "\u2016", slow: "\u2026", clock: "\u25f7", disk: "\u25a4", reset: "\u21af", signal: "\u2021", other: "!" };

function distance({ x1, y1, x2, y2 }, x, y) {
  const dx = x2 - x1, dy = y2 - y1, size = dx * dx + dy * dy || 1;
  const part = Math.max(0, Math.min(1, ((x - x1) * dx + (y - y1) * dy) / size));
  return Math.hypot(x - x1 - part * dx, y - y1 - part * dy);
}

// The kind of a message: the first atom in it, of a call also that of the request; an answer is `reply`.
const REF = /(?:\[alias\|#Ref<[^>]*>\]|#Ref<[^>]*>|\{#Ref<[^>]*>,[^}]*\})/.source, CALL = new RegExp(`^\\{'?\\$gen_call'?,\\{<[^>]*>,${REF}\\},`), REPLY = new RegExp(`^\\{${REF},`), ATOM = /[a-z$][A-Za-z0-9_$@]*/;

function tag(model, i) {
  const tags = model.cache.tags ??= new Map(), text = model.text[i];
  if (!tags.has(text)) {
    const own = model.textOf(i), call = CALL.exec(own), first = (from) => ATOM.exec(own.slice(from))?.[0] ?? "";
    tags.set(text, call ? `$gen_call ${first(call[0].length)}` : REPLY.test(own) ? "reply" : first(0).replace("$gen_cast", `$gen_cast ${first(own.indexOf(",") + 1)}`));
  }
  return tags.get(text);
}

function tagNumber(model, i) {
  const list = model.cache.tagNumbers ??= new Map(), name = tag(model, i);
  if (!list.has(name)) list.set(name, list.size);
  return list.get(name);
}

// For each bucket of the axis the number of records of each node before it.
function pyramid(model, mode) {
  const key = `sums ${mode}`;
  if (model.cache[key]) return model.cache[key];
  const nodes = model.head.nodes.length + 1, sums = new Uint32Array((BUCKETS + 1) * nodes);
  const list = mode === "time" ? model.at : model.rank, most = mode === "time" ? model.end : model.times.length - 1;
  const by = BUCKETS / (most || 1);
  for (let i = 0; i < model.n; i++) sums[(Math.min(BUCKETS - 1, (list[i] * by) | 0) + 1) * nodes + model.node[i]]++;
  for (let at = nodes; at < sums.length; at++) sums[at] += sums[at - nodes];
  return (model.cache[key] = sums);
}
