//! Content codings (RFC 9110, section 8.4.1): `gzip`, `deflate`, `br`, `zstd`.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use flate2::write::{GzEncoder, ZlibEncoder};
use http::{HeaderMap, HeaderValue, header};
use wasock_sockets::bindings::types::ErrorCode;

use crate::limits::{MAX_BODY, MAX_CODINGS};

/// How hard brotli tries, 0 to 11: what servers commonly use for what they make on the fly.
const BROTLI_QUALITY: u32 = 5;

/// The window of brotli as a power of 2: the default of its tools.
const BROTLI_WINDOW: u32 = 22;

/// The buffer of brotli in bytes: the size that its own reader and writer have by default.
const BROTLI_BUFFER: usize = 4096;

/// The largest window of zstd as a power of 2, which is memory (RFC 9659, section 3, asks for 8 MB).
const ZSTD_WINDOW: u32 = 23;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

impl Coding {
    fn of(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            "br" => Some(Self::Brotli),
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    fn encode(self, body: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(body)?;
                encoder.finish()
            }
            Self::Deflate => {
                let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(body)?;
                encoder.finish()
            }
            Self::Brotli => {
                let mut encoded = Vec::new();
                brotli::CompressorReader::new(body, BROTLI_BUFFER, BROTLI_QUALITY, BROTLI_WINDOW)
                    .read_to_end(&mut encoded)?;
                Ok(encoded)
            }
            Self::Zstd => zstd::encode_all(body, zstd::DEFAULT_COMPRESSION_LEVEL),
        }
    }

    async fn decode(self, body: &[u8]) -> io::Result<Vec<u8>> {
        bounded(self.decoder(body)?).await
    }

    fn decoder(self, body: &[u8]) -> io::Result<Box<dyn Read + Send + '_>> {
        Ok(match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(body)),
            Self::Deflate if is_zlib(body) => Box::new(ZlibDecoder::new(body)),
            // Some servers leave the wrapping out (RFC 9110, section 8.4.1.2).
            Self::Deflate => Box::new(DeflateDecoder::new(body)),
            Self::Brotli => Box::new(brotli::Decompressor::new(body, BROTLI_BUFFER)),
            Self::Zstd => {
                let mut decoder = zstd::Decoder::new(body)?;
                decoder.window_log_max(ZSTD_WINDOW)?;
                Box::new(decoder)
            }
        })
    }
}

/// Whether the bytes begin as RFC 1950, section 2.2, has it.
fn is_zlib(body: &[u8]) -> bool {
    let [method, flags, ..] = body else { return false };
    method & 0x0f == 8 && u16::from_be_bytes([*method, *flags]).is_multiple_of(31)
}

/// How much is decoded before other tasks get a turn, in bytes: a millisecond or less.
const TURN: u64 = 256 << 10;

/// Reads to the end, unless that is too far.
async fn bounded(mut decoder: impl Read) -> io::Result<Vec<u8>> {
    let mut decoded = Vec::new();
    while decoder.by_ref().take(TURN).read_to_end(&mut decoded)? > 0 && decoded.len() <= MAX_BODY {
        tokio::task::yield_now().await;
    }
    if decoded.len() > MAX_BODY {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(decoded)
}

/// Why a body cannot be decoded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum DecodeError {
    /// It would be longer than [`MAX_BODY`].
    TooLong,
    /// It is not what its header says.
    Malformed(String),
}

/// Encodes a body, and names the codings as `Content-Encoding` does; nothing if there is none.
pub(crate) fn encode(
    mut body: Vec<u8>,
    names: &[String],
) -> Result<(Vec<u8>, Option<HeaderValue>), ErrorCode> {
    if names.len() > MAX_CODINGS {
        return Err(ErrorCode::LimitReached(format!("{MAX_CODINGS} codings of one body")));
    }
    let mut applied = Vec::new();
    for name in names {
        let Some(coding) = Coding::of(name) else {
            let text = format!("the coding {name:?} is none of gzip, deflate, br and zstd");
            return Err(ErrorCode::InvalidArgument(text));
        };
        body = coding.encode(&body).map_err(|error| ErrorCode::Other(Some(error.to_string())))?;
        applied.push(coding.name());
    }
    let value = HeaderValue::from_str(&applied.join(", ")).ok();
    Ok((body, value.filter(|_| !applied.is_empty())))
}

/// Decodes a body by its header fields. A coding that is not known leaves it as it is.
///
/// # Errors
///
/// The body is not what its header says, or too long.
pub(crate) async fn decode(headers: &HeaderMap, mut body: Vec<u8>) -> Result<Vec<u8>, DecodeError> {
    let values = headers.get_all(header::CONTENT_ENCODING).iter();
    let names = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let names: Vec<&str> =
        names.map(str::trim).filter(|name| !name.is_empty() && *name != "identity").collect();
    if body.is_empty() || names.iter().any(|name| Coding::of(name).is_none()) {
        return Ok(body);
    }
    if names.len() > MAX_CODINGS {
        let text = format!("the body has more than {MAX_CODINGS} codings");
        return Err(DecodeError::Malformed(text));
    }
    // The last one was applied last.
    for coding in names.into_iter().rev().filter_map(Coding::of) {
        body = coding.decode(&body).await.map_err(|error| match error.kind() {
            io::ErrorKind::FileTooLarge => DecodeError::TooLong,
            _ => DecodeError::Malformed(format!("{}: {error}", coding.name())),
        })?;
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// Nothing but the turns of others is waited for.
    fn now(headers: &HeaderMap, body: Vec<u8>) -> Result<Vec<u8>, DecodeError> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(decode(headers, body))
    }

    fn headers(coding: &'static str) -> HeaderMap {
        [(header::CONTENT_ENCODING, HeaderValue::from_static(coding))].into_iter().collect()
    }

    fn encoded(body: &[u8], names: &[&str]) -> (Vec<u8>, Option<HeaderValue>) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        encode(body.to_vec(), &names).unwrap()
    }

    #[test]
    fn each_coding_gives_back_what_it_was_given() {
        for name in ["gzip", "deflate", "br", "zstd"] {
            let (body, value) = encoded(b"hello hello hello", &[name]);
            assert_eq!(value.unwrap(), name);
            assert_ne!(body, b"hello hello hello");
            assert_eq!(now(&headers(name), body).unwrap(), b"hello hello hello");
        }
        assert_eq!(encoded(b"plain", &[]), (b"plain".to_vec(), None));
    }

    #[test]
    fn codings_are_undone_from_the_last_to_the_first() {
        let (body, value) = encoded(b"hello", &["gzip", "br"]);
        assert_eq!(value.unwrap(), "gzip, br");
        assert_eq!(now(&headers("gzip, br"), body).unwrap(), b"hello");
    }

    #[test]
    fn deflate_works_without_its_wrapping_too() {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(b"bare bare bare").unwrap();
        let body = encoder.finish().unwrap();
        assert_eq!(now(&headers("deflate"), body).unwrap(), b"bare bare bare");
    }

    #[test]
    fn what_cannot_be_decoded_is_told_and_what_is_not_known_is_left() {
        for name in ["gzip", "deflate", "br", "zstd"] {
            let error = now(&headers(name), b"certainly not compressed".to_vec()).unwrap_err();
            let DecodeError::Malformed(text) = &error else { panic!("{error:?}") };
            assert!(text.starts_with(name), "{text}");
        }
        assert_eq!(now(&headers("sdch"), b"as it is".to_vec()).unwrap(), b"as it is");
        assert_eq!(now(&headers("gzip"), Vec::new()).unwrap(), b"");
        assert!(encode(Vec::new(), &["lzma".to_owned()]).is_err());
    }

    #[test]
    fn others_have_turns_while_a_body_is_decoded() {
        let turns = 16;
        let (body, _) = encoded(&vec![0; turns * TURN as usize], &["gzip"]);
        let headers = headers("gzip");
        let mut decoding = std::pin::pin!(decode(&headers, body));
        let mut cx = Context::from_waker(Waker::noop());
        let given = std::iter::repeat_with(|| decoding.as_mut().poll(&mut cx));
        assert_eq!(given.take_while(Poll::is_pending).count(), turns);
    }

    #[test]
    fn a_bomb_is_bounded() {
        for name in ["gzip", "deflate", "br", "zstd"] {
            let (body, _) = encoded(&vec![0; MAX_BODY + 1], &[name]);
            assert!(body.len() < MAX_BODY / 100, "{name}: {}", body.len());
            assert_eq!(now(&headers(name), body), Err(DecodeError::TooLong));
        }
    }
}
