//! Chromium without a window, driven over its DevTools protocol.
//!
//! The protocol runs over a pair of pipes, messages ended by a zero byte, so that neither a port nor a WebSocket is needed.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};

/// The browser's names on the systems we know.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// An answer that takes longer does not come.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Browser {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    last: u64,
    /// What the browser told by itself.
    events: Vec<Value>,
}

impl Browser {
    /// Starts the browser with a profile of its own.
    ///
    /// # Errors
    ///
    /// How to install a browser, if there is none.
    pub(super) fn start(profile: &Path) -> Result<Self> {
        let Some(name) = NAMES.into_iter().find(|name| answers(name)) else {
            bail!(
                "no browser: none of {} can be started\n\
                 On Debian and Ubuntu: apt-get install chromium\n\
                 On Fedora: dnf install chromium   On macOS: brew install chromium",
                NAMES.join(", ")
            );
        };
        // The shell moves our pipes to where the browser expects them. The sandbox needs rights that containers do not
        // have; only pages of our own making are opened.
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1", "sh", name])
            .args(["--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--no-first-run", "--disable-gpu"])
            .args(["--disable-dev-shm-usage", "--disable-background-networking", "--hide-scrollbars"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start a shell")?;
        let (to, from) = child.stdin.take().zip(child.stdout.take()).context("the browser has no pipes")?;
        let (send, receive) = mpsc::channel();
        std::thread::spawn(move || {
            for message in BufReader::new(from).split(0).map_while(Result::ok) {
                let read = serde_json::from_slice(&message).map_err(drop);
                if read.and_then(|message| send.send(message).map_err(drop)).is_err() {
                    break;
                }
            }
        });
        Ok(Self { child, to, from: receive, last: 0, events: Vec::new() })
    }

    pub(super) fn version(&mut self) -> Result<String> {
        let version = self.call(None, "Browser.getVersion", json!({}))?;
        Ok(version["product"].as_str().unwrap_or("a browser without a name").to_owned())
    }

    /// Opens an empty page of its own.
    pub(super) fn page(&mut self) -> Result<Page<'_>> {
        let target = self.call(None, "Target.createTarget", json!({"url": "about:blank"}))?["targetId"].take();
        let attached = self.call(None, "Target.attachToTarget", json!({"targetId": target, "flatten": true}))?;
        let session = attached["sessionId"].as_str().context("the page has no session")?.to_owned();
        let mut page = Page { browser: self, session, target };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            page.call(&format!("{domain}.enable"), json!({}))?;
        }
        Ok(page)
    }

    fn call(&mut self, session: Option<&str>, method: &str, params: Value) -> Result<Value> {
        self.last += 1;
        let id = self.last;
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let mut bytes = serde_json::to_vec(&message)?;
        bytes.push(0);
        self.to.write_all(&bytes).and_then(|()| self.to.flush()).context("the browser is gone")?;
        loop {
            let mut message = self.receive(method)?;
            if message["id"] != id {
                self.events.push(message);
                continue;
            }
            if let Some(error) = message.get("error") {
                bail!("{method}: {error}");
            }
            return Ok(message["result"].take());
        }
    }

    fn receive(&mut self, what: &str) -> Result<Value> {
        self.from.recv_timeout(PATIENCE).map_err(|error| anyhow!("the browser does not answer to {what}: {error}"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Asked first: it has children of its own.
        let _ = self.call(None, "Browser.close", json!({}));
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn answers(name: &str) -> bool {
    let asked = Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

/// A page of the browser, closed when this is dropped.
pub(super) struct Page<'a> {
    browser: &'a mut Browser,
    session: String,
    target: Value,
}

impl Page<'_> {
    pub(super) fn call(&mut self, method: &str, params: Value) -> Result<Value> {
        self.browser.call(Some(&self.session), method, params)
    }

    /// Opens a file and waits until it is shown.
    pub(super) fn open(&mut self, file: &Path) -> Result<()> {
        self.browser.events.clear();
        let url = url(file);
        let opened = self.call("Page.navigate", json!({"url": url}))?;
        if let Some(error) = opened["errorText"].as_str() {
            bail!("{url}: {error}");
        }
        while !self.browser.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            let event = self.browser.receive("Page.navigate")?;
            self.browser.events.push(event);
        }
        Ok(())
    }

    /// The value of an expression.
    pub(super) fn value(&mut self, expression: &str) -> Result<Value> {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let mut answer = self.call("Runtime.evaluate", params)?;
        match answer.get("exceptionDetails") {
            Some(thrown) => bail!("{expression}: {thrown}"),
            None => Ok(answer["result"]["value"].take()),
        }
    }

    /// What the browser told since the page was opened.
    pub(super) fn events(&self) -> &[Value] {
        &self.browser.events
    }
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        let _ = self.browser.call(None, "Target.closeTarget", json!({"targetId": self.target.take()}));
    }
}

/// The address of a file.
pub(super) fn url(file: &Path) -> String {
    format!("file://{}", file.display())
}
