//! Connections that break at every byte, or have a wrong bit at any place: each attempt has one end, which is
//! told once, and nothing is left of it.

use futures_util::{StreamExt as _, stream};
use tokio::io::AsyncReadExt as _;

use super::faulty::{Bench, Hangs, Told, WAYS};
use super::guest::{Guest, soon, text, until};
use super::peer::{FIN, Listener, TEXT};
use crate::limits::Limits;

/// How many connections are broken at the same time.
const AT_ONCE: usize = 64;

/// How a connection ends, by the names of the server's parameter `by`.
const ENDS: [&str; 4] = ["end", "cut", "reset", "stall"];

/// The frames of the server's parameter `frame`, each with what a guest is told of it.
const FRAMES: [Frame; 6] = [
    Frame { name: "text", told: "Hello" },
    Frame { name: "fragments", told: "Hello" },
    Frame { name: "binary", told: "0 1 2 3 255" },
    Frame { name: "ping", told: "ping Hello" },
    Frame { name: "pong", told: "pong Hello" },
    Frame { name: "close", told: "" },
];

#[derive(Clone, Copy)]
struct Frame {
    name: &'static str,
    told: &'static str,
}

impl Frame {
    /// What comes of a connection on which it arrives whole.
    fn arrived(self, by: &str) -> Told {
        if self.name == "close" {
            return Told { opened: true, messages: Vec::new(), end: "1000 bye".to_owned() };
        }
        Told { opened: true, messages: vec![self.told.to_owned()], end: end_by(by) }
    }
}

/// What a guest is told of a connection that ends in this way.
fn end_by(by: &str) -> String {
    let end = match by {
        "reset" => "reset",
        "stall" => "timeout",
        _ => "unexpected end",
    };
    end.to_owned()
}

async fn at_once<C, F: Future<Output = ()>>(cases: Vec<C>, attempt: impl FnMut(C) -> F) {
    stream::iter(cases).for_each_concurrent(AT_ONCE, attempt).await;
}

#[tokio::test]
async fn an_end_at_any_byte_of_the_answer_fails_the_attempt() {
    for way in WAYS {
        let bench = Bench::new().await;
        let (head, _) = bench.lengths("none", way).await;
        let places = ENDS.iter().flat_map(|by| (0..head).map(move |at| (*by, at)));
        at_once(places.collect(), async |(by, at)| {
            let query = format!("frame=none&by={by}&at={at}");
            let hangs = (by == "stall").then_some(Hangs::InHandshake);
            let told = bench.attempt(way, &query, hangs).await;
            let expected = Told { opened: false, messages: Vec::new(), end: end_by(by) };
            assert_eq!(told, expected, "{way:?} {query}");
        })
        .await;
        assert_eq!(bench.ledger.of("failed"), (ENDS.len() * head) as u64);
        bench.balances().await;
    }
}

#[tokio::test]
async fn an_end_at_any_byte_of_a_frame_breaks_the_connection() {
    for way in WAYS {
        let bench = Bench::new().await;
        let mut places = Vec::new();
        for frame in FRAMES {
            let (head, rest) = bench.lengths(frame.name, way).await;
            for by in ENDS {
                places.extend((0..=rest).map(|after| (frame, by, head + after, after == rest)));
            }
        }
        let all = places.len();
        at_once(places, async |(frame, by, at, is_whole)| {
            let query = format!("frame={}&by={by}&at={at}", frame.name);
            let broken = Told { opened: true, messages: Vec::new(), end: end_by(by) };
            let expected = if is_whole { frame.arrived(by) } else { broken };
            let hangs = (by == "stall").then_some(Hangs::After(expected.messages.len()));
            let hangs = hangs.filter(|_| !(is_whole && frame.name == "close"));
            let told = bench.attempt(way, &query, hangs).await;
            assert_eq!(told, expected, "{way:?} {query}");
        })
        .await;
        // A close frame that came whole is the only orderly end.
        assert_eq!(bench.ledger.of("closed"), ENDS.len() as u64);
        assert_eq!(bench.ledger.of("broken"), (all - ENDS.len()) as u64);
        bench.balances().await;
    }
}

#[tokio::test]
async fn bytes_that_come_one_by_one_are_the_same_messages() {
    for way in WAYS {
        let bench = Bench::new().await;
        at_once(FRAMES.to_vec(), async |frame| {
            for chunk in [1, 2, 7] {
                let query = format!("frame={}&chunk={chunk}", frame.name);
                let told = bench.attempt(way, &query, None).await;
                assert_eq!(told, frame.arrived("end"), "{way:?} {query}");
            }
        })
        .await;
        bench.balances().await;
    }
}

#[tokio::test]
async fn a_wrong_bit_in_the_answer_has_one_end() {
    for way in [WAYS[0], WAYS[1]] {
        let bench = Bench::new().await;
        let (head, rest) = bench.lengths("text", way).await;
        at_once((0..head * 8).collect(), async |bit| {
            let told = bench.attempt(way, &format!("flip={bit}"), None).await;
            match &*told.end {
                // The bit does not matter: it is in the reason phrase, or makes a letter small.
                "unexpected end" if told.opened => {}
                // What should be the end of the head is none.
                "unexpected end" | "bad handshake" => assert!(!told.opened, "{bit}: {told:?}"),
                // The client agreed to no compression, or to another one.
                "violation" | "invalid UTF-8" => assert!(told.opened, "{bit}: {told:?}"),
                _ => panic!("{bit}: {told:?}"),
            }
        })
        .await;
        assert!(rest > 0 && bench.ledger.of("failed") > bench.ledger.of("opened"));
        bench.balances().await;
    }
}

#[tokio::test]
async fn a_wrong_bit_in_a_frame_has_one_end() {
    for way in WAYS {
        let bench = Bench::new().await;
        for frame in FRAMES {
            let (head, rest) = bench.lengths(frame.name, way).await;
            at_once((0..rest * 8).collect(), async |bit| {
                let query = format!("frame={}&flip={}", frame.name, head * 8 + bit);
                let told = bench.attempt(way, &query, None).await;
                assert!(told.opened, "{query}: {told:?}");
                // The reserved bits 2 and 3 (RFC 6455, section 5.2).
                if [2, 3].contains(&bit) {
                    assert_eq!(told.end, "violation", "{way:?} {query}");
                }
            })
            .await;
        }
        assert!(bench.ledger.of("broken") > bench.ledger.of("closed"));
        bench.balances().await;
    }
}

#[tokio::test]
async fn the_server_and_the_guests_count_the_same() {
    for way in WAYS {
        let bench = Bench::new().await;
        let (head, rest) = bench.lengths("text", way).await;
        let places = (head - 10..=head + rest).flat_map(|at| [("reset", at), ("end", at)]);
        let messages = parking_lot::Mutex::new(0);
        at_once(places.collect(), async |(by, at)| {
            let told = bench.attempt(way, &format!("by={by}&at={at}"), None).await;
            *messages.lock() += told.messages.len() as u64;
        })
        .await;
        let counted = bench.server.statistics();
        let probes = bench.ledger.of("probes");
        assert_eq!(counted.upgrades_total, bench.ledger.of("opened") + probes);
        assert_eq!(counted.messages_out, *messages.lock() + probes);
        bench.balances().await;
    }
}

#[tokio::test]
async fn a_peer_that_reads_byte_by_byte_from_a_tiny_window_gets_everything() {
    /// More than all buffers hold on the way.
    const MESSAGES: usize = 100;
    const SIZE: usize = 5_000;
    let listener = Listener::bind_with_tiny_window().await;
    let mut guest = Guest::with_limits(Limits { buffered_bytes: 1_000, ..Limits::default() });
    let url = listener.url();
    let (socket, mut peer) = tokio::join!(guest.open(&url), listener.upgrade());
    let sending = async {
        for number in 0..MESSAGES {
            soon(socket.send(text(&format!("{number:0SIZE$}")))).await.unwrap();
            assert!(socket.buffered_amount() <= (1_000 + SIZE) as u64);
        }
    };
    let reading = async {
        for number in 0..MESSAGES {
            let mut frame = Vec::new();
            // Its head, its mask and its payload.
            while frame.len() < 4 + 4 + SIZE {
                frame.push(soon(peer.0.read_u8()).await.unwrap());
            }
            assert_eq!(frame[..2], [FIN | TEXT, 0x80 | 126]);
            let (mask, payload) = frame[4..].split_at(4);
            let payload = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
            assert_eq!(payload.collect::<Vec<_>>(), format!("{number:0SIZE$}").into_bytes());
        }
    };
    tokio::join!(sending, reading);
    until(|| socket.buffered_amount() == 0).await;
}
