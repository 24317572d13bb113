// Finding records: words, and `key:value` for kinds, nodes, labels, receivers, times and causes.

const FILTERS = {
  kind: (m, v) => { const all = m.head.kinds.map((kind) => kind.includes(v)); return (i) => all[m.kind[i]]; },
  node: (m, v) => { const all = [false, ...m.head.nodes.map((node) => node.name.includes(v))]; return (i) => all[m.node[i]]; },
  label: (m, v) => processes(m, (p) => m.labelOf(p + 1).includes(v)),
  app: (m, v) => processes(m, (p) => m.ownerOf(p + 1).includes(v)),
  from: (m, v) => { const is = processes(m, (p) => m.labelOf(p + 1).includes(v)); return (i) => m.kind[i] === m.sentKind && is(i); },
  to: (m, v) => { const texts = m.texts; return (i) => m.kindName(i) !== "spawned" && ((m.other[i] > 0 && m.labelOf(m.other[i]).includes(v)) || (m.kind[i] === m.sentKind && !m.other[i] && texts[m.name[i]].includes(v))); },
  tag: (m, v) => (i) => m.kind[i] === m.sentKind && tag(m, i).includes(v),
  source: (m, v) => { const texts = m.texts; return (i) => m.source[i] > 0 && texts[m.source[i]].includes(v); },
  lost: (m) => (i) => m.lostAt.has(i),
  after: (m, v) => { const at = seconds(v); return (i) => m.at[i] >= at; },
  before: (m, v) => { const at = seconds(v); return (i) => m.at[i] < at; },
  id: (m, v) => { const i = m.index(+v); return (at) => at === i; },
  op: (m, v) => { const k = +v.replace(/\D/g, ""); return (i) => i === m.begun[k] || i === m.ended[k]; },
  "led-to": (m, v) => { const all = new Set(chainOf(m, v)); return (i) => all.has(i); },
  "due-to": (m, v) => { const from = recordOf(m, v), all = new Set(from < 0 ? [] : m.ledTo(from)); return (i) => all.has(i); },
};

function processes(model, is) {
  const all = new Uint8Array(model.label.length + 1);
  for (let p = 0; p < model.label.length; p++) if (is(p)) all[p + 1] = 1;
  return (i) => all[model.process[i]] === 1;
}

// `op/323` or the number of a record.
function recordOf(model, text) {
  const k = /^op\/?(\d+)$/.exec(text)?.[1];
  if (k === undefined) return model.index(+text);
  return model.ended[k] >= 0 ? model.ended[k] : model.begun[k] ?? -1;
}

function chainOf(model, text) {
  const i = recordOf(model, text);
  return i < 0 ? [] : model.chain(i);
}

// A time in nanoseconds: `20s`, `150ms`, `20.5`.
function seconds(text) {
  const [, number, unit] = /^([\d.]+)\s*(ns|us|ms|s|min|)$/.exec(text.trim()) ?? [];
  return number === undefined ? NaN : +number * { ns: 1, us: 1e3, ms: 1e6, s: 1e9, "": 1e9, min: 6e10 }[unit];
}

// The indices of all records that match, and what is wrong with the question.
function find(model, query) {
  const tests = [], words = [];
  for (const part of query.trim().split(/\s+/)) {
    const [, key, value] = /^([a-z-]+):(.*)$/.exec(part) ?? [];
    if (!part) continue;
    if (key && FILTERS[key]) {
      if ((key === "after" || key === "before") && Number.isNaN(seconds(value))) return { all: [], wrong: `${key}: write a time such as 20s` };
      tests.push(FILTERS[key](model, value));
    } else if (key && !part.includes("://")) return { all: [], wrong: `no ${key}: ${Object.keys(FILTERS).join(", ")}` };
    else words.push(part.toLowerCase());
  }
  for (const word of words) {
    const has = new Uint8Array(model.texts.length);
    model.texts.forEach((text, at) => { if (text.toLowerCase().includes(word)) has[at] = 1; });
    const is = new Uint8Array(model.label.length + 1), kinds = model.head.kinds.map((kind) => kind.includes(word));
    const nodes = [false, ...model.head.nodes.map((node) => node.name.includes(word))];
    for (let p = 0; p < model.label.length; p++) is[p + 1] = has[model.label[p]];
    tests.push((i) => has[model.text[i]] || has[model.name[i]] || is[model.process[i]] || kinds[model.kind[i]] || nodes[model.node[i]]);
  }
  const all = [];
  if (tests.length) for (let i = 0; i < model.n; i++) if (tests.every((test) => test(i))) all.push(i);
  return { all, wrong: "" };
}
