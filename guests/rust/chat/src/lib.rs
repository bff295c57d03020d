//! Ten users meet in a chat room, say something every second or two, and leave: examples/crocochat.js in Rust.

mod speed;
mod transcript;

use std::time::Duration;

use futures_lite::future::or;
use wasock_guest::{
    Connect, Contents, Error, Interval, Kind, Message, Metric, Result, Socket, SummaryFile, check,
    env, execution, log, random, sleep,
};

const OPTIONS: &str = r#"{
    "vus": 10,
    "iterations": 10,
    "thresholds": { "checks": ["rate==1"], "ws_connecting": ["p(95)<1000"] }
}"#;

wasock_guest::test! {
    options: Some(OPTIONS),
    setup: setup,
    teardown: teardown,
    handle_summary: handle_summary,
    functions: {
        "default" => chat, "clientTranscript" => transcript::client, "vuTranscript" => transcript::vu,
        "pingPong" => speed::ping_pong, "flood" => speed::flood,
    },
}

async fn setup() -> Result<Option<String>> {
    Ok(Some(r#"{"room":"swamp"}"#.to_owned()))
}

async fn chat(data: Option<String>) -> Result<()> {
    echo().await?;
    let room = room(data);
    let url = format!("{}/ws/crocochat/{room}/", server());
    let socket = Connect::to(url).tag("room", room).open().await?;
    check("connected", socket.handshake().status == 101);
    let name = format!("Croc {}", execution::vu().id_in_test);
    socket.send(&format!(r#"{{"event":"SET_NAME","new_name":"{name}"}}"#))?;
    // The server closes the connection when somebody leaves; with that `listen` ends.
    or(listen(&socket), visit(&socket)).await?;
    let clean = socket.closed().is_some_and(|closed| closed.code == 1000 && closed.was_clean);
    check("left the room", clean);
    Ok(())
}

async fn listen(socket: &Socket) -> Result<()> {
    let pongs = Metric::new("chat_pongs", Kind::Counter, Contents::Default)?;
    while let Some(message) = socket.next().await? {
        match message {
            Message::Text(text) => {
                check("is a chat message", text.contains(r#""event":"CHAT_MSG""#));
            }
            Message::Pong(_) => pongs.add(1.0),
            Message::Binary(_) | Message::Ping(_) => {}
        }
    }
    Ok(())
}

async fn visit(socket: &Socket) -> Result<()> {
    let stay = Duration::from_millis(millis("STAY", 8000)?);
    let stay = async {
        sleep(stay).await;
        Ok(())
    };
    or(stay, or(talk(socket), ping(socket))).await?;
    socket.send(r#"{"event":"LEAVE"}"#)?;
    std::future::pending().await
}

async fn talk(socket: &Socket) -> Result<()> {
    loop {
        let pause = millis("PAUSE", 1000)?;
        sleep(Duration::from_millis(random(pause, 2 * pause))).await;
        let snap = random(0, 99_999);
        socket.send(&format!(r#"{{"event":"SAY","message":"snap {snap:05}"}}"#))?;
    }
}

async fn ping(socket: &Socket) -> Result<()> {
    let mut seconds = Interval::every(Duration::from_millis(millis("PAUSE", 1000)?));
    loop {
        seconds.tick().await;
        socket.ping(b"are you there?")?;
    }
}

/// One binary message there and back, with a subprotocol.
async fn echo() -> Result<()> {
    const BYTES: &[u8] = &[0, 1, 2, 255];
    let url = format!("{}/protocol", server());
    let socket =
        Connect::to(url).protocol("chat.v1").timeout(Duration::from_secs(5)).open().await?;
    check("speaks chat.v1", socket.handshake().protocol == "chat.v1");
    socket.send_binary(BYTES)?;
    let reply = socket.next().await?;
    check("is what was sent", reply == Some(Message::Binary(BYTES.to_vec())));
    socket.close(1000, "done")?;
    while socket.next().await?.is_some() {}
    Ok(())
}

async fn teardown(data: Option<String>) -> Result<()> {
    log(format!("the {} is empty", room(data)));
    Ok(())
}

async fn handle_summary(data: String) -> Result<Vec<SummaryFile>> {
    let file = env("SUMMARY").filter(|file| !file.is_empty());
    Ok(file.map(|file| (file, data)).into_iter().collect())
}

fn server() -> String {
    env("WSS").unwrap_or_else(|| "wss://chat.example".to_owned())
}

fn room(data: Option<String>) -> &'static str {
    if data.is_some_and(|data| data.contains("swamp")) { "swamp" } else { "pond" }
}

fn millis(name: &str, otherwise: u64) -> Result<u64> {
    let Some(text) = env(name) else { return Ok(otherwise) };
    text.parse().map_err(|_| Error::new(format!("{name} is no number of milliseconds: {text}")))
}
