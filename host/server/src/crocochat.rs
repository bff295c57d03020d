//! The chat protocol: JSON events in text messages.
//!
//! | from the client | the server's reaction |
//! | --- | --- |
//! | `{"event":"SET_NAME","new_name":"Croc 1"}` | remembers the name; says nothing |
//! | `{"event":"SAY","message":"hi"}` | `{"event":"CHAT_MSG","user":"Croc 1","message":"hi"}` to all |
//! | `{"event":"LEAVE"}` | closes with 1000 |
//! | anything else | `{"event":"ERROR","message":"..."}` to the sender, who stays |
//!
//! A member for whom too many lines wait is closed with 1008, so that it can't hold up the room.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::connection::{Connection, Ended, close_frame};
use crate::room::{Room, Rooms};

/// The longest name, in bytes: it goes out with every line, and nobody's is longer.
const MAX_NAME_SIZE: usize = 64;

/// The longest line, in bytes: it is queued for every member of the room. More than people write in one.
const MAX_MESSAGE_SIZE: usize = 4096;

/// The longest event that is parsed, in bytes: the longest line with each byte written as `\u00XX`,
/// and some room for the rest of the event.
const MAX_EVENT_SIZE: usize = 6 * MAX_MESSAGE_SIZE + 1024;

/// What a client may send.
#[derive(Debug, Deserialize)]
#[serde(tag = "event", rename_all = "SCREAMING_SNAKE_CASE")]
enum ClientEvent {
    SetName { new_name: String },
    Say { message: String },
    Leave,
}

/// What a client gets.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "SCREAMING_SNAKE_CASE")]
enum ServerEvent<'a> {
    ChatMsg { user: &'a str, message: &'a str },
    Error { message: &'a str },
}

impl ServerEvent<'_> {
    fn to_text(&self) -> Utf8Bytes {
        serde_json::to_string(self).expect("strings can always be written as JSON").into()
    }
}

/// What follows from a client's event.
#[derive(Debug, PartialEq, Eq)]
enum Reaction {
    /// Nothing to send.
    Quiet,
    /// A line for the room.
    Line(Utf8Bytes),
    /// A line for the sender only.
    Reply(Utf8Bytes),
    /// The sender wants to go.
    Goodbye,
}

/// How a membership ended.
enum Parting {
    Left,
    TooSlow,
    Lost,
}

/// Serves one member of the room `name`.
pub(crate) async fn serve(connection: &mut Connection, rooms: &Arc<Rooms>, name: String) {
    let mut membership = rooms.join(name);
    let parting = tokio::select! {
        biased;
        // Also while a write waits for this client to read.
        _ = &mut membership.removed => Parting::TooSlow,
        talk = converse(connection, &mut membership.lines, &membership.room) => match talk {
            Ok(()) => Parting::Left,
            Err(Ended) => Parting::Lost,
        },
    };
    drop(membership);
    match parting {
        Parting::Left => {
            connection.close(Some(close_frame(CloseCode::Normal, "you left the room"))).await
        }
        Parting::TooSlow => {
            connection
                .close(Some(close_frame(
                    CloseCode::Policy,
                    "too slow: too many lines waited for you",
                )))
                .await;
        }
        Parting::Lost => {}
    }
}

/// Talks until the member wants to leave.
async fn converse(
    connection: &mut Connection,
    lines: &mut mpsc::Receiver<Utf8Bytes>,
    room: &Room,
) -> Result<(), Ended> {
    let mut speaker = Speaker::default();
    loop {
        deliver(connection, lines).await?;
        let message = tokio::select! {
            biased;
            message = connection.receive() => message?,
            line = lines.recv() => {
                // Without a line the room has removed this member, which the caller is about to
                // see.
                if let Some(line) = line {
                    connection.feed(Message::Text(line)).await?;
                }
                tokio::task::consume_budget().await;
                continue;
            }
        };
        match speaker.hear(&message) {
            Reaction::Quiet => {}
            Reaction::Line(line) => {
                room.broadcast(&line);
                // The others get to read this line before the same member says the next one.
                tokio::task::yield_now().await;
            }
            Reaction::Reply(reply) => connection.send(Message::Text(reply)).await?,
            Reaction::Goodbye => return Ok(()),
        }
    }
}

/// Sends all lines that wait.
async fn deliver(
    connection: &mut Connection,
    lines: &mut mpsc::Receiver<Utf8Bytes>,
) -> Result<(), Ended> {
    while let Ok(line) = lines.try_recv() {
        connection.feed(Message::Text(line)).await?;
    }
    connection.flush().await
}

/// What the server knows about a member.
#[derive(Debug, Default)]
struct Speaker {
    name: Option<String>,
}

impl Speaker {
    fn hear(&mut self, message: &Message) -> Reaction {
        self.react(message).unwrap_or_else(|message| {
            Reaction::Reply(ServerEvent::Error { message: &message }.to_text())
        })
    }

    fn react(&mut self, message: &Message) -> Result<Reaction, String> {
        let Message::Text(text) = message else {
            return Err("the chat understands text messages only".to_owned());
        };
        check_size("the event", text, MAX_EVENT_SIZE)?;
        let event = serde_json::from_str(text)
            .map_err(|error| format!("this is no chat event: {error}"))?;
        match event {
            ClientEvent::SetName { new_name } => {
                check_size("new_name", &new_name, MAX_NAME_SIZE)?;
                if new_name.is_empty() {
                    return Err("new_name is empty".to_owned());
                }
                self.name = Some(new_name);
                Ok(Reaction::Quiet)
            }
            ClientEvent::Say { message } => {
                check_size("message", &message, MAX_MESSAGE_SIZE)?;
                let Some(user) = &self.name else {
                    return Err("send SET_NAME before you SAY something".to_owned());
                };
                Ok(Reaction::Line(ServerEvent::ChatMsg { user, message: &message }.to_text()))
            }
            ClientEvent::Leave => Ok(Reaction::Goodbye),
        }
    }
}

fn check_size(what: &str, text: &str, limit: usize) -> Result<(), String> {
    if text.len() > limit {
        return Err(format!("{what} is {} bytes long, more than {limit}", text.len()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(speaker: &mut Speaker, event: &str) -> String {
        match speaker.hear(&Message::text(event)) {
            Reaction::Reply(reply) => {
                let reply: serde_json::Value = serde_json::from_str(&reply).expect("JSON");
                assert_eq!(reply["event"], "ERROR");
                reply["message"].as_str().expect("a message").to_owned()
            }
            other => panic!("{event} was taken: {other:?}"),
        }
    }

    #[test]
    fn a_named_member_is_heard_under_the_latest_name() {
        let mut speaker = Speaker::default();
        for name in ["Croc 1", "Croc 2"] {
            let event = format!(r#"{{"event":"SET_NAME","new_name":"{name}"}}"#);
            assert_eq!(speaker.hear(&Message::text(event)), Reaction::Quiet);
        }
        let line = speaker.hear(&Message::text(r#"{"event":"SAY","message":"a \"b\""}"#));
        assert_eq!(
            line,
            Reaction::Line(r#"{"event":"CHAT_MSG","user":"Croc 2","message":"a \"b\""}"#.into())
        );
    }

    #[test]
    fn each_mistake_has_its_own_message() {
        let mut speaker = Speaker::default();
        let mut error = |event: &str| error(&mut speaker, event);
        assert!(error("hello").contains("no chat event"));
        assert!(error(r#"{"event":"DANCE"}"#).contains("unknown variant `DANCE`"));
        assert!(error(r#"{"event":"SET_NAME"}"#).contains("missing field `new_name`"));
        assert!(error(r#"{"event":"SET_NAME","new_name":""}"#).contains("empty"));
        assert!(error(r#"{"event":"SAY","message":"hi"}"#).contains("SET_NAME before"));
        let name = "x".repeat(MAX_NAME_SIZE + 1);
        assert!(
            error(&format!(r#"{{"event":"SET_NAME","new_name":"{name}"}}"#)).contains("65 bytes")
        );
        let line = "x".repeat(MAX_MESSAGE_SIZE + 1);
        assert!(error(&format!(r#"{{"event":"SAY","message":"{line}"}}"#)).contains("4097 bytes"));
        assert!(error(&"[".repeat(MAX_EVENT_SIZE + 1)).contains("the event is"));
    }

    #[test]
    fn the_longest_line_fits_even_if_every_byte_is_escaped() {
        let mut speaker = Speaker { name: Some("Croc".to_owned()) };
        let event =
            format!(r#"{{"event":"SAY","message":"{}"}}"#, r"\u0001".repeat(MAX_MESSAGE_SIZE));
        assert!(matches!(speaker.hear(&Message::text(event)), Reaction::Line(_)));
    }
}
