//! The messages of HTTP/1.1, as far as services use them.

use std::fmt;

use crate::engine::term::Atom;

/// A request for an application on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HttpRequest {
    /// The node that it goes to.
    pub(super) host: Atom,
    /// The application, which is the path.
    pub(super) application: Atom,
    /// True if the connection stays open after it.
    pub(super) keep_alive: bool,
    /// True if nobody waits for its outcome: a cast.
    pub(super) respond_async: bool,
    /// JSON.
    pub(super) body: String,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HttpResponse {
    pub(super) status: Status,
    /// JSON, or nothing.
    pub(super) body: String,
}

/// The outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// This is the answer.
    Ok,
    /// It was passed on.
    Accepted,
    /// It makes no sense.
    BadRequest,
    /// No such application runs here.
    NotFound,
    /// The application has ended over it.
    BadGateway,
}

impl Status {
    const ALL: [Status; 5] =
        [Status::Ok, Status::Accepted, Status::BadRequest, Status::NotFound, Status::BadGateway];

    const fn line(self) -> &'static str {
        match self {
            Status::Ok => "HTTP/1.1 200 OK",
            Status::Accepted => "HTTP/1.1 202 Accepted",
            Status::BadRequest => "HTTP/1.1 400 Bad Request",
            Status::NotFound => "HTTP/1.1 404 Not Found",
            Status::BadGateway => "HTTP/1.1 502 Bad Gateway",
        }
    }
}

impl fmt::Display for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "POST /{} HTTP/1.1\r\n", self.application.as_str())?;
        write!(f, "Host: {}\r\n", self.host.as_str())?;
        f.write_str("User-Agent: nodedown\r\nAccept: application/json\r\n")?;
        let connection = if self.keep_alive { "keep-alive" } else { "close" };
        write!(f, "Connection: {connection}\r\n")?;
        if self.respond_async {
            f.write_str("Prefer: respond-async\r\n")?;
        }
        write_body(f, &self.body)
    }
}

impl fmt::Display for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\r\nServer: nodedown\r\n", self.status.line())?;
        write_body(f, &self.body)
    }
}

fn write_body(f: &mut fmt::Formatter<'_>, body: &str) -> fmt::Result {
    write!(f, "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

impl HttpRequest {
    /// Reads what [`HttpRequest`] prints.
    pub(super) fn parse(text: &str) -> Option<HttpRequest> {
        let parts = Parts::of(text)?;
        let path = parts.start.strip_prefix("POST /")?.strip_suffix(" HTTP/1.1")?;
        Some(HttpRequest {
            host: Atom::try_new(parts.header("Host")?).ok()?,
            application: Atom::try_new(path).ok()?,
            keep_alive: parts.header("Connection") != Some("close"),
            respond_async: parts.header("Prefer") == Some("respond-async"),
            body: parts.body.to_owned(),
        })
    }
}

impl HttpResponse {
    /// Reads what [`HttpResponse`] prints.
    pub(super) fn parse(text: &str) -> Option<HttpResponse> {
        let parts = Parts::of(text)?;
        let status = Status::ALL.into_iter().find(|status| status.line() == parts.start)?;
        Some(HttpResponse { status, body: parts.body.to_owned() })
    }
}

/// A message taken apart.
struct Parts<'a> {
    start: &'a str,
    headers: &'a str,
    body: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Option<Parts<'a>> {
        let (head, body) = text.split_once("\r\n\r\n")?;
        let (start, headers) = head.split_once("\r\n")?;
        let parts = Parts { start, headers, body };
        let length: usize = parts.header("Content-Length")?.parse().ok()?;
        (length == body.len()).then_some(parts)
    }

    fn header(&self, name: &str) -> Option<&'a str> {
        let mut headers = self.headers.split("\r\n").filter_map(|line| line.split_once(": "));
        headers.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_http() {
        let request = HttpRequest {
            host: Atom::new("web@a"),
            application: Atom::new("http"),
            keep_alive: true,
            respond_async: true,
            body: r#"{"read":{"room":"room-1"}}"#.to_owned(),
        };
        let text = request.to_string();
        let expected = [
            "POST /http HTTP/1.1",
            "Host: web@a",
            "User-Agent: nodedown",
            "Accept: application/json",
            "Connection: keep-alive",
            "Prefer: respond-async",
            "Content-Type: application/json",
            "Content-Length: 26",
            "",
            r#"{"read":{"room":"room-1"}}"#,
        ];
        assert_eq!(text, expected.join("\r\n"));
        assert_eq!(HttpRequest::parse(&text), Some(request));
    }

    #[test]
    fn what_is_printed_is_read() {
        for status in Status::ALL {
            let response = HttpResponse { status, body: r#"{"ok":{"posted":1}}"#.to_owned() };
            assert_eq!(HttpResponse::parse(&response.to_string()), Some(response));
        }
    }

    #[test]
    fn other_bytes_are_no_message() {
        let whole = HttpResponse { status: Status::Ok, body: "[1,2]".to_owned() }.to_string();
        for text in ["", "hello", "HTTP/1.1 200 OK\r\n\r\n", &whole[..whole.len() - 1]] {
            assert_eq!(HttpResponse::parse(text), None, "{text}");
            assert_eq!(HttpRequest::parse(text), None, "{text}");
        }
    }
}
