//! Records of runs of compiled code.

use std::fs;

use super::{SHOP, nodedown, shop, shop_project};

#[test]
fn a_replay_with_other_modules_says_which_have_changed() {
    let Some(project) = shop_project() else { return };
    let text = shop(r#"{ "at": "5s", "kill": "anna" }"#);
    fs::write(project.path().join("scenario.json"), &text).unwrap();
    let nodedown = |arguments: &[&str]| nodedown(&project, arguments);
    let file = project.path().join("scenario.json").display().to_string();
    nodedown(&["run", &file, "--quiet", "--record", "record.json"]);
    let record = fs::read_to_string(project.path().join("record.json")).unwrap();
    let place = project.path().display().to_string();
    assert!(!record.contains(&place), "{record}");
    let json: serde_json::Value = serde_json::from_str(&record).unwrap();
    assert_eq!(json["plan"]["erlang"]["code"], serde_json::json!(["ebin"]));
    assert_eq!(json["code"]["sha256"]["shop"].as_str().map(str::len), Some(64));
    assert!(json["code"]["otp"].as_str().is_some_and(|otp| !otp.is_empty()));
    let (said, code) = nodedown(&["replay", "record.json"]);
    assert!(code == Some(0) && said.contains("the same run") && !said.contains("note"), "{said}");

    project.compile("shop", &SHOP.replace("intensity => 100", "intensity => 0"));
    project.compile("shop_new", "-export([f/0]).\nf() -> ok.\n");
    let (said, code) = nodedown(&["replay", "record.json"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("not the same run"), "{said}");
    let note = "note: the compiled code is not that of the record: shop differs; shop_new is new";
    assert!(said.contains(note), "{said}");
    let (said, _) = nodedown(&["run", "record.json", "--quiet"]);
    assert!(
        said.contains("differs from the recorded one, as its code does: shop differs"),
        "{said}"
    );
}
