//! Screenshots of pages: those in the documentation, and others to look at. They are written where the
//! variable `NODEDOWN_PICTURES` names a folder; otherwise it is only tried whether they can be taken.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

use crate::browser::Browser;

/// A picture: its name, the command that makes its page, the link that is opened, and what is done
/// before it is taken.
const PICTURES: [(&str, &str, &str, &str); 5] = [
    ("partition", "view partition", "#tab=why", ""),
    ("failover", "view chat-failover", "#t=19.998-20.525&x=order&tab=why", ""),
    ("twin", "view chat-failover", "#t=19.9-20.7&v=1&tab=checks", ""),
    ("operation", "view partition --focus 155", "", ""),
    ("proof", "view PROOF", "", "scrollTo(0, 0)"),
];

#[test]
fn pictures_of_the_pages_can_be_taken() {
    let Some(browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let wanted = env::var_os("NODEDOWN_PICTURES").map(PathBuf::from);
    // All of them take a while: one shows whether it works.
    let shown = if wanted.is_some() { PICTURES.len() } else { 1 };
    for (name, command, link, script) in &PICTURES[..shown] {
        let page = folder.path().join(format!("{name}.html"));
        let proof = folder.path().join("proof.json");
        if command.contains("PROOF") {
            let found = nodedown(
                "prove chat-failover --crashes 2 --restart-after 10s --json --max-time 90s",
            );
            fs::write(&proof, found).unwrap();
        }
        let command = command.replace("PROOF", proof.to_str().unwrap());
        nodedown(&format!("{command} --out {}", page.display()));
        if link.is_empty() && command.contains("proof") {
            browser.open_quietly(&page);
        } else {
            browser.open(&page, link);
        }
        browser.run(script);
        browser.settle();
        let picture = browser.picture();
        assert!(picture.starts_with(b"\x89PNG") && picture.len() > 20_000, "{name}");
        if let Some(folder) = &wanted {
            write(folder, name, &picture);
        }
    }
}

fn write(folder: &Path, name: &str, picture: &[u8]) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(format!("{name}.png")), picture).unwrap();
}

/// The output of a command, whatever its exit code is.
fn nodedown(arguments: &str) -> Vec<u8> {
    let mut command = Command::cargo_bin("nodedown").unwrap();
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments.split_whitespace());
    command.output().unwrap().stdout
}
