//! A browser, driven by `chromedriver`: a handful of HTTP requests with JSON in them.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// A browser with one window.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

impl Browser {
    /// Starts one; `None`, with the reason on the terminal, where there is none.
    ///
    /// # Panics
    /// If there is none in CI, which is to look.
    pub(crate) fn start() -> Option<Browser> {
        let started = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut driver = match started {
            Ok(driver) => driver,
            Err(error) => {
                assert!(env::var_os("CI").is_none(), "no chromedriver in CI: {error}");
                println!("skipped: there is no chromedriver ({error})");
                return None;
            }
        };
        let lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut ports = lines.filter_map(|line| {
            let (_, port) = line.split_once("successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        });
        let port = ports.next().expect("chromedriver says its port");
        let mut browser = Browser { driver, port, session: String::new() };
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--window-size=1440,900",
            "--force-device-scale-factor=1",
        ];
        let wanted = json!({
            "capabilities": { "alwaysMatch": {
                "goog:chromeOptions": { "args": arguments },
                "goog:loggingPrefs": { "browser": "ALL" },
            } },
        });
        let session = browser.ask("POST", "/session", &wanted);
        browser.session = format!("/session/{}", session["sessionId"].as_str().unwrap());
        Some(browser)
    }

    /// Opens a page, and waits until it is drawn.
    pub(crate) fn open(&self, page: &Path, hash: &str) {
        // A link to the same page would not load it again.
        self.go("about:blank");
        self.go(&format!("file://{}{hash}", page.display()));
        if page.extension().is_some_and(|extension| extension == "html") {
            self.later(
                "const look = () => document.documentElement.dataset.ready ? requestAnimationFrame(() => \
                 requestAnimationFrame(done)) : setTimeout(look, 20); look()",
            );
        }
    }

    /// Opens a page that draws nothing.
    pub(crate) fn open_quietly(&self, page: &Path) {
        self.go(&format!("file://{}", page.display()));
    }

    fn go(&self, url: &str) {
        self.ask("POST", &format!("{}/url", self.session), &json!({ "url": url }));
    }

    /// What a script returns.
    pub(crate) fn run(&self, script: &str) -> Value {
        let script = json!({ "script": script, "args": [] });
        self.ask("POST", &format!("{}/execute/sync", self.session), &script)
    }

    /// What a script hands to its function `done`.
    pub(crate) fn later(&self, script: &str) -> Value {
        let script = format!("const done = arguments[0]; {script}");
        let script = json!({ "script": script, "args": [] });
        self.ask("POST", &format!("{}/execute/async", self.session), &script)
    }

    /// Waits until what was asked for is drawn and the link is up to date.
    pub(crate) fn settle(&self) {
        self.later("setTimeout(() => requestAnimationFrame(() => done()), 200)");
    }

    /// Presses a key, and waits until it is drawn.
    pub(crate) fn key(&self, key: &str) {
        let code = match key {
            "ArrowLeft" => "\u{e012}",
            "ArrowUp" => "\u{e013}",
            "ArrowRight" => "\u{e014}",
            "ArrowDown" => "\u{e015}",
            "Enter" => "\u{e007}",
            "Tab" => "\u{e004}",
            "Escape" => "\u{e00c}",
            other => other,
        };
        let press = |kind: &str| json!({ "type": kind, "value": code });
        let actions =
            json!([{ "type": "key", "id": "keys", "actions": [press("keyDown"), press("keyUp")] }]);
        self.ask("POST", &format!("{}/actions", self.session), &json!({ "actions": actions }));
        self.later("requestAnimationFrame(() => requestAnimationFrame(() => done()))");
    }

    /// What the browser answers to a command of the `DevTools` protocol.
    pub(crate) fn devtools(&self, command: &str, parameters: &Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.ask("POST", &format!("{}/goog/cdp/execute", self.session), &body)
    }

    /// Gives the page a certain size, in pixels of the screen.
    pub(crate) fn resize(&self, width: u32, height: u32) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
    }

    /// A screenshot, as PNG.
    pub(crate) fn picture(&self) -> Vec<u8> {
        let text = self.ask("GET", &format!("{}/screenshot", self.session), &json!({}));
        let digit = |c: u8| match c {
            b'A'..=b'Z' => u32::from(c - b'A'),
            b'a'..=b'z' => u32::from(c - b'a') + 26,
            b'0'..=b'9' => u32::from(c - b'0') + 52,
            b'+' => 62,
            _ => 63,
        };
        let mut bytes = Vec::new();
        for chunk in text.as_str().unwrap().as_bytes().chunks(4) {
            let own = chunk.iter().filter(|c| **c != b'=').count();
            let bits = chunk[..own].iter().fold(0, |bits, c| bits << 6 | digit(*c));
            bytes.extend(&(bits << (6 * (4 - own))).to_be_bytes()[1..own]);
        }
        bytes
    }

    /// What the browser has complained of since it was asked last.
    pub(crate) fn log(&self) -> Vec<String> {
        let log =
            self.ask("POST", &format!("{}/se/log", self.session), &json!({ "type": "browser" }));
        let entries = log.as_array().unwrap().iter();
        entries.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let answer = body_of(BufReader::new(stream));
        let value: Value = serde_json::from_slice(&answer).expect("an answer is JSON");
        let value = value["value"].clone();
        assert!(value.get("error").is_none(), "{path}: {value}");
        value
    }
}

/// The body of an answer. The driver keeps the connection open after it.
fn body_of(mut answer: impl BufRead) -> Vec<u8> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        answer.read_line(&mut line).unwrap();
        let line = line.trim().to_lowercase();
        if let Some(number) = line.strip_prefix("content-length:") {
            length = number.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    answer.read_exact(&mut body).unwrap();
    body
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            // The browser ends before its driver does, which would leave it behind.
            let end = format!(
                "DELETE {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n",
                self.session
            );
            let ended = TcpStream::connect(("127.0.0.1", self.port)).and_then(|mut stream| {
                stream.write_all(end.as_bytes())?;
                stream.read(&mut [0])
            });
            drop(ended);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
