// The x axis: time, or order with the same step for each instant. `u` is a time or a step.

class Scale {
  constructor(model, width) {
    this.model = model;
    this.width = width;
    this.mode = "time";
    this.u0 = 0;
    this.u1 = model.end;
  }

  get whole() { return this.mode === "time" ? [0, this.model.end] : [0, this.model.times.length - 1]; }
  get t0() { return this.timeAt(this.u0); }
  get t1() { return this.timeAt(this.u1); }

  uOf(time) {
    if (this.mode === "time") return time;
    const { times } = this.model, at = lower(times, time);
    if (at >= times.length) return times.length - 1;
    if (times[at] === time || at === 0) return at;
    return at - 1 + (time - times[at - 1]) / (times[at] - times[at - 1]);
  }

  timeAt(u) {
    if (this.mode === "time") return u;
    const { times } = this.model, at = Math.max(0, Math.min(times.length - 1, Math.floor(u)));
    const next = Math.min(times.length - 1, at + 1);
    return times[at] + (times[next] - times[at]) * (u - at);
  }

  x(time) { return (this.uOf(time) - this.u0) / (this.u1 - this.u0) * this.width; }
  xOf(i) {
    const u = this.mode === "time" ? this.model.at[i] : this.model.rank[i];
    return (u - this.u0) / (this.u1 - this.u0) * this.width;
  }
  uAt(x) { return this.u0 + x / this.width * (this.u1 - this.u0); }

  setMode(mode) {
    if (mode === this.mode) return;
    const [t0, t1] = [this.t0, this.t1];
    this.mode = mode;
    this.show(t0, t1);
  }

  show(t0, t1) { this.set(this.uOf(t0), this.uOf(t1)); }

  set(u0, u1) {
    const [least, most] = this.whole, smallest = Math.min(most - least, this.mode === "time" ? 2e3 : 4);
    let size = Math.min(most - least, Math.max(smallest, u1 - u0));
    const middle = (u0 + u1) / 2, grown = size > u1 - u0 || size < u1 - u0;
    if (grown) { u0 = middle - size / 2; }
    this.u0 = Math.max(least, Math.min(most - size, u0));
    this.u1 = this.u0 + size;
  }

  zoom(factor, x = this.width / 2) {
    const u = this.uAt(x);
    this.set(u - (u - this.u0) * factor, u + (this.u1 - u) * factor);
  }

  pan(part) {
    const by = (this.u1 - this.u0) * part;
    this.set(this.u0 + by, this.u1 + by);
  }

  // The first record in view, and the first after it.
  records() {
    const { at, rank } = this.model, list = this.mode === "time" ? at : rank;
    return [lower(list, this.mode === "time" ? this.u0 : Math.ceil(this.u0 - 1e-9)), lower(list, this.u1 + 1e-9)];
  }

  // The word of a tick; the first instants of a run are told in microseconds.
  tick(at, step) { return this.t1 < 1e6 ? span(at) : `${moment(at, step)} s`; }

  ticks() {
    const ticks = [];
    if (this.mode === "time") {
      const rough = (this.u1 - this.u0) / Math.max(2, this.width / 110), power = 10 ** Math.floor(Math.log10(rough));
      const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
      for (let t = Math.ceil(this.u0 / step) * step; t <= this.u1; t += step) ticks.push([this.x(t), this.tick(t, step)]);
    } else {
      const step = Math.max(1, Math.ceil((this.u1 - this.u0) / Math.max(2, this.width / 92))), { times } = this.model;
      for (let u = Math.ceil(this.u0); u <= this.u1; u += step) {
        const before = u >= step ? times[u] - times[u - step] : Infinity, after = u + step < times.length ? times[u + step] - times[u] : Infinity;
        const digits = Math.max(1e3, Math.min(1e8, before, after));
        ticks.push([(u - this.u0) / (this.u1 - this.u0) * this.width, this.tick(times[u], digits)]);
      }
    }
    return ticks;
  }

  // The quiet times that the order axis folds: the longest in view, with their lengths.
  gaps(most) {
    if (this.mode === "time") return [];
    const { times } = this.model, gaps = [], whole = this.t1 - this.t0;
    const from = Math.max(0, Math.ceil(this.u0)), to = Math.min(times.length - 2, Math.floor(this.u1) - 1);
    if (to - from > 4000) return [];
    const steps = Float64Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => times[from + at + 1] - times[from + at]), usual = steps.slice().sort()[steps.length >> 1];
    for (let u = from; u <= to; u++) {
      const length = steps[u - from];
      if (length > whole / 40 && length > 3 * usual) gaps.push({ x: (u + 0.5 - this.u0) / (this.u1 - this.u0) * this.width, length });
    }
    const kept = [];
    for (const gap of gaps.sort((a, b) => b.length - a.length)) {
      if (kept.length < most && kept.every((other) => Math.abs(other.x - gap.x) > 52)) kept.push(gap);
    }
    return kept;
  }
}

// The axis of a run that is shown below another one: the same instant stands at the same place.
class Follower extends Scale {
  constructor(model, lead) {
    super(model, lead.width);
    this.lead = lead;
  }
  get mode() { return "time"; }
  set mode(mode) {}
  // The axis of the run above, or a copy of it that stands still until it is moved itself.
  get axis() { return this.still ?? this.lead; }
  get locked() { return !this.still; }
  lock(locked) { this.still = locked ? undefined : Object.assign(Object.create(Scale.prototype), this.lead); }
  follow() { this.width = this.axis.width = this.lead.width; this.u0 = this.axis.t0; this.u1 = this.axis.t1; }
  x(time) { return this.axis.x(time); }
  xOf(i) { return this.axis.x(this.model.at[i]); }
  uAt(x) { return this.axis.timeAt(this.axis.uAt(x)); }
  ticks() { return this.axis.ticks(); }
  gaps() { return []; }
}
