//! Addresses as settings give them.

use crate::error::SessionError;
use crate::session::Endpoint;

/// Where and what of `scheme://host[:port]/path`; `schemes` names the one without and the one with
/// TLS, and the port is theirs where none is given.
pub(crate) fn parse(url: &str, schemes: [&str; 2]) -> Result<(Endpoint, String), SessionError> {
    let fault = |fix: &str| SessionError::setting("url", url, fix);
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err(fault("write scheme://host:port/path"));
    };
    let is_tls = match schemes.iter().position(|known| *known == scheme) {
        Some(place) => place == 1,
        None => return Err(fault(&format!("use {} or {}", schemes[0], schemes[1]))),
    };
    let (authority, path) = match rest.find(['/', '?']) {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => {
            let port = port
                .parse()
                .map_err(|_| fault("give the port as a number up to 65535"))?;
            (host, port)
        }
        None => (authority, if is_tls { 443 } else { 80 }),
    };
    if host.is_empty() || host.contains(['@', '[', ' ']) {
        return Err(fault("give the host by name or IPv4 address, without user"));
    }
    let path = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{path}")
    };
    let endpoint = Endpoint {
        host: host.to_owned(),
        port,
        is_tls,
    };
    Ok((endpoint, path))
}
