//! How a body is packed, and what unpacks it.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{HeaderMap, StatusCode, header};

use super::arriving::{Arriving, AtHand};
use super::failure::Failure;
use super::gzip::Inflater;
use crate::room;

/// How a body is packed.
pub(super) enum Coding {
    Identity,
    Gzip(Box<Unpacker>),
    /// One that no request asks for, by its name.
    Other(Box<str>),
    /// The same, of a failure: its status says what there is to say, and nothing of its body can be read.
    Unread,
}

/// Unpacks a body.
#[derive(Default)]
pub(super) struct Unpacker {
    inflater: Inflater,
    /// What came and was not unpacked yet, behind so many bytes that were.
    packed: Vec<u8>,
    unpacked: usize,
}

/// What unpacks bodies, left by one answer to another. Made anew for each page of an export they would come
/// and go, 80 KiB each, between blocks that stay, and leave holes.
#[derive(Clone, Default)]
pub(crate) struct Unpackers(Arc<Mutex<Vec<Unpacker>>>);

/// How much is unpacked at once. Most answers come in chunks of 8 KiB, and an inflater copies what it may refer to
/// for each, 32 KiB.
const PACKED: usize = 32 * 1024;

/// How a body can be packed, of the registry of IANA for HTTP content codings.
const CODINGS: [&str; 12] = [
    "aes128gcm",
    "br",
    "compress",
    "dcb",
    "dcz",
    "deflate",
    "exi",
    "gzip",
    "pack200-gzip",
    "x-compress",
    "x-gzip",
    "zstd",
];

impl Coding {
    /// As RFC 9110, section 8.4, has it: a list, in one header or several, of names in either case. A name that is
    /// none of a coding (scripts of an instance set "UTF-8") says nothing.
    pub(super) fn of(status: StatusCode, headers: &HeaderMap) -> Coding {
        let lists = headers.get_all(header::CONTENT_ENCODING).iter();
        let names = lists.flat_map(|list| list.as_bytes().split(|&byte| byte == b','));
        let is = |name: &[u8], of: &str| name.eq_ignore_ascii_case(of.as_bytes());
        let packed: Vec<&[u8]> = names
            .map(<[u8]>::trim_ascii)
            .filter(|name| CODINGS.iter().any(|coding| is(name, coding)))
            .collect();
        match packed[..] {
            [] => Coding::Identity,
            [name] if is(name, "gzip") || is(name, "x-gzip") => Coding::Gzip(Box::default()),
            _ if !status.is_success() => Coding::Unread,
            _ => Coding::Other(String::from_utf8_lossy(&packed.join(&b", "[..])).into()),
        }
    }

    /// Puts what is there of a body into a buffer that has room. What came may be packed so that nothing comes out of
    /// it yet.
    pub(super) fn take(
        &mut self,
        body: &mut Arriving,
        output: &mut Vec<u8>,
    ) -> Result<AtHand, Failure> {
        match self {
            Coding::Identity => Ok(body.take(output)?),
            Coding::Gzip(unpacker) => unpacker.take(body, output),
            Coding::Unread => Ok(passed_over(body, output)?),
            Coding::Other(name) => match passed_over(body, output)? {
                AtHand::Piece => Err(Failure::OtherCoding(name.clone())),
                none => Ok(none),
            },
        }
    }

    /// Adds a piece to a body, until that is larger than the most that is held.
    pub(super) fn decode(
        &mut self,
        mut piece: &[u8],
        body: &mut Vec<u8>,
        most: usize,
    ) -> Result<(), Failure> {
        match self {
            Coding::Identity => room::append(body, piece)?,
            Coding::Gzip(unpacker) => {
                while !piece.is_empty() && body.len() <= most {
                    unpacker.inflater.inflate(&mut piece, body)?;
                }
            }
            Coding::Unread => {}
            Coding::Other(name) => return Err(Failure::OtherCoding(name.clone())),
        }
        Ok(())
    }

    /// Whether the body may end here.
    pub(super) fn ended(&self) -> Result<(), Failure> {
        match self {
            Coding::Identity | Coding::Other(_) | Coding::Unread => Ok(()),
            Coding::Gzip(unpacker) => unpacker.inflater.ended(),
        }
    }

    /// Unpacks with what another answer left, if one did.
    pub(super) fn use_one_of(&mut self, unpackers: &Unpackers) {
        if let Coding::Gzip(unpacker) = self
            && let Some(left) = unpackers.lock().pop()
        {
            **unpacker = left;
        }
    }

    /// Leaves what unpacks to another answer. Of this one nothing more is read.
    pub(super) fn leave_to(&mut self, unpackers: &Unpackers) {
        if let Coding::Gzip(mut unpacker) = mem::replace(self, Coding::Identity) {
            unpacker.clear();
            unpackers.lock().push(*unpacker);
        }
    }
}

/// Takes what is there of a body, and keeps nothing of it.
fn passed_over(body: &mut Arriving, output: &mut Vec<u8>) -> Result<AtHand, Failure> {
    let before = output.len();
    let at_hand = body.take(output)?;
    output.truncate(before);
    Ok(at_hand)
}

impl Unpacker {
    fn take(&mut self, body: &mut Arriving, output: &mut Vec<u8>) -> Result<AtHand, Failure> {
        let before = output.len();
        let mut has_taken = false;
        loop {
            let mut rest = &self.packed[self.unpacked..];
            self.inflater.inflate(&mut rest, output)?;
            self.unpacked = self.packed.len() - rest.len();
            if output.len() == output.capacity() || (has_taken && output.len() == before) {
                return Ok(AtHand::Piece);
            }
            self.unpacked = 0;
            self.packed.clear();
            self.packed.reserve_exact(PACKED);
            match body.take(&mut self.packed)? {
                AtHand::Piece => has_taken = true,
                AtHand::NotYet => return Ok(AtHand::NotYet),
                AtHand::End => return self.inflater.ended().map(|()| AtHand::End),
            }
        }
    }

    fn clear(&mut self) {
        self.inflater.clear();
        self.packed.clear();
        self.unpacked = 0;
    }
}

impl Unpackers {
    fn lock(&self) -> MutexGuard<'_, Vec<Unpacker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(values: &[&str]) -> String {
        of_an_answer(StatusCode::OK, values)
    }

    fn of_an_answer(status: StatusCode, values: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in values {
            let value = HeaderValue::from_str(value).expect("a value");
            headers.append(header::CONTENT_ENCODING, value);
        }
        match Coding::of(status, &headers) {
            Coding::Identity => "as it is".into(),
            Coding::Unread => "unread".into(),
            Coding::Gzip(_) => "gzip".into(),
            Coding::Other(name) => format!("other: {name}"),
        }
    }

    #[test]
    fn codings_have_names_in_lists() {
        for none in [&[][..], &[""], &["identity"], &["Identity, ,", "UTF-8"]] {
            assert_eq!(of(none), "as it is", "{none:?}");
        }
        for gzip in [
            &["gzip"][..],
            &["GZip"],
            &["x-gzip"],
            &["identity", " gzip ,"],
        ] {
            assert_eq!(of(gzip), "gzip", "{gzip:?}");
        }
        assert_eq!(of(&["br"]), "other: br");
        assert_eq!(of(&["deflate, gzip"]), "other: deflate, gzip");
        assert_eq!(of(&["gzip", "gzip"]), "other: gzip, gzip");
        let refusal = |values| of_an_answer(StatusCode::TOO_MANY_REQUESTS, values);
        assert_eq!(refusal(&["br"]), "unread");
        assert_eq!(refusal(&["gzip"]), "gzip");
    }
}
