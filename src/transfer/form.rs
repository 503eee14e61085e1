//! How bytes are transferred between a server and this machine: unchanged, or as text.
//!
//! Text travels with CRLF at the ends of its lines (RFC 959 section 3.1.1.1) and in the character
//! set of the server's file; here it has LF and UTF-8.

use std::io;

use encoding_rs::{CoderResult, Decoder, Encoder, EncoderResult, Encoding, UTF_8};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::base::words;

/// How the bytes of a file are carried.
///
/// Written down as `binary`, `text`, or `text CHARSET`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Form {
    /// As they are.
    #[default]
    Binary,
    /// As text: line ends are converted, and the character set where one is named.
    Text(Option<&'static Encoding>),
}

impl From<Form> for String {
    fn from(form: Form) -> Self {
        match form {
            Form::Binary => "binary".to_owned(),
            Form::Text(None) => "text".to_owned(),
            Form::Text(Some(charset)) => format!("text {}", charset.name()),
        }
    }
}

/// The text is not a valid [`Form`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0} is not a valid transfer type")]
pub struct FormTextError(String);

impl TryFrom<String> for Form {
    type Error = FormTextError;

    fn try_from(text: String) -> Result<Self, FormTextError> {
        match text.as_str() {
            "binary" => return Ok(Self::Binary),
            "text" => return Ok(Self::Text(None)),
            _ => {}
        }
        let charset =
            text.strip_prefix("text ").and_then(|name| Encoding::for_label(name.as_bytes()));
        charset.map(|charset| Self::Text(Some(charset))).ok_or(FormTextError(text))
    }
}

/// Under which name an upload is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum StoreAs {
    /// The given one, in place of what has it.
    #[default]
    Name,
    /// Behind what has the given one (`APPE`).
    Append,
    /// One that the server chooses (`STOU`).
    Unique,
}

words!(StoreAs { Name: "name", Append: "append", Unique: "unique" });

impl Form {
    /// True for text.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(self, Self::Text(_))
    }

    /// Converts the server's text into ours; `None` where nothing is converted.
    pub(super) fn receiving(self) -> Option<Box<dyn Filter>> {
        let Self::Text(charset) = self else { return None };
        let charset = charset.unwrap_or(UTF_8);
        // without a character set bytes stay as they are
        let decoder = (charset != UTF_8).then(|| charset.new_decoder_with_bom_removal());
        Some(Box::new(FromServer { decoder, cr: false }))
    }

    /// What turns our text into the server's.
    pub(super) fn sending(self) -> Option<Box<dyn Filter>> {
        let Self::Text(charset) = self else { return None };
        let charset = charset.unwrap_or(UTF_8);
        let recoder = (charset != UTF_8)
            .then(|| Recoder { decoder: UTF_8.new_decoder(), encoder: charset.new_encoder() });
        Some(Box::new(ToServer { recoder, charset, cr: false }))
    }

    /// True when text can be sent in this form: encodings that the web only reads cannot.
    #[must_use]
    pub fn can_be_sent(self) -> bool {
        match self {
            Self::Text(Some(charset)) => charset.output_encoding() == charset,
            _ => true,
        }
    }
}

/// Converts bytes during a transfer.
pub(super) trait Filter: Send {
    /// Changes `bytes` and adds them to `out`; `last` at the end.
    fn pass(&mut self, bytes: &[u8], last: bool, out: &mut Vec<u8>) -> io::Result<()>;
}

/// The server's text becomes ours.
struct FromServer {
    decoder: Option<Decoder>,
    /// A CR was the last byte: what follows decides what it is.
    cr: bool,
}

impl Filter for FromServer {
    fn pass(&mut self, bytes: &[u8], last: bool, out: &mut Vec<u8>) -> io::Result<()> {
        match &mut self.decoder {
            None => self.line_ends(bytes, last, out),
            Some(decoder) => {
                let room = decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(0);
                let mut text = String::with_capacity(room);
                let (result, ..) = decoder.decode_to_string(bytes, &mut text, last);
                debug_assert_eq!(result, CoderResult::InputEmpty);
                self.line_ends(text.as_bytes(), last, out);
            }
        }
        Ok(())
    }
}

impl FromServer {
    fn line_ends(&mut self, bytes: &[u8], last: bool, out: &mut Vec<u8>) {
        out.reserve(bytes.len() + 1);
        for &byte in bytes {
            if self.cr && byte != b'\n' {
                out.push(b'\r');
            }
            self.cr = byte == b'\r';
            if !self.cr {
                out.push(byte);
            }
        }
        if last && self.cr {
            out.push(b'\r');
        }
    }
}

struct Recoder {
    decoder: Decoder,
    encoder: Encoder,
}

/// Our text becomes the server's.
struct ToServer {
    recoder: Option<Recoder>,
    charset: &'static Encoding,
    /// The last byte was a CR: a line end that is complete already is not made longer.
    cr: bool,
}

impl Filter for ToServer {
    fn pass(&mut self, bytes: &[u8], last: bool, out: &mut Vec<u8>) -> io::Result<()> {
        let mut text = Vec::with_capacity(bytes.len() + bytes.len() / 16 + 1);
        for &byte in bytes {
            if byte == b'\n' && !self.cr {
                text.push(b'\r');
            }
            self.cr = byte == b'\r';
            text.push(byte);
        }
        let Some(recoder) = &mut self.recoder else {
            out.append(&mut text);
            return Ok(());
        };
        let room = recoder.decoder.max_utf8_buffer_length(text.len()).unwrap_or(0);
        let mut ours = String::with_capacity(room);
        let (_, _, damaged) = recoder.decoder.decode_to_string(&text, &mut ours, last);
        if damaged {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "not valid UTF-8 text"));
        }
        let mut rest = ours.as_str();
        loop {
            let room = recoder
                .encoder
                .max_buffer_length_from_utf8_without_replacement(rest.len())
                .unwrap_or(rest.len() * 4 + 16);
            out.reserve(room);
            let (result, read) =
                recoder.encoder.encode_from_utf8_to_vec_without_replacement(rest, out, last);
            match result {
                EncoderResult::InputEmpty => return Ok(()),
                EncoderResult::OutputFull => rest = &rest[read..],
                EncoderResult::Unmappable(character) => {
                    let name = self.charset.name();
                    let why = format!("“{character}” cannot be encoded in {name}");
                    return Err(io::Error::new(io::ErrorKind::InvalidData, why));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{ISO_8859_2, SHIFT_JIS, UTF_16LE, WINDOWS_1252};

    use super::*;

    /// All of it, in pieces of every length.
    fn filtered(make: impl Fn() -> Box<dyn Filter>, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut whole = None;
        for length in 1..=bytes.len().max(1) {
            let (mut filter, mut out) = (make(), Vec::new());
            for piece in bytes.chunks(length) {
                filter.pass(piece, false, &mut out)?;
            }
            filter.pass(b"", true, &mut out)?;
            let before = whole.get_or_insert_with(|| out.clone());
            assert_eq!(*before, out, "in pieces of {length}");
        }
        Ok(whole.unwrap_or_default())
    }

    fn received(form: Form, bytes: &[u8]) -> Vec<u8> {
        filtered(|| form.receiving().unwrap(), bytes).unwrap()
    }

    fn sent(form: Form, bytes: &[u8]) -> io::Result<Vec<u8>> {
        filtered(|| form.sending().unwrap(), bytes)
    }

    #[test]
    fn line_ends_of_both_worlds() {
        let text = Form::Text(None);
        assert_eq!(received(text, b"a\r\nb\r\n\r\nc\rd\r\r\ne\r"), b"a\nb\n\nc\rd\r\ne\r");
        assert_eq!(received(text, b"\xff\xfe\n"), b"\xff\xfe\n");
        assert_eq!(sent(text, b"a\nb\r\n\nc\r\xff").unwrap(), b"a\r\nb\r\n\r\nc\r\xff");
        assert_eq!(sent(text, b"").unwrap(), b"");
        assert!(Form::Binary.sending().is_none() && Form::Binary.receiving().is_none());
    }

    #[test]
    fn character_sets() {
        for (charset, ours, theirs) in [
            (WINDOWS_1252, "é€\n", &b"\xe9\x80\r\n"[..]),
            (ISO_8859_2, "ł\nř", b"\xb3\r\n\xf8"),
            (SHIFT_JIS, "表\n", b"\x95\x5c\r\n"),
        ] {
            let form = Form::Text(Some(charset));
            assert!(form.can_be_sent());
            assert_eq!(received(form, theirs), ours.as_bytes());
            assert_eq!(sent(form, ours.as_bytes()).unwrap(), theirs);
        }
        let wide = Form::Text(Some(UTF_16LE));
        assert!(!wide.can_be_sent());
        assert_eq!(received(wide, b"a\0\r\0\n\0"), b"a\n");
    }

    #[test]
    fn forms_are_written_and_read_back() {
        for form in [Form::Binary, Form::Text(None), Form::Text(Some(SHIFT_JIS))] {
            assert_eq!(Form::try_from(String::from(form)), Ok(form));
        }
        for bad in ["", "text x", "ebcdic"] {
            assert!(Form::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn characters_that_cannot_be_encoded_are_an_error() {
        let form = Form::Text(Some(WINDOWS_1252));
        assert!(sent(form, "Ω".as_bytes()).unwrap_err().to_string().contains("windows-1252"));
        assert!(sent(form, b"\xff").unwrap_err().to_string().contains("UTF-8"));
    }
}
