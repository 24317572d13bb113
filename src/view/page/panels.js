// The panels beside the picture. Texts from the run are put in as text, never as HTML.

const TABS = { why: "Why", record: "Record", state: "State", story: "Story", checks: "Checks", table: "Table", fork: "Fork" };
const ROWS = 500;

function el(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    const says = key.startsWith("aria-");
    if (value === undefined || value === null || (value === false && !says)) continue;
    if (key === "class") element.className = value;
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true && !says ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

class Panels {
  constructor(app) {
    this.app = app;
    this.tabs = document.getElementById("tabs");
    this.body = document.getElementById("body");
    for (const [tab, name] of Object.entries(TABS)) {
      this.tabs.append(el("button", { role: "tab", id: `tab-${tab}`, "aria-controls": "body", onclick: () => app.openTab(tab) }, name));
    }
    this.tabs.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const all = Object.keys(TABS), next = all[(all.indexOf(app.state.tab) + step + all.length) % all.length];
      app.openTab(next);
      document.getElementById(`tab-${next}`).focus();
      event.stopPropagation();
    });
    this.shown = "";
  }

  show() {
    const { app } = this, { tab, selected, cursor } = app.state, view = tab === "table" ? `${app.scale.u0} ${app.scale.u1}` : "";
    const key = [tab, selected, cursor, view, app.state.marks, app.state.below, app.curtainUp(), JSON.stringify(app.guess)].join("|");
    if (key === this.shown) return;
    const moved = this.shown.split("|")[0] !== tab;
    this.shown = key;
    for (const button of this.tabs.children) {
      const own = button.id === `tab-${tab}`;
      button.setAttribute("aria-selected", own);
      button.tabIndex = own ? 0 : -1;
    }
    this.body.setAttribute("aria-labelledby", `tab-${tab}`);
    const top = this.body.scrollTop, held = this.held();
    this.body.replaceChildren(...(app.curtainUp() ? this.question() : this[tab]()));
    this.body.scrollTop = moved ? 0 : top;
    if (tab === "table") this.body.firstChild?.setAttribute("id", "table");
    if (!moved && held) this.hold(held);
    const now = this.body.querySelector(".now");
    if (now?.closest("details")) now.closest("details").open = true;
    now?.scrollIntoView({ block: "nearest" });
  }

  // What has the keyboard in the panel, and where it stands among its like, so that it has it again
  // when the panel is written anew.
  held() {
    const own = document.activeElement;
    if (!own || own === this.body || !this.body.contains(own)) return null;
    const like = own.tagName, text = own.textContent;
    return { like, text, at: [...this.body.querySelectorAll(like)].indexOf(own) };
  }

  hold({ like, text, at }) {
    const all = [...this.body.querySelectorAll(like)], own = all[at]?.textContent === text ? all[at] : all.find((each) => each.textContent === text);
    (own ?? this.body).focus({ preventScroll: true });
  }

  // A line that leads to a record or to a time.
  go(i, at, children, extra = "", visit = (i, at) => this.app.visit(i, at)) {
    const now = i >= 0 && i === this.app.state.selected && !extra.includes("below");
    return el("li", {}, el("button", { class: `go ${extra} ${now ? "now" : ""}`, onclick: () => visit(i, at) }, ...children));
  }

  at(ns) { return el("span", { class: "at" }, ns > 0 && ns < 1e6 ? span(ns) : `${moment(ns, 1e6)} s`); }

  operation(k) {
    const { model } = this.app, o = model.head.operations;
    const words = [model.operationName(k), o.key[k], clip(o.value[k], 40)].filter(Boolean).join(" ");
    const end = o.took[k] < 0 ? "no end" : `${["ok", "failed", "unknown", ""][o.outcome[k]]} after ${span(o.took[k])}`;
    const i = model.ended[k] >= 0 ? model.ended[k] : model.begun[k];
    const mark = model.witness.has(k) ? `${model.witness.get(k)} ` : "";
    return this.go(i, model.endOf[k], [this.at(o.invoked[k]), mark, `${words}: `, el("span", { class: model.standing[k] ? "bad" : "soft" }, end)]);
  }

  why() {
    const { model } = this.app, { head } = model, out = this.guessed();
    if (head.source !== "run") return [...out, el("p", {}, head.source === "session" ? "A session of the shell: its commands are in the story. Choose a record to see what led to it." : "This page was made from a trace alone. Make it from the scenario or from a record of the run to see why it went as it did.")];
    for (const each of head.contradictions) {
      out.push(el("h3", { class: "bad" }, `✗ ${each.expectation}`), el("p", {}, each.summary), el("ul", {}, ...each.operations.flatMap((one) => [
        this.operation(one.operation),
        one.place ? this.go(model.index(one.record), null, [el("span", { class: "soft" }, one.place)]) : null,
      ])));
    }
    for (const check of head.checks) {
      if (check.result !== "violated" || head.contradictions.some((each) => each.expectation === check.expectation)) continue;
      out.push(el("h3", { class: "bad" }, `✗ ${check.expectation}`), el("p", {}, check.summary));
      if (check.at !== null) out.push(el("ul", {}, this.go(-1, check.at, [this.at(check.at), "where it was violated"]), ...check.operations.slice(0, 8).map((k) => this.operation(k))));
    }
    for (const doubt of head.doubts) out.push(el("p", { class: "doubtful" }, `? ${doubt}`));
    for (const check of head.checks) {
      if (check.result === "inconclusive" && !head.doubts.some((doubt) => doubt.includes(check.summary))) out.push(el("p", { class: "doubtful" }, `? ${check.expectation}: ${check.summary}`));
    }
    if (!head.faults.length) out.push(el("p", {}, "There is no fault in this run."));
    else if (!head.chains.length && !out.length) out.push(el("p", {}, "No fault took anything away."));
    const idle = head.chains.filter((chain) => chain.fault !== null && chain.operation === null), isFolded = (chain) => idle.length > 2 && idle.includes(chain);
    head.chains.forEach((chain, index) => {
      if (isFolded(chain)) return;
      const at = chain.at === null ? "" : ` at ${moment(chain.at)} s`;
      out.push(el("h3", {}, `${chain.title}${at}`), el("p", {}, chain.harm));
      const total = chain.phases.reduce((sum, [, took]) => sum + took, 0);
      if (total) {
        const bar = el("div", { class: "phases", role: "img", "aria-label": chain.phases.map(([name, took]) => `${name} ${span(took)}`).join(", ") });
        const rows = chain.phases.filter(([, took]) => took > 0).map(([name, took], place) => {
          const part = el("i", { class: `p${place % 7}`, title: `${name}: ${span(took)}` });
          part.style.width = `${took / total * 100}%`;
          bar.append(part);
          const chip = el("i", { class: `p${place % 7}` });
          return el("tr", {}, el("td", {}, chip, name), el("td", { class: "n" }, span(took)), el("td", { class: "n" }, `${(took / total * 100).toFixed(1)}%`));
        });
        out.push(el("p", { class: "soft" }, `${span(total)} until the first answer after it`), bar, el("table", {}, el("tbody", {}, ...rows)));
      }
      out.push(el("ol", { "data-chain": index }, ...this.steps(chain.steps)));
      for (const [name, all] of [["failed", chain.failed], ["late", chain.late]]) {
        if (!all.length) continue;
        out.push(el("details", {}, el("summary", {}, `${count(all.length, "operation")} ${name}`), el("ul", {}, ...all.slice(0, 100).map((k) => this.operation(k)))));
      }
    });
    if (idle.length > 2) out.push(el("details", {}, el("summary", {}, `${idle.length} faults touched no operation`), el("ul", {}, ...idle.map((chain) => this.go(model.index(chain.steps[0]?.record), chain.at, [this.at(chain.at), chain.title])))));
    if (head.differences) out.push(el("h2", {}, `Beside ${head.beside}`), el("div", { class: "term", id: "differences" }, head.differences));
    if (head.command) out.push(el("h2", {}, "The same in the terminal"), el("p", {}, el("code", {}, head.command.replace(" view ", " explain "))));
    return out;
  }

  // The steps of a chain. Those that say the same over and over are folded.
  steps(steps) {
    const line = (step) => this.go(this.app.model.index(step.record), step.at, [
      this.at(step.at), step.after ? el("span", { class: "after" }, `+${span(step.after)}`) : null, el("b", {}, step.who), step.what,
    ]);
    return turns(steps).flatMap(({ shown, folded }) => [...shown.map(line), ...(folded.length ? [el("li", {}, el("details", {}, el("summary", {}, `the same again until ${moment(folded.at(-1).at)} s, ${count(folded.length, "step")}`), el("ol", {}, ...folded.map(line))))] : [])]);
  }

  record() {
    const { app } = this, { model, state } = app, i = state.selected, out = [];
    const marks = [...state.marks, i].filter((at) => at >= 0).slice(0, 2);
    if (state.marks.length && marks[0] !== marks[1] && marks.length === 2) out.push(el("p", { id: "between" }, relation(model, ...marks)));
    if (app.below && state.below >= 0) out.push(el("h2", {}, `In the run ${app.model.head.beside}`), ...this.brief(app.below.model, state.below), el("hr"));
    if (i < 0) return [...out, el("p", {}, "Click a message, a record, an operation or a lane; or find one. Left and Right then follow causes and effects.")];
    const process = model.process[i], link = (at, name) => this.go(at, model.at[at], [name ? el("span", { class: "soft" }, `${name} `) : null, this.at(model.at[at]), el("b", {}, model.nodeName(model.node[at])), model.words(at)]);
    out.push(el("h3", {}, `${model.kindName(i).replaceAll("_", " ")}, record ${model.id[i]}`));
    out.push(el("p", {}, el("code", {}, `${moment(model.at[i], 1)} s`), model.node[i] ? ` on ${model.nodeName(model.node[i])}` : ""));
    out.push(el("p", {}, model.words(i)));
    if (process) {
      out.push(el("h2", {}, "Process"), el("p", {}, model.pathOf(process).join(" ← ")), el("p", { class: "soft" }, `of ${model.ownerOf(process)}`));
    }
    const text = model.textOf(i);
    if (text) out.push(el("h2", {}, model.kind[i] === model.sentKind || model.kind[i] === model.deliveredKind ? "Message" : model.kindName(i) === "state" ? "State" : "Text"), el("div", { class: "term" }, pretty(text)));
    if (model.source[i]) out.push(el("p", {}, "sent by ", el("code", {}, model.sourceOf(i))));
    const lost = model.lostAt.get(i);
    if (lost) out.push(el("p", { class: "bad" }, `never arrives: ${lost.why}${lost.until ? `, ${span(lost.until - model.at[i])} later` : ""}`));
    if (model.kind[i] === model.sentKind && model.ending[i]) {
      const end = model.ending[i] - 1;
      out.push(el("p", { class: "soft" }, `on its way for ${span(model.at[end] - model.at[i])}`));
    }
    const k = ["invoked", "completed"].includes(model.kindName(i)) ? model.number[i] - 1 : -1, o = model.head.operations;
    if (k >= 0 && k < o.invoked.length) {
      out.push(el("h2", {}, "Operation"), el("ul", {}, this.operation(k)));
      if (o.answer[k]) out.push(el("div", { class: "term" }, pretty(o.answer[k])));
      if (o.twin[k] >= 0) out.push(el("p", { class: "soft" }, `without faults it took ${span(o.twin[k])}`));
    }
    const effects = [...model.effects.of(i + 1)];
    out.push(el("h2", {}, "Due to"), model.cause[i] ? el("ul", {}, link(model.cause[i] - 1)) : el("p", { class: "soft" }, "nothing that is in the trace"));
    out.push(el("h2", {}, `Leads to ${effects.length}`), el("ul", {}, ...effects.slice(0, 60).map((at) => link(at))));
    const chain = model.chain(i);
    if (chain.length > 2) out.push(el("details", {}, el("summary", {}, `The whole chain, ${chain.length} records`), el("ol", {}, ...chain.map((at) => link(at)))));
    const all = model.ledTo(i).length;
    out.push(el("p", { class: "soft" }, `${count(all, "record")} in all ${all === 1 ? "is" : "are"} due to it`));
    if (state.cone === "all") {
      const side = model.cones(i);
      let past = 0, future = 0;
      for (const each of side) { if (each === 1) past++; else if (each === 2) future++; }
      out.push(el("p", { class: "soft" }, `${count(past, "record")} could have influenced it; it could have influenced ${(future - 1).toLocaleString("en")}; with ${(model.n - past - future).toLocaleString("en")} it is concurrent`));
    }
    return out;
  }

  // A record of the run below, with its cause and its effects.
  brief(model, i) {
    const go = (at) => this.go(at, model.at[at], [this.at(model.at[at]), el("b", {}, model.nodeName(model.node[at])), model.words(at)], "below", (at) => this.app.selectBelow(at));
    const text = model.textOf(i), effects = [...model.effects.of(i + 1)].slice(0, 20);
    return [el("p", {}, el("code", {}, `${moment(model.at[i], 1)} s`), ` ${model.nodeName(model.node[i])}: ${model.words(i)}`), text ? el("div", { class: "term" }, pretty(text)) : null,
      model.cause[i] ? el("ul", {}, go(model.cause[i] - 1)) : null, effects.length ? el("ul", {}, ...effects.map(go)) : null].filter(Boolean);
  }

  // What the reader is asked while the curtain is down.
  question() {
    const { app } = this, { head } = app.model, at = head.curtain, names = head.distributed.length ? head.distributed : ["the service"];
    const guess = app.guess, where = el("select", { "aria-label": "Node", onchange: (event) => { app.guess = { ...app.guess, node: +event.target.value }; app.draw(); } },
      el("option", { value: 0 }, "nowhere"), ...head.nodes.map((node, index) => el("option", { value: index + 1, selected: guess?.node === index + 1 }, node.name)));
    const when = el("input", { type: "number", step: "any", min: at / 1e9, "aria-label": "Time in seconds", value: guess?.at ? moment(guess.at, 1e6) : moment(at, 1e6), onchange: (event) => { app.guess = { node: 0, ...app.guess, at: +event.target.value * 1e9 }; app.draw(); } });
    const faults = head.faults.filter((fault) => fault.from <= at && (fault.to === null || fault.to >= at) && fault.kind !== "repair").map((fault) => `${fault.text} at ${moment(fault.from)} s`);
    return [el("h3", {}, `What happens after ${moment(at)} s?`), ...faults.map((text) => el("p", { class: "bad" }, text)),
      el("p", {}, `Say where ${names.join(" and ")} runs next, and from when on: here, or with a click on a lane behind the curtain.`),
      el("p", {}, where, " from ", when, " s on"),
      el("p", {}, el("button", { onclick: () => app.reveal() }, "Show what happens (r)"))];
  }

  // How far off the reader was.
  guessed() {
    const { app } = this, { head } = app.model, guess = app.guess;
    if (!guess) return [];
    const starts = head.applications.filter((span) => span.from >= head.curtain && (!head.distributed.length || head.distributed.includes(span.name))), first = starts[0];
    const said = guess.node ? `on ${head.nodes[guess.node - 1].name} from ${moment(guess.at ?? head.curtain)} s on` : "nowhere";
    const truth = first ? `${first.name} starts on ${head.nodes[first.node - 1].name} at ${moment(first.from)} s` : "nothing starts again";
    const off = first && guess.node === first.node ? `: ${span(Math.abs((guess.at ?? head.curtain) - first.from))} off` : first || guess.node ? ": elsewhere" : ": right";
    return [el("p", { class: "doubtful", id: "guess" }, `You said ${said}; ${truth}${off}.`)];
  }

  // The moment at which a run is forked: right after the step of the chosen record, or of the last one
  // before the cursor. In a page that does not have the steps it is a time.
  forkAt() {
    const { app } = this, { model } = app, { cursor, selected } = app.state;
    const at = Math.round(cursor ?? (selected >= 0 ? model.at[selected] : model.head.faults[0]?.from ?? 0));
    const i = selected >= 0 && model.at[selected] === at ? selected : lower(model.at, at + 1) - 1;
    return { at, step: model.step ? (i < 0 ? 0 : model.step[i]) : null };
  }

  // The scenario of the run with one more fault.
  fork() {
    const { app } = this, { head } = app.model;
    if (!head.scenario) return [el("p", {}, "A run can be forked on a page that was made from a scenario or a record.")];
    const { at, step } = this.forkAt();
    const now = app.forking ??= { what: "crash", application: head.distributed[0] ?? head.applications[0]?.name ?? "", host: head.nodes[0].host, other: head.nodes.find((node) => node.host !== head.nodes[0].host)?.host ?? "", node: head.nodes[app.state.selected >= 0 ? Math.max(0, app.model.node[app.state.selected] - 1) : 0].name };
    const pick = (name, all) => el("select", { "aria-label": name, onchange: (event) => { now[name] = event.target.value; this.shown = ""; app.draw(); } }, ...all.map((each) => el("option", { selected: now[name] === each }, each)));
    const others = head.nodes.map((node) => node.name).filter((name) => name !== now.node);
    const hosts = [...new Set(head.nodes.map((node) => node.host))], names = [...new Set(head.applications.map((run) => run.name))].filter((name) => name !== "kernel" && name !== "stdlib");
    const all = { crash: { crash: now.node }, stop: { stop: now.node }, pause: { pause: now.node, for: "5s" }, "cut off": { partition: [[now.node], others], heal_after: "10s" } };
    if (names.length) all.kill = { kill: now.application, on: now.node };
    if (hosts.length > 1) all["slow path"] = { slow_path: [now.host, now.other], latency: "500ms", for: "10s" };
    const fault = { ...(step === null ? { at: `${at}ns` } : { at_step: step }), ...all[now.what] };
    const scenario = JSON.parse(head.scenario), text = () => { scenario.faults = [...(scenario.faults ?? []), fault]; delete scenario.verdict; return JSON.stringify(scenario, null, 1); };
    const whole = text(), command = "nodedown run forked.json --view .";
    return [el("h3", {}, `One more fault at ${+moment(at, 1)} s${step === null ? "" : `, after step ${step.toLocaleString("en")}`}`), el("p", {}, pick("what", Object.keys(all)), " ", ...(now.what === "slow path" ? [pick("host", hosts), " ", pick("other", hosts)] : [now.what === "kill" ? pick("application", names) : null, " ", pick("node", head.nodes.map((node) => node.name))])),
      el("p", {}, "The plan of this run, with its operations and its faults, and:"), el("div", { class: "term", id: "fault" }, JSON.stringify(fault)),
      el("p", {}, el("button", { onclick: () => app.save("forked.json", whole, "application/json") }, "Save forked.json"), " ", el("button", { onclick: () => app.copy(whole) }, "Copy it")),
      el("p", {}, "Then: ", el("code", {}, command), " ", el("button", { onclick: () => app.copy(command) }, "Copy"))];
  }

  state() {
    const { app } = this, { model } = app, at = app.state.cursor ?? (app.state.selected >= 0 ? model.at[app.state.selected] : model.end);
    const now = stateAt(model, at), names = now.nodes.map((node) => node.name);
    const before = app.lastState ?? now;
    app.lastState = now;
    const is = (node) => (!node.up ? "down" : node.paused ? "stands still" : "up"), if_ = (changed) => (changed ? "changed" : "");
    const runs = (state, node) => state.applications.filter((each) => each.node === node.name).map((each) => each.name + (each.how && each.how !== "normal" ? ` ${each.how}` : "")).join(", ");
    const held = (state, name, pid) => state.globals.get(name)?.get(pid)?.join() ?? "", going = new Set(before.going);
    return [
      el("h3", {}, `At ${moment(at, 1e5)} s`),
      now.faults.length ? el("p", { class: "bad" }, `in force: ${now.faults.join("; ")}`) : el("p", { class: "soft" }, "no fault is in force"),
      el("h2", {}, "Nodes"),
      el("table", {}, el("thead", {}, el("tr", {}, ...["node", "", "processes", "runs"].map((name) => el("th", {}, name)))), el("tbody", {}, ...now.nodes.map((node, index) => el("tr", {},
        el("td", { class: "s" }, node.name), el("td", { class: `${is(node) === "up" ? "good" : "bad"} ${if_(is(before.nodes[index]) !== is(node))}` }, is(node) + (node.incarnation > 1 ? ` (life ${node.incarnation})` : "")),
        el("td", { class: `n ${if_(before.nodes[index].processes !== node.processes)}` }, String(node.processes)),
        el("td", { class: if_(runs(before, node) !== runs(now, node)) }, runs(now, node)))))),
      el("h2", {}, "Connections, as the node in the row sees them"),
      el("table", {}, el("thead", {}, el("tr", {}, el("th", {}, ""), ...names.map((name) => el("th", {}, name)))), el("tbody", {}, ...names.map((one) => el("tr", {}, el("th", { scope: "row" }, one), ...names.map((two) => {
        const up = now.connected.has(`${one} ${two}`), other = now.connected.has(`${two} ${one}`);
        return el("td", { class: `${up !== other && one !== two ? "bad" : ""} ${if_(up !== before.connected.has(`${one} ${two}`))}` }, one === two ? "" : up ? "●" : "–");
      }))))),
      el("h2", {}, "Global names"),
      el("table", {}, el("tbody", {}, ...[...now.globals].flatMap(([name, owners]) => [...owners].map(([pid, nodes]) => el("tr", { class: `${owners.size > 1 ? "bad" : ""} ${if_(held(before, name, pid) !== nodes.join())}` }, el("td", { class: "s" }, name), el("td", {}, pid), el("td", {}, nodes.length === now.nodes.filter((n) => n.up).length ? "all nodes" : nodes.join(", "))))))),
      ...(now.states.size ? [el("h2", {}, "States of servers"), el("ul", {}, ...[...now.states].map(([process, i]) => {
        const line = this.go(i, model.at[i], [el("b", {}, model.nodeName(model.home[process - 1])), model.labelOf(process), ` ${clip(model.textOf(i), 300)}`]);
        line.className = if_(before.states.get(process) !== i);
        return line;
      }))] : []),
      el("h2", {}, `Operations under way: ${now.going.length}`),
      el("ul", {}, ...now.going.slice(0, 40).map((k) => { const line = this.operation(k); line.className = if_(before !== now && !going.has(k)); return line; })),
    ];
  }

  story() {
    const { model } = this.app, story = model.head.story;
    if (!story.length) {
      const told = new Set(["sent", "delivered", "dropped", "signalled", "timer_expired", "state", "spawned", "exited", "invoked", "completed"]);
      const lines = [];
      for (let i = 0; i < model.n && lines.length < 2000; i++) if (!told.has(model.kindName(i))) lines.push(this.go(i, model.at[i], [this.at(model.at[i]), el("b", {}, model.nodeName(model.node[i])), model.words(i)]));
      return [el("ol", {}, ...lines)];
    }
    return [el("ol", {}, ...story.slice(0, 3000).map((line) => this.go(line.record ? model.index(line.record) : -1, line.at, [this.at(line.at), el("b", {}, line.who), line.what], line.tone)))];
  }

  checks() {
    const { model } = this.app, { head } = model;
    if (!head.checks.length) return [el("p", {}, head.source !== "run" ? "Nothing was expected of it." : "The scenario expects nothing.")];
    const sign = { pass: ["✓", "good"], violated: ["✗", "bad"], inconclusive: ["?", "doubtful"] };
    return head.checks.flatMap((check) => [
      el("h3", { class: sign[check.result][1] }, `${sign[check.result][0]} ${check.expectation}`), el("p", {}, check.summary),
      check.at === null ? null : el("ul", {}, this.go(-1, check.at, [this.at(check.at), "where it was violated"])),
      ...check.texts.map((text) => el("p", { class: "soft" }, text)),
      check.operations.length ? el("ul", {}, ...check.operations.map((k) => this.operation(k))) : null,
    ]).filter(Boolean);
  }

  inTable(event, i) {
    const row = event.currentTarget, next = { ArrowDown: row.nextSibling, ArrowUp: row.previousSibling }[event.key];
    if (event.key === "Enter") this.app.select(i);
    else if (!next) return;
    else { row.tabIndex = -1; next.tabIndex = 0; next.focus(); }
    event.preventDefault();
    event.stopPropagation();
  }

  table() {
    const { app } = this, { model, lanes } = app, [first, after] = app.scale.records(), rows = [];
    const all = app.state.found.length ? app.state.found.filter((i) => i >= first && i < after) : null;
    const total = all ? all.length : after - first;
    for (let at = 0; at < Math.min(total, ROWS); at++) {
      const i = all ? all[at] : first + at;
      rows.push(el("tr", { "data-i": i, tabindex: -1, "aria-selected": i === app.state.selected, onclick: () => app.select(i), onkeydown: (event) => this.inTable(event, i) },
        el("td", { class: "n" }, moment(model.at[i], 1e4)), el("td", { class: "s" }, model.nodeName(model.node[i])), el("td", { class: "k" }, model.kindName(i).replaceAll("_", " ")), el("td", {}, clip(model.words(i), 110))));
    }
    // One of the rows is reached with Tab, the others from it with the arrows.
    (rows.find((row) => row.getAttribute("aria-selected") === "true") ?? rows[0])?.setAttribute("tabindex", 0);
    const what = all ? "records found, in view" : "records in view";
    return [el("div", {}, el("p", { class: "soft" }, total > ROWS ? `The first ${ROWS} of ${total.toLocaleString("en")} ${what}; zoom in or find something for fewer.` : `${total} ${what}.`),
      el("table", {}, el("thead", {}, el("tr", {}, ...["s", "node", "kind", "what"].map((name) => el("th", { scope: "col" }, name)))), el("tbody", {}, ...rows)))];
  }
}

// The steps of a chain, and behind them those that only say the same again, one to four of them in turn.
function turns(steps) {
  const out = [], same = (a, b) => b < steps.length && steps[a].who === steps[b].who && steps[a].what === steps[b].what;
  for (let at = 0; at < steps.length;) {
    let end = at + 1, turn = 1;
    for (const length of [1, 2, 3, 4]) {
      let to = at + length;
      while (same(to - length, to)) to++;
      if (to - at >= 3 * length && to > end) { end = to; turn = length; }
    }
    out.push({ shown: steps.slice(at, at + turn), folded: steps.slice(at + turn, end) });
    at = end;
  }
  return out;
}

// How two records stand to each other.
function relation(model, one, two) {
  const [first, second] = one < two ? [one, two] : [two, one];
  const took = span(model.at[second] - model.at[first]), names = `record ${model.id[first]} and record ${model.id[second]}`;
  if (model.chain(second).includes(first)) return `Between ${names}: ${took}. The first led to the second.`;
  if (model.cones(first)[second] === 2) return `Between ${names}: ${took}. The first happened before the second, but did not lead to it.`;
  return `Between ${names}: ${took}. Neither happened before the other: they are concurrent.`;
}

// A term over several lines, if it is long.
function pretty(text) {
  if (text.length < 60) return text;
  let out = "", depth = 0, quote = "";
  for (const c of text) {
    if (quote) { out += c; if (c === quote) quote = ""; continue; }
    if (c === "'" || c === '"') { quote = c; out += c; continue; }
    if ("{[".includes(c)) { depth++; out += c; continue; }
    if ("}]".includes(c)) { depth = Math.max(0, depth - 1); out += c; continue; }
    out += c === "," && depth <= 3 ? `,\n${"  ".repeat(depth)}` : c;
  }
  return out;
}
