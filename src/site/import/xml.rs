//! A minimal XML tree: names, attributes, texts, and the position of each element.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// An element.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// The name of the tag.
    pub(super) name: String,
    /// The byte offset after its opening tag.
    pub(super) at: usize,
    /// Its text without that of its children, trimmed.
    pub(super) text: String,
    /// The child elements.
    pub(super) children: Vec<Element>,
    attributes: Vec<(String, String)>,
}

/// The maximum depth of nested elements, against stack overflow; site lists need less.
const MAX_DEPTH: usize = 64;

impl Element {
    /// The first child with this name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child with this name; empty if there is none.
    pub(super) fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| child.text.as_str())
    }

    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// Parses the root element. The error is the byte offset at which the text is not valid XML.
///
/// Only the five predefined entities and character references are accepted. Other entities are
/// refused, because their expansion may be unbounded.
pub(super) fn parse(text: &str) -> Result<Element, usize> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = vec![Element::default()];
    loop {
        let event = reader.read_event();
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match event.map_err(|_| usize::try_from(reader.error_position()).unwrap_or(at))? {
            Event::Start(tag) if open.len() < MAX_DEPTH => open.push(element(&tag, at)?),
            Event::Start(_) => return Err(at),
            Event::Empty(tag) => {
                let child = element(&tag, at)?;
                open.last_mut().ok_or(at)?.children.push(child);
            }
            Event::End(_) => {
                let mut done = open.pop().ok_or(at)?;
                done.text = done.text.trim().to_owned();
                open.last_mut().ok_or(at)?.children.push(done);
            }
            Event::Text(piece) => {
                open.last_mut().ok_or(at)?.text.push_str(&piece);
            }
            Event::CData(piece) => {
                open.last_mut().ok_or(at)?.text.push_str(&piece);
            }
            Event::GeneralRef(reference) => {
                let number = reference.resolve_char_ref().map_err(|_| at)?;
                let known = quick_xml::escape::resolve_xml_entity(&reference);
                let element = open.last_mut().ok_or(at)?;
                match (number, known) {
                    (Some(c), _) => element.text.push(c),
                    (None, Some(known)) => element.text.push_str(known),
                    (None, None) => return Err(at),
                }
            }
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    // every element must be closed, and there is one root
    match open.as_mut_slice() {
        [document] => document.children.pop().ok_or(0),
        _ => Err(text.len()),
    }
}

fn element(tag: &BytesStart<'_>, at: usize) -> Result<Element, usize> {
    let name = tag.name().as_ref().to_owned();
    let mut element = Element { name, at, ..Element::default() };
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|_| at)?;
        let key = attribute.key.as_ref().to_owned();
        element.attributes.push((key, attribute.value.clone().into_owned()));
    }
    Ok(element)
}
