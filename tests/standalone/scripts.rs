//! Scripts with k6's modules that stand alone.

use crate::Alone;
use crate::common::server;
use crate::hosts::{Ended, Host};

/// Runs a script on every host, against a server whose addresses it finds in `__ENV`.
fn everywhere(script: &str, check: impl Fn(&Ended)) {
    let server = server();
    let url = format!("ws://{}", server.address().expect("it has a plain port"));
    let secure = format!("wss://{}", server.tls_address().expect("it has a TLS port"));
    let certificate = server.certificate_pem().expect("it has a certificate");
    let variables = [("WS", &*url), ("WSS", &*secure), ("WASOCK_CA_CERTIFICATES", certificate)];
    let alone = Alone::script(script);
    for host in Host::ALL {
        check(&host.run(&alone.component(), &[], &variables).well());
    }
}

fn has(ended: &Ended, lines: &[&str]) {
    for line in lines {
        let found = ended.stdout.lines().any(|other| other.trim() == *line);
        assert!(found, "no line {line:?}\nstdout:\n{}\nstderr:\n{}", ended.stdout, ended.stderr);
    }
}

#[test]
fn a_script_of_k6_ws_runs_with_its_checks_and_sums() {
    let script = "
        import ws from 'k6/ws';
        import { check } from 'k6';
        export const setup = () => ({ said: 'hello' });
        export default ({ said }) => {
          const response = ws.connect(`${__ENV.WS}/echo`, (socket) => {
            socket.on('open', () => {
              socket.send(said);
              socket.setInterval(() => socket.ping(), 5);
            });
            socket.on('pong', () => socket.close());
            socket.on('message', (data) => check(data, { 'is an echo': (data) => data === said }));
          });
          check(response, { 'is 101': ({ status }) => status === 101, 'never': () => false });
        };
        export const teardown = ({ said }) => console.log(`said ${said}`);
    ";
    everywhere(script, |ended| {
        has(ended, &["said hello", "✓ is an echo", "✓ is 101", "✗ never: ✓ 0, ✗ 1"]);
        has(ended, &["checks........................: 66.66% 2 out of 3"]);
        has(ended, &["ws_sessions...................: 1", "ws_msgs_received..............: 1"]);
    });
}

#[test]
fn a_script_of_web_sockets_runs_over_tls() {
    let script = "
        import { WebSocket } from 'k6/websockets';
        import { Counter } from 'k6/metrics';
        const echoes = new Counter('echoes');
        export default () => {
          for (const url of [__ENV.WS, __ENV.WSS, __ENV.WSS]) {
            const socket = new WebSocket(`${url}/echo`);
            let left = 50;
            socket.onopen = () => socket.send('x'.repeat(5000));
            socket.onmessage = ({ data }) => {
              echoes.add(data.length === 5000 ? 1 : 0);
              left -= 1;
              if (left === 0) socket.close(1000, 'enough');
              else socket.send(data);
            };
            socket.onclose = ({ code, reason }) => console.log(`${code} ${reason}`);
            socket.onerror = ({ error }) => console.error(error);
          }
        };
    ";
    everywhere(script, |ended| {
        assert_eq!(ended.stdout.matches("1000 enough").count(), 3, "{}", ended.stdout);
        has(ended, &["echoes........................: 150", "ws_sessions...................: 3"]);
        assert_eq!(ended.stderr, "");
    });
}

#[test]
fn a_script_logs_in_with_cookies_before_it_connects() {
    let script = "
        import http from 'k6/http';
        import ws from 'k6/ws';
        import { check } from 'k6';
        export default () => {
          const base = __ENV.WSS.replace('wss', 'https');
          const login = http.post(`${base}/http/login?set=room%3Dswamp%3B%20Path%3D%2F`, { user: 'croc', password: 'swamp' });
          check(login, { 'logged in': ({ status }) => status === 200 });
          const moved = http.get(`${base}/http/redirect?to=/http/status/418&n=3`);
          check(moved, { 'is a teapot': ({ status }) => status === 418 });
          const large = http.get(`${base}/http/bytes?size=3000000`, { responseType: 'binary' });
          check(large, { 'is whole': ({ body }) => body.byteLength === 3000000 });
          ws.connect(`${__ENV.WSS}/headers`, (socket) => {
            socket.on('message', (data) => {
              check(data, { 'has the cookie': (data) => data.includes('room=swamp') });
              socket.close();
            });
          });
        };
    ";
    everywhere(script, |ended| {
        has(ended, &["✓ logged in", "✓ is a teapot", "✓ is whole", "✓ has the cookie"]);
    });
}

#[test]
fn messages_come_whole_and_in_order_however_many_there_are() {
    let script = "
        import { WebSocket } from 'k6/websockets';
        export default () => {
          const flood = new WebSocket(`${__ENV.WS}/push?n=20000&size=1000`);
          let next = 0;
          flood.onmessage = ({ data }) => {
            if (data.length !== 1000 || !data.startsWith(String(next))) throw new Error(`${next}: ${data}`);
            next += 1;
          };
          flood.onclose = ({ code }) => console.log(`${next} messages, then ${code}`);
          const large = new WebSocket(`${__ENV.WS}/echo`);
          const text = 'y'.repeat(9000000);
          large.onopen = () => large.send(text);
          large.onmessage = ({ data }) => {
            console.log(`${data.length} bytes, ${data === text ? 'the same' : 'others'}`);
            large.close();
          };
        };
    ";
    everywhere(script, |ended| {
        has(ended, &["20000 messages, then 1000", "9000000 bytes, the same"]);
    });
}
