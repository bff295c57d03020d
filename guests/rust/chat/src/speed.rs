//! Messages as fast as they go: `make bench-guests` counts them.

use wasock_guest::{Connect, Message, Result, Socket, env, log};

/// Sends a message, and sends it again each time it has come back.
pub async fn ping_pong(_data: Option<String>) -> Result<()> {
    let text = "x".repeat(64);
    let socket = connection().await?;
    socket.send(&text)?;
    while let Some(message) = socket.next().await? {
        if let Message::Text(_) = message {
            socket.send(&text)?;
        }
    }
    Ok(())
}

/// Takes what the server sends.
pub async fn flood(_data: Option<String>) -> Result<()> {
    let socket = connection().await?;
    let mut messages = 0;
    while let Some(message) = socket.next().await? {
        messages += u64::from(message.text().is_some());
    }
    log(format!("{messages} messages"));
    Ok(())
}

async fn connection() -> Result<Socket> {
    let url = env("URL").unwrap_or_else(|| "ws://echo.example/echo".to_owned());
    Connect::to(url).open().await
}
