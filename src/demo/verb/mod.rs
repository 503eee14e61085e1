//! The commands: one table row and one file per verb.

mod abor;
mod acct;
mod allo;
mod appe;
mod auth;
mod avbl;
mod ccc;
mod cdup;
mod clnt;
mod cpsv;
mod cwd;
mod dele;
mod digest;
mod eprt;
mod epsv;
mod feat;
mod hash;
mod help;
mod list;
mod md5;
mod mdtm;
mod mff;
mod mfmt;
mod mkd;
mod mlsd;
mod mlst;
mod mode;
mod nlst;
mod noop;
mod opts;
mod pass;
mod pasv;
mod pbsz;
mod port;
mod pret;
mod prot;
mod pwd;
mod quit;
mod rang;
mod rein;
mod rest;
mod retr;
mod rmd;
mod rnfr;
mod rnto;
mod site;
mod size;
mod sscn;
mod stat;
mod stor;
mod stou;
mod stru;
mod syst;
mod r#type;
mod user;

use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};
use crate::demo::setup::Tls;

/// What a verb requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// No login.
    Nothing,
    /// A login.
    Login,
    /// A login and an argument.
    Argument,
    /// TLS on the control connection.
    Tls,
}

/// One row of the table.
struct Verb {
    name: &'static str,
    needs: Needs,
    run: fn(&mut Session, &Call<'_>) -> Effect,
}

const fn verb(
    name: &'static str,
    needs: Needs,
    run: fn(&mut Session, &Call<'_>) -> Effect,
) -> Verb {
    Verb { name, needs, run }
}

/// All known verbs, in the order of HELP.
const VERBS: &[Verb] = &[
    verb("ABOR", Needs::Nothing, abor::run),
    verb("ACCT", Needs::Nothing, acct::run),
    verb("ALLO", Needs::Login, allo::run),
    verb("APPE", Needs::Argument, appe::run),
    verb("AUTH", Needs::Nothing, auth::run),
    verb("AVBL", Needs::Login, avbl::run),
    verb("CCC", Needs::Tls, ccc::run),
    verb("CDUP", Needs::Login, cdup::run),
    verb("CLNT", Needs::Nothing, clnt::run),
    verb("CPSV", Needs::Login, cpsv::run),
    verb("CWD", Needs::Login, cwd::run),
    verb("DELE", Needs::Argument, dele::run),
    verb("EPRT", Needs::Argument, eprt::run),
    verb("EPSV", Needs::Login, epsv::run),
    verb("FEAT", Needs::Nothing, feat::run),
    verb("HASH", Needs::Argument, hash::run),
    verb("HELP", Needs::Nothing, help::run),
    verb("LIST", Needs::Login, list::run),
    verb("MD5", Needs::Argument, md5::run),
    verb("MDTM", Needs::Argument, mdtm::run),
    verb("MFF", Needs::Argument, mff::run),
    verb("MFMT", Needs::Argument, mfmt::run),
    verb("MKD", Needs::Argument, mkd::run),
    verb("MLSD", Needs::Login, mlsd::run),
    verb("MLST", Needs::Login, mlst::run),
    verb("MODE", Needs::Argument, mode::run),
    verb("NLST", Needs::Login, nlst::run),
    verb("NOOP", Needs::Nothing, noop::run),
    verb("OPTS", Needs::Nothing, opts::run),
    verb("PASS", Needs::Nothing, pass::run),
    verb("PASV", Needs::Login, pasv::run),
    verb("PBSZ", Needs::Tls, pbsz::run),
    verb("PORT", Needs::Argument, port::run),
    verb("PRET", Needs::Argument, pret::run),
    verb("PROT", Needs::Tls, prot::run),
    verb("PWD", Needs::Login, pwd::run),
    verb("QUIT", Needs::Nothing, quit::run),
    verb("RANG", Needs::Argument, rang::run),
    verb("REIN", Needs::Nothing, rein::run),
    verb("REST", Needs::Argument, rest::run),
    verb("RETR", Needs::Argument, retr::run),
    verb("RMD", Needs::Argument, rmd::run),
    verb("RNFR", Needs::Argument, rnfr::run),
    verb("RNTO", Needs::Argument, rnto::run),
    verb("SITE", Needs::Argument, site::run),
    verb("SIZE", Needs::Argument, size::run),
    verb("SSCN", Needs::Tls, sscn::run),
    verb("STAT", Needs::Login, stat::run),
    verb("STOR", Needs::Argument, stor::run),
    verb("STOU", Needs::Login, stou::run),
    verb("STRU", Needs::Argument, stru::run),
    verb("SYST", Needs::Nothing, syst::run),
    verb("TYPE", Needs::Argument, r#type::run),
    verb("USER", Needs::Nothing, user::run),
    verb("XCRC", Needs::Argument, digest::run),
    verb("XCUP", Needs::Login, cdup::run),
    verb("XCWD", Needs::Login, cwd::run),
    verb("XMD5", Needs::Argument, digest::run),
    verb("XMKD", Needs::Argument, mkd::run),
    verb("XPWD", Needs::Login, pwd::run),
    verb("XRMD", Needs::Argument, rmd::run),
    verb("XSHA", Needs::Argument, digest::run),
    verb("XSHA1", Needs::Argument, digest::run),
    verb("XSHA256", Needs::Argument, digest::run),
    verb("XSHA512", Needs::Argument, digest::run),
];

/// True for verbs that use a data connection.
pub(crate) fn is_data(verb: &str) -> bool {
    matches!(verb, "RETR" | "STOR" | "APPE" | "STOU" | "LIST" | "NLST" | "MLSD")
}

/// The names of the supported verbs, for HELP.
fn names(session: &Session) -> impl Iterator<Item = &'static str> {
    VERBS.iter().map(|verb| verb.name).filter(|name| session.behavior().supports(name))
}

/// Executes one command.
pub(crate) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    let vars = [("verb", call.verb.as_bytes())];
    let found = VERBS.iter().find(|verb| verb.name == call.verb);
    let Some(verb) = found.filter(|verb| session.behavior().supports(verb.name)) else {
        return session.reply(Phrase::Unknown, &vars);
    };
    match verb.needs {
        Needs::Nothing => {}
        Needs::Tls if session.shared.setup.tls == Tls::Off => {
            return session.reply(Phrase::Unknown, &vars);
        }
        Needs::Tls if !session.secure => return session.reply(Phrase::TlsOnly, &vars),
        Needs::Tls => {}
        Needs::Login | Needs::Argument if !session.logged_in => {
            return session.reply(Phrase::NeedLogin, &vars);
        }
        Needs::Argument if call.argument.is_empty() => {
            return session.reply(Phrase::NeedArgument, &vars);
        }
        Needs::Login | Needs::Argument => {}
    }
    (verb.run)(session, call)
}
