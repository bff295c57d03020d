//! Drives a headless Chromium.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::runtime;

/// How long a test waits for a page to get somewhere: far more than a slow machine needs.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often it looks.
const GLANCE: Duration = Duration::from_millis(50);

/// The flags of the browser: nothing of its own goes over the network.
const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,1000",
];

/// A browser with one page. It is closed when it is dropped.
pub struct Browser {
    client: Client,
    driver: Child,
    _profile: TempDir,
}

/// A command of chromedriver's that WebDriver has not.
#[derive(Debug)]
struct Own {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}

impl Browser {
    /// A browser with a fresh profile.
    pub fn start() -> Self {
        Self::with(json!({}))
    }

    /// A browser that runs no scripts of pages.
    pub fn without_scripts() -> Self {
        Self::with(json!({"profile.managed_default_content_settings.javascript": 2}))
    }

    fn with(preferences: Value) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("chromedriver starts: install the packages chromium and chromium-driver");
        let port = port(&mut driver);
        let profile = tempfile::tempdir().expect("a folder can be made");
        let folder = format!("--user-data-dir={}", profile.path().display());
        let flags: Vec<_> = FLAGS.into_iter().chain([folder.as_str()]).collect();
        let capabilities = json!({
            "goog:chromeOptions": {"args": flags, "prefs": preferences},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        });
        let Value::Object(capabilities) = capabilities else { unreachable!("it is an object") };
        let client = runtime().block_on(async {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            builder.capabilities(capabilities);
            builder.connect(&format!("http://127.0.0.1:{port}")).await
        });
        Self { client: client.expect("Chromium starts"), driver, _profile: profile }
    }

    /// Opens a page.
    pub fn open(&self, url: &str) {
        runtime().block_on(self.client.goto(url)).expect("the page opens");
    }

    /// Runs a script in the page, as the body of a function, and returns what it returns.
    #[track_caller]
    pub fn eval(&self, script: &str) -> Value {
        let result = runtime().block_on(self.client.execute(script, Vec::new()));
        result.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Waits until a script returns something that is true.
    #[track_caller]
    pub fn wait(&self, script: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.eval(script) != true {
            assert!(Instant::now() < deadline, "{script} stays false: {}", self.eval(TEXT));
            std::thread::sleep(GLANCE);
        }
    }

    /// Presses a key where the focus is.
    pub fn press(&self, key: &str) {
        let event = |kind: &str| json!({"type": kind, "key": key, "code": key});
        for kind in ["rawKeyDown", "keyUp"] {
            self.devtools("Input.dispatchKeyEvent", event(kind));
        }
    }

    /// Lets the page believe in a medium, or in the user's wishes: `("prefers-color-scheme", "dark")`.
    pub fn emulate(&self, feature: &str, value: &str) {
        let features = json!({"features": [{"name": feature, "value": value}]});
        self.devtools("Emulation.setEmulatedMedia", features);
    }

    /// What the console says, and what the policy of the page has stopped.
    pub fn console(&self) -> Vec<String> {
        let entries = self.own("se/log", json!({"type": "browser"}));
        let entries = entries.as_array().cloned().unwrap_or_default();
        entries.iter().map(ToString::to_string).collect()
    }

    /// What has been asked for over the network, or in files, since the last time.
    pub fn requests(&self) -> Vec<String> {
        let entries = self.own("se/log", json!({"type": "performance"}));
        let entries = entries.as_array().cloned().unwrap_or_default();
        let request = |entry: &Value| {
            let message: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            let message = &message["message"];
            let is_it = message["method"] == "Network.requestWillBeSent";
            let url = message["params"]["request"]["url"].as_str()?;
            is_it.then(|| url.to_owned())
        };
        entries.iter().filter_map(request).collect()
    }

    fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.own("goog/cdp/execute", json!({"cmd": command, "params": parameters}))
    }

    fn own(&self, path: &'static str, body: Value) -> Value {
        let command = Own { path, body };
        runtime().block_on(self.client.issue_cmd(command)).expect("chromedriver does it")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A browser that is gone cannot be closed.
        let _ = runtime().block_on(self.client.clone().close());
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// The text of the page, for messages.
const TEXT: &str = "return document.body.innerText";

/// The port that chromedriver has chosen.
fn port(driver: &mut Child) -> u16 {
    let stdout = driver.stdout.take().expect("it is piped");
    let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
    let line = lines.find(|line| line.contains("started successfully on port"));
    // What it prints later must not fill the pipe.
    std::thread::spawn(move || lines.for_each(drop));
    let line = line.expect("chromedriver says where it listens");
    let digits: String = line.chars().filter(char::is_ascii_digit).collect();
    digits.parse().expect("it is a port")
}

/// How many dots of the colours of its lines each chart has, by the id of the chart. None has fewer than a line has.
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
