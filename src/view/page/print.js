// The picture on paper and in files.

class Printing extends Pointing {
  // The picture, what is in it, and how to have it again, in the colours of paper.
  print() {
    const { head } = this.model, root = document.documentElement;
    this.themeBefore = root.dataset.theme;
    root.dataset.theme = "light";
    this.recolour();
    this.paint();
    document.getElementById("print").replaceChildren(this.printed(), el("p", {}, this.sentence()), el("p", {}, el("code", {}, `${head.command || head.name} ${writeLink(this)}`)));
  }

  // The picture on paper: shapes, unless there are so many of them that a bitmap is smaller.
  printed() {
    const size = this.drawn().reduce((sum, part) => sum + part.shapes.length, 0);
    return size <= 5000 ? svgElement(this.svg()) : el("img", { src: this.canvas.element.toDataURL(), alt: this.sentence() });
  }

  // All that is drawn: the run, the one below, the curtain and what the reader said.
  drawn() {
    const parts = [{ y: 0, shapes: this.scene.shapes.filter((shape) => shape.c !== "cursor") }];
    if (this.state.split && this.below?.scene) parts.push({ y: this.lanes.high + GAP, shapes: this.below.scene.shapes });
    return [...parts, { y: 0, shapes: [...this.curtainShapes(), ...this.guessShapes()] }];
  }

  svg() {
    const { head } = this.model, labels = this.lanes.rows.map((row) => ({ y: row.y, text: row.title, sub: row.sub }));
    if (this.state.split && this.below) labels.push(...this.below.lanes.rows.map((row) => ({ y: this.lanes.high + GAP + row.y, text: row.title, sub: "" })));
    const [least, most] = this.model.latencies;
    if (this.lanes.clients) labels.push({ y: 6, text: head.workloads.map((workload) => workload.name).join(", "), sub: "" });
    if (this.lanes.clients) for (let power = least; power <= most; power++) labels.push({ y: this.scene.clientY(10 ** power) - 13, text: "", sub: span(10 ** power) });
    const ticks = this.scale.ticks().map(([x, t]) => ({ k: "text", c: "soft", x: Math.max(14, Math.min(this.scale.width - 20, x)), y: -6, t, anchor: "middle" }));
    const parts = this.drawn(), edge = this.veil === undefined ? Infinity : this.scale.x(this.veil);
    // What the curtain hides is not in the file either.
    for (const part of parts.slice(0, -1)) part.shapes = part.shapes.map((shape) => before(shape, edge)).filter(Boolean);
    return svgOf([...parts, { y: 0, shapes: ticks }], Math.round(this.scale.width), Math.round(this.high), this.canvas.colour, labels, `${head.name}: ${this.sentence()}`);
  }

  saveSvg() { this.save(`${this.model.head.name.replace(/\W+/g, "-")}.svg`, this.svg(), "image/svg+xml"); }

  save(name, text, type) {
    const link = el("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
}

function svgElement(text) {
  return document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true);
}

// A shape as far as it lies before an edge; null if it does not.
function before(shape, edge) {
  const left = shape.k === "line" || shape.k === "arrow" ? Math.min(shape.x1, shape.x2) : shape.x ?? 0;
  if (left > edge || (shape.k === "arrow" && Math.max(shape.x1, shape.x2) > edge)) return null;
  if (shape.k === "rect") return { ...shape, w: Math.min(shape.w, edge - shape.x) };
  if (shape.k === "line" && Math.max(shape.x1, shape.x2) > edge) return { ...shape, x1: Math.min(shape.x1, edge), x2: Math.min(shape.x2, edge) };
  if (shape.k === "bars") return { ...shape, heights: shape.heights.map((high, x) => (x > edge ? 0 : high)) };
  if (shape.k === "haze") return { ...shape, levels: shape.levels.map((level, x) => (x > edge ? 0 : level)) };
  return shape;
}
