//! A connection: requests in, answers out, until the client ends it.

use std::{
    io::{self, BufRead, BufReader, IoSlice, Read, Write},
    thread,
    time::Duration,
};

use crate::answer::{Answer, Request, Tables, answer};

/// How answers are delivered on a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub tls: bool,
    /// Compressed for those who take it.
    pub gzip: bool,
    /// In chunks of 8 KiB, as a servlet container sends; otherwise with a length.
    pub chunked: bool,
    /// Before the first byte.
    pub latency: Duration,
}

const CHUNK: usize = 8 << 10;
const MAX_HEADERS: usize = 64;

/// What a head says.
struct Head {
    method: String,
    target: String,
    host: String,
    takes_gzip: bool,
    length: u64,
    closes: bool,
}

pub fn serve(
    stream: impl Read + Write,
    tables: &'static Tables,
    delivery: Delivery,
) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(head) = read_head(&mut stream)? {
        let body = io::copy(&mut stream.by_ref().take(head.length), &mut io::sink())?;
        if body < head.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        thread::sleep(delivery.latency);
        let scheme = if delivery.tls { "https" } else { "http" };
        let request = Request {
            method: &head.method,
            target: &head.target,
            base_url: &format!("{scheme}://{}", head.host),
            takes_gzip: head.takes_gzip && delivery.gzip,
        };
        write(
            stream.get_mut(),
            &answer(tables, &request),
            delivery.chunked,
        )?;
        if head.closes {
            break;
        }
    }
    Ok(())
}

/// The next head; none where the client is done.
fn read_head(stream: &mut impl BufRead) -> io::Result<Option<Head>> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        if stream.read_until(b'\n', &mut bytes)? == 0 {
            return match bytes.is_empty() {
                true => Ok(None),
                false => Err(io::ErrorKind::UnexpectedEof.into()),
            };
        }
    }
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    head.parse(&bytes)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    let header = |name: &str| {
        let header = head
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name));
        header.and_then(|header| std::str::from_utf8(header.value).ok())
    };
    Ok(Some(Head {
        method: head.method.unwrap_or_default().to_owned(),
        target: head.path.unwrap_or_default().to_owned(),
        host: header("host").unwrap_or_default().to_owned(),
        takes_gzip: header("accept-encoding").is_some_and(|codings| codings.contains("gzip")),
        length: header("content-length")
            .and_then(|length| length.parse().ok())
            .unwrap_or(0),
        closes: header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")),
    }))
}

/// Hands the whole answer to the kernel, in as few calls as it takes.
fn write(stream: &mut impl Write, answer: &Answer, chunked: bool) -> io::Result<()> {
    let length: usize = answer.body.iter().map(|slice| slice.len()).sum();
    let length = length + answer.trailer.len();
    let framing = match chunked {
        true => "Transfer-Encoding: chunked".to_owned(),
        false => format!("Content-Length: {length}"),
    };
    let head = format!(
        "HTTP/1.1 {}\r\nContent-Type: application/json;charset=UTF-8\r\nServer: ServiceNow\r\n{}{framing}\r\n\r\n",
        answer.status, answer.headers
    );
    let body = answer
        .body
        .iter()
        .copied()
        .chain([answer.trailer.as_slice()]);
    // The last chunk is the only one of another size.
    let last = format!("\r\n{:x}\r\n", length % CHUNK);
    let mut slices = vec![IoSlice::new(head.as_bytes())];
    match chunked {
        false => slices.extend(body.map(IoSlice::new)),
        true => {
            for (index, chunk) in chunks(body).enumerate() {
                let size = match (index + 1) * CHUNK > length {
                    true => last.as_bytes(),
                    false => b"\r\n2000\r\n",
                };
                // The end of the line before belongs to the chunk before.
                slices.push(IoSlice::new(&size[if index == 0 { 2 } else { 0 }..]));
                slices.extend(chunk.into_iter().map(IoSlice::new));
            }
            let end: &[u8] = if length == 0 {
                b"0\r\n\r\n"
            } else {
                b"\r\n0\r\n\r\n"
            };
            slices.push(IoSlice::new(end));
        }
    }
    let mut rest = &mut slices[..];
    IoSlice::advance_slices(&mut rest, 0);
    while !rest.is_empty() {
        match stream.write_vectored(rest)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => IoSlice::advance_slices(&mut rest, written),
        }
    }
    stream.flush()
}

/// The same bytes, in chunks of one size.
fn chunks<'a>(slices: impl Iterator<Item = &'a [u8]>) -> impl Iterator<Item = Vec<&'a [u8]>> {
    let mut slices = slices.filter(|slice| !slice.is_empty()).peekable();
    std::iter::from_fn(move || {
        let mut chunk = Vec::new();
        let mut room = CHUNK;
        while room > 0
            && let Some(slice) = slices.peek_mut()
        {
            let (taken, rest) = slice.split_at(room.min(slice.len()));
            chunk.push(taken);
            room -= taken.len();
            match rest.is_empty() {
                true => drop(slices.next()),
                false => *slice = rest,
            }
        }
        (!chunk.is_empty()).then_some(chunk)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_of_any_slices_hold_the_same_bytes() {
        for lengths in [
            vec![],
            vec![1],
            vec![CHUNK],
            vec![CHUNK + 1, 1],
            vec![5_000; 7],
        ] {
            let bytes: Vec<Vec<u8>> = lengths.iter().map(|length| vec![7; *length]).collect();
            let chunks: Vec<usize> = chunks(bytes.iter().map(Vec::as_slice))
                .map(|chunk| chunk.concat().len())
                .collect();
            assert_eq!(chunks.iter().sum::<usize>(), lengths.iter().sum::<usize>());
            let (last, whole) = chunks.split_last().unwrap_or((&1, &[]));
            assert!(whole.iter().all(|chunk| *chunk == CHUNK) && (1..=CHUNK).contains(last));
        }
    }
}
