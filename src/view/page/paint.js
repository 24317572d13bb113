// Shapes on a canvas, as SVG, or as text. Every class has a colour from the style sheet and a shape or
// pattern of its own, so that nothing is told by colour alone.

const LOOKS = {
  grid: { stroke: "--grid" }, rule: { stroke: "--rule" }, lane: { stroke: "--ink", width: 1.4 }, sublane: { stroke: "--rule" },
  paused: { stroke: "--ink", width: 1.4, dash: [2, 4] }, erased: { stroke: "--paper", width: 3 },
  message: { stroke: "--message", alpha: 0.75 }, local: { stroke: "--message", alpha: 0.6 }, dropped: { stroke: "--bad", dash: [4, 2] },
  bundle: { stroke: "--message", width: 2.2, alpha: 0.85 }, lost: { stroke: "--bad", width: 1.6, dash: [4, 3] }, cut: { stroke: "--bad", width: 1.2 },
  chain: { stroke: "--chain", width: 2.5 }, effect: { stroke: "--effect", width: 1.6 }, "chosen-arrow": { stroke: "--chain", width: 2.5 },
  order: { stroke: "--chain", width: 1, dash: [2, 3], alpha: 0.7 }, cursor: { stroke: "--focus", dash: [3, 3] }, queue: { fill: "--effect" }, parting: { stroke: "--effect", dash: [6, 3] }, flagband: { fill: "--fault", alpha: 0.45 }, guess: { stroke: "--effect", width: 2, dash: [4, 3] }, curtain: { fill: "--panel" }, fold: { stroke: "--soft", width: 1 },
  "wait ok": { stroke: "--message", alpha: 0.5, width: 1.5 }, "wait late": { stroke: "--late-edge", width: 2 }, "wait failed": { stroke: "--bad", width: 2 },
  "wait unknown": { stroke: "--bad", width: 2, dash: [6, 3] }, "wait open": { stroke: "--soft", width: 2, dash: [2, 3] },
  app: { fill: "--app" }, nowhere: { stroke: "--bad", dash: [4, 3] }, gone: { fill: "--bad-ink", halo: true, font: "10px system-ui, sans-serif" }, overlap: { stroke: "--ink", width: 2 }, activity: { fill: "--message" }, haze: { fill: "--message" },
  delta: { fill: "--late", stroke: "--late-edge", width: 0.5 }, "delta bad": { fill: "--bad" }, chosen: { fill: "--select" },
  past: { fill: "--message", alpha: 0.12 }, future: { fill: "--effect", alpha: 0.14 }, concurrent: { hatch: "clock", ink: "--soft", alpha: 0.35 },
  "band crash": { hatch: "crash" }, "band cut": { hatch: "cut" }, "band slow": { hatch: "slow" }, "band clock": { hatch: "clock" }, "band disk": { hatch: "disk" }, "band other": { hatch: "cut" }, "band reset": { hatch: "cut" }, "band signal": { hatch: "clock" },
  flag: { fill: "--bad-ink", halo: true, font: "11px system-ui, sans-serif" }, soft: { fill: "--soft", halo: true, font: "10px system-ui, sans-serif" }, onapp: { fill: "--paper", font: "bold 10px system-ui, sans-serif" },
};

// Marks: how each is drawn, and in which colours.
const POINTS = {
  record: ["dot", "--message"], "op ok": ["dot", "--message"], "op late": ["ring", "--late-edge", "--late"], "op failed": ["cross", "--bad"], "op unknown": ["cross", "--bad"],
  cross: ["cross", "--bad"], died: ["cross", "--bad"], stopped: ["square", "--soft"], up: ["up", "--app"], down: ["down", "--bad"],
  selected: ["ring", "--chain", "--select"], marked: ["square", "--effect"], found: ["ring", "--late-edge"], witness: ["ring", "--chain"],
  "chain dot": ["dot", "--chain"], "effect dot": ["dot", "--effect"], "chosen-arrow dot": ["dot", "--chain"],
};

const FAINT = new Set(["message", "bundle", "local", "record", "activity", "haze", "op ok", "wait ok", "dropped"]);

class Canvas {
  constructor(element) {
    this.element = element;
    this.context = element.getContext("2d");
    this.colours();
  }

  colours() {
    const style = getComputedStyle(document.documentElement), forced = matchMedia("(forced-colors: active)").matches;
    const probe = document.createElement("span");
    // The reader's own colours by their names, not that of text instead of each of them.
    probe.style.forcedColorAdjust = "none";
    document.body.append(probe);
    this.colour = {};
    for (const name of ["paper", "panel", "ink", "soft", "rule", "grid", "message", "late", "late-edge", "bad", "bad-ink", "app", "effect", "chain", "fault", "select", "focus"]) {
      let value = style.getPropertyValue(`--${name}`).trim();
      if (forced) { probe.style.color = value; value = getComputedStyle(probe).color; }
      this.colour[`--${name}`] = value;
    }
    probe.remove();
    this.patterns = {};
  }

  resize(width, height) {
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
    if (this.element.width !== w || this.element.height !== h) {
      this.element.width = w;
      this.element.height = h;
    }
    this.width = width;
    this.height = height;
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  clear() {
    this.context.globalAlpha = 1;
    this.context.fillStyle = this.colour["--paper"];
    this.context.fillRect(0, 0, this.width, this.height);
  }

  pattern(kind, ink) {
    const key = `${kind} ${ink ?? ""}`;
    if (this.patterns[key]) return this.patterns[key];
    const tile = document.createElement("canvas"), size = 8;
    tile.width = tile.height = size;
    const draw = tile.getContext("2d");
    draw.strokeStyle = draw.fillStyle = this.colour[ink ?? "--fault"];
    draw.lineWidth = 1.2;
    if (kind === "crash") { draw.globalAlpha = 0.4; draw.fillRect(0, 0, size, size); }
    for (const path of HATCHES[kind] ?? HATCHES.cut) {
      draw.beginPath();
      draw.moveTo(path[0], path[1]);
      draw.lineTo(path[2], path[3]);
      draw.stroke();
    }
    return (this.patterns[key] = this.context.createPattern(tile, "repeat"));
  }

  paint(shapes, faded) {
    const draw = this.context;
    for (let at = 0; at < shapes.length; at++) {
      const shape = shapes[at], from = at;
      draw.globalAlpha = faded && FAINT.has(shape.c) ? faded : 1;
      if (shape.k !== "mark") { this[shape.k](draw, shape, LOOKS[shape.c] ?? {}); continue; }
      while (at + 1 < shapes.length && at - from < 30 && shapes[at + 1].k === "mark" && shapes[at + 1].c === shape.c) at++;
      this.marks(draw, shapes, from, at);
    }
    draw.globalAlpha = 1;
    draw.setLineDash([]);
  }

  pen(draw, look) {
    draw.strokeStyle = this.colour[look.stroke] ?? "#888";
    draw.lineWidth = look.width ?? 1;
    draw.setLineDash(look.dash ?? []);
    if (look.alpha) draw.globalAlpha *= look.alpha;
  }

  line(draw, { x1, y1, x2, y2 }, look) {
    this.pen(draw, look);
    draw.beginPath();
    draw.moveTo(x1, y1);
    draw.lineTo(x2, y2);
    draw.stroke();
  }

  arrow(draw, shape, look) {
    this.line(draw, shape, look);
    const { x1, y1, x2, y2 } = shape, size = Math.hypot(x2 - x1, y2 - y1);
    if (size < 8) return;
    const [ux, uy] = [(x2 - x1) / size, (y2 - y1) / size], long = 6, wide = 2.6;
    draw.fillStyle = this.colour[look.stroke];
    draw.beginPath();
    draw.moveTo(x2, y2);
    draw.lineTo(x2 - long * ux - wide * uy, y2 - long * uy + wide * ux);
    draw.lineTo(x2 - long * ux + wide * uy, y2 - long * uy - wide * ux);
    draw.fill();
  }

  rect(draw, { x, y, w, h }, look) {
    if (look.alpha) draw.globalAlpha *= look.alpha;
    if (look.hatch) draw.fillStyle = this.pattern(look.hatch, look.ink);
    else if (look.fill) draw.fillStyle = this.colour[look.fill];
    if (look.hatch || look.fill) draw.fillRect(x, y, w, h);
    if (look.hatch && !look.ink) { this.pen(draw, { stroke: "--late-edge", dash: [3, 3] }); draw.globalAlpha = 0.7; draw.beginPath(); draw.moveTo(x, y); draw.lineTo(x, y + h); draw.moveTo(x + w, y); draw.lineTo(x + w, y + h); draw.stroke(); }
    if (look.stroke) { this.pen(draw, look); draw.strokeRect(x, y, w, h); }
  }

  text(draw, { x, y, t, anchor }, look) {
    draw.font = look.font;
    draw.fillStyle = this.colour[look.fill];
    draw.textAlign = anchor === "middle" ? "center" : anchor;
    if (look.halo) {
      draw.strokeStyle = this.colour["--paper"];
      draw.lineWidth = 3;
      draw.setLineDash([]);
      draw.lineJoin = "round";
      draw.strokeText(t, x, y);
    }
    draw.fillText(t, x, y);
  }

  wave(draw, { x, y1, y2 }, look) {
    this.pen(draw, look);
    draw.beginPath();
    draw.moveTo(x, y1);
    for (let y = y1, side = 1; y < y2; y += 4, side = -side) draw.lineTo(x + side * 2, y + 4);
    draw.stroke();
  }

  bars(draw, { y, heights }, look) {
    draw.fillStyle = this.colour[look.fill];
    draw.beginPath();
    for (let x = 0; x < heights.length; x++) if (heights[x]) draw.rect(x, y - heights[x] / 2, 1, heights[x]);
    draw.fill();
  }

  haze(draw, { y, h, levels }, look) {
    draw.fillStyle = this.colour[look.fill];
    const alpha = draw.globalAlpha;
    for (let x = 0; x < levels.length;) {
      const level = levels[x], from = x;
      while (x < levels.length && levels[x] === level) x++;
      if (!level) continue;
      draw.globalAlpha = alpha * level * 0.04;
      draw.fillRect(from, y, x - from, h);
    }
  }

  // Neighbouring marks of one class are drawn at once.
  marks(draw, shapes, from, to) {
    const { c } = shapes[from], [form, edge, inside] = POINTS[c] ?? ["dot", "--ink"];
    draw.setLineDash([]);
    draw.strokeStyle = draw.fillStyle = this.colour[edge];
    draw.lineWidth = form === "cross" ? 2 : 1.6;
    draw.beginPath();
    for (let at = from; at <= to; at++) {
      const { x, y, r } = shapes[at];
      for (const part of outline(form, x, y, r)) {
        if (part[0] === "o") { draw.moveTo(part[1] + part[3], part[2]); draw.arc(part[1], part[2], part[3], 0, 7); }
        else if (part[0] === "m") draw.moveTo(part[1], part[2]);
        else draw.lineTo(part[1], part[2]);
      }
    }
    if (form === "dot" || form === "up" || form === "down") draw.fill();
    else {
      if (inside && c !== "selected") { draw.fillStyle = this.colour[inside]; draw.fill(); }
      draw.stroke();
    }
  }
}

const HATCHES = {
  crash: [[0, 8, 8, 0]], cut: [[0, 8, 8, 0], [-2, 2, 2, -2], [6, 10, 10, 6]], slow: [[1, 2, 3, 2], [5, 6, 7, 6]],
  clock: [[2, 0, 2, 8]], disk: [[0, 2, 4, 2], [4, 6, 8, 6]],
};

function outline(form, x, y, r) {
  switch (form) {
    case "cross": return [["m", x - r, y - r], ["l", x + r, y + r], ["m", x + r, y - r], ["l", x - r, y + r]];
    case "square": return [["m", x - r, y - r], ["l", x + r, y - r], ["l", x + r, y + r], ["l", x - r, y + r], ["l", x - r, y - r]];
    case "up": return [["m", x - r, y + r], ["l", x + r, y + r], ["l", x, y - r]];
    case "down": return [["m", x - r, y - r], ["l", x + r, y - r], ["l", x, y + r]];
    default: return [["o", x, y, r]];
  }
}

// The same shapes as SVG, with the colours of the page.
function svgOf(parts, width, height, colour, labels, title) {
  const safe = (text) => String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
  const n = (value) => +value.toFixed(1), left = 140, out = [];
  const pen = (look) => `stroke="${colour[look.stroke]}" stroke-width="${look.width ?? 1}"${look.dash ? ` stroke-dasharray="${look.dash}"` : ""}${look.alpha ? ` opacity="${look.alpha}"` : ""} fill="none"`;
  const draw = (shape) => {
    const look = LOOKS[shape.c] ?? {}, { x, y } = shape;
    if (shape.k === "line" || shape.k === "arrow") {
      out.push(`<line x1="${n(shape.x1)}" y1="${n(shape.y1)}" x2="${n(shape.x2)}" y2="${n(shape.y2)}" ${pen(look)}${shape.k === "arrow" ? ' marker-end="url(#head)"' : ""}/>`);
    } else if (shape.k === "rect") {
      const fill = look.hatch ? `url(#h-${look.hatch})` : look.fill ? colour[look.fill] : "none";
      out.push(`<rect x="${n(x)}" y="${n(y)}" width="${n(shape.w)}" height="${n(shape.h)}" fill="${fill}"${look.alpha ? ` opacity="${look.alpha}"` : ""}${look.stroke ? ` stroke="${colour[look.stroke]}" stroke-width="${look.width ?? 1}"` : ""}/>`);
    } else if (shape.k === "text") {
      const bold = look.font.startsWith("bold"), size = /(\d+)px/.exec(look.font)[1];
      out.push(`<text x="${n(x)}" y="${n(y)}" font-size="${size}"${bold ? ' font-weight="bold"' : ""} fill="${colour[look.fill]}"${look.halo ? ` stroke="${colour["--paper"]}" stroke-width="3" stroke-linejoin="round" paint-order="stroke"` : ""} text-anchor="${shape.anchor}">${safe(shape.t)}</text>`);
    } else if (shape.k === "wave") {
      let path = `M${n(x)} ${n(shape.y1)}`;
      for (let at = shape.y1, side = 1; at < shape.y2; at += 4, side = -side) path += `L${n(x + side * 2)} ${n(at + 4)}`;
      out.push(`<path d="${path}" ${pen(look)}/>`);
    } else if (shape.k === "bars") {
      let path = "";
      shape.heights.forEach((high, at) => { if (high) path += `M${at} ${n(y - high / 2)}h1v${n(high)}h-1z`; });
      out.push(`<path d="${path}" fill="${colour[look.fill]}"/>`);
    } else if (shape.k === "haze") {
      for (let at = 0; at < shape.levels.length;) {
        const level = shape.levels[at], from = at;
        while (at < shape.levels.length && shape.levels[at] === level) at++;
        if (level) out.push(`<rect x="${from}" y="${n(y)}" width="${at - from}" height="${n(shape.h)}" fill="${colour[look.fill]}" opacity="${n(level * 0.04 * 10) / 10}"/>`);
      }
    } else if (shape.k === "mark") {
      const [form, edge, inside] = POINTS[shape.c] ?? ["dot", "--ink"];
      const filled = form === "dot" || form === "up" || form === "down" ? colour[edge] : inside && shape.c !== "selected" ? colour[inside] : "none";
      const path = outline(form, x, y, shape.r).map(([how, a, b, r]) => how === "o" ? `M${n(a - r)} ${n(b)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0` : `${how.toUpperCase()}${n(a)} ${n(b)}`).join("");
      out.push(`<path d="${path}" fill="${filled}" stroke="${colour[edge]}" stroke-width="1.5"/>`);
    }
  };
  for (const part of parts) {
    out.push(`<g transform="translate(0 ${n(part.y)})">`);
    part.shapes.forEach(draw);
    out.push("</g>");
  }
  const hatches = Object.entries(HATCHES).map(([kind, paths]) => `<pattern id="h-${kind}" width="8" height="8" patternUnits="userSpaceOnUse">${kind === "crash" ? `<rect width="8" height="8" fill="${colour["--fault"]}" opacity=".4"/>` : ""}<path d="${paths.map((p) => `M${p[0]} ${p[1]}L${p[2]} ${p[3]}`).join("")}" stroke="${colour["--fault"]}" stroke-width="1.2"/></pattern>`).join("");
  const names = labels.map(({ y, text, sub }) => `<text x="-8" y="${n(y + 4)}" text-anchor="end" font-weight="bold" font-size="12" fill="${colour["--ink"]}">${safe(text)}</text>${sub ? `<text x="-8" y="${n(y + 17)}" text-anchor="end" font-size="10" fill="${colour["--soft"]}">${safe(sub)}</text>` : ""}`).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width} ${height + 24}" width="${left + width}" height="${height + 24}" font-family="system-ui, sans-serif"><title>${safe(title)}</title><defs>${hatches}<marker id="head" viewBox="0 0 6 6" refX="6" refY="3" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0L6 3L0 6z" fill="${colour["--message"]}"/></marker><clipPath id="area"><rect y="-20" width="${width}" height="${height + 44}"/></clipPath></defs><rect width="100%" height="100%" fill="${colour["--paper"]}"/><g transform="translate(${left} 20)">${names}<g clip-path="url(#area)">${out.join("")}</g></g></svg>`;
}

// The same shapes as text, a line each, as tests read them.
function textOf(shapes) {
  const n = (value) => Math.round(value);
  return shapes.map((s) => {
    switch (s.k) {
      case "line": case "arrow": return `${s.k} ${s.c} ${n(s.x1)},${n(s.y1)} ${n(s.x2)},${n(s.y2)}`;
      case "rect": return `rect ${s.c} ${n(s.x)},${n(s.y)} ${n(s.w)}x${n(s.h)}`;
      case "text": return `text ${s.c} ${n(s.x)},${n(s.y)} ${s.t}`;
      case "mark": return `mark ${s.c} ${n(s.x)},${n(s.y)}`;
      case "wave": return `wave ${n(s.x)}`;
      default: return `${s.k} ${s.c} ${n(s.y)}`;
    }
  }).join("\n");
}
