//! The same connection by `k6/ws` and by `WebSocket`, which must come to the same.

use serde_json::{Value, json};

use crate::common::Run;

const SCRIPT: &str = "
import ws from 'k6/ws';
import { WebSocket } from 'k6/websockets';
export const options = JSON.parse(__ENV.OPTIONS);
const params = JSON.parse(__ENV.PARAMS);
// Each handshake has a key of its own.
const shown = (text) => text.replace(/\"sec-websocket-key\":\"[^\"]*\",?/, '');
export default function () {
  for (const url of JSON.parse(__ENV.URLS)) {
    const response = ws.connect(url, params, (socket) => {
      socket.on('message', (text) => {
        console.log(`ws ${shown(text)}`);
        socket.close();
      });
    });
    if (response.status !== 101) console.log(`ws ${response.error}`);
  }
  next([...JSON.parse(__ENV.URLS)]);
}
function next(urls) {
  if (urls.length === 0) return;
  const socket = new WebSocket(urls.shift(), null, params);
  socket.onmessage = ({ data }) => {
    console.log(`WebSocket ${shown(data)}`);
    socket.close();
  };
  socket.onerror = ({ error }) => console.log(`WebSocket ${error}`);
  socket.onclose = () => next(urls);
}
";

/// Connects to each URL with both APIs. The script has these options.
pub fn connects(urls: &[&str], options: &Value) -> Run {
    with_params(urls, options, &json!({}))
}

/// As [`connects`], with params.
pub fn with_params(urls: &[&str], options: &Value, params: &Value) -> Run {
    let urls = format!("URLS={}", json!(urls));
    let (options, params) = (format!("OPTIONS={options}"), format!("PARAMS={params}"));
    Run::script(SCRIPT).args(["-e", &urls, "-e", &options, "-e", &params])
}

/// What each connection got: the first message, or why it failed. Both APIs must get the same.
#[track_caller]
pub fn results(run: Run) -> Vec<String> {
    let console = run.go().exits(0).console();
    let of = |prefix: &str| -> Vec<String> {
        console.iter().filter_map(|line| line.strip_prefix(prefix)).map(str::to_owned).collect()
    };
    let (blocking, standard) = (of("ws "), of("WebSocket "));
    assert_eq!(blocking, standard);
    blocking
}

/// The only result.
#[track_caller]
pub fn result(run: Run) -> String {
    let mut results = results(run);
    assert_eq!(results.len(), 1, "{results:?}");
    results.remove(0)
}

/// The error of a run that does not begin, because an option is wrong.
#[track_caller]
pub fn refusal(run: Run) -> String {
    let outcome = run.go().exits(104);
    let error = outcome.stderr.lines().find(|line| line.starts_with("error: "));
    error.expect("the error is told").to_owned()
}
