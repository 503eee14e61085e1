//! OPTS: UTF8, MLST and HASH (RFC 2389 section 4).

use crate::demo::digest::Algorithm;
use crate::demo::listing::Fact;
use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let blank = call.argument.iter().position(|&b| b == b' ');
    let (name, value) = match blank {
        Some(at) => (&call.argument[..at], call.argument[at..].trim_ascii()),
        None => (call.argument, &b""[..]),
    };
    match name.to_ascii_uppercase().as_slice() {
        b"UTF8" | b"UTF-8" => session.reply(Phrase::Utf8On, &[("name", name)]),
        b"MLST" if session.behavior().supports("MLST") => facts(session, value),
        b"HASH" if session.behavior().supports("HASH") => hash(session, value),
        _ => session.reply(Phrase::OptionBad, &[("name", name)]),
    }
}

fn facts(session: &mut Session, value: &[u8]) -> Effect {
    let wanted = String::from_utf8_lossy(value).into_owned();
    let known = |fact: &Fact| wanted.split(';').any(|name| name.eq_ignore_ascii_case(fact.name()));
    session.facts.shown = {
        let behavior = session.behavior();
        behavior.facts.iter().chain(&behavior.more_facts).copied().filter(known).collect()
    };
    let names: Vec<String> =
        session.facts.shown.iter().map(|fact| format!("{};", fact.name())).collect();
    session.reply(Phrase::FactsSet, &[("facts", names.concat().as_bytes())])
}

fn hash(session: &mut Session, value: &[u8]) -> Effect {
    if !value.is_empty() {
        let Some(algorithm) = Algorithm::from_name(value) else {
            return session.reply(Phrase::HashBad, &[("name", value)]);
        };
        session.hash = algorithm;
    }
    session.reply(Phrase::HashSet, &[("name", session.hash.name().as_bytes())])
}
