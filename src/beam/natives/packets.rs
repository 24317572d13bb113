//! `erlang:decode_packet/3`: the first packet of a stream of bytes.

use crate::beam::atom::{self, AtomIndex};
use crate::beam::heap::Heap;
use crate::beam::native::{NativeResult, Pure, Raise};
use crate::beam::value::Value;

pub(super) const ERLANG: &[(&str, u8, Pure)] = &[("decode_packet", 3, decode_packet)];

/// The options of `decode_packet/3`.
#[derive(Clone, Copy)]
struct Options {
    /// The most bytes of a packet; 0: as many as there are.
    packet_size: usize,
    /// A line is cut off at so many bytes; 0: never.
    line_length: usize,
    delimiter: u8,
}

/// A packet that was found.
enum Found {
    /// Its bytes, and how many bytes it takes.
    Packet(std::ops::Range<usize>, usize),
    /// It is not all there: its length, if that is known.
    More(Option<usize>),
    Invalid,
}

fn options_of(heap: &Heap, list: Value) -> Result<Options, Raise> {
    let mut options = Options { packet_size: 0, line_length: 0, delimiter: b'\n' };
    for option in heap.as_list(list).ok_or(Raise::BADARG)? {
        let Some(&[name, value]) = heap.as_tuple(option) else { return Err(Raise::BADARG) };
        let size = heap.as_size(value).ok_or(Raise::BADARG)?;
        match name.as_atom().map(AtomIndex::as_str) {
            Some("packet_size") => options.packet_size = size,
            Some("line_length") => options.line_length = size,
            Some("line_delimiter") => {
                options.delimiter = u8::try_from(size).map_err(|_| Raise::BADARG)?;
            }
            Some(_) | None => return Err(Raise::BADARG),
        }
    }
    Ok(options)
}

fn decode_packet(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let options = options_of(heap, args[2])?;
    let kind = match (args[0].as_atom(), args[0].as_small()) {
        (Some(name), _) => name.as_str(),
        (_, Some(0)) => "raw",
        (_, Some(1)) => "1",
        (_, Some(2)) => "2",
        (_, Some(4)) => "4",
        (_, _) => return Err(bad_type()),
    };
    let bits = heap.as_bits(args[1]).ok_or(Raise::BADARG)?;
    if !bits.len().is_multiple_of(8) {
        return Err(Raise::BADARG);
    }
    let bytes = bits.bytes().into_owned();
    if matches!(kind, "http" | "http_bin" | "httph" | "httph_bin") {
        return http(heap, &bytes, args[1], kind, options);
    }
    let found = find(kind, &bytes, options).ok_or_else(bad_type)?;
    match found {
        Found::Packet(range, len) => {
            let packet = part(heap, args[1], range.start, range.end)?;
            packed(heap, packet, args[1], len, bytes.len())
        }
        Found::More(len) => Ok(more(heap, len)),
        Found::Invalid => Ok(error(heap, "invalid")),
    }
}

/// A type of packets that there is not.
fn bad_type() -> Raise {
    Raise::BAD_OPTION
}

fn part(heap: &mut Heap, binary: Value, from: usize, to: usize) -> NativeResult {
    heap.part(binary, from * 8, (to - from) * 8).ok_or(Raise::BADARG)
}

/// `{ok, Packet, Rest}`
fn packed(heap: &mut Heap, packet: Value, binary: Value, len: usize, size: usize) -> NativeResult {
    let rest = part(heap, binary, len, size)?;
    Ok(heap.tuple(&[atom::OK.into(), packet, rest]))
}

/// `{more, Length}`
fn more(heap: &mut Heap, len: Option<usize>) -> Value {
    let len = len.map_or(atom::UNDEFINED.into(), Value::size);
    heap.tuple(&[AtomIndex::new("more").into(), len])
}

/// `{error, Reason}`
fn error(heap: &mut Heap, reason: &str) -> Value {
    heap.tuple(&[atom::ERROR.into(), AtomIndex::new(reason).into()])
}

/// A number of the first bytes, the highest first.
fn number(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

/// A packet whose header has the length of what follows it.
fn counted(bytes: &[u8], header: usize, hidden: usize, options: Options) -> Found {
    let Some(length) = bytes.get(..header) else { return Found::More(None) };
    whole(bytes, hidden, header + number(length), options)
}

/// A packet of a length, of which the first bytes are not handed out.
fn whole(bytes: &[u8], hidden: usize, len: usize, options: Options) -> Found {
    if options.packet_size > 0 && len - hidden > options.packet_size {
        return Found::Invalid;
    }
    if bytes.len() < len { Found::More(Some(len)) } else { Found::Packet(hidden..len, len) }
}

/// The packet that bytes begin with; `None` for a type that there is not.
fn find(kind: &str, bytes: &[u8], options: Options) -> Option<Found> {
    Some(match kind {
        "raw" if bytes.is_empty() => Found::More(None),
        "raw" => Found::Packet(0..bytes.len(), bytes.len()),
        "1" => counted(bytes, 1, 1, options),
        "2" => counted(bytes, 2, 2, options),
        "4" => counted(bytes, 4, 4, options),
        "line" => line(bytes, options),
        "asn1" => asn1(bytes, options),
        "sunrm" => match bytes.get(..4) {
            Some(header) => whole(bytes, 0, 4 + (number(header) & 0x7fff_ffff), options),
            None => Found::More(None),
        },
        "cdr" => match bytes.get(..12) {
            Some([b'G', b'I', b'O', b'P', _, _, flags, _, size @ ..]) => {
                let mut size = size.to_vec();
                if flags & 1 == 1 {
                    size.reverse();
                }
                whole(bytes, 0, 12 + number(&size), options)
            }
            Some(_) => Found::Invalid,
            None => Found::More(None),
        },
        "fcgi" => match bytes.get(..8) {
            Some(&[1, _, _, _, high, low, padding, _]) => {
                let padding = usize::from(padding);
                let len = 8 + number(&[high, low]) + padding;
                match whole(bytes, 0, len, options) {
                    Found::Packet(range, len) => Found::Packet(0..range.end - padding, len),
                    other @ (Found::More(_) | Found::Invalid) => other,
                }
            }
            Some(_) => Found::Invalid,
            None => Found::More(None),
        },
        "tpkt" => match bytes.get(..4) {
            Some(&[3, _, high, low]) => match number(&[high, low]) {
                len @ 4.. => whole(bytes, 0, len, options),
                _ => Found::Invalid,
            },
            Some(_) => Found::Invalid,
            None => Found::More(None),
        },
        "ssl_tls" => match bytes.get(..5) {
            Some(&[_, _, _, high, low]) => whole(bytes, 0, 5 + number(&[high, low]), options),
            Some(_) | None => Found::More(None),
        },
        _ => return None,
    })
}

fn line(bytes: &[u8], options: Options) -> Found {
    let most = options.line_length;
    match bytes.iter().position(|byte| *byte == options.delimiter) {
        Some(end) if options.packet_size > 0 && end + 1 > options.packet_size => Found::Invalid,
        Some(end) if most > 0 && end + 1 > most => Found::Packet(0..most, most),
        Some(end) => Found::Packet(0..end + 1, end + 1),
        None if most > 0 && bytes.len() >= most => Found::Packet(0..most, most),
        None if options.packet_size > 0 && bytes.len() > options.packet_size => Found::Invalid,
        None => Found::More(None),
    }
}

/// A value in the basic encoding of ASN.1: a tag, and a length.
fn asn1(bytes: &[u8], options: Options) -> Found {
    let mut at = 1;
    let Some(first) = bytes.first() else { return Found::More(None) };
    if first & 31 == 31 {
        loop {
            at += 1;
            match bytes.get(at - 1) {
                None => return Found::More(None),
                Some(byte) if byte & 0x80 == 0 => break,
                Some(_) => {}
            }
        }
    }
    let Some(length) = bytes.get(at) else { return Found::More(None) };
    at += 1;
    let len = if *length < 128 {
        usize::from(*length)
    } else {
        let count = usize::from(length & 127);
        if count > 4 {
            return Found::Invalid;
        }
        let Some(length) = bytes.get(at..at + count) else { return Found::More(None) };
        at += count;
        number(length)
    };
    whole(bytes, 0, at + len, options)
}

/// A line of HTTP: a request, a response, or a header.
fn http(
    heap: &mut Heap,
    bytes: &[u8],
    binary: Value,
    kind: &str,
    options: Options,
) -> NativeResult {
    let (is_header, as_binaries) = (kind.starts_with("httph"), kind.ends_with("_bin"));
    let Some((text, len)) = http_line(bytes, is_header) else {
        let is_long = options.packet_size > 0 && bytes.len() >= options.packet_size;
        return Ok(if is_long { error(heap, "invalid") } else { more(heap, None) });
    };
    if options.packet_size > 0 && len > options.packet_size {
        return Ok(error(heap, "invalid"));
    }
    let mut make = Maker { heap, as_binaries };
    let packet = if is_header { make.header(text) } else { make.first_line(text) };
    let packet = packet.unwrap_or_else(|| {
        let whole = make.text(&bytes[..len]);
        make.heap.tuple(&[AtomIndex::new("http_error").into(), whole])
    });
    packed(heap, packet, binary, len, bytes.len())
}

/// A line without its end, and how many bytes it takes. A header goes on in lines that begin with a
/// space.
fn http_line(bytes: &[u8], is_header: bool) -> Option<(&[u8], usize)> {
    let mut from = 0;
    loop {
        let end = from + bytes[from..].iter().position(|byte| *byte == b'\n')?;
        let text = bytes[..end].strip_suffix(b"\r").unwrap_or(&bytes[..end]);
        if is_header && !text.is_empty() {
            match bytes.get(end + 1) {
                None => return None,
                Some(b' ' | b'\t') => {
                    from = end + 1;
                    continue;
                }
                Some(_) => {}
            }
        }
        return Some((text, end + 1));
    }
}

struct Maker<'a> {
    heap: &'a mut Heap,
    as_binaries: bool,
}

/// Methods that are atoms.
const METHODS: [&str; 7] = ["OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "TRACE"];

/// Headers that are atoms, with their numbers in their order.
const HEADERS: [&str; 52] = [
    "Cache-Control",
    "Connection",
    "Date",
    "Pragma",
    "Transfer-Encoding",
    "Upgrade",
    "Via",
    "Accept",
    "Accept-Charset",
    "Accept-Encoding",
    "Accept-Language",
    "Authorization",
    "From",
    "Host",
    "If-Modified-Since",
    "If-Match",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Max-Forwards",
    "Proxy-Authorization",
    "Range",
    "Referer",
    "User-Agent",
    "Age",
    "Location",
    "Proxy-Authenticate",
    "Public",
    "Retry-After",
    "Server",
    "Vary",
    "Warning",
    "Www-Authenticate",
    "Allow",
    "Content-Base",
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-Location",
    "Content-Md5",
    "Content-Range",
    "Content-Type",
    "Etag",
    "Expires",
    "Last-Modified",
    "Accept-Ranges",
    "Set-Cookie",
    "Set-Cookie2",
    "X-Forwarded-For",
    "Cookie",
    "Keep-Alive",
    "Proxy-Connection",
];

impl Maker<'_> {
    fn text(&mut self, bytes: &[u8]) -> Value {
        if self.as_binaries {
            return self.heap.binary(bytes);
        }
        let bytes: Vec<Value> = bytes.iter().map(|byte| Value::small((*byte).into())).collect();
        self.heap.list(&bytes)
    }

    /// `{http_header, Number, Name, Field, Value}`, or `http_eoh`.
    fn header(&mut self, line: &[u8]) -> Option<Value> {
        if line.is_empty() {
            return Some(AtomIndex::new("http_eoh").into());
        }
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = line[..colon].trim_ascii_end();
        if !is_token(name) {
            return None;
        }
        let value = line[colon + 1..].trim_ascii();
        let unmodified = self.text(name);
        let spelled = spelled(name);
        let known = HEADERS.iter().position(|known| known.as_bytes() == spelled);
        let (number, name) = match known {
            Some(place) => (place + 1, AtomIndex::new(HEADERS[place]).into()),
            None if name.len() <= 20 => (0, self.text(&spelled)),
            None => (0, self.text(name)),
        };
        let value = self.text(value);
        let tag = AtomIndex::new("http_header").into();
        Some(self.heap.tuple(&[tag, Value::size(number), name, unmodified, value]))
    }

    fn first_line(&mut self, line: &[u8]) -> Option<Value> {
        if line.starts_with(b"HTTP/") { self.response(line) } else { self.request(line) }
    }

    /// `{http_response, Version, Status, Phrase}`
    fn response(&mut self, line: &[u8]) -> Option<Value> {
        let (version, rest) = split(line)?;
        let version = self.version(version)?;
        let (status, phrase) = split(rest).unwrap_or((rest, &[]));
        let status: i64 = std::str::from_utf8(status).ok()?.parse().ok()?;
        let status = self.heap.integer(status);
        let phrase = self.text(phrase);
        let tag = AtomIndex::new("http_response").into();
        Some(self.heap.tuple(&[tag, version, status, phrase]))
    }

    /// `{http_request, Method, Uri, Version}`
    fn request(&mut self, line: &[u8]) -> Option<Value> {
        let (method, rest) = split(line).filter(|(method, _)| is_token(method))?;
        let (uri, version) = split(rest).unwrap_or((rest, &[]));
        let version = if version.is_empty() { &b"HTTP/0.9"[..] } else { version.trim_ascii_end() };
        let version = self.version(version)?;
        let known = METHODS.iter().find(|known| known.as_bytes() == method);
        let method = match known {
            Some(known) => AtomIndex::new(known).into(),
            None => self.text(method),
        };
        let uri = self.uri(uri);
        let tag = AtomIndex::new("http_request").into();
        Some(self.heap.tuple(&[tag, method, uri, version]))
    }

    fn version(&mut self, text: &[u8]) -> Option<Value> {
        let text = std::str::from_utf8(text).ok()?.strip_prefix("HTTP/")?;
        let (major, minor) = text.split_once('.')?;
        let parts: [i64; 2] = [major.parse().ok()?, minor.parse().ok()?];
        let parts = parts.map(|part| self.heap.integer(part));
        Some(self.heap.tuple(&parts))
    }

    /// `'*'`, `{abs_path, Path}`, `{absoluteURI, Scheme, Host, Port, Path}`, `{scheme, Scheme, Rest}`,
    /// or the text itself.
    fn uri(&mut self, uri: &[u8]) -> Value {
        if uri == b"*" {
            return AtomIndex::new("*").into();
        }
        if uri.starts_with(b"/") {
            let path = self.text(uri);
            return self.heap.tuple(&[AtomIndex::new("abs_path").into(), path]);
        }
        for scheme in ["http", "https"] {
            let start = format!("{scheme}://");
            if uri.len() >= start.len() && uri[..start.len()].eq_ignore_ascii_case(start.as_bytes())
            {
                return self.absolute(scheme, &uri[start.len()..]);
            }
        }
        let Some(colon) = uri.iter().position(|byte| *byte == b':') else {
            return self.text(uri);
        };
        let (scheme, rest) = (self.text(&uri[..colon]), self.text(&uri[colon + 1..]));
        self.heap.tuple(&[AtomIndex::new("scheme").into(), scheme, rest])
    }

    fn absolute(&mut self, scheme: &str, rest: &[u8]) -> Value {
        let end = rest.iter().position(|byte| *byte == b'/').unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        let path = if path.is_empty() { b"/" } else { path };
        let (host, port) = match host.iter().position(|byte| *byte == b':') {
            Some(colon) => {
                let port = std::str::from_utf8(&host[colon + 1..]).ok();
                let port = port.and_then(|port| port.parse().ok());
                (
                    &host[..colon],
                    port.map_or(atom::UNDEFINED.into(), |port: i64| self.heap.integer(port)),
                )
            }
            None => (host, atom::UNDEFINED.into()),
        };
        let parts = [
            AtomIndex::new("absoluteURI").into(),
            AtomIndex::new(scheme).into(),
            self.text(host),
            port,
            self.text(path),
        ];
        self.heap.tuple(&parts)
    }
}

/// Is it a word as methods and names of headers are?
fn is_token(word: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(byte);
    !word.is_empty() && word.iter().all(is_letter)
}

/// The text before the first spaces, and that behind them.
fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = line.iter().position(|byte| *byte == b' ')?;
    Some((&line[..space], line[space..].trim_ascii_start()))
}

/// A name with a capital at its beginning and behind each hyphen.
fn spelled(name: &[u8]) -> Vec<u8> {
    let mut at_start = true;
    let spelled = name.iter().map(|byte| {
        let letter = if at_start { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() };
        at_start = *byte == b'-';
        letter
    });
    spelled.collect()
}
