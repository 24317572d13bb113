//! Looks of pages that only an eye notices: what lies upon what, and what is cut.

use serde_json::json;

use crate::browser::Browser;
use crate::open;

#[test]
fn lost_messages_end_before_the_lane_of_their_receiver() {
    let Some(browser) = Browser::start() else { return };
    let _folder = open(&browser, "partition", &["--no-twin"]);
    let seen = browser.run(
        "const { app } = nodedown, crosses = app.scene.shapes.filter((shape) => shape.c === 'cross'), lanes = app.lanes.nodeRows.map((row) => row.y); \
         return { lost: app.model.lost.length, lines: app.scene.shapes.filter((shape) => shape.c === 'lost').length, crosses: crosses.length, \
           on: crosses.filter((cross) => lanes.some((y) => Math.abs(y - cross.y) < 10)).length, \
           told: app.scene.hot.some((each) => each.size > 5 && app.describe(each, app.model).includes(' more')) }",
    );
    assert_eq!((&seen["on"], &seen["told"]), (&json!(0), &json!(true)), "{seen}");
    let [lost, lines, crosses] = ["lost", "lines", "crosses"].map(|name| seen[name].as_u64());
    assert!(lines == crosses && crosses < lost && crosses >= Some(4), "{seen}");
    // Nothing on paper or in files goes by a name that something else on the page has.
    let shared = browser.run(
        "const read = new DOMParser().parseFromString(nodedown.app.svg(), 'image/svg+xml'); \
         return [...read.querySelectorAll('[id]')].filter((each) => document.getElementById(each.id)).map((each) => each.id)",
    );
    assert_eq!(shared, json!([]));
    // Paper is white, whatever the theme is.
    let themes = browser.run(
        "const { app } = nodedown, root = document.documentElement.dataset; root.theme = 'dark'; app.recolour(); \
         dispatchEvent(new Event('beforeprint')); const fill = document.querySelector('#print svg > rect').getAttribute('fill'); \
         dispatchEvent(new Event('afterprint')); return [fill, root.theme, app.canvas.colour['--paper']]",
    );
    assert_eq!(themes, json!(["#ffffff", "dark", "#14171a"]));
    let signs =
        browser.run("nodedown.app.help(); return document.querySelectorAll('#help .sign').length");
    assert!(signs.as_u64().unwrap() >= 8, "{signs}");
    browser.run("nodedown.app.help()");
    // In a low window, as at a zoom of 200%, the page scrolls, and nothing lies upon the picture.
    browser.resize(720, 450);
    browser.settle();
    let low = browser.run(
        "const of = (id) => document.getElementById(id).getBoundingClientRect(); \
         return [of('panel').top >= of('picture').bottom, of('picture').height > 400, document.documentElement.scrollHeight > 800, document.body.scrollWidth <= innerWidth]",
    );
    assert_eq!(low, json!([true, true, true, true]));
    assert_eq!(browser.log(), Vec::<String>::new());
}

#[test]
fn the_same_over_and_over_is_told_once() {
    let Some(browser) = Browser::start() else { return };
    let _folder = open(&browser, "chain", &["--no-twin"]);
    let seen = browser.run(
        "const lists = [...document.querySelectorAll('#body ol[data-chain]')], m = nodedown.app.model; \
         return { folded: document.querySelectorAll('#body ol[data-chain] details').length, longest: Math.max(...lists.map((list) => list.children.length)), \
           steps: Math.max(...m.head.chains.map((chain) => chain.steps.length)), \
           all: lists[0].querySelectorAll('.go').length === m.head.chains[+lists[0].dataset.chain].steps.length }",
    );
    assert!(seen["steps"].as_u64().unwrap() > 100, "{seen}");
    assert!(seen["longest"].as_u64().unwrap() < 60, "{seen}");
    assert_eq!(seen["all"], true, "{seen}");
    assert!(seen["folded"].as_u64().unwrap() >= 1, "{seen}");
}

#[test]
fn as_many_at_once_as_there_are() {
    let Some(browser) = Browser::start() else { return };
    let _folder = open(&browser, "chaos-partitions", &["--no-twin"]);
    let seen = browser.run(
        "const { overlaps } = nodedown.app.model; \
         return [overlaps[0].most, overlaps[0].nodes.length, nodedown.shapes().includes('three at once')]",
    );
    assert_eq!(seen, json!([3, 3, true]));
    // A witness is ringed, however many operations lie upon it.
    let rings = browser.run(
        "const m = nodedown.app.model, k = m.byEnd[m.byEnd.length >> 1]; m.witness.set(k, 1); m.witnessOf.set(k, m.head.checks[0]); \
         nodedown.app.paint(); return nodedown.app.scene.shapes.filter((shape) => shape.c === 'witness').length",
    );
    assert!(rings.as_u64().unwrap() >= 1, "{rings}");
}
