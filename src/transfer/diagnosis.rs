//! What a failure means for the way that was tried: whose doing it is, whether another way may
//! work, and which setting of which server would help.

use crate::ftp::Reply;
use crate::ftp::ServerKind;
use crate::transfer::advice;
use crate::transfer::cause::Cause;
use crate::transfer::fault::{Fault, SET_UP};
use crate::transfer::plan::Plan;
use crate::transfer::side::Side;

/// A failure, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// What it is.
    pub cause: Cause,
    /// Whose doing it is; `None` where nobody can tell.
    pub by: Option<Side>,
    /// The server's words, or ours where it said nothing; safe to show.
    pub words: String,
    /// The code of its reply.
    pub code: Option<u16>,
}

impl Diagnosis {
    /// Judges the failure of a transfer by this plan.
    #[must_use]
    pub fn of(plan: &Plan, fault: &Fault) -> Self {
        let (cause, by) = judge(plan, fault);
        let words = match fault.reply() {
            Some(reply) => reply.shown(),
            None => fault.to_string(),
        };
        Self { cause, by, words, code: fault.reply().map(|reply| reply.code) }
    }

    /// What to change, and in which of the two servers; `None` where nothing is known to help.
    #[must_use]
    pub fn advice(&self, source: ServerKind, destination: ServerKind) -> Option<String> {
        advice::of(self.cause, self.by, source, destination)
    }

    /// True when a plan is bound to fail for the same reason as `failed` did.
    #[must_use]
    pub fn condemns(&self, failed: &Plan, plan: &Plan) -> bool {
        let by = self.by;
        match self.cause {
            Cause::RefusedPort => by == Some(plan.active()),
            Cause::PortUnknown => by == Some(plan.active()) && plan.port == failed.port,
            Cause::RefusedPeer | Cause::SilentPeer => by == Some(plan.passive.side()),
            Cause::SessionReuse => plan.protected && by == plan.tls_server(),
            Cause::Certificate => plan.protected && by == plan.tls_client(),
            Cause::LossyRole => plan.needs_checksum(),
            Cause::TlsRole => {
                plan.protected && plan.sscn == failed.sscn && plan.command == failed.command
            }
            Cause::ClearRefused => !plan.protected,
            Cause::NoPassive => {
                by == Some(plan.passive.side())
                    && (plan.command == failed.command || self.is_total())
            }
            Cause::PretNeeded => by == Some(plan.passive.side()),
            _ => plan.is_same_way(failed),
        }
    }

    /// True when a refused PASV says that there is no passive mode of any kind.
    fn is_total(&self) -> bool {
        let words = self.words.to_ascii_lowercase();
        words.contains("passive mode") && (words.contains("disabled") || words.contains("denied"))
    }
}

fn judge(plan: &Plan, fault: &Fault) -> (Cause, Option<Side>) {
    let passive = plan.passive.side();
    match fault {
        Fault::NoPassive { side, reply } => {
            let cause = match () {
                () if reply.mentions("pret") => Cause::PretNeeded,
                () if is_limit(reply) => Cause::LoginLimit,
                () => Cause::NoPassive,
            };
            (cause, Some(*side))
        }
        Fault::RefusedPort { side, reply } if is_not_known(reply) => {
            (Cause::PortUnknown, Some(*side))
        }
        Fault::RefusedPort { side, .. } => (Cause::RefusedPort, Some(*side)),
        Fault::Role { side, reply } if is_clear_refused(reply) => {
            (Cause::ClearRefused, Some(*side))
        }
        Fault::Role { side, .. } => (Cause::TlsRole, Some(*side)),
        Fault::NoConnection { side, reply } => {
            let side = *side;
            let cause = match () {
                () if is_clear_refused(reply) => Cause::ClearRefused,
                () if is_reuse(plan, side, reply) => Cause::SessionReuse,
                () if plan.protected && is_certificate(reply) => Cause::Certificate,
                () if plan.protected && reply.mentions("tls") || reply.mentions("ssl") => {
                    Cause::TlsRole
                }
                () if side == passive => Cause::RefusedPeer,
                () => Cause::Unreachable,
            };
            (cause, Some(side))
        }
        Fault::Silent { step, .. } if *step == SET_UP => match plan.protected {
            // both may wait for the other one's TLS greeting
            true => (Cause::TlsRole, None),
            false => (Cause::SilentPeer, Some(passive)),
        },
        Fault::BrokeOff { .. }
        | Fault::WrongSize { .. }
        | Fault::WrongDigest { .. }
        | Fault::Unproven(_)
            if plan.needs_checksum() =>
        {
            (Cause::LossyRole, Some(Side::Source))
        }
        Fault::Address(_) => (Cause::Address, Some(passive)),
        Fault::SourceRefused(reply) => (of_refusal(reply), Some(Side::Source)),
        Fault::TargetRefused(reply) => (of_refusal(reply), Some(Side::Destination)),
        Fault::NoSpace(_) => (Cause::Space, Some(Side::Destination)),
        Fault::BrokeOff { side, reply } => (of_broken(plan, *side, reply), Some(*side)),
        Fault::WrongSize { .. } | Fault::WrongDigest { .. } => (Cause::Damaged, None),
        // a TLS client that does not trust the other server's certificate just goes (ProFTPD,
        // docs/servers.md "Secure FXP")
        Fault::Lost { side, .. } if !plan.proven && plan.tls_client() == Some(*side) => {
            (Cause::Certificate, Some(*side))
        }
        Fault::Lost { side, .. } => (Cause::Transient, Some(*side)),
        Fault::Silent { .. } => (Cause::Transient, None),
        Fault::OutOfTurn(side) => (Cause::Transient, Some(*side)),
        Fault::Unprotected(_) | Fault::NoWay(_) => (Cause::NoWay, None),
        Fault::Rename(_) => (Cause::Permission, Some(Side::Destination)),
        _ => (Cause::Other, None),
    }
}

fn of_refusal(reply: &Reply) -> Cause {
    match reply.code {
        _ if is_limit(reply) => Cause::LoginLimit,
        452 | 552 => Cause::Space,
        400..500 => Cause::Transient,
        532 | 550 | 553 => Cause::Permission,
        _ => Cause::Other,
    }
}

/// An error after the data connection stood: under TLS the handshake belongs to it.
fn of_broken(plan: &Plan, side: Side, reply: &Reply) -> Cause {
    if is_reuse(plan, side, reply) {
        return Cause::SessionReuse;
    }
    if plan.protected && is_certificate(reply) {
        return Cause::Certificate;
    }
    if plan.passive.side() == side && reply.mentions("foreign") {
        return Cause::RefusedPeer;
    }
    Cause::Transient
}

/// 500 and 502 whose text says that the command is not known; a refusal has the same codes
/// (vsftpd: `500 Illegal PORT command.`).
fn is_not_known(reply: &Reply) -> bool {
    let words = ["unknown", "not understood", "unrecognized", "not implemented", "not supported"];
    reply.code == 502 || (reply.code == 500 && words.iter().any(|words| reply.mentions(words)))
}

/// Session reuse is demanded (quirk 26): vsftpd says so; ProFTPD's words are those of a system
/// error on the side that is the TLS server.
fn is_reuse(plan: &Plan, side: Side, reply: &Reply) -> bool {
    let says = reply.mentions("session reuse") || reply.mentions("session resum");
    let proftpd = reply.code == 425 && reply.mentions("operation not permitted");
    plan.protected && (says || (proftpd && plan.tls_server() == Some(side)))
}

/// Data in the clear is refused (vsftpd `force_local_data_ssl`, ProFTPD `TLSRequired`).
fn is_clear_refused(reply: &Reply) -> bool {
    let words = ["must be encrypted", "required on the data", "prot p required", "require prot"];
    words.iter().any(|words| reply.mentions(words))
}

fn is_certificate(reply: &Reply) -> bool {
    reply.mentions("certificate") || reply.mentions("unable to verify")
}

/// "Too many connections" in its many wordings (quirk 70).
fn is_limit(reply: &Reply) -> bool {
    let words = ["too many", "maximum number", "simultaneous", "site full"];
    matches!(reply.code, 421 | 530) && words.iter().any(|words| reply.mentions(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::side::PassiveSide;
    use Side::{Destination as D, Source as S};

    fn tls() -> Plan {
        Plan { protected: true, sscn: Some(D), ..Plan::plain() }
    }

    fn judged(plan: &Plan, fault: &Fault) -> (Cause, Option<Side>) {
        let found = Diagnosis::of(plan, fault);
        (found.cause, found.by)
    }

    /// The words of real servers (docs/servers.md "Refusals of FXP" and "Secure FXP").
    #[test]
    fn what_servers_really_say() {
        let plain = Plan::plain();
        let refused = |text| Fault::RefusedPort { side: S, reply: Reply::new(500, text) };
        for text in [
            "Illegal PORT command.",
            "I won't open a connection to 127.0.0.99 (only to 127.0.0.1)",
            "Illegal PORT Command",
        ] {
            assert_eq!(judged(&plain, &refused(text)), (Cause::RefusedPort, Some(S)), "{text}");
        }
        let unknown = refused("'EPRT': command not understood.");
        assert_eq!(judged(&plain, &unknown), (Cause::PortUnknown, Some(S)));

        let none = |side, code, text| Fault::NoConnection { side, reply: Reply::new(code, text) };
        for (plan, fault, wanted) in [
            (plain, none(D, 425, "Security: Bad IP connecting."), (Cause::RefusedPeer, Some(D))),
            (
                plain,
                none(D, 425, "Unable to build data connection: Permission denied"),
                (Cause::RefusedPeer, Some(D)),
            ),
            (plain, none(S, 425, "Failed to establish connection."), (Cause::Unreachable, Some(S))),
            (
                tls(),
                none(S, 522, "SSL connection failed: session reuse required"),
                (Cause::SessionReuse, Some(S)),
            ),
            (
                tls(),
                none(S, 425, "Unable to build data connection: Operation not permitted"),
                (Cause::SessionReuse, Some(S)),
            ),
            (
                plain,
                none(D, 522, "Data connections must be encrypted."),
                (Cause::ClearRefused, Some(D)),
            ),
        ] {
            assert_eq!(judged(&plan, &fault), wanted, "{fault}");
        }
        let silent = Fault::Silent { step: SET_UP, seconds: 8 };
        assert_eq!(judged(&plain, &silent), (Cause::SilentPeer, Some(D)));
        assert_eq!(judged(&tls(), &silent), (Cause::TlsRole, None));
        let pret = "You need to use a client supporting PRET";
        let pret = Fault::NoPassive { side: D, reply: Reply::new(500, pret) };
        assert_eq!(judged(&plain, &pret), (Cause::PretNeeded, Some(D)));
    }

    #[test]
    fn one_failure_rules_out_what_is_bound_to_fail_as_well() {
        let plain = Plan::plain();
        let flipped = Plan { passive: PassiveSide::Source, ..plain };
        let epsv = Plan {
            command: crate::transfer::plan::PassiveCommand::Epsv,
            port: crate::transfer::plan::PortCommand::Eprt,
            ..plain
        };
        let found = |cause, by| Diagnosis { cause, by: Some(by), words: String::new(), code: None };
        let port = found(Cause::RefusedPort, S);
        assert!(port.condemns(&plain, &tls()) && !port.condemns(&plain, &flipped));
        let unknown = found(Cause::PortUnknown, S);
        assert!(unknown.condemns(&plain, &tls()) && !unknown.condemns(&plain, &epsv));
        let pasv = found(Cause::NoPassive, D);
        assert!(!pasv.condemns(&plain, &epsv) && pasv.condemns(&plain, &tls()));
        // the source is the TLS server of both
        let reuse = found(Cause::SessionReuse, S);
        let other = Plan { protected: true, sscn: Some(D), ..flipped };
        assert!(reuse.condemns(&tls(), &other) && !reuse.condemns(&tls(), &plain));
        assert!(found(Cause::ClearRefused, D).condemns(&plain, &flipped));
    }
}
