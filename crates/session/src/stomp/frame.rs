//! Frames out of bytes and back.

use crate::error::SessionError;
use crate::inbox::Inbox;

/// Most headers of a frame.
const HEADERS_MAX: usize = 256;
/// Longest command and headers of a frame, bytes.
const HEAD_BYTES_MAX: usize = 65_536;

/// A frame.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frame {
    /// `CONNECT`, `MESSAGE` and so on.
    pub command: String,
    /// Names and values in order; of repeated names the first counts.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What a stream holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A frame.
    Frame(Frame),
    /// A line end between frames: a heartbeat.
    Heartbeat,
}

impl Frame {
    /// A frame of `command` and `headers` with an empty body.
    #[must_use]
    pub fn new(command: &str, headers: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            command: command.to_owned(),
            headers: headers.iter().map(owned).collect(),
            body: Vec::new(),
        }
    }

    /// This frame with `body` and its length.
    #[must_use]
    pub fn with_body(mut self, body: &[u8]) -> Self {
        let length = ("content-length".to_owned(), body.len().to_string());
        self.headers.push(length);
        self.body = body.to_vec();
        self
    }

    /// The value of the first header called `name`.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The frame's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.command.clone().into_bytes();
        out.push(b'\n');
        // CONNECT and CONNECTED are not escaped, for the sake of STOMP 1.0.
        let is_escaped = !matches!(self.command.as_str(), "CONNECT" | "CONNECTED");
        for (name, value) in &self.headers {
            write_escaped(&mut out, name, is_escaped);
            out.push(b':');
            write_escaped(&mut out, value, is_escaped);
            out.push(b'\n');
        }
        out.push(b'\n');
        out.extend_from_slice(&self.body);
        out.push(0);
        out
    }
}

fn write_escaped(out: &mut Vec<u8>, text: &str, is_escaped: bool) {
    for byte in text.bytes() {
        match byte {
            b'\\' if is_escaped => out.extend_from_slice(b"\\\\"),
            b'\n' if is_escaped => out.extend_from_slice(b"\\n"),
            b'\r' if is_escaped => out.extend_from_slice(b"\\r"),
            b':' if is_escaped => out.extend_from_slice(b"\\c"),
            // Would end the header.
            b'\n' | b'\r' => {}
            _ => out.push(byte),
        }
    }
}

fn unescaped(text: &str, is_escaped: bool) -> Result<String, String> {
    if !is_escaped || !text.contains('\\') {
        return Ok(text.to_owned());
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(next) = rest.next() {
        if next != '\\' {
            out.push(next);
            continue;
        }
        out.push(match rest.next() {
            Some('\\') => '\\',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('c') => ':',
            other => return Err(format!("the undefined escape \\{}", other.unwrap_or(' '))),
        });
    }
    Ok(out)
}

/// Frames out of a stream of bytes, whatever its chunks.
#[derive(Debug)]
pub struct FrameReader {
    inbox: Inbox,
    body_bytes_max: usize,
    /// No need to search again what held no end: bytes from the first waiting one.
    searched: usize,
}

impl FrameReader {
    /// Refuses bodies longer than `body_bytes_max`.
    #[must_use]
    pub fn new(body_bytes_max: usize) -> Self {
        Self {
            inbox: Inbox::default(),
            body_bytes_max,
            searched: 0,
        }
    }

    /// Takes bytes as they came.
    pub fn push(&mut self, bytes: &[u8]) {
        self.inbox.push(bytes);
    }

    /// The next frame or heartbeat.
    ///
    /// # Errors
    /// [`SessionError::Protocol`] with the offset of the frame; the stream is of no use after it.
    pub fn part(&mut self) -> Result<Option<Part>, SessionError> {
        let waiting = self.inbox.waiting();
        match waiting {
            [b'\n', ..] => {
                self.inbox.take(1);
                return Ok(Some(Part::Heartbeat));
            }
            [b'\r', b'\n', ..] => {
                self.inbox.take(2);
                return Ok(Some(Part::Heartbeat));
            }
            _ => {}
        }
        let parsed = self.frame().map_err(|reason| SessionError::Protocol {
            protocol: "STOMP",
            offset: self.inbox.offset(),
            reason,
        })?;
        let Some((frame, end)) = parsed else {
            return Ok(None);
        };
        self.inbox.take(end);
        self.searched = 0;
        Ok(Some(Part::Frame(frame)))
    }

    fn frame(&mut self) -> Result<Option<(Frame, usize)>, String> {
        let waiting = self.inbox.waiting();
        let Some((head, body_at)) = head(waiting)? else {
            return Ok(None);
        };
        let mut lines = head
            .split('\n')
            .map(|line| line.strip_suffix('\r').unwrap_or(line));
        let command = lines.next().unwrap_or_default().to_owned();
        if command.is_empty() || !command.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(format!("{command:.40?} where a command stands"));
        }
        let is_escaped = !matches!(command.as_str(), "CONNECT" | "CONNECTED");
        let mut headers = Vec::new();
        for line in lines {
            let Some((name, value)) = line.split_once(':') else {
                return Err(format!("{line:.40?} where a header stands"));
            };
            if line.contains('\r') {
                return Err("a carriage return within a header".to_owned());
            }
            if headers.len() == HEADERS_MAX {
                return Err(format!("more than {HEADERS_MAX} headers"));
            }
            headers.push((unescaped(name, is_escaped)?, unescaped(value, is_escaped)?));
        }
        let mut frame = Frame {
            command,
            headers,
            body: Vec::new(),
        };
        let limit = self.body_bytes_max;
        let body = &waiting[body_at..];
        let length = match frame.header("content-length") {
            Some(text) => match text.trim().parse::<usize>() {
                Ok(length) if length <= limit => length,
                _ => return Err(format!("a body of {text:?} bytes; {limit} are allowed")),
            },
            None => match find_zero(body, self.searched) {
                Some(length) => length,
                None if body.len() > limit => {
                    return Err(format!("a body of more than the {limit} bytes allowed"));
                }
                None => {
                    self.searched = body.len();
                    return Ok(None);
                }
            },
        };
        match body.get(length) {
            None => return Ok(None),
            Some(0) => {}
            Some(byte) => return Err(format!("0x{byte:02X} where the body ends with 0x00")),
        }
        frame.body = body[..length].to_vec();
        Ok(Some((frame, body_at + length + 1)))
    }
}

fn find_zero(bytes: &[u8], from: usize) -> Option<usize> {
    let tail = bytes.get(from..)?;
    let at = tail.iter().position(|byte| *byte == 0)?;
    Some(from + at)
}

/// Command and headers, without the empty line behind them, and where the body begins.
fn head(bytes: &[u8]) -> Result<Option<(&str, usize)>, String> {
    let mut line_start = 0;
    let searched = &bytes[..bytes.len().min(HEAD_BYTES_MAX)];
    for (at, byte) in searched.iter().enumerate() {
        if *byte == 0 {
            return Err("a frame that ends before its headers do".to_owned());
        }
        if *byte != b'\n' {
            continue;
        }
        if matches!(&bytes[line_start..at], [] | [b'\r']) {
            let head = std::str::from_utf8(&bytes[..line_start.saturating_sub(1)]);
            let head = head.map_err(|_| "headers that are not UTF-8".to_owned())?;
            return Ok(Some((head, at + 1)));
        }
        line_start = at + 1;
    }
    if bytes.len() > HEAD_BYTES_MAX {
        return Err(format!("headers of more than {HEAD_BYTES_MAX} bytes"));
    }
    Ok(None)
}
