//! The transfer type: `--type`, `--charset`, and the type at the end of a URL, which the options
//! override.

use encoding_rs::Encoding;
use thiserror::Error;

use crate::base::text;
use crate::site::url::TransferType;
use crate::transfer::Form;

/// The values of `--type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum TypeOption {
    /// Bytes are copied unchanged.
    #[value(alias = "i")]
    Binary,
    /// Text: line endings are converted.
    #[value(alias = "a")]
    Text,
}

/// Options that contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FormError {
    /// An unknown character set.
    #[error(
        "unknown character set “{}”; write a name such as utf-8, windows-1252, iso-8859-2 or \
         shift_jis",
        text::visible_str(.0)
    )]
    Charset(String),
    /// A character set that can be decoded but not encoded.
    #[error("text cannot be sent in {0}; choose another character set, or send it as binary")]
    ReadOnly(&'static str),
    /// `--charset` with binary transfers.
    #[error("--charset applies to text only, and the type is binary; pass --type text")]
    BinaryCharset,
    /// `;type=d`.
    #[error("the URL asks for a directory listing (;type=d); use fxpane ls")]
    Listing,
    /// URLs with different transfer types.
    #[error("the URLs have different transfer types; pass --type, or copy them separately")]
    Differ,
    /// `--json` while standard output carries the file.
    #[error("--json cannot be used with “-”: standard output carries the file")]
    Json,
    /// Resuming a text transfer.
    #[error(
        "text transfers cannot be resumed, because the restart position is unknown; pass \
         --type binary, or --exists overwrite"
    )]
    TextResume,
    /// `-` together with other sources or `-r`.
    #[error("“-” stands for a single file; it cannot be combined with other sources or -r")]
    OnePipe,
    /// Standard input to a directory.
    #[error("{0} is a directory; name the file to write standard input to")]
    NoName(String),
    /// An `--exists` rule that standard input cannot follow.
    #[error(
        "standard input can only replace or skip an existing file; pass --exists overwrite or skip"
    )]
    PipeRule,
}

/// The transfer form that options and URLs result in.
///
/// # Errors
/// [`FormError`].
pub fn form(
    option: Option<TypeOption>,
    charset: Option<&str>,
    urls: &[Option<TransferType>],
) -> Result<Form, FormError> {
    let charset = match charset {
        None => None,
        Some(name) => {
            Some(Encoding::for_label(name.as_bytes()).ok_or(FormError::Charset(name.to_owned()))?)
        }
    };
    let of_url = match urls.split_first() {
        Some((first, rest)) if rest.iter().all(|other| other == first) => *first,
        Some(_) if option.is_none() => return Err(FormError::Differ),
        _ => None,
    };
    let text = match (option, of_url) {
        (Some(option), _) => Some(option == TypeOption::Text),
        (None, Some(TransferType::Directory)) => return Err(FormError::Listing),
        (None, Some(of_url)) => Some(of_url == TransferType::Text),
        (None, None) => None,
    };
    match (text, charset) {
        (Some(false), Some(_)) => Err(FormError::BinaryCharset),
        (Some(true), charset) | (None, charset @ Some(_)) => Ok(Form::Text(charset)),
        (Some(false) | None, None) => Ok(Form::Binary),
    }
}

/// [`form`] for a copy between several locations; URLs without a type agree with any other.
///
/// # Errors
/// [`FormError`].
pub fn copy_form(
    option: Option<TypeOption>,
    urls: &[Option<TransferType>],
) -> Result<Form, FormError> {
    let given: Vec<_> = urls.iter().copied().filter(Option::is_some).collect();
    form(option, None, &given)
}

/// [`form`] for uploads: the character set must be one that can be encoded.
///
/// # Errors
/// [`FormError`].
pub fn upload_form(
    option: Option<TypeOption>,
    charset: Option<&str>,
    url: Option<TransferType>,
) -> Result<Form, FormError> {
    match form(option, charset, &[url])? {
        Form::Text(Some(charset)) if !Form::Text(Some(charset)).can_be_sent() => {
            Err(FormError::ReadOnly(charset.name()))
        }
        form => Ok(form),
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{UTF_16LE, WINDOWS_1252};

    use super::*;

    #[test]
    fn options_override_urls() {
        use TransferType::{Binary, Directory, Text};
        for (option, charset, urls, expected) in [
            (None, None, &[None][..], Ok(Form::Binary)),
            (None, None, &[Some(Text)], Ok(Form::Text(None))),
            (Some(TypeOption::Binary), None, &[Some(Text)], Ok(Form::Binary)),
            (Some(TypeOption::Text), None, &[Some(Binary)], Ok(Form::Text(None))),
            (None, Some("latin1"), &[None], Ok(Form::Text(Some(WINDOWS_1252)))),
            (Some(TypeOption::Binary), Some("latin1"), &[], Err(FormError::BinaryCharset)),
            (None, Some("latin1"), &[Some(Binary)], Err(FormError::BinaryCharset)),
            (None, Some("x"), &[], Err(FormError::Charset("x".to_owned()))),
            (None, None, &[Some(Directory)], Err(FormError::Listing)),
            (None, None, &[Some(Text), None], Err(FormError::Differ)),
            (Some(TypeOption::Text), None, &[Some(Text), None], Ok(Form::Text(None))),
        ] {
            assert_eq!(form(option, charset, urls), expected, "{option:?} {charset:?} {urls:?}");
        }
        assert_eq!(form(None, Some("utf-16"), &[None]), Ok(Form::Text(Some(UTF_16LE))));
        assert_eq!(upload_form(None, Some("utf-16"), None), Err(FormError::ReadOnly("UTF-16LE")));
    }
}
