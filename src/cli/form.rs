//! How bytes are carried: `--type`, `--charset`, and the type at the end of a URL (seed 002: what
//! an option says replaces what the URL says).

use encoding_rs::Encoding;
use thiserror::Error;

use crate::base::text;
use crate::site::url::TransferType;
use crate::transfer::Form;

/// A transfer type as the command line names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum TypeWord {
    /// Bytes as they are.
    #[value(alias = "i")]
    Binary,
    /// Text: line ends are converted.
    #[value(alias = "a")]
    Text,
}

/// Why these options make no sense together.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FormError {
    /// Nothing has that name.
    #[error(
        "“{}” is no character set; write one such as utf-8, windows-1252, iso-8859-2, shift_jis",
        text::visible_str(.0)
    )]
    Charset(String),
    /// Text can be read in it, not written.
    #[error("text cannot be sent in {0}; name another character set, or send it as binary")]
    ReadOnly(&'static str),
    /// A character set for bytes that are not to be touched.
    #[error("--charset changes text, and the type is binary; say --type text")]
    BinaryCharset,
    /// `;type=d`.
    #[error("the URL asks for a directory listing (;type=d); use fxpane ls")]
    Listing,
    /// Two URLs that want different things.
    #[error("the URLs have different types; say --type, or copy them one by one")]
    Differ,
    /// Results and data would be mixed.
    #[error("with “-” standard output holds the file, so there is no room for --json")]
    Json,
    /// Bytes of text are not those of the file.
    #[error(
        "text cannot be resumed: nobody knows which byte of it the part ends at; say --type \
         binary, or --exists overwrite"
    )]
    TextResume,
    /// More than one file, or a tree.
    #[error("“-” takes one file, without -r")]
    OnePipe,
    /// A directory has no content.
    #[error("{0} is a directory; name the file that standard input shall become")]
    NoName(String),
    /// What came through a pipe cannot be asked for again.
    #[error(
        "from standard input a file can be put in place of another one or left; say --exists overwrite or skip"
    )]
    PipeRule,
}

/// How bytes are carried, by options and by the types of the URLs.
///
/// # Errors
/// [`FormError`].
pub fn form(
    option: Option<TypeWord>,
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
        (Some(word), _) => Some(word == TypeWord::Text),
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

/// The same for a copy with several ends, of which those that say nothing agree with the others.
///
/// # Errors
/// [`FormError`].
pub fn between(option: Option<TypeWord>, ends: &[Option<TransferType>]) -> Result<Form, FormError> {
    let said: Vec<_> = ends.iter().copied().filter(Option::is_some).collect();
    form(option, None, &said)
}

/// The same where text is sent.
///
/// # Errors
/// [`FormError`].
pub fn sent_form(
    option: Option<TypeWord>,
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
    fn options_replace_what_urls_say() {
        use TransferType::{Binary, Directory, Text};
        for (option, charset, urls, expected) in [
            (None, None, &[None][..], Ok(Form::Binary)),
            (None, None, &[Some(Text)], Ok(Form::Text(None))),
            (Some(TypeWord::Binary), None, &[Some(Text)], Ok(Form::Binary)),
            (Some(TypeWord::Text), None, &[Some(Binary)], Ok(Form::Text(None))),
            (None, Some("latin1"), &[None], Ok(Form::Text(Some(WINDOWS_1252)))),
            (Some(TypeWord::Binary), Some("latin1"), &[], Err(FormError::BinaryCharset)),
            (None, Some("latin1"), &[Some(Binary)], Err(FormError::BinaryCharset)),
            (None, Some("x"), &[], Err(FormError::Charset("x".to_owned()))),
            (None, None, &[Some(Directory)], Err(FormError::Listing)),
            (None, None, &[Some(Text), None], Err(FormError::Differ)),
            (Some(TypeWord::Text), None, &[Some(Text), None], Ok(Form::Text(None))),
        ] {
            assert_eq!(form(option, charset, urls), expected, "{option:?} {charset:?} {urls:?}");
        }
        assert_eq!(form(None, Some("utf-16"), &[None]), Ok(Form::Text(Some(UTF_16LE))));
        assert_eq!(sent_form(None, Some("utf-16"), None), Err(FormError::ReadOnly("UTF-16LE")));
    }
}
