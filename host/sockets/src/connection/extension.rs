//! Offering permessage-deflate, and reading what a server makes of the offer (RFC 7692, section 7.1).

use std::fmt;

use crate::bindings::sockets::DeflateOptions;
use crate::bindings::types::ErrorCode;

const NAME: &str = "permessage-deflate";
const SERVER_NO_CONTEXT_TAKEOVER: &str = "server_no_context_takeover";
const CLIENT_NO_CONTEXT_TAKEOVER: &str = "client_no_context_takeover";
const SERVER_MAX_WINDOW_BITS: &str = "server_max_window_bits";
const CLIENT_MAX_WINDOW_BITS: &str = "client_max_window_bits";

/// The window of deflate where nothing smaller is agreed on.
const LARGEST_WINDOW: u8 = 15;

/// The smallest window that RFC 7692 knows.
const SMALLEST_WINDOW: u8 = 8;

/// The smallest window that zlib compresses raw deflate streams with.
const SMALLEST_OWN_WINDOW: u8 = 9;

/// What to offer, checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offer(DeflateOptions);

/// What both sides agreed on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Agreement(DeflateOptions);

impl Agreement {
    /// The client forgets its window after each message.
    pub(super) fn client_no_context_takeover(&self) -> bool {
        self.0.client_no_context_takeover
    }

    /// The server forgets its window after each message.
    pub(super) fn server_no_context_takeover(&self) -> bool {
        self.0.server_no_context_takeover
    }

    /// The bits of the window that the client compresses with.
    pub(super) fn client_window(&self) -> u8 {
        self.0.client_max_window_bits.unwrap_or(LARGEST_WINDOW)
    }

    /// The bits of a window that can inflate what the server compresses: zlib inflates with none below its
    /// own smallest.
    pub(super) fn server_window(&self) -> u8 {
        self.0.server_max_window_bits.unwrap_or(LARGEST_WINDOW).max(SMALLEST_OWN_WINDOW)
    }
}

impl Offer {
    /// Checks the sizes of the windows.
    pub(crate) fn new(options: DeflateOptions) -> Result<Self, ErrorCode> {
        let windows = [
            (SERVER_MAX_WINDOW_BITS, options.server_max_window_bits, SMALLEST_WINDOW),
            (CLIENT_MAX_WINDOW_BITS, options.client_max_window_bits, SMALLEST_OWN_WINDOW),
        ];
        for (name, bits, least) in windows {
            if bits.is_some_and(|bits| !(least..=LARGEST_WINDOW).contains(&bits)) {
                return Err(ErrorCode::InvalidArgument(format!(
                    "{name} is not between {least} and {LARGEST_WINDOW}"
                )));
            }
        }
        Ok(Self(options))
    }

    /// What a server's `Sec-WebSocket-Extensions` makes of the offer; none if it declined. The text says
    /// what the server has no right to.
    pub(super) fn agree(&self, answer: &str) -> Result<Option<Agreement>, String> {
        let mut parts = answer.split(';').map(str::trim);
        match parts.next().unwrap_or_default() {
            "" => return Ok(None),
            name if name.eq_ignore_ascii_case(NAME) => {}
            other => return Err(not_offered(other)),
        }
        let mut agreed = DeflateOptions {
            server_no_context_takeover: false,
            client_no_context_takeover: false,
            server_max_window_bits: None,
            client_max_window_bits: None,
        };
        let mut seen = Vec::new();
        for part in parts {
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (name.trim(), Some(value.trim().trim_matches('"'))),
                None => (part, None),
            };
            if seen.contains(&name) {
                return Err(format!("the server names {name} twice"));
            }
            seen.push(name);
            self.take(&mut agreed, name, value)?;
        }
        // A promise that holds whether the server repeats it or not (RFC 7692, section 7.1.1.2).
        agreed.client_no_context_takeover |= self.0.client_no_context_takeover;
        agreed.client_max_window_bits =
            agreed.client_max_window_bits.or(self.0.client_max_window_bits);
        Ok(Some(Agreement(agreed)))
    }

    fn take(
        &self,
        agreed: &mut DeflateOptions,
        name: &str,
        value: Option<&str>,
    ) -> Result<(), String> {
        let malformed = || format!("the server's {name} is malformed");
        match (name, value) {
            (SERVER_NO_CONTEXT_TAKEOVER, None) => agreed.server_no_context_takeover = true,
            (CLIENT_NO_CONTEXT_TAKEOVER, None) => agreed.client_no_context_takeover = true,
            (SERVER_MAX_WINDOW_BITS, Some(bits)) => {
                let bits = window(bits, SMALLEST_WINDOW).ok_or_else(malformed)?;
                if self.0.server_max_window_bits.is_some_and(|asked| bits > asked) {
                    return Err(format!("the server's {name} is larger than what was asked for"));
                }
                agreed.server_max_window_bits = Some(bits);
            }
            (CLIENT_MAX_WINDOW_BITS, Some(bits)) => {
                let offered = self.0.client_max_window_bits.ok_or_else(|| not_offered(name))?;
                let bits = window(bits, SMALLEST_WINDOW).ok_or_else(malformed)?;
                if bits > offered || bits < SMALLEST_OWN_WINDOW {
                    return Err(format!("the server's {name} cannot be used"));
                }
                agreed.client_max_window_bits = Some(bits);
            }
            (
                SERVER_NO_CONTEXT_TAKEOVER
                | CLIENT_NO_CONTEXT_TAKEOVER
                | SERVER_MAX_WINDOW_BITS
                | CLIENT_MAX_WINDOW_BITS,
                _,
            ) => return Err(malformed()),
            _ => return Err(format!("the server uses an unknown parameter of {NAME}, {name}")),
        }
        Ok(())
    }
}

/// The complaint about an answer that names what was not offered.
pub(super) fn not_offered(name: &str) -> String {
    format!("the server chose the extension {name:?}, which was not offered")
}

/// A size of a window, in decimal without leading zeros (RFC 7692, section 7.1.2.1).
fn window(text: &str, least: u8) -> Option<u8> {
    let bits = text.parse().ok().filter(|bits| (least..=LARGEST_WINDOW).contains(bits))?;
    (!text.starts_with(['0', '+'])).then_some(bits)
}

/// As `Sec-WebSocket-Extensions` has it.
impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = &self.0;
        f.write_str(NAME)?;
        for (name, is_on) in [
            (SERVER_NO_CONTEXT_TAKEOVER, options.server_no_context_takeover),
            (CLIENT_NO_CONTEXT_TAKEOVER, options.client_no_context_takeover),
        ] {
            if is_on {
                write!(f, "; {name}")?;
            }
        }
        for (name, bits) in [
            (SERVER_MAX_WINDOW_BITS, options.server_max_window_bits),
            (CLIENT_MAX_WINDOW_BITS, options.client_max_window_bits),
        ] {
            if let Some(bits) = bits {
                write!(f, "; {name}={bits}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const K6: DeflateOptions = DeflateOptions {
        server_no_context_takeover: true,
        client_no_context_takeover: true,
        server_max_window_bits: None,
        client_max_window_bits: None,
    };
    const WINDOWS: DeflateOptions = DeflateOptions {
        server_no_context_takeover: false,
        client_no_context_takeover: false,
        server_max_window_bits: Some(10),
        client_max_window_bits: Some(12),
    };

    fn agreed(options: DeflateOptions, answer: &str) -> Result<String, String> {
        let agreement = Offer::new(options).unwrap().agree(answer)?;
        Ok(agreement.map_or_else(|| "none".to_owned(), |agreement| Offer(agreement.0).to_string()))
    }

    #[test]
    fn an_offer_names_what_is_asked_for() {
        assert_eq!(
            Offer(K6).to_string(),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
        );
        assert_eq!(
            Offer(WINDOWS).to_string(),
            "permessage-deflate; server_max_window_bits=10; client_max_window_bits=12"
        );
    }

    #[test]
    fn windows_have_their_bounds() {
        let options = |server, client| DeflateOptions {
            server_max_window_bits: server,
            client_max_window_bits: client,
            ..WINDOWS
        };
        assert!(Offer::new(options(Some(8), Some(9))).is_ok());
        assert!(Offer::new(options(Some(15), Some(15))).is_ok());
        for (server, client) in
            [(Some(7), None), (Some(16), None), (None, Some(8)), (None, Some(16))]
        {
            assert!(Offer::new(options(server, client)).is_err(), "{server:?} {client:?}");
        }
    }

    #[test]
    fn a_server_may_decline() {
        assert_eq!(agreed(K6, "").unwrap(), "none");
    }

    #[test]
    fn a_promise_of_the_client_holds_even_if_the_server_does_not_repeat_it() {
        assert_eq!(
            agreed(K6, "permessage-deflate").unwrap(),
            "permessage-deflate; client_no_context_takeover"
        );
        assert_eq!(
            agreed(WINDOWS, "permessage-deflate; server_max_window_bits=9").unwrap(),
            "permessage-deflate; server_max_window_bits=9; client_max_window_bits=12"
        );
    }

    #[test]
    fn a_server_may_ask_for_less_than_was_offered() {
        let answer =
            "permessage-deflate;client_max_window_bits=\"10\"; server_max_window_bits = 10";
        assert_eq!(
            agreed(WINDOWS, answer).unwrap(),
            "permessage-deflate; server_max_window_bits=10; client_max_window_bits=10"
        );
    }

    #[test]
    fn what_a_server_has_no_right_to_is_refused() {
        for (options, answer) in [
            (K6, "x-webkit-deflate-frame"),
            (K6, "permessage-deflate, permessage-deflate"),
            (K6, "permessage-deflate; client_max_window_bits=10"),
            (K6, "permessage-deflate; unknown"),
            (K6, "permessage-deflate; server_no_context_takeover=1"),
            (K6, "permessage-deflate; server_no_context_takeover; server_no_context_takeover"),
            (K6, "permessage-deflate; server_max_window_bits"),
            (K6, "permessage-deflate; server_max_window_bits=7"),
            (K6, "permessage-deflate; server_max_window_bits=010"),
            (WINDOWS, "permessage-deflate; server_max_window_bits=11"),
            (WINDOWS, "permessage-deflate; client_max_window_bits=13"),
            (WINDOWS, "permessage-deflate; client_max_window_bits=8"),
        ] {
            assert!(agreed(options, answer).is_err(), "{answer}");
        }
    }
}
