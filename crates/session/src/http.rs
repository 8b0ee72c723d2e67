//! HTTP/1.1 messages without I/O: RFC 9112, as much of it as REST snapshots, tokens and the
//! WebSocket handshake need.

use crate::error::SessionError;
use crate::inbox::Inbox;

/// Longest head of a message, bytes.
const HEAD_BYTES_MAX: usize = 65_536;
const HEADERS_MAX: usize = 64;

/// Names and values; names are compared without case.
pub type Headers = Vec<(String, String)>;

/// The value of `name` among `headers`.
#[must_use]
pub fn header<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    let found = headers
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// `GET`, `POST`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names and values.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
}

/// A response.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Names and values.
    pub headers: Headers,
    /// The body, chunks joined.
    pub body: Vec<u8>,
}

impl Request {
    /// The request's bytes. A body brings its length.
    ///
    /// # Errors
    /// [`SessionError::Setting`] when the path or a header holds a line end or another control
    /// character, which would begin another header.
    pub fn encode(&self) -> Result<Vec<u8>, SessionError> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        write_headers(
            &mut head,
            &self.headers,
            self.body.len(),
            !self.body.is_empty(),
        );
        let texts = self.headers.iter().flat_map(|(name, value)| [name, value]);
        for text in texts.chain([&self.method, &self.path]) {
            if text.bytes().any(|byte| byte < b' ' || byte == 0x7F) {
                return Err(SessionError::setting(
                    "HTTP header",
                    text,
                    "take out the control characters",
                ));
            }
        }
        Ok([head.as_bytes(), &self.body].concat())
    }
}

impl Response {
    /// The response's bytes, with the length of its body.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} -\r\n", self.status);
        write_headers(
            &mut head,
            &self.headers,
            self.body.len(),
            self.status >= 200,
        );
        [head.as_bytes(), &self.body].concat()
    }
}

fn write_headers(head: &mut String, headers: &Headers, body_bytes: usize, has_length: bool) {
    for (name, value) in headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    if has_length {
        head.extend(["Content-Length: ", &body_bytes.to_string(), "\r\n"]);
    }
    head.push_str("\r\n");
}

/// Messages out of a stream of bytes, whatever its chunks.
#[derive(Debug)]
pub struct Reader {
    inbox: Inbox,
    body_bytes_max: usize,
}

/// How a body ends.
enum Length {
    Bytes(usize),
    Chunked,
}

impl Reader {
    /// Refuses bodies longer than `body_bytes_max`.
    #[must_use]
    pub fn new(body_bytes_max: usize) -> Self {
        Self {
            inbox: Inbox::default(),
            body_bytes_max,
        }
    }

    /// Takes bytes as they came.
    pub fn push(&mut self, bytes: &[u8]) {
        self.inbox.push(bytes);
    }

    /// What came behind the messages taken: another protocol's bytes after an upgrade.
    #[must_use]
    pub fn rest(self) -> Vec<u8> {
        self.inbox.waiting().to_vec()
    }

    /// The next whole response.
    ///
    /// # Errors
    /// [`SessionError::Protocol`]; the stream is of no use after it.
    pub fn response(&mut self) -> Result<Option<Response>, SessionError> {
        let mut room = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut head = httparse::Response::new(&mut room);
        let parsed = head.parse(self.inbox.waiting());
        let Some(head_bytes) = self.head_bytes(parsed)? else {
            return Ok(None);
        };
        let status = head.code.unwrap_or_default();
        let headers = owned(head.headers);
        let length = match status {
            101 | 204 | 304 => Length::Bytes(0),
            _ => self.length(&headers, true)?,
        };
        let Some((body, end)) = self.body(head_bytes, &length)? else {
            return Ok(None);
        };
        self.inbox.take(end);
        Ok(Some(Response {
            status,
            headers,
            body,
        }))
    }

    /// The next whole request.
    ///
    /// # Errors
    /// [`SessionError::Protocol`]; the stream is of no use after it.
    pub fn request(&mut self) -> Result<Option<Request>, SessionError> {
        let mut room = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut head = httparse::Request::new(&mut room);
        let parsed = head.parse(self.inbox.waiting());
        let Some(head_bytes) = self.head_bytes(parsed)? else {
            return Ok(None);
        };
        let method = head.method.unwrap_or_default().to_owned();
        let path = head.path.unwrap_or_default().to_owned();
        let headers = owned(head.headers);
        let length = self.length(&headers, false)?;
        let Some((body, end)) = self.body(head_bytes, &length)? else {
            return Ok(None);
        };
        self.inbox.take(end);
        Ok(Some(Request {
            method,
            path,
            headers,
            body,
        }))
    }

    fn fault(&self, reason: String) -> SessionError {
        SessionError::Protocol {
            protocol: "HTTP",
            offset: self.inbox.offset(),
            reason,
        }
    }

    fn head_bytes(
        &self,
        parsed: Result<httparse::Status<usize>, httparse::Error>,
    ) -> Result<Option<usize>, SessionError> {
        match parsed {
            Ok(httparse::Status::Complete(bytes)) => Ok(Some(bytes)),
            Ok(httparse::Status::Partial) if self.inbox.waiting().len() > HEAD_BYTES_MAX => {
                Err(self.fault(format!("a head of more than {HEAD_BYTES_MAX} bytes")))
            }
            Ok(httparse::Status::Partial) => Ok(None),
            Err(error) => Err(self.fault(format!("no HTTP head: {error}"))),
        }
    }

    fn length(&self, headers: &Headers, is_response: bool) -> Result<Length, SessionError> {
        if let Some(coding) = header(headers, "transfer-encoding") {
            if coding.eq_ignore_ascii_case("chunked") {
                return Ok(Length::Chunked);
            }
            return Err(self.fault(format!(
                "the transfer coding {coding:?}; only chunked is known"
            )));
        }
        let Some(text) = header(headers, "content-length") else {
            if is_response {
                return Err(self.fault("a response that does not tell its length".to_owned()));
            }
            return Ok(Length::Bytes(0));
        };
        match text.trim().parse() {
            Ok(bytes) if bytes <= self.body_bytes_max => Ok(Length::Bytes(bytes)),
            _ => {
                let limit = self.body_bytes_max;
                Err(self.fault(format!("a body of {text:?} bytes; {limit} are allowed")))
            }
        }
    }

    /// The body behind the head, and where it ends.
    fn body(&self, head: usize, length: &Length) -> Result<Option<(Vec<u8>, usize)>, SessionError> {
        let waiting = self.inbox.waiting();
        match *length {
            Length::Bytes(bytes) => {
                let body = waiting.get(head..head + bytes);
                Ok(body.map(|body| (body.to_vec(), head + bytes)))
            }
            Length::Chunked => self.chunks(&waiting[head..]).map(|whole| {
                let (body, end) = whole?;
                Some((body, head + end))
            }),
        }
    }

    fn chunks(&self, bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, SessionError> {
        let (mut body, mut at) = (Vec::new(), 0);
        loop {
            let (head, size) = match httparse::parse_chunk_size(&bytes[at..]) {
                Ok(httparse::Status::Complete((head, size))) => (head, size),
                Ok(httparse::Status::Partial) => return Ok(None),
                Err(_) => return Err(self.fault("a chunk without its size".to_owned())),
            };
            let limit = self.body_bytes_max;
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            if size > limit.saturating_sub(body.len()) {
                return Err(self.fault(format!("a body of more than the {limit} bytes allowed")));
            }
            at += head;
            let Some(chunk) = bytes.get(at..at + size + 2) else {
                return Ok(None);
            };
            if &chunk[size..] != b"\r\n" {
                return Err(self.fault("a chunk longer than its size".to_owned()));
            }
            body.extend_from_slice(&chunk[..size]);
            at += size + 2;
            if size == 0 {
                return Ok(Some((body, at)));
            }
        }
    }
}

fn owned(headers: &[httparse::Header<'_>]) -> Headers {
    let headers = headers.iter();
    let owned = headers.map(|header| {
        let value = String::from_utf8_lossy(header.value).into_owned();
        (header.name.to_owned(), value)
    });
    owned.collect()
}
