//! One request and its answer over one connection.

use std::io::{Read, Write};
use std::task::Poll;

use cookie::Cookie;

use super::body::Body;
use super::problem::Problem;
use crate::bindings::http::{Answer, Sent, SetCookie, Version};
use crate::bindings::types::{ErrorCode, Header};
use crate::clock;
use crate::connection::stream::{Stream, io_error, would_block};
use crate::limits::{MAX_HEADER_BYTES, MAX_HEADER_FIELDS};
use crate::plan::Step;
use crate::reactor::Sources;

/// How much one read may bring.
const CHUNK: usize = 16 << 10;

/// An exchange that is under way.
pub(super) struct Exchange {
    pub(super) stream: Stream,
    to_head: bool,
    request: Vec<u8>,
    written: usize,
    input: Vec<u8>,
    head: Option<(Answer, Body)>,
    pub(super) stamps: Stamps,
}

/// When what happened; 0 if it did not.
#[derive(Clone, Copy, Default)]
pub(super) struct Stamps {
    pub(super) begun: u64,
    pub(super) sent: u64,
    pub(super) answered: u64,
}

impl Exchange {
    /// Sends what this step says over a connection that was made for it.
    pub(super) fn new(stream: Stream, step: &Step, sent: &Sent) -> Self {
        Self {
            stream,
            to_head: sent.method == "HEAD",
            request: request(step, sent),
            written: 0,
            input: Vec::new(),
            head: None,
            stamps: Stamps { begun: clock::now(), ..Stamps::default() },
        }
    }

    /// Goes on as far as it can.
    pub(super) fn advance(&mut self) -> Poll<Result<Answer, Problem>> {
        self.stream.look();
        let host = |code: ErrorCode| Problem::connection(code, "", None);
        match self.write() {
            Ok(true) => {}
            Ok(false) => return Poll::Pending,
            Err(code) => return Poll::Ready(Err(host(code))),
        }
        loop {
            if let Some(answer) = self.complete()? {
                return Poll::Ready(Ok(answer));
            }
            let start = self.input.len();
            self.input.resize(start + CHUNK, 0);
            let read = self.stream.read(&mut self.input[start..]);
            self.input.truncate(start + read.as_ref().map_or(0, |read| *read));
            match read {
                Ok(0) => return Poll::Ready(self.end()),
                Ok(_) if self.stamps.answered == 0 => self.stamps.answered = clock::now(),
                Ok(_) => {}
                Err(error) if would_block(&error) => return Poll::Pending,
                Err(error) => return Poll::Ready(Err(host(io_error(&error)))),
            }
        }
    }

    /// Writes the request; true when all of it is written.
    fn write(&mut self) -> Result<bool, ErrorCode> {
        while self.written < self.request.len() {
            match self.stream.write(&self.request[self.written..]) {
                Ok(0) => return Err(ErrorCode::ConnectionReset),
                Ok(written) => self.written += written,
                Err(error) if would_block(&error) => return Ok(false),
                Err(error) => return Err(io_error(&error)),
            }
        }
        if self.stamps.sent == 0 {
            let _ = self.stream.flush();
            self.stamps.sent = clock::now();
        }
        Ok(true)
    }

    /// The answer, if all of it has come.
    fn complete(&mut self) -> Result<Option<Answer>, Problem> {
        if self.head.is_none() {
            self.head = self.read_head()?;
        }
        let Some((_, body)) = &mut self.head else { return Ok(None) };
        let is_complete = body.take(&mut self.input)?;
        Ok(if is_complete { self.whole() } else { None })
    }

    /// The connection has ended.
    fn end(&mut self) -> Result<Answer, Problem> {
        match &self.head {
            Some((_, body)) if body.ends_here() => self.whole().ok_or_else(Problem::ended),
            _ => Err(Problem::ended()),
        }
    }

    fn whole(&mut self) -> Option<Answer> {
        let (mut answer, body) = self.head.take()?;
        answer.body = body.content;
        Some(answer)
    }

    /// Reads the head of the answer, behind those that are only interim (RFC 9110, section 15.2).
    fn read_head(&mut self) -> Result<Option<(Answer, Body)>, Problem> {
        loop {
            let mut fields = [httparse::EMPTY_HEADER; MAX_HEADER_FIELDS];
            let mut response = httparse::Response::new(&mut fields);
            let parsed = response.parse(&self.input);
            let length = match parsed.map_err(|error| Problem::malformed(&error.to_string()))? {
                httparse::Status::Complete(length) => length,
                httparse::Status::Partial if self.input.len() > MAX_HEADER_BYTES => {
                    let what = "the header section of the answer is too long";
                    return Err(Problem::too_long(what.to_owned()));
                }
                httparse::Status::Partial => return Ok(None),
            };
            let answer = answer(&response);
            self.input.drain(..length);
            if !(100..200).contains(&answer.status) {
                let body = Body::new(answer.status, self.to_head, &answer.headers)?;
                return Ok(Some((answer, body)));
            }
        }
    }

    /// What it waits for.
    pub(super) fn sources(&self) -> Sources<'_> {
        self.stream.sources(true)
    }
}

/// The bytes of a request.
fn request(step: &Step, sent: &Sent) -> Vec<u8> {
    let mut lines = vec![
        format!("{} {} HTTP/1.1", sent.method, step.resource()),
        format!("host: {}", step.authority()),
    ];
    lines.extend(sent.headers.iter().map(|Header { name, value }| format!("{name}: {value}")));
    if !step.body.is_empty() {
        lines.push(format!("content-length: {}", step.body.len()));
    }
    lines.push("connection: close".to_owned());
    let mut bytes = (lines.join("\r\n") + "\r\n\r\n").into_bytes();
    bytes.extend_from_slice(&step.body);
    bytes
}

fn answer(response: &httparse::Response<'_, '_>) -> Answer {
    let status = response.code.unwrap_or_default();
    let headers: Vec<Header> = response
        .headers
        .iter()
        .map(|field| Header {
            name: field.name.to_lowercase(),
            value: String::from_utf8_lossy(field.value).into_owned(),
        })
        .collect();
    let fields = headers.iter().filter(|field| field.name == "set-cookie");
    let cookies = fields.filter_map(|field| Cookie::parse(&*field.value).ok());
    Answer {
        status,
        status_text: format!("{status} {}", response.reason.unwrap_or_default())
            .trim_end()
            .to_owned(),
        version: if response.version == Some(0) { Version::Http10 } else { Version::Http11 },
        cookies: cookies.map(|cookie| set_cookie(&cookie)).collect(),
        headers,
        body: Vec::new(),
        too_many_redirects: false,
    }
}

fn set_cookie(cookie: &Cookie<'_>) -> SetCookie {
    SetCookie {
        name: cookie.name().to_owned(),
        value: cookie.value().to_owned(),
        domain: cookie.domain().unwrap_or_default().to_owned(),
        path: cookie.path().unwrap_or_default().to_owned(),
        max_age: cookie.max_age().map_or(0, |age| age.whole_seconds()),
        expires: cookie.expires_datetime().map(|time| time.unix_timestamp()),
        http_only: cookie.http_only() == Some(true),
        secure: cookie.secure() == Some(true),
    }
}
