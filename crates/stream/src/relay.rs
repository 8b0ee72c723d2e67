//! Hands requests on to the application behind, and answers of its own as problem documents.

use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{
    CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};

use crate::kept::{ANSWER_BYTES_MAX, Kept};
use crate::upstream::{Body, Silent};

/// The application names its route in it where an answer is good until the desk's next step.
const AS_OF_STEP: HeaderName = HeaderName::from_static("x-wattbook-as-of-step");
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
/// RFC 9110, section 7.6.1: of one connection only.
const HOPS: [HeaderName; 5] = [CONNECTION, KEEP_ALIVE, TE, TRAILER, UPGRADE];

/// The request as it goes on; what says how long its body is stays.
pub(crate) fn onward(request: Request<Incoming>) -> Request<Body> {
    let mut request = request.map(Either::Right);
    for name in HOPS {
        request.headers_mut().remove(name);
    }
    request
}

/// Asks for `target` with the headers of an asker, as if it had.
pub(crate) fn asked(target: &str, headers: HeaderMap) -> Request<Body> {
    let mut request = Request::new(Either::Left(Full::new(Bytes::new())));
    *request.method_mut() = Method::GET;
    *request.uri_mut() = target.parse().unwrap_or_default();
    *request.headers_mut() = headers;
    request
}

/// The answer as it goes back.
pub(crate) fn back(response: Response<Incoming>) -> Response<Body> {
    let mut response = response.map(Either::Right);
    for name in HOPS {
        response.headers_mut().remove(name);
    }
    response.headers_mut().remove(TRANSFER_ENCODING);
    response
}

/// The answer as it goes back, and as it is kept where it is good until the next step.
pub(crate) async fn kept(
    response: Response<Incoming>,
) -> Result<(Response<Body>, Option<Kept>), Silent> {
    let mut response = back(response);
    let route = response.headers_mut().remove(AS_OF_STEP);
    let length = response.body().size_hint().exact();
    let is_short = length.is_some_and(|length| length <= ANSWER_BYTES_MAX as u64);
    let (StatusCode::OK, Some(route), true) = (response.status(), route, is_short) else {
        return Ok((response, None));
    };
    let (parts, body) = response.into_parts();
    let body = match body {
        Either::Left(_) => Bytes::new(),
        Either::Right(incoming) => incoming.collect().await?.to_bytes(),
    };
    let kept = Kept {
        route: String::from_utf8_lossy(route.as_bytes()).into_owned(),
        headers: parts.headers.clone(),
        body: body.clone(),
    };
    Ok((
        Response::from_parts(parts, Either::Left(Full::new(body))),
        Some(kept),
    ))
}

/// A kept answer as it goes back.
pub(crate) fn again(kept: Kept) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::new(kept.body)));
    *response.headers_mut() = kept.headers;
    response
}

/// A problem document of RFC 9457; `detail` says what to do.
pub(crate) fn problem(status: StatusCode, detail: &str) -> Response<Body> {
    let title = status.canonical_reason().unwrap_or("refused");
    let detail = detail.replace('\\', "\\\\").replace('"', "\\\"");
    let text = format!(
        r#"{{"type":"about:blank","title":"{title}","status":{},"detail":"{detail}"}}"#,
        status.as_u16()
    );
    let mut response = Response::new(Either::Left(Full::new(Bytes::from(text))));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
