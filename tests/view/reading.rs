//! Pages without a pointer, read aloud, in the reader's own colours, on paper.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::open;

/// The nodes of the accessibility tree that are not left out: role and name.
fn tree(browser: &Browser) -> Vec<(String, String, Value)> {
    let tree = browser.devtools("Accessibility.getFullAXTree", &json!({}));
    let nodes = tree["nodes"].as_array().unwrap().iter();
    let shown = nodes.filter(|node| node["ignored"] == false);
    let text = |value: &Value| value["value"].as_str().unwrap_or_default().to_owned();
    shown
        .map(|node| (text(&node["role"]), text(&node["name"]), node["properties"].clone()))
        .collect()
}

fn has(properties: &Value, name: &str, wanted: &Value) -> bool {
    let all = properties.as_array().into_iter().flatten();
    all.filter(|each| each["name"] == name).any(|each| each["value"]["value"] == *wanted)
}

#[test]
fn a_screen_reader_finds_everything_by_its_role_and_its_name() {
    let Some(browser) = Browser::start() else { return };
    let _folder = open(&browser, "partition", &[]);
    let tree = tree(&browser);
    let named = |role: &str| -> Vec<&str> {
        let own = tree.iter().filter(|(own, ..)| own == role);
        own.map(|(_, name, _)| name.as_str()).collect()
    };
    assert_eq!(named("application"), ["Timeline"]);
    let tabs = ["Why", "Record", "State", "Story", "Checks", "Table", "Fork"];
    assert_eq!(named("tab"), tabs);
    assert_eq!(named("tabpanel"), ["Why"]);
    assert_eq!(named("searchbox"), ["Find records"]);
    assert_eq!(named("slider"), ["Detail"]);
    let chosen =
        tree.iter().filter(|(role, _, all)| role == "tab" && has(all, "selected", &json!(true)));
    assert_eq!(chosen.count(), 1);
    let lanes = tree.iter().filter(|(role, name, all)| {
        role == "button" && name.contains('@') && has(all, "expanded", &json!(false))
    });
    assert_eq!(lanes.count(), 5, "a lane is a button that unfolds");
    let pressed = tree
        .iter()
        .filter(|(role, _, all)| role == "button" && has(all, "pressed", &json!("true")));
    assert_eq!(pressed.count(), 1, "the kernels are shown");
    // Whatever can have the keyboard has a name.
    let nameless: Vec<&str> = (tree.iter())
        .filter(|(role, name, all)| {
            has(all, "focusable", &json!(true)) && name.is_empty() && role != "RootWebArea"
        })
        .map(|(role, ..)| role.as_str())
        .collect();
    assert_eq!(nameless, Vec::<&str>::new());
    let described = browser.devtools("Accessibility.getFullAXTree", &json!({}));
    let nodes = described["nodes"].as_array().unwrap();
    let timeline = nodes.iter().find(|node| node["role"]["value"] == "application").unwrap();
    let description = timeline["description"]["value"].as_str().unwrap();
    assert!(description.starts_with("5 nodes, 90 s, 1 fault, 528 operations"), "{description}");
}

#[test]
fn the_keyboard_reaches_all_and_stays_where_it_is() {
    let Some(browser) = Browser::start() else { return };
    let _folder = open(&browser, "partition", &[]);
    // From the link that skips to the panel, through the tools and the lanes, to the panel itself.
    let mut reached = BTreeMap::new();
    for step in 0..60 {
        browser.key("Tab");
        let place = browser.run(
            "const own = document.activeElement, part = own.closest('#tools, #gutter, #plot, #tabs, #body, .skip, a'); \
             return part ? part.id || part.className : own.tagName",
        );
        reached.entry(place.as_str().unwrap().to_owned()).or_insert(step);
    }
    let places: Vec<(&str, i32)> = ["skip", "tools", "gutter", "plot", "tabs", "body"]
        .map(|part| (part, reached[part]))
        .into();
    assert!(places.windows(2).all(|pair| pair[0].1 < pair[1].1), "{places:?}");
    // A step of the panel is still under the keyboard when it has been gone to.
    let step = "document.querySelectorAll('#body ol .go')[3]";
    browser.run(&format!("{step}.focus()"));
    browser.key("Enter");
    browser.settle();
    let seen = browser.run(&format!(
        "return [document.activeElement === {step}, nodedown.app.state.selected >= 0]"
    ));
    assert_eq!(seen, json!([true, true]));
    // So is a lane that is unfolded.
    browser.run("document.querySelector('#gutter [data-key=\"web@a\"] button').focus()");
    browser.key("Enter");
    browser.settle();
    let seen = browser.run(
        "return [document.activeElement.closest('[data-key]').dataset.key, document.activeElement.getAttribute('aria-expanded')]",
    );
    assert_eq!(seen, json!(["web@a", "true"]));
    // The rows of the table are one stop, and arrows go from one to the next.
    let row = "[...document.querySelectorAll('#table tbody tr')].indexOf(document.activeElement)";
    let before = browser.run(&format!(
        "nodedown.app.openTab('table'); nodedown.app.paint(); \
         document.querySelector('#table tr[tabindex=\"0\"]').focus(); return {row}"
    ));
    browser.key("ArrowDown");
    let stops = "document.querySelectorAll('#table tr[tabindex=\"0\"]').length";
    let seen = browser.run(&format!("return [{stops}, {row}]"));
    assert_eq!(seen, json!([1, before.as_u64().unwrap() + 1]));
    // Each key can be had from the list of keys, and what it does is done.
    browser.key("?");
    let buttons = browser.run(
        "const all = [...document.querySelectorAll('#help .go')]; \
         return [all.length === nodedown.keys.length, all.findIndex((each) => each.textContent.startsWith('time or order'))]",
    );
    assert_eq!(buttons[0], true);
    browser.run(&format!("document.querySelectorAll('#help .go')[{}].click()", buttons[1]));
    let seen =
        browser.run("return [nodedown.app.scale.mode, document.getElementById('help').open]");
    assert_eq!(seen, json!(["order", false]));
    assert_eq!(browser.log(), Vec::<String>::new());
}

#[test]
fn the_readers_own_colours_are_taken() {
    let Some(browser) = Browser::start() else { return };
    let features = json!({ "features": [
        { "name": "forced-colors", "value": "active" },
        { "name": "prefers-color-scheme", "value": "dark" },
    ] });
    browser.devtools("Emulation.setEmulatedMedia", &features);
    let _folder = open(&browser, "partition", &[]);
    let seen = browser.run(
        "const { colour } = nodedown.app.canvas, probe = document.body.appendChild(document.createElement('span')); probe.style.forcedColorAdjust = 'none'; \
         const of = (name) => { probe.style.color = name; return getComputedStyle(probe).color; }; \
         return { forced: matchMedia('(forced-colors: active)').matches, ink: colour['--ink'] === of('CanvasText'), \
           paper: colour['--paper'] === of('Canvas'), apart: colour['--paper'] !== colour['--ink'], bad: colour['--bad'] === of('LinkText'), \
           chain: colour['--chain'] === of('Highlight'), bars: [...document.querySelectorAll('.phases i')].every((each) => getComputedStyle(each).backgroundColor !== of('Canvas')), \
           edge: getComputedStyle(document.querySelector('[aria-pressed=\"true\"]')).outlineStyle, badge: getComputedStyle(document.getElementById('verdict')).borderTopWidth }",
    );
    assert_eq!(
        seen,
        json!({ "forced": true, "ink": true, "paper": true, "apart": true, "bad": true, "chain": true,
            "bars": true, "edge": "solid", "badge": "1px" })
    );
    // What is told by colour elsewhere is told by a shape or a pattern.
    let marks = browser.run(
        "return [...new Set(nodedown.app.scene.shapes.filter((shape) => shape.k === 'mark').map((shape) => shape.c))].length",
    );
    assert!(marks.as_u64().unwrap() >= 5, "{marks}");
    assert_eq!(browser.log(), Vec::<String>::new());
}

#[test]
fn a_curtain_hides_on_paper_and_in_files_as_well() {
    let Some(browser) = Browser::start() else { return };
    let _folder = open(&browser, "partition", &["--curtain", "25s"]);
    browser.run("nodedown.app.scale.set(...nodedown.app.scale.whole); nodedown.app.paint()");
    let drawn = "const { app } = nodedown, read = new DOMParser().parseFromString(app.svg(), 'image/svg+xml'), edge = app.scale.x(25e9), \
         left = (each) => +(each.getAttribute('x') ?? each.getAttribute('x1') ?? 0), all = [...read.querySelectorAll('g line, g rect, g text')]; \
         return { behind: all.filter((each) => each.getAttribute('fill') !== app.canvas.colour['--panel'] && left(each) > edge + 10 && !/ s$|What happens/.test(each.textContent)).length, \
           told: read.documentElement.textContent.includes('two at once'), asked: read.documentElement.textContent.includes('What happens now?'), \
           title: read.querySelector('title').textContent }";
    let hidden = browser.run(drawn);
    assert_eq!(
        (&hidden["behind"], &hidden["told"], &hidden["asked"]),
        (&json!(0), &json!(false), &json!(true)),
        "{hidden}"
    );
    assert!(hidden["title"].as_str().unwrap().ends_with("is not shown yet."), "{hidden}");
    let printed = browser.run(
        "dispatchEvent(new Event('beforeprint')); const print = document.getElementById('print'); \
         return [print.textContent.includes('two at once'), print.textContent.includes('What happens now?'), document.getElementById('body').textContent.includes('violated')]",
    );
    assert_eq!(printed, json!([false, true, false]));
    // The curtain goes up event by event, unless no motion is wanted.
    let features = json!({ "features": [{ "name": "prefers-reduced-motion", "value": "reduce" }] });
    browser.devtools("Emulation.setEmulatedMedia", &features);
    browser.key("r");
    browser.settle();
    let shown = browser.run(drawn);
    assert!(shown["behind"].as_u64().unwrap() > 50, "{shown}");
    assert_eq!(shown["told"], true);
    assert_eq!(browser.log(), Vec::<String>::new());
}

#[test]
fn the_states_of_servers_are_shown_on_request() {
    let Some(browser) = Browser::start() else { return };
    let _folder = open(&browser, "partition", &["--states", "--no-twin", "--detail", "100"]);
    let seen = browser.run(
        "const { app } = nodedown; app.state.cursor = 40e9; app.openTab('state'); app.paint(); \
         return [document.getElementById('body').innerText, app.state.detail, app.model.head.digest]",
    );
    let text = seen[0].as_str().unwrap();
    assert!(text.contains("STATES OF SERVERS"), "{text}");
    // Both databases lead, each with an epoch of its own.
    for state in ["db1@a", "#{entries =>", "epoch => 2", "leads => true", "{children,["] {
        assert!(text.contains(state), "{state} in {text}");
    }
    assert_eq!(seen[1], 100);
    // The run is the same.
    assert_eq!(seen[2], crate::run_json("partition")["digest"]);
    assert_eq!(browser.log(), Vec::<String>::new());
}
