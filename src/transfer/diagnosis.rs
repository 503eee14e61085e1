//! What a failure means for the FXP mode that was tried: which side caused it, whether another mode
//! may work, and which setting of which server would help.

use crate::ftp::Reply;
use crate::ftp::ServerKind;
use crate::transfer::advice;
use crate::transfer::failure_class::FailureClass;
use crate::transfer::fault::{Fault, SET_UP};
use crate::transfer::plan::Plan;
use crate::transfer::plan::Side;

/// A failure and its class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// What it is.
    pub cause: FailureClass,
    /// The side that caused it; `None` where that is unknown.
    pub by: Option<Side>,
    /// The server's reply, or our message where there is none; safe to display.
    pub words: String,
    /// The code of its reply.
    pub code: Option<u16>,
}

impl Diagnosis {
    /// Classifies the failure of a transfer in this mode.
    #[must_use]
    pub fn of(plan: &Plan, fault: &Fault) -> Self {
        let (cause, by) = judge(plan, fault);
        let words = match fault.reply() {
            Some(reply) => reply.shown(),
            None => fault.to_string(),
        };
        Self { cause, by, words, code: fault.reply().map(|reply| reply.code) }
    }

    /// What to change, and on which of the two servers; `None` where nothing is known to help.
    #[must_use]
    pub fn advice(&self, source: ServerKind, destination: ServerKind) -> Option<String> {
        advice::of(self.cause, self.by, source, destination)
    }

    /// True when a mode would fail for the same reason as `failed` did.
    #[must_use]
    pub fn rules_out(&self, failed: &Plan, plan: &Plan) -> bool {
        let by = self.by;
        match self.cause {
            FailureClass::RefusedPort => by == Some(plan.active()),
            FailureClass::PortUnknown => by == Some(plan.active()) && plan.port == failed.port,
            FailureClass::RefusedPeer | FailureClass::SilentPeer => by == Some(plan.passive.side()),
            FailureClass::SessionReuse => plan.protected && by == plan.tls_server(),
            FailureClass::Certificate => plan.protected && by == plan.tls_client(),
            FailureClass::LossyRole => plan.needs_checksum(),
            FailureClass::TlsRole => {
                plan.protected && plan.sscn == failed.sscn && plan.command == failed.command
            }
            FailureClass::ClearRefused => !plan.protected,
            FailureClass::NoPassive => {
                by == Some(plan.passive.side())
                    && (plan.command == failed.command || self.is_total())
            }
            FailureClass::PretNeeded => by == Some(plan.passive.side()),
            _ => plan.is_same_mode(failed),
        }
    }

    /// True when the refusal of PASV excludes passive mode of any kind.
    fn is_total(&self) -> bool {
        let words = self.words.to_ascii_lowercase();
        words.contains("passive mode") && (words.contains("disabled") || words.contains("denied"))
    }
}

fn judge(plan: &Plan, fault: &Fault) -> (FailureClass, Option<Side>) {
    let passive = plan.passive.side();
    match fault {
        Fault::NoPassive { side, reply } => {
            let cause = match () {
                () if reply.mentions("pret") => FailureClass::PretNeeded,
                () if is_limit(reply) => FailureClass::LoginLimit,
                () => FailureClass::NoPassive,
            };
            (cause, Some(*side))
        }
        Fault::RefusedPort { side, reply } if is_not_known(reply) => {
            (FailureClass::PortUnknown, Some(*side))
        }
        Fault::RefusedPort { side, .. } => (FailureClass::RefusedPort, Some(*side)),
        Fault::Role { side, reply } if is_clear_refused(reply) => {
            (FailureClass::ClearRefused, Some(*side))
        }
        Fault::Role { side, .. } => (FailureClass::TlsRole, Some(*side)),
        Fault::NoConnection { side, reply } => {
            let side = *side;
            let cause = match () {
                () if is_clear_refused(reply) => FailureClass::ClearRefused,
                () if is_reuse(plan, side, reply) => FailureClass::SessionReuse,
                () if plan.protected && is_certificate(reply) => FailureClass::Certificate,
                () if plan.protected && reply.mentions("tls") || reply.mentions("ssl") => {
                    FailureClass::TlsRole
                }
                () if side == passive => FailureClass::RefusedPeer,
                () => FailureClass::Unreachable,
            };
            (cause, Some(side))
        }
        Fault::Silent { step, .. } if *step == SET_UP => match plan.protected {
            // both may wait for the TLS handshake of the other one
            true => (FailureClass::TlsRole, None),
            false => (FailureClass::SilentPeer, Some(passive)),
        },
        Fault::BrokeOff { .. }
        | Fault::WrongSize { .. }
        | Fault::WrongDigest { .. }
        | Fault::Unproven(_)
            if plan.needs_checksum() =>
        {
            (FailureClass::LossyRole, Some(Side::Source))
        }
        Fault::Address(_) => (FailureClass::Address, Some(passive)),
        Fault::SourceRefused(reply) => (of_refusal(reply), Some(Side::Source)),
        Fault::TargetRefused(reply) => (of_refusal(reply), Some(Side::Destination)),
        Fault::NoSpace(_) => (FailureClass::Space, Some(Side::Destination)),
        Fault::BrokeOff { side, reply } => (of_broken(plan, *side, reply), Some(*side)),
        Fault::WrongSize { .. } | Fault::WrongDigest { .. } | Fault::NotResumed { .. } => {
            (FailureClass::Damaged, None)
        }
        Fault::NotStored(_) => (FailureClass::Damaged, Some(Side::Destination)),
        // a TLS client that does not trust the other server's certificate closes the connection
        // (ProFTPD, docs/servers.md "Secure FXP")
        Fault::Lost { side, .. } if !plan.proven && plan.tls_client() == Some(*side) => {
            (FailureClass::Certificate, Some(*side))
        }
        Fault::Lost { side, .. } => (FailureClass::Transient, Some(*side)),
        Fault::Silent { .. } => (FailureClass::Transient, None),
        Fault::OutOfTurn(side) => (FailureClass::Transient, Some(*side)),
        Fault::Unprotected(_) | Fault::NoWay(_) => (FailureClass::NoWay, None),
        Fault::Rename(_) | Fault::RenameIgnored(_) => {
            (FailureClass::Permission, Some(Side::Destination))
        }
        _ => (FailureClass::Other, None),
    }
}

fn of_refusal(reply: &Reply) -> FailureClass {
    match reply.code {
        _ if is_limit(reply) => FailureClass::LoginLimit,
        452 | 552 => FailureClass::Space,
        400..500 => FailureClass::Transient,
        532 | 550 | 553 if !is_absent(reply) => FailureClass::Permission,
        _ => FailureClass::Other,
    }
}

/// The file or directory does not exist; rights do not help.
fn is_absent(reply: &Reply) -> bool {
    ["no such", "not found", "cannot find", "not exist"].iter().any(|words| reply.mentions(words))
        && !reply.mentions("denied")
        && !reply.mentions("permission")
}

/// An error after the data connection was established: under TLS the handshake belongs to it.
fn of_broken(plan: &Plan, side: Side, reply: &Reply) -> FailureClass {
    if is_reuse(plan, side, reply) {
        return FailureClass::SessionReuse;
    }
    if plan.protected && is_certificate(reply) {
        return FailureClass::Certificate;
    }
    if plan.passive.side() == side && reply.mentions("foreign") {
        return FailureClass::RefusedPeer;
    }
    FailureClass::Transient
}

/// 500 and 502 with a text that means an unknown command; a refusal has the same codes (vsftpd:
/// `500 Illegal PORT command.`).
fn is_not_known(reply: &Reply) -> bool {
    let words = ["unknown", "not understood", "unrecognized", "not implemented", "not supported"];
    reply.code == 502 || (reply.code == 500 && words.iter().any(|words| reply.mentions(words)))
}

/// Session reuse is demanded (quirk 26): vsftpd says so; ProFTPD reports a system error on the side
/// that is the TLS server.
fn is_reuse(plan: &Plan, side: Side, reply: &Reply) -> bool {
    let says = reply.mentions("session reuse") || reply.mentions("session resum");
    let proftpd = reply.code == 425 && reply.mentions("operation not permitted");
    plan.protected && (says || (proftpd && plan.tls_server() == Some(side)))
}

/// Unencrypted data is refused (vsftpd `force_local_data_ssl`, ProFTPD `TLSRequired`).
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
    use crate::transfer::plan::PassiveSide;
    use Side::{Destination as D, Source as S};

    fn tls() -> Plan {
        Plan { protected: true, sscn: Some(D), ..Plan::plain() }
    }

    fn judged(plan: &Plan, fault: &Fault) -> (FailureClass, Option<Side>) {
        let found = Diagnosis::of(plan, fault);
        (found.cause, found.by)
    }

    /// The replies of real servers (docs/servers.md "Refusals of FXP" and "Secure FXP").
    #[test]
    fn replies_of_real_servers() {
        let plain = Plan::plain();
        let refused = |text| Fault::RefusedPort { side: S, reply: Reply::new(500, text) };
        for text in [
            "Illegal PORT command.",
            "I won't open a connection to 127.0.0.99 (only to 127.0.0.1)",
            "Illegal PORT Command",
        ] {
            assert_eq!(
                judged(&plain, &refused(text)),
                (FailureClass::RefusedPort, Some(S)),
                "{text}"
            );
        }
        let unknown = refused("'EPRT': command not understood.");
        assert_eq!(judged(&plain, &unknown), (FailureClass::PortUnknown, Some(S)));

        let none = |side, code, text| Fault::NoConnection { side, reply: Reply::new(code, text) };
        for (plan, fault, wanted) in [
            (
                plain,
                none(D, 425, "Security: Bad IP connecting."),
                (FailureClass::RefusedPeer, Some(D)),
            ),
            (
                plain,
                none(D, 425, "Unable to build data connection: Permission denied"),
                (FailureClass::RefusedPeer, Some(D)),
            ),
            (
                plain,
                none(S, 425, "Failed to establish connection."),
                (FailureClass::Unreachable, Some(S)),
            ),
            (
                tls(),
                none(S, 522, "SSL connection failed: session reuse required"),
                (FailureClass::SessionReuse, Some(S)),
            ),
            (
                tls(),
                none(S, 425, "Unable to build data connection: Operation not permitted"),
                (FailureClass::SessionReuse, Some(S)),
            ),
            (
                plain,
                none(D, 522, "Data connections must be encrypted."),
                (FailureClass::ClearRefused, Some(D)),
            ),
        ] {
            assert_eq!(judged(&plan, &fault), wanted, "{fault}");
        }
        let silent = Fault::Silent { step: SET_UP, seconds: 8 };
        assert_eq!(judged(&plain, &silent), (FailureClass::SilentPeer, Some(D)));
        assert_eq!(judged(&tls(), &silent), (FailureClass::TlsRole, None));
        let pret = "You need to use a client supporting PRET";
        let pret = Fault::NoPassive { side: D, reply: Reply::new(500, pret) };
        assert_eq!(judged(&plain, &pret), (FailureClass::PretNeeded, Some(D)));
    }

    #[test]
    fn one_failure_rules_out_modes_with_the_same_cause() {
        let plain = Plan::plain();
        let flipped = Plan { passive: PassiveSide::Source, ..plain };
        let epsv = Plan {
            command: crate::transfer::plan::PassiveCommand::Epsv,
            port: crate::transfer::plan::PortCommand::Eprt,
            ..plain
        };
        let found = |cause, by| Diagnosis { cause, by: Some(by), words: String::new(), code: None };
        let port = found(FailureClass::RefusedPort, S);
        assert!(port.rules_out(&plain, &tls()) && !port.rules_out(&plain, &flipped));
        let unknown = found(FailureClass::PortUnknown, S);
        assert!(unknown.rules_out(&plain, &tls()) && !unknown.rules_out(&plain, &epsv));
        let pasv = found(FailureClass::NoPassive, D);
        assert!(!pasv.rules_out(&plain, &epsv) && pasv.rules_out(&plain, &tls()));
        // the source is the TLS server of both
        let reuse = found(FailureClass::SessionReuse, S);
        let other = Plan { protected: true, sscn: Some(D), ..flipped };
        assert!(reuse.rules_out(&tls(), &other) && !reuse.rules_out(&tls(), &plain));
        assert!(found(FailureClass::ClearRefused, D).rules_out(&plain, &flipped));
    }
}
