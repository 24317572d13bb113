// The lane of the clients: a point for each operation at its latency, its wait from near by, the witnesses of
// the verdict, and how much later each answer came.

class ClientLane {
  clientY(latency) {
    const [least, most] = this.model.latencies;
    const part = (Math.log10(Math.max(latency, 10 ** least)) - least) / (most - least);
    return CLIENTS + FLAGS - 8 - Math.min(1, Math.max(0, part)) * (CLIENTS - 14);
  }

  clients() {
    const { model, scale, lanes } = this;
    if (!lanes.clients) return;
    const [least, most] = model.latencies;
    for (let power = least; power <= most; power++) {
      const y = this.clientY(10 ** power);
      this.line("grid", 0, y, scale.width, y);
    }
    this.line("rule", 0, CLIENTS + FLAGS, scale.width, CLIENTS + FLAGS);
    const t0 = scale.t0, t1 = scale.t1, from = lower(model.ends, t0), until = lower(model.ends, t1 + 1);
    const near = until - from <= 400, o = model.head.operations, longest = near ? this.longest() : 0;
    const last = near ? lower(model.ends, t1 + longest) : until, seen = near ? null : new Uint8Array(Math.ceil(scale.width / 2) * CLIENTS);
    this.operations = until - from;
    let named;
    const shown = [];
    for (let place = from; place < last; place++) {
      const k = model.byEnd[place], standing = model.standing[k], end = model.endOf[k];
      if (o.invoked[k] > t1) continue;
      const x = scale.x(end), c = STANDINGS[standing];
      // Waits of about the same length do not lie upon each other.
      const y = this.clientY(end - o.invoked[k]) + (near && standing && until - from <= 60 ? o.client[k] * 5 % 9 - 4 : 0);
      if (seen && !model.witness.has(k)) {
        const cell = ((x / 2) | 0) * CLIENTS + ((y - FLAGS) | 0), bit = 1 << standing;
        if (seen[cell] & bit) continue;
        seen[cell] |= bit;
      }
      if (near) {
        const x0 = Math.max(-2, scale.x(o.invoked[k]));
        this.line(`wait ${c}`, x0, y, Math.min(x, scale.width + 2), y);
        this.hot.push({ x: x0, y: y - 3, w: Math.max(6, x - x0 + 4), h: 6, k });
      } else this.hot.push({ x: x - 4, y: y - 4, w: 8, h: 8, k });
      if (standing !== 4) this.mark(`op ${c}`, x, y, standing ? 4 : 2.2);
      if (!model.witness.has(k) || x < 0 || x > scale.width) continue;
      shown.push({ number: model.witness.get(k), of: model.witnessOf.get(k), x, y });
      if (Math.abs(x - named) < 14) continue;
      named = x;
      this.mark("witness", x, y, 7);
      this.text("flag", x + 9, y - 4, String(model.witness.get(k)));
    }
    // In the order that contradicts what was expected.
    shown.sort((a, b) => a.number - b.number);
    if (shown.length < 12) for (const one of shown) {
      const next = shown.find((each) => each.of === one.of && each.number === one.number + 1);
      if (next) this.line("order", one.x, one.y, next.x, next.y);
    }
    if (model.head.has_twin) this.deltas(from, until);
  }

  // The longest that an operation in the run took: those that end after the view may begin in it.
  longest() {
    return this.model.cache.longest ??= this.model.head.operations.took.reduce((most, took) => Math.max(most, took), 0);
  }

  // How much later each answer came than without faults.
  deltas(from, until) {
    const { model, scale } = this, o = model.head.operations, base = CLIENTS + FLAGS + DELTA - 6;
    this.line("grid", 0, base, scale.width, base);
    const most = new Map();
    for (let place = from; place < until; place++) {
      const k = model.byEnd[place];
      if (o.twin[k] < 0) continue;
      const delta = o.took[k] < 0 || o.outcome[k] ? 1e10 : o.took[k] - o.twin[k];
      if (delta < 5e6) continue;
      const x = Math.round(scale.x(model.endOf[k]));
      if (!(most.get(x)?.delta > delta)) most.set(x, { delta, k });
    }
    for (const [x, { delta, k }] of most) {
      const high = Math.min(DELTA - 10, 3 + 5 * Math.log10(delta / 1e6));
      this.rect(model.standing[k] > 1 ? "delta bad" : "delta", x - 1, base - high, 2.5, high);
      this.hot.push({ x: x - 3, y: base - high, w: 6, h: high, k });
    }
  }
}
