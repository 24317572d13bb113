//! The pages of a course in a browser: what a class gets without a server.

use assert_cmd::Command;

use crate::browser::Browser;

#[test]
fn the_pages_of_a_course_lead_from_the_index_to_the_run_and_load_nothing() {
    let Some(browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site");
    let learn = |words: &[&str]| {
        let mut command = Command::cargo_bin("nodedown").unwrap();
        command.current_dir(folder.path()).arg("learn").args(words).assert().success();
    };
    learn(&["new", "mine"]);
    learn(&["--course", "mine", "pages", "site"]);
    browser.open_quietly(&site.join("index.html"));
    let links = browser.run("return [...document.links].map((link) => link.getAttribute('href'))");
    assert_eq!(links, serde_json::json!(["01-first.html", "01-first.html"]));
    browser.run("document.links[0].click()");
    let arrived =
        (0..100).any(|_| browser.run("return location.pathname").to_string().contains("01-first"));
    assert!(arrived, "the link leads nowhere");
    browser.later(
        "document.readyState === 'complete' ? done() : addEventListener('load', () => done())",
    );
    let shown = browser.run(
        "const style = getComputedStyle(document.querySelector('main')); \
         return { title: document.title, width: style.maxWidth, heading: document.querySelector('h1').textContent, \
         choices: document.querySelectorAll('.question li').length, \
         wide: document.documentElement.scrollWidth <= innerWidth, \
         loaded: performance.getEntriesByType('resource').length, \
         run: document.querySelector('main ul a').getAttribute('href') }",
    );
    assert_eq!(shown["title"], "Gone without a word");
    assert_eq!(shown["heading"], "Gone without a word");
    assert_ne!(shown["width"], "none", "the style is let through by the policy");
    assert_eq!((&shown["choices"], &shown["wide"]), (&2.into(), &true.into()));
    assert_eq!(shown["loaded"], 0);
    assert_eq!(shown["run"], "01-first-run-start.html#t=4.6-20");
    assert!(browser.log().is_empty(), "{:?}", browser.log());
    browser.open(&site.join("01-first-run-start.html"), "#t=4.6-20");
    let page = browser.run(
        "const app = nodedown.app; \
         return { curtain: app.model.head.curtain, hides: app.curtainUp(), nodes: app.model.head.nodes.length }",
    );
    assert_eq!(page["curtain"], 9_000_000_000_u64);
    assert_eq!((&page["hides"], &page["nodes"]), (&true.into(), &2.into()));
    browser.key("r");
    assert_eq!(browser.run("return nodedown.app.curtainUp()"), false);
    assert!(browser.log().is_empty(), "{:?}", browser.log());
}
