//! An answer, and what of it was lent.

use crate::error::{Error, Result};
use crate::ffi::handle::Lent;
use crate::ffi::record::{RecordTexts, snow_record};
use crate::ffi::text::CText;
use crate::response::{Response, Stream};

/// An answer, and what of it was lent.
pub struct ResponseTexts {
    answer: Answer,
    pub(super) headers: Vec<(CText, CText)>,
    body: Option<CText>,
    records: Option<Vec<Lent<snow_record>>>,
    result: Option<CText>,
}

enum Answer {
    /// With how much of its body was read.
    Whole(Box<Response>, usize),
    Streamed(Box<Stream>),
}

impl ResponseTexts {
    pub(in crate::ffi) fn whole(response: Response) -> ResponseTexts {
        let headers = response.headers().map(texts).collect();
        ResponseTexts::new(Answer::Whole(Box::new(response), 0), headers)
    }

    pub(in crate::ffi) fn streamed(stream: Stream) -> ResponseTexts {
        let headers = stream.headers().map(texts).collect();
        ResponseTexts::new(Answer::Streamed(Box::new(stream)), headers)
    }

    fn new(answer: Answer, headers: Vec<(CText, CText)>) -> ResponseTexts {
        ResponseTexts {
            answer,
            headers,
            body: None,
            records: None,
            result: None,
        }
    }

    pub(super) fn status(&self) -> u16 {
        match &self.answer {
            Answer::Whole(response, _) => response.status(),
            Answer::Streamed(stream) => stream.status(),
        }
    }

    pub(super) fn check(&mut self) -> Result<()> {
        match &mut self.answer {
            Answer::Whole(response, _) => response.check(),
            Answer::Streamed(stream) => stream.check(),
        }
    }

    fn at_hand(&self) -> Result<&Response> {
        match &self.answer {
            Answer::Whole(response, _) => Ok(response.as_ref()),
            Answer::Streamed(_) => {
                let problem = "its body is read piece by piece; accepted is one that \
                               snow_client_send() returned";
                Err(Error::argument("response", problem))
            }
        }
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        match &mut self.answer {
            Answer::Whole(response, read) => {
                let rest = response.body().get(*read..).unwrap_or_default();
                let count = rest.len().min(buffer.len());
                buffer[..count].copy_from_slice(&rest[..count]);
                *read += count;
                Ok(count)
            }
            Answer::Streamed(stream) => stream.read(buffer),
        }
    }

    pub(super) fn body(&mut self) -> Result<&CText> {
        let body = match self.body.take() {
            Some(body) => body,
            None => CText::of_answer(self.at_hand()?.body())?,
        };
        Ok(self.body.insert(body))
    }

    pub(super) fn records(&mut self) -> Result<&[Lent<snow_record>]> {
        let records = match self.records.take() {
            Some(records) => records,
            None => {
                let records = self.at_hand()?.records()?.into_iter();
                records.map(RecordTexts::new).map(Lent::new).collect()
            }
        };
        Ok(self.records.insert(records))
    }

    pub(super) fn result(&mut self) -> Result<&CText> {
        let result = match self.result.take() {
            Some(result) => result,
            None => CText::of_answer(self.at_hand()?.result()?.as_bytes())?,
        };
        Ok(self.result.insert(result))
    }
}

fn texts((name, value): (&str, &str)) -> (CText, CText) {
    (CText::new(name), CText::new(value))
}
