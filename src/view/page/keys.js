// What keys and buttons do. The list of keys in the help is this table.

const KEYS = [
  { keys: ["w", "+", "="], does: "zoom in", run: (app) => app.zoom(1 / 1.6) },
  { keys: ["s", "-"], does: "zoom out", run: (app) => app.zoom(1.6) },
  { keys: ["a"], does: "earlier", run: (app) => app.pan(-0.25) },
  { keys: ["d"], does: "later", run: (app) => app.pan(0.25) },
  { keys: ["0"], does: "whole run", button: "Whole", run: (app) => app.whole() },
  { keys: ["f"], does: "fit what is chosen", button: "Fit", run: (app) => app.fit() },
  { keys: ["Backspace"], does: "the view before", button: "Back", run: (app) => history.back() },
  { keys: ["]"], does: "next fault or end of one", button: "Fault ›", run: (app) => app.nextFault(1) },
  { keys: ["["], does: "fault or end before", run: (app) => app.nextFault(-1) },
  { keys: ["o"], does: "next operation that failed, was late or is a witness; beside another run, the next largest difference", button: "Trouble ›", run: (app) => app.nextTrouble(1) },
  { keys: ["O"], does: "the one before", run: (app) => app.nextTrouble(-1) },
  { keys: ["j"], does: "next step of Why", button: "Step ›", run: (app) => app.nextStep(1) },
  { keys: ["k"], does: "step of Why before", run: (app) => app.nextStep(-1) },
  { keys: ["."], does: "next record of this process", run: (app) => app.alongProcess(1) },
  { keys: [","], does: "record of this process before", run: (app) => app.alongProcess(-1) },
  { keys: ["ArrowLeft"], does: "cause of the record", run: (app) => app.cause() },
  { keys: ["ArrowRight"], does: "first effect of the record", run: (app) => app.effect() },
  { keys: ["ArrowDown"], does: "next effect of the same cause; without a record, next lane", run: (app) => app.sibling(1) },
  { keys: ["ArrowUp"], does: "the one before; without a record, lane above", run: (app) => app.sibling(-1) },
  { keys: ["c"], does: "all that the record led to, or only its chain", button: "Led to", pressed: (app) => app.state.cone === "led", run: (app) => app.cone("led") },
  { keys: ["C"], does: "what could have influenced it, and what it could have", button: "Past, future", pressed: (app) => app.state.cone === "all", run: (app) => app.cone("all") },
  { keys: ["t"], does: "time or order on the axis", button: "Order", pressed: (app) => app.scale.mode === "order", run: (app) => app.axis() },
  { keys: ["e"], does: "unfold the lane", run: (app) => app.unfold() },
  { keys: ["E"], does: "fold the lane", run: (app) => app.fold() },
  { keys: ["h"], does: "hide the lane", run: (app) => app.hide() },
  { keys: ["u"], does: "show all lanes", button: "Lanes", run: (app) => app.unhide() },
  { keys: ["p"], does: "timers, signals and processes", button: "Plumbing", pressed: (app) => app.state.plumbing, run: (app) => app.flip("plumbing") },
  { keys: ["x"], does: "the kernels of the nodes", button: "Kernel", pressed: (app) => app.state.kernel, run: (app) => app.flip("kernel") },
  { keys: ["m"], does: "mark the record; then choose another to see what lies between", button: "Mark", run: (app) => app.mark() },
  { keys: ["v"], does: "the run below: the same without faults, or the other file", button: "Twin", pressed: (app) => app.state.split, run: (app) => app.splitView() },
  { keys: ["l"], does: "the run below moves with the one above, or stands still", run: (app) => app.lock() },
  { keys: ["F"], does: "fork: one more fault at the cursor", button: "Fork", run: (app) => app.openTab("fork") },
  { keys: ["r"], does: "raise the curtain", run: (app) => app.reveal() },
  { keys: ["/"], does: "find", run: () => document.getElementById("find").focus() },
  { keys: ["n"], does: "next one found", run: (app) => app.nextFound(1) },
  { keys: ["N"], does: "one found before", run: (app) => app.nextFound(-1) },
  { keys: ["y"], does: "copy the link of this view", button: "Link", run: (app) => app.copy(location.href) },
  { keys: ["Y"], does: "copy the command that makes this page", run: (app) => app.copy(app.model.head.command) },
  { keys: ["S"], does: "save the picture as SVG", button: "SVG", run: (app) => app.saveSvg() },
  { keys: ["L"], does: "light or dark", button: "Theme", run: (app) => app.theme() },
  { keys: ["?"], does: "these keys", button: "?", run: (app) => app.help() },
  { keys: ["Escape"], does: "close, or choose nothing", run: (app) => app.clear() },
];

// What the signs of the picture mean.
const SIGNS = [
  ["●", "message", "an operation that was answered in time; at a lane, a record"],
  ["◯", "late", "an operation that was answered late"],
  ["✕", "bad", "an operation that failed, or of which nobody knows; at the end of a broken line, a message that never arrives; on a lane, the end of a node"],
  ["①", "", "an operation that shows why an expectation did not hold"],
  ["▨", "late", "a fault, from its injection to its end; a double line in it keeps the lanes above from those below"],
  ["▼ ▲", "bad", "above a lane a connection that its node has lost, below it one that it has made"],
  ["▬", "good", "an application runs here; with an outline on several nodes at once; hollow nowhere"],
  ["▮", "effect", "messages that wait in mailboxes"],
  ["┈", "", "a node that stands still; without a line it is down"],
];

function listen(app) {
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, textarea, select"), dialog = event.target.closest("dialog");
    if (event.ctrlKey || event.metaKey || event.altKey || dialog) return;
    if (typing) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const arrows = event.key.startsWith("Arrow") || event.key === "Backspace";
    if (arrows && document.getElementById("body").contains(event.target) && event.target.id === "body") return;
    const found = KEYS.find((each) => each.keys.includes(event.key));
    if (!found) return;
    event.preventDefault();
    found.run(app);
  });
  document.querySelector("#detail input").addEventListener("input", (event) => app.detail(+event.target.value));
  const buttons = document.getElementById("buttons");
  for (const each of KEYS.filter((key) => key.button && (key.keys[0] !== "v" || app.below))) {
    const button = el("button", { title: `${each.does} (${each.keys[0]})`, onclick: () => each.run(app) }, each.button);
    each.element = button;
    buttons.append(button);
  }
}

function showPressed(app) {
  document.querySelector("#detail input").value = app.state.detail;
  for (const each of KEYS) if (each.pressed && each.element) each.element.setAttribute("aria-pressed", each.pressed(app));
}
