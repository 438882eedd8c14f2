//! The grammar of JSON, one byte after the other, able to stop and go on at any of them.
//!
//! This is the slow and complete reader: whatever the fast one does not know it leaves to this, at a
//! place between two fields. It takes exactly what `serde_json` takes when it skips a value, without recursion
//! and to a depth that is only there to have an end. Strings are UTF-8 and their escapes well formed; whether
//! they are text, and whether a number can be held, is asked by those who want to know.

use std::ops::Range;

use super::problem::{Problem, What};
use super::text;

/// How far the grammar is.
pub(super) struct Grammar {
    /// The next byte to look at.
    pub(super) at: usize,
    state: State,
    nesting: Nesting,
    token: Token,
}

/// What was read.
#[derive(Debug)]
pub(super) enum Event {
    /// Nothing: the bytes are used up.
    More,
    /// The name of a member.
    Name(Text),
    /// An object or a list begins at this byte.
    Open { at: usize, is_object: bool },
    /// An object or a list ends before this byte.
    Close { end: usize },
    /// A string that is a value.
    Text(Text),
    /// A number.
    Number(Range<usize>),
    /// `true`, `false` or `null`.
    Word(Range<usize>),
}

/// A string, its quotes included.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) span: Range<usize>,
    pub(super) has_escape: bool,
    /// Whether an escape is one of `\u`, so that the string may be no text.
    pub(super) has_unicode_escape: bool,
}

#[derive(Clone, Copy)]
enum State {
    // Between tokens: what is due.
    Value,
    ItemOrEnd,
    NameOrEnd,
    Name,
    Colon,
    CommaOrEnd,
    Nothing,
    // Within a string.
    Text,
    Escape,
    Hex { left: u8 },
    // Within a number or a word.
    Number(Digits),
    Word(&'static [u8]),
}

/// What of a number came last.
#[derive(Clone, Copy)]
enum Digits {
    Minus,
    Zero,
    Whole,
    Point,
    Fraction,
    E,
    Sign,
    Exponent,
}

/// The string, number or word under way.
#[derive(Default)]
struct Token {
    start: usize,
    is_name: bool,
    has_escape: bool,
    has_unicode_escape: bool,
    /// Where the bytes begin that were not yet seen to be UTF-8.
    unchecked: usize,
}

impl Grammar {
    pub(super) fn new() -> Grammar {
        Grammar {
            at: 0,
            state: State::Value,
            nesting: Nesting::default(),
            token: Token::default(),
        }
    }

    /// How many objects and lists are open.
    pub(super) fn depth(&self) -> usize {
        self.nesting.depth
    }

    /// Whether one whole value came.
    pub(super) fn is_complete(&self) -> bool {
        matches!(self.state, State::Nothing)
    }

    /// The first byte that is still needed: of a string, a number or a word under way the first one, if
    /// it is wanted whole.
    pub(super) fn needed(&self, is_token_wanted: bool) -> usize {
        match self.state {
            State::Text | State::Escape | State::Hex { .. } if !is_token_wanted => {
                self.token.unchecked
            }
            State::Text | State::Escape | State::Hex { .. } | State::Number(_) | State::Word(_)
                if is_token_wanted =>
            {
                self.token.start
            }
            _ => self.at,
        }
    }

    /// Takes note that so many bytes before those that are needed are gone.
    pub(super) fn forget(&mut self, count: usize) {
        self.at -= count;
        // Those of a token that nobody wants may be gone.
        self.token.start = self.token.start.saturating_sub(count);
        self.token.unchecked = self.token.unchecked.saturating_sub(count);
    }

    /// Takes note that a value that is a member of the innermost object was read by someone else.
    #[inline]
    pub(super) fn passed_value(&mut self, end: usize) {
        self.at = end;
        self.state = State::CommaOrEnd;
    }

    /// Takes note that the innermost object was read to its end by someone else.
    #[inline]
    pub(super) fn passed_end(&mut self, end: usize) {
        self.at = end;
        self.nesting.pop();
        self.state = self.after_value();
    }

    /// Reads on to the next event.
    pub(super) fn next(&mut self, bytes: &[u8]) -> Result<Event, Problem> {
        loop {
            let event = match self.state {
                State::Text | State::Escape | State::Hex { .. } => return self.text(bytes),
                State::Number(digits) => return self.number(bytes, digits),
                State::Word(rest) => return self.word(bytes, rest),
                _ => {
                    let Some(&byte) = bytes.get(self.at) else {
                        return Ok(Event::More);
                    };
                    match byte {
                        b' ' | b'\t' | b'\n' | b'\r' => {
                            self.at += 1;
                            None
                        }
                        _ => self.token(byte)?,
                    }
                }
            };
            if let Some(event) = event {
                return Ok(event);
            }
        }
    }

    /// A byte between tokens.
    fn token(&mut self, byte: u8) -> Result<Option<Event>, Problem> {
        match (self.state, byte) {
            (State::ItemOrEnd, b']') | (State::NameOrEnd, b'}') => return Ok(Some(self.close())),
            (State::CommaOrEnd, b',') => {
                self.state = match self.nesting.is_in_object() {
                    true => State::Name,
                    false => State::Value,
                };
            }
            (State::CommaOrEnd, b']') if !self.nesting.is_in_object() => {
                return Ok(Some(self.close()));
            }
            (State::CommaOrEnd, b'}') if self.nesting.is_in_object() => {
                return Ok(Some(self.close()));
            }
            (State::Colon, b':') => self.state = State::Value,
            (State::Name | State::NameOrEnd, b'"') => self.begin(true, State::Text),
            (State::Value | State::ItemOrEnd, _) => return self.value(byte),
            _ => return Err(Problem::new(self.due(), self.at)),
        }
        self.at += 1;
        Ok(None)
    }

    /// The first byte of a value.
    fn value(&mut self, byte: u8) -> Result<Option<Event>, Problem> {
        match byte {
            b'"' => self.begin(false, State::Text),
            b'-' => self.begin(false, State::Number(Digits::Minus)),
            b'0' => self.begin(false, State::Number(Digits::Zero)),
            b'1'..=b'9' => self.begin(false, State::Number(Digits::Whole)),
            b't' => self.begin(false, State::Word(b"rue")),
            b'f' => self.begin(false, State::Word(b"alse")),
            b'n' => self.begin(false, State::Word(b"ull")),
            b'{' | b'[' => {
                let (at, is_object) = (self.at, byte == b'{');
                if self.nesting.depth == DEEPEST {
                    return Err(Problem::new(What::TooDeep, at));
                }
                self.at += 1;
                self.nesting.push(is_object);
                self.state = match is_object {
                    true => State::NameOrEnd,
                    false => State::ItemOrEnd,
                };
                return Ok(Some(Event::Open { at, is_object }));
            }
            _ => return Err(Problem::new(self.due(), self.at)),
        }
        self.at += 1;
        Ok(None)
    }

    fn begin(&mut self, is_name: bool, state: State) {
        self.token = Token {
            start: self.at,
            is_name,
            has_escape: false,
            has_unicode_escape: false,
            unchecked: self.at,
        };
        self.state = state;
    }

    fn close(&mut self) -> Event {
        self.at += 1;
        self.nesting.pop();
        self.state = self.after_value();
        Event::Close { end: self.at }
    }

    fn after_value(&self) -> State {
        match self.nesting.depth {
            0 => State::Nothing,
            _ => State::CommaOrEnd,
        }
    }

    fn text(&mut self, bytes: &[u8]) -> Result<Event, Problem> {
        loop {
            if let State::Text = self.state {
                self.at = text::stop(bytes, self.at);
            }
            let Some(&byte) = bytes.get(self.at) else {
                self.check_utf8(bytes, true)?;
                return Ok(Event::More);
            };
            self.state = match (self.state, byte) {
                (State::Text, b'"') => break,
                (State::Text, b'\\') => State::Escape,
                (State::Text, _) => return Err(Problem::new(What::Control, self.at)),
                (State::Escape, b'u') => {
                    self.token.has_unicode_escape = true;
                    State::Hex { left: 4 }
                }
                (State::Escape, escape) if text::is_simple_escape(escape) => State::Text,
                (State::Hex { left: 1 }, digit) if digit.is_ascii_hexdigit() => State::Text,
                (State::Hex { left }, digit) if digit.is_ascii_hexdigit() => {
                    State::Hex { left: left - 1 }
                }
                _ => return Err(Problem::new(What::Escape, self.at)),
            };
            self.token.has_escape = true;
            self.at += 1;
        }
        self.check_utf8(bytes, false)?;
        self.at += 1;
        let text = Text {
            span: self.token.start..self.at,
            has_escape: self.token.has_escape,
            has_unicode_escape: self.token.has_unicode_escape,
        };
        if self.token.is_name {
            self.state = State::Colon;
            return Ok(Event::Name(text));
        }
        self.state = self.after_value();
        Ok(Event::Text(text))
    }

    /// Checks what came of a string since the last time. Where it can go on, its last character may be
    /// incomplete.
    fn check_utf8(&mut self, bytes: &[u8], goes_on: bool) -> Result<(), Problem> {
        match std::str::from_utf8(&bytes[self.token.unchecked..self.at]) {
            Ok(_) => self.token.unchecked = self.at,
            Err(error) => {
                self.token.unchecked += error.valid_up_to();
                if !(goes_on && error.error_len().is_none()) {
                    return Err(Problem::new(What::Utf8, self.token.unchecked));
                }
            }
        }
        Ok(())
    }

    fn number(&mut self, bytes: &[u8], mut digits: Digits) -> Result<Event, Problem> {
        use Digits::{E, Exponent, Fraction, Minus, Point, Sign, Whole, Zero};
        loop {
            let Some(&byte) = bytes.get(self.at) else {
                self.state = State::Number(digits);
                return Ok(Event::More);
            };
            digits = match (digits, byte) {
                (Minus, b'0') => Zero,
                (Minus, b'1'..=b'9') | (Whole, b'0'..=b'9') => Whole,
                (Zero | Whole, b'.') => Point,
                (Point | Fraction, b'0'..=b'9') => Fraction,
                (Zero | Whole | Fraction, b'e' | b'E') => E,
                (E, b'+' | b'-') => Sign,
                (E | Sign | Exponent, b'0'..=b'9') => Exponent,
                _ => break,
            };
            self.at += 1;
        }
        if let Minus | Point | E | Sign = digits {
            return Err(Problem::new(What::Value, self.at));
        }
        self.state = self.after_value();
        Ok(Event::Number(self.token.start..self.at))
    }

    fn word(&mut self, bytes: &[u8], mut rest: &'static [u8]) -> Result<Event, Problem> {
        while let [due, others @ ..] = rest {
            match bytes.get(self.at) {
                None => {
                    self.state = State::Word(rest);
                    return Ok(Event::More);
                }
                Some(byte) if byte == due => self.at += 1,
                Some(_) => return Err(Problem::new(What::Value, self.at)),
            }
            rest = others;
        }
        self.state = self.after_value();
        Ok(Event::Word(self.token.start..self.at))
    }

    fn due(&self) -> What {
        match self.state {
            State::Value | State::ItemOrEnd => What::Value,
            State::NameOrEnd | State::Name => What::Name,
            State::Colon => What::Colon,
            State::Nothing => What::Nothing,
            _ => What::CommaOrEnd,
        }
    }
}

/// How many containers can be open. Brackets without end would fill the host's memory, if a bit at a time.
const DEEPEST: usize = 1 << 20;

/// Which of the open containers are objects, a bit each, so that a body of a million brackets costs no
/// more than its size.
#[derive(Default)]
struct Nesting {
    depth: usize,
    objects: Vec<u64>,
}

impl Nesting {
    fn push(&mut self, is_object: bool) {
        let (word, bit) = (self.depth / 64, self.depth % 64);
        if word == self.objects.len() {
            self.objects.push(0);
        }
        self.objects[word] = self.objects[word] & !(1 << bit) | u64::from(is_object) << bit;
        self.depth += 1;
    }

    fn pop(&mut self) {
        self.depth -= 1;
    }

    fn is_in_object(&self) -> bool {
        self.depth
            .checked_sub(1)
            .is_some_and(|top| self.objects[top / 64] >> (top % 64) & 1 == 1)
    }
}
