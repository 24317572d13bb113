// What the pointer does on the picture.

class Pointing {
  // What lies under the pointer, in words.
  describe(hit, model) {
    if (hit.k !== undefined) {
      const o = model.head.operations, k = hit.k, twin = o.twin[k] >= 0 ? `, without faults ${span(o.twin[k])}` : "";
      return `${model.operationName(k)} ${o.key[k]}: ${o.took[k] < 0 ? "no end" : `${["ok", "failed", "unknown"][o.outcome[k]]} after ${span(o.took[k])}`}${twin}`;
    }
    if (hit.fault) return `${hit.fault.text}: ${moment(hit.fault.from)} to ${hit.fault.to === null ? "the end" : `${moment(hit.fault.to)} s`}`;
    if (hit.command) return `${moment(hit.at)} s: ${hit.command}`;
    if (hit.both) return `${hit.both.name} runs on ${hit.both.most} nodes at once for ${span(hit.both.to - hit.both.from)}: ${moment(hit.both.from)} to ${moment(hit.both.to)} s`;
    if (hit.app) return `${hit.app.name} ${hit.app.how}: ${moment(hit.app.from)} to ${hit.app.to === null ? "the end" : `${moment(hit.app.to)} s, ${hit.app.why}`}`;
    const lost = model.lostAt.get(hit.i), more = hit.size > 1 ? ` and ${hit.size - 1} more` : "";
    return `${moment(model.at[hit.i], 1e4)} s ${model.nodeName(model.node[hit.i])}: ${model.words(hit.i)}${more}${lost ? ` — never arrives: ${lost.why}${lost.until ? `, ${span(lost.until - model.at[hit.i])} later` : ""}` : ""}`;
  }

  pointer() {
    const { plot } = this;
    let drag = null;
    const place = (event) => { const box = plot.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
    plot.addEventListener("wheel", (event) => {
      const [x, y] = place(event), scale = this.scaleAt(y + this.scroll), most = Math.max(0, this.high - this.room);
      // Where there are no more lanes to scroll, a page that is higher than its window scrolls.
      if (event.ctrlKey || event.shiftKey || event.deltaX || (event.deltaY < 0 ? this.scroll > 0 : this.scroll < most - 1)) event.preventDefault();
      if (event.ctrlKey) { scale.zoom(Math.exp(event.deltaY * 0.004), x); return this.moved(); }
      const across = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
      if (across) { scale.pan(across / 800); return this.moved(); }
      const before = this.scroll;
      this.scroll = Math.max(0, Math.min(this.high - this.room, this.scroll + event.deltaY));
      if (this.scroll !== before) this.lay();
    }, { passive: false });
    plot.addEventListener("pointerdown", (event) => {
      const [x, y] = place(event);
      const scale = this.scaleAt(y + this.scroll);
      drag = { x, y, scale, u0: scale.u0, u1: scale.u1, scroll: this.scroll, far: false };
      plot.setPointerCapture(event.pointerId);
    });
    plot.addEventListener("pointermove", (event) => {
      const [x, y] = place(event);
      if (drag) {
        if (Math.hypot(x - drag.x, y - drag.y) > 3) drag.far = true;
        if (!drag.far) return;
        const by = (drag.x - x) / this.scale.width * (drag.u1 - drag.u0), scroll = Math.max(0, Math.min(this.high - this.room, drag.scroll + drag.y - y));
        drag.scale.set(drag.u0 + by, drag.u1 + by);
        if (scroll === this.scroll) return this.draw();
        this.scroll = scroll;
        return this.lay();
      }
      const lower = this.hitBelow(x, y + this.scroll), hit = lower ?? this.scene?.hit(x, y + this.scroll);
      this.tip.hidden = !hit || (this.curtainUp() && this.scale.timeAt(this.scale.uAt(x)) > this.model.head.curtain);
      if (!hit) return;
      this.tip.textContent = this.describe(hit, lower ? this.below.model : this.model);
      this.tip.style.left = `${Math.min(x + 12, Math.max(0, this.scale.width - 430))}px`;
      this.tip.style.top = `${y + 16 + 60 > this.room ? y - 50 : y + 16}px`;
    });
    plot.addEventListener("pointerleave", () => (this.tip.hidden = true));
    plot.addEventListener("pointerup", (event) => {
      const [x, y] = place(event), was = drag;
      drag = null;
      if (was?.far) return this.remember();
      this.click(x, y + this.scroll);
    });
    plot.addEventListener("dblclick", () => this.fit());
    const strip = document.getElementById("strip"), jump = (event) => {
      const box = strip.getBoundingClientRect(), whole = this.stripImage.whole, u = whole.uAt(event.clientX - box.left), half = (this.scale.u1 - this.scale.u0) / 2;
      this.scale.set(u - half, u + half);
      this.moved();
    };
    strip.addEventListener("pointerdown", (event) => { strip.setPointerCapture(event.pointerId); jump(event); });
    strip.addEventListener("pointermove", (event) => { if (event.buttons) jump(event); });
    document.getElementById("find").addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      if (event.target.value === this.state.query) this.nextFound(event.shiftKey ? -1 : 1);
      else this.search(event.target.value);
    });
    document.getElementById("find").addEventListener("search", (event) => { if (!event.target.value) this.search("", false); });
  }

  // The axis that the pointer moves: that of the run below where it is let go.
  scaleAt(y) { return (this.state.split && y > this.lanes.high && this.below?.scale.still) || this.scale; }

  // What lies under the pointer in the run below.
  hitBelow(x, y) {
    const top = this.lanes.high + GAP;
    return this.state.split && this.below?.scene && y > top ? this.below.scene.hit(x, y - top) ?? null : null;
  }

  click(x, y) {
    const { model, scale } = this, lower = this.hitBelow(x, y);
    if (this.curtainUp() && scale.timeAt(scale.uAt(x)) > model.head.curtain) {
      const row = this.lanes.rowAt(y);
      if (row) this.guess = { node: row.node, at: Math.round(scale.timeAt(scale.uAt(x))) };
      this.panels.shown = "";
      return this.draw();
    }
    if (lower) {
      const below = this.below.model, i = lower.i ?? (lower.k !== undefined ? below.ended[lower.k] : below.index(lower.app?.first ?? lower.fault?.first ?? 0));
      return i >= 0 ? this.selectBelow(i) : undefined;
    }
    const hit = this.scene.hit(x, y), row = this.lanes.rowAt(y);
    if (row) this.state.lane = row.key;
    if (hit?.k !== undefined) {
      const i = model.ended[hit.k] >= 0 ? model.ended[hit.k] : model.begun[hit.k];
      this.trouble = hit.k;
      this.state.tab = "record";
      return i >= 0 ? this.select(i) : undefined;
    }
    if (hit?.fault) { this.state.tab = "why"; return this.select(model.index(hit.fault.first), null); }
    if (hit?.command) return this.visit(hit.record ? model.index(hit.record) : -1, hit.at);
    if (hit?.app) { this.state.tab = "record"; return this.select(model.index(hit.app.first)); }
    if (hit?.i >= 0) { this.state.tab = "record"; return this.select(hit.i); }
    this.state.cursor = Math.max(0, scale.timeAt(scale.uAt(x)));
    if (row) {
      const own = model.ofNode.of(row.node), at = lower(own, lower(model.at, this.state.cursor));
      const near = [own[at - 1], own[at]].filter((i) => i !== undefined).sort((a, b) => Math.abs(scale.xOf(a) - x) - Math.abs(scale.xOf(b) - x))[0];
      if (near !== undefined && Math.abs(scale.xOf(near) - x) < 6) { this.state.tab = this.state.tab === "state" ? "state" : "record"; return this.select(near); }
    }
    this.moved();
  }
}
