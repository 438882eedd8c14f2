//! A form (`multipart/form-data`) on its way out, as reqwest writes it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, HeaderValue, header};
use http_body::{Body, Frame, SizeHint};
use reqwest::multipart;

use super::connector::BodyError;
use crate::request::Form;

/// The fields of a form, and then the body that is its last part.
pub(super) struct FormBody {
    content_type: HeaderValue,
    pieces: Pieces,
    left: Option<u64>,
}

type Pieces = Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>;

impl FormBody {
    /// `length` is that of the body, where it is known.
    pub(super) fn new<B>(form: &Form, body: B, length: Option<u64>) -> FormBody
    where
        B: Body<Data = Bytes, Error = io::Error> + Send + Sync + 'static,
    {
        let frame = frame_length(form);
        let body = multipart::Part::stream(reqwest::Body::wrap(body));
        let whole = with_last_part(form, body);
        let content_type = format!("multipart/form-data; boundary={}", whole.boundary());
        FormBody {
            content_type: HeaderValue::try_from(content_type).expect("a boundary is hexadecimal"),
            pieces: Box::pin(whole.into_stream()),
            // A length that no number can say is none: it goes out in chunks, as long as it lasts.
            left: length.and_then(|length| length.checked_add(frame)),
        }
    }

    pub(super) fn content_type(&self) -> HeaderValue {
        self.content_type.clone()
    }
}

impl Body for FormBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.pieces.as_mut().poll_next(context).map(|piece| {
            piece.map(|bytes| {
                let bytes = bytes?;
                if let Some(left) = &mut self.left {
                    *left = left.saturating_sub(bytes.len() as u64);
                }
                Ok(Frame::data(bytes))
            })
        })
    }

    fn size_hint(&self) -> SizeHint {
        self.left
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

fn with_last_part(form: &Form, body: multipart::Part) -> multipart::Form {
    let fields = multipart::Form::new();
    let fields = form.fields.iter().fold(fields, |fields, (name, value)| {
        fields.text(*name, value.clone())
    });
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, form.content_type.clone())]);
    let part = body.file_name(form.file_name.clone()).headers(headers);
    fields.part(form.part, part)
}

/// How long a form is without the body. Boundaries differ, but not in length.
fn frame_length(form: &Form) -> u64 {
    let empty = with_last_part(form, multipart::Part::bytes(Vec::new()));
    let mut pieces = Box::pin(empty.into_stream());
    let mut context = Context::from_waker(Waker::noop());
    let mut length = 0;
    // All of it is at hand.
    while let Poll::Ready(Some(Ok(piece))) = pieces.as_mut().poll_next(&mut context) {
        length += piece.len() as u64;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::{BodyExt, Empty};

    #[test]
    fn a_form_is_as_long_as_it_says_where_a_number_can_say_it() {
        let form = Form {
            fields: vec![("table_name", "incident".into())],
            part: "uploadFile",
            file_name: "a.txt".into(),
            content_type: HeaderValue::from_static("text/plain"),
        };
        let frame = frame_length(&form);
        let told = |length| {
            let body = Empty::new().map_err(|never| match never {});
            FormBody::new(&form, body, length).size_hint().exact()
        };
        assert_eq!(told(Some(5)), Some(5 + frame));
        assert_eq!(told(Some(u64::MAX - frame)), Some(u64::MAX));
        assert_eq!(told(Some(u64::MAX - frame + 1)), None);
        assert_eq!(told(None), None);
    }
}
