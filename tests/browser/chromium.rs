//! Drives a headless Chromium by its DevTools protocol, a WebSocket with JSON.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::common::{PATIENCE, found, runtime, until};

/// The program, as Debian names it.
const CHROMIUM: &str = "chromium";

/// The flags of the browser: nothing of its own goes over the network.
const FLAGS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,1000",
    "--remote-debugging-port=0",
];

/// What it is asked to tell.
const DOMAINS: [&str; 4] = ["Page.enable", "Runtime.enable", "Network.enable", "Log.enable"];

/// A browser with one page. It is closed when it is dropped.
pub struct Browser {
    process: Child,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The page; none before there is one.
    session: Option<String>,
    sent: u64,
    /// What it has told since the last look.
    events: Vec<Value>,
    _profile: TempDir,
}

impl Browser {
    /// A browser with a fresh profile.
    pub fn start() -> Self {
        let profile = tempfile::tempdir().expect("a folder can be made");
        let mut process = Command::new(CHROMIUM)
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stderr(Stdio::piped())
            .spawn()
            .expect("Chromium starts: install the package chromium");
        let address = address(&mut process);
        let (socket, _) = runtime()
            .block_on(tokio_tungstenite::connect_async(address))
            .expect("Chromium takes the connection");
        let mut browser =
            Self { process, socket, session: None, sent: 0, events: Vec::new(), _profile: profile };
        let page = browser.call("Target.createTarget", json!({"url": "about:blank"}));
        let page = json!({"targetId": page["targetId"], "flatten": true});
        let session = browser.call("Target.attachToTarget", page);
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in DOMAINS {
            browser.call(domain, json!({}));
        }
        browser
    }

    /// A browser that runs no scripts of pages.
    pub fn without_scripts() -> Self {
        let mut browser = Self::start();
        browser.call("Emulation.setScriptExecutionDisabled", json!({"value": true}));
        browser
    }

    /// Opens a page, and waits until it is loaded.
    #[track_caller]
    pub fn open(&mut self, url: &str) {
        self.events.clear();
        let opened = self.call("Page.navigate", json!({"url": url}));
        assert_eq!(opened.get("errorText"), None, "{url}");
        until(&format!("{url} is loaded"), || {
            // Events come with answers.
            self.eval("return 0");
            self.events.iter().any(|event| event["method"] == "Page.loadEventFired")
        });
    }

    /// Runs a script in the page, as the body of a function, and returns what it returns.
    #[track_caller]
    pub fn eval(&mut self, script: &str) -> Value {
        let expression = format!("(() => {{ {script} }})()");
        let result =
            self.call("Runtime.evaluate", json!({"expression": expression, "returnByValue": true}));
        assert_eq!(result.get("exceptionDetails"), None, "{script}");
        result["result"]["value"].clone()
    }

    /// Waits until a script returns true.
    #[track_caller]
    pub fn wait(&mut self, script: &str) {
        found(|| match self.eval(script) == true {
            true => Ok(()),
            false => Err(format!("{script} stays false: {}", self.eval(TEXT))),
        });
    }

    /// Presses a key where the focus is.
    pub fn press(&mut self, key: &str) {
        for kind in ["rawKeyDown", "keyUp"] {
            let event = json!({"type": kind, "key": key, "code": key});
            self.call("Input.dispatchKeyEvent", event);
        }
    }

    /// Lets the page believe in a wish of the user: `("prefers-color-scheme", "dark")`.
    pub fn emulate(&mut self, feature: &str, value: &str) {
        let features = json!({"features": [{"name": feature, "value": value}]});
        self.call("Emulation.setEmulatedMedia", features);
    }

    /// What the console says, what was thrown, and what the policy of the page has stopped.
    pub fn console(&mut self) -> Vec<String> {
        self.eval("return 0");
        let complaints = ["Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"];
        let told = self
            .events
            .iter()
            .filter(|event| complaints.iter().any(|complaint| event["method"] == *complaint));
        told.map(ToString::to_string).collect()
    }

    /// The addresses that were asked for since the page was opened.
    pub fn requests(&mut self) -> Vec<String> {
        self.eval("return 0");
        let requests =
            self.events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        let url = |event: &Value| event["params"]["request"]["url"].as_str().map(str::to_owned);
        requests.filter_map(url).collect()
    }

    /// Calls a method, and returns its result. Events that come before it are kept.
    #[track_caller]
    fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.sent += 1;
        let mut command = json!({"id": self.sent, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            command["sessionId"] = session.as_str().into();
        }
        let answer = runtime()
            .block_on(async { tokio::time::timeout(PATIENCE, self.exchange(command)).await });
        let answer = answer.unwrap_or_else(|_| panic!("Chromium does not answer {method}"));
        assert_eq!(answer.get("error"), None, "{method}");
        answer["result"].clone()
    }

    async fn exchange(&mut self, command: Value) -> Value {
        let text = Message::text(command.to_string());
        self.socket.send(text).await.expect("Chromium listens");
        loop {
            let message = self.socket.next().await.expect("Chromium is there");
            let message = message.expect("its messages are whole").into_text().expect("and text");
            let message: Value = serde_json::from_str(&message).expect("they are JSON");
            if message["id"] == command["id"] {
                return message;
            }
            self.events.push(message);
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The text of the page, for messages.
const TEXT: &str = "return document.body.innerText";

/// Where Chromium takes commands.
fn address(process: &mut Child) -> String {
    let stderr = process.stderr.take().expect("it is piped");
    let mut lines = BufReader::new(stderr).lines().map_while(Result::ok);
    let start = "DevTools listening on ";
    let found = lines.find_map(|line| line.strip_prefix(start).map(str::to_owned));
    // What it prints later must not fill the pipe.
    std::thread::spawn(move || lines.for_each(drop));
    found.expect("Chromium says where it listens")
}

/// How many dots of the colours of its lines each chart has, by the id of the chart. Axes and grid are grey.
pub const COLOURED: &str = "
    const found = {};
    for (const chart of document.querySelectorAll('.chart')) {
        const canvas = chart.querySelector('canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let dot = 0; dot < data.length; dot += 4) {
            const [red, green, blue, solid] = data.subarray(dot, dot + 4);
            if (solid > 200 && Math.max(red, green, blue) - Math.min(red, green, blue) > 60) count += 1;
        }
        found[chart.id.replace('chart-', '')] = count;
    }
    return found;";

/// The numbers of the table of metrics: by metric and statistic.
pub const NUMBERS: &str = "
    const all = {};
    for (const row of document.querySelectorAll('#rows tr')) {
        all[row.dataset.name] = {};
        for (const cell of row.querySelectorAll('[data-statistic]')) {
            all[row.dataset.name][cell.dataset.statistic] = Number(cell.dataset.value);
        }
    }
    return all;";

/// Compares the numbers of a page with those of `--summary-export`.
#[track_caller]
pub fn compare(page: &Value, export: &Value) {
    let metrics = export["metrics"].as_object().expect("there are metrics");
    let shown: Vec<_> = page.as_object().expect("there are rows").keys().collect();
    assert_eq!(shown, metrics.keys().collect::<Vec<_>>());
    for (name, values) in metrics {
        for (statistic, value) in values.as_object().expect("there are numbers") {
            let statistic = match statistic.as_str() {
                "thresholds" => continue,
                "value" if page[name].get("rate").is_some() => "rate",
                other => other,
            };
            assert_eq!(page[name][statistic].as_f64(), value.as_f64(), "{name} {statistic}");
        }
    }
}
