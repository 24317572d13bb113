//! The screenshots in the documentation. With `UPDATE_PICTURES=1` they are taken anew, with
//! `UPDATE_PICTURES=twin,failover` these; otherwise it is looked at whether the pages still look like them.
//! `NODEDOWN_PICTURES` names a folder for others.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

use crate::browser::Browser;
use crate::png::{described, reduced};

/// A picture: its name, the command that makes its page, the link that is opened, and its size.
struct Shot {
    name: &'static str,
    command: &'static str,
    link: &'static str,
    size: (u32, u32),
}

const fn shot(
    name: &'static str,
    command: &'static str,
    link: &'static str,
    size: (u32, u32),
) -> Shot {
    Shot { name, command, link, size }
}

/// Those in the documentation.
const SHOTS: [Shot; 4] = [
    shot("partition", "view partition", "#t=15-45&tab=why", (1_100, 700)),
    shot(
        "failover",
        "view chat-failover",
        "#t=19.998-20.525&x=order&tab=why&r=14195",
        (1_100, 700),
    ),
    shot("twin", "view chat-failover", "#t=19.9-20.7&v=1&tab=checks", (1_100, 700)),
    shot("proof", "view PROOF", "", (1_100, 620)),
];

/// The largest size of a picture in bytes.
const LARGEST: usize = 150_000;

/// What a page shows, without the figures of the run: lanes, faults, tabs, headings, kinds of shapes.
const STRUCTURE: &str = "
    const text = (all) => [...document.querySelectorAll(all)].map((each) => each.textContent);
    if (!window.nodedown) return [text('h1'), text('h2').map((each) => each.replace(/\\d+/g, 'N')), text('th')];
    const { app } = nodedown, shapes = new Set([...app.scene.shapes, ...(app.state.split ? app.below.scene.shapes : [])].map((shape) => `${shape.k} ${shape.c}`));
    return [app.model.head.name, app.lanes.rows.map((row) => row.title), app.model.head.faults.map((fault) => fault.text), text('#tabs button'), text('#buttons button'),
      ['band', 'app', 'lane', 'message', 'chain', 'flag', 'lost'].filter((name) => [...shapes].some((shape) => shape.includes(` ${name}`)))]";

#[test]
fn the_pictures_in_the_documentation_are_those_of_the_pages() {
    let Some(browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures");
    let wanted = env::var("UPDATE_PICTURES").unwrap_or_default();
    let others = env::var_os("NODEDOWN_PICTURES").map(PathBuf::from);
    let mut looked_at = 0;
    for shot in &SHOTS {
        let file = root.join(format!("{}.png", shot.name));
        let is_update = wanted == "1" || wanted.split(',').any(|name| name == shot.name);
        // The search for faults takes longer than all other pictures together.
        let is_quick = shot.name != "proof";
        if !is_update {
            let kept = fs::read(&file).unwrap();
            assert!(kept.len() < LARGEST, "{}: {} bytes", shot.name, kept.len());
            assert_eq!(described(&kept).0, shot.size, "{}", shot.name);
        }
        if !is_quick && !is_update && others.is_none() {
            continue;
        }
        let page = page(folder.path(), shot);
        browser.resize(shot.size.0, shot.size.1);
        if is_quick {
            browser.open(&page, shot.link);
            browser.settle();
        } else {
            browser.open_quietly(&page);
        }
        let structure: Value = browser.run(STRUCTURE);
        let structure: String = structure.to_string().escape_default().collect();
        if is_update {
            fs::create_dir_all(&root).unwrap();
            fs::write(&file, reduced(&browser.picture(), &structure)).unwrap();
        }
        if let Some(others) = &others {
            fs::create_dir_all(others).unwrap();
            fs::write(others.join(format!("{}.png", shot.name)), browser.picture()).unwrap();
        }
        let (_, kept) = described(&fs::read(&file).unwrap());
        assert_eq!(
            kept,
            structure,
            "{} looks otherwise now; UPDATE_PICTURES=1 takes it anew",
            file.display()
        );
        looked_at += 1;
    }
    assert!(looked_at >= 3);
}

/// The page of a picture.
fn page(folder: &Path, shot: &Shot) -> PathBuf {
    let name = shot.command.replace(['/', ' '], "-");
    let page = folder.join(format!("{name}.html"));
    if page.exists() {
        return page;
    }
    let mut command = shot.command.to_owned();
    if command.contains("PROOF") {
        let proof = folder.join("proof.json");
        let found =
            nodedown("prove chat-failover --crashes 2 --restart-after 10s --json --max-time 240s");
        fs::write(&proof, found).unwrap();
        command = command.replace("PROOF", proof.to_str().unwrap());
    }
    nodedown(&format!("{command} --out {}", page.display()));
    page
}

/// The output of a command, whatever its exit code is.
fn nodedown(arguments: &str) -> Vec<u8> {
    let mut command = Command::cargo_bin("nodedown").unwrap();
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments.split_whitespace());
    command.output().unwrap().stdout
}
