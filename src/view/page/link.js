// The view in the link, so that a link shows the same picture. Keys that are not known are ignored.

function writeLink(app) {
  const { state, scale, lanes, model } = app, parts = [];
  const [least, most] = scale.whole;
  if (scale.u0 > least || scale.u1 < most) parts.push(`t=${exact(scale.t0)}-${exact(scale.t1)}`);
  if (scale.mode === "order") parts.push("x=order");
  if (state.selected >= 0) parts.push(`r=${model.id[state.selected]}`);
  if (state.cursor !== null) parts.push(`cur=${exact(state.cursor)}`);
  if (lanes.open.size) parts.push(`l=${[...lanes.open].map(encodeURIComponent).join(",")}`);
  if (lanes.hidden.size) parts.push(`h=${[...lanes.hidden].map(encodeURIComponent).join(",")}`);
  if (state.query) parts.push(`q=${encodeURIComponent(state.query)}`);
  if (state.cone !== "chain") parts.push(`c=${state.cone}`);
  if (state.detail !== (model.head.detail ?? 50)) parts.push(`dt=${state.detail}`);
  if (state.plumbing) parts.push("p=1");
  if (!state.kernel) parts.push("k=0");
  if (state.marks.length) parts.push(`m=${state.marks.map((i) => model.id[i]).join(",")}`);
  if (state.split) parts.push("v=1");
  if (app.below && state.below >= 0) parts.push(`b=${app.below.model.id[state.below]}`);
  if (app.revealed) parts.push("shown=1");
  parts.push(`tab=${state.tab}`);
  if (model.head.digest) parts.push(`d=${model.head.digest}`);
  return `#${parts.join("&")}`;
}

function exact(ns) { return +(ns / 1e9).toFixed(9); }

function readLink(app, hash) {
  const { state, scale, lanes, model } = app, wanted = {};
  for (const part of hash.replace(/^#/, "").split("&")) {
    const at = part.indexOf("=");
    if (at > 0) wanted[part.slice(0, at)] = part.slice(at + 1);
  }
  const names = (text) => (text ?? "").split(",").filter(Boolean).map((name) => { try { return decodeURIComponent(name); } catch { return ""; } });
  if (wanted.d && model.head.digest && wanted.d !== model.head.digest) app.warn("This link is of another run: what it shows may not be here.");
  lanes.open = new Set(names(wanted.l));
  lanes.hidden = new Set(names(wanted.h).filter((name) => model.head.nodes.some((node) => node.name === name)));
  if (lanes.hidden.size === model.head.nodes.length) lanes.hidden.clear();
  state.detail = /^\d{1,3}$/.test(wanted.dt ?? "") ? Math.min(100, +wanted.dt) : app.model.head.detail ?? 50;
  state.plumbing = wanted.p === "1";
  state.kernel = wanted.k !== "0";
  state.cone = ["chain", "led", "all"].includes(wanted.c) ? wanted.c : "chain";
  state.selected = wanted.r ? model.index(+wanted.r) : -1;
  state.marks = names(wanted.m).map((id) => model.index(+id)).filter((i) => i >= 0).slice(0, 2);
  state.cursor = wanted.cur !== undefined && Number.isFinite(+wanted.cur) ? Math.max(0, Math.min(model.end, +wanted.cur * 1e9)) : null;
  state.tab = TABS[wanted.tab] ? wanted.tab : app.firstTab();
  state.split = Boolean(app.below) && wanted.v === "1";
  state.below = app.below && wanted.b ? app.below.model.index(+wanted.b) : -1;
  if (wanted.shown === "1") app.revealed = true;
  state.query = names(wanted.q)[0] ?? "";
  scale.mode = wanted.x === "order" ? "order" : "time";
  const [, from, to] = /^([\d.]+)-([\d.]+)$/.exec(wanted.t ?? "") ?? [];
  if (from !== undefined && +to > +from) scale.show(+from * 1e9, +to * 1e9);
  else scale.set(...scale.whole);
}
