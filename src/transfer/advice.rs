//! What to change on which server, with the names of its own settings.
//!
//! Sources: docs/ftp-quirks.md "Server software and FXP", docs/servers.md "Test servers" and
//! "Secure FXP".

use crate::base::Word;
use crate::ftp::ServerKind;
use crate::transfer::failure_class::FailureClass;
use crate::transfer::plan::Side;

/// Advice for a failure between two servers of these kinds.
pub(super) fn of(
    cause: FailureClass,
    by: Option<Side>,
    source: ServerKind,
    destination: ServerKind,
) -> Option<String> {
    let kind = match by {
        Some(Side::Source) => source,
        Some(Side::Destination) => destination,
        None => ServerKind::Unknown,
    };
    let side = by.map_or("server", Side::word);
    let at = |setting: &str| match kind.name() {
        Some(name) => format!("on the {side} ({name}): {setting}"),
        None => format!("on the {side}: {setting}"),
    };
    let advice = match cause {
        FailureClass::RefusedPort => at(port(kind)),
        FailureClass::PortUnknown | FailureClass::NoPassive => at(passive(kind)),
        FailureClass::RefusedPeer => at(peer(kind)),
        FailureClass::SilentPeer => {
            format!("{}; or look for a firewall between the servers", at(peer(kind)))
        }
        FailureClass::Unreachable => format!(
            "look for a firewall between the servers: the {side} cannot reach the other one's \
             data ports"
        ),
        FailureClass::SessionReuse => at(reuse(kind)),
        FailureClass::Certificate => at(certificate(kind)),
        FailureClass::TlsRole => "one of the two servers must support SSCN (ProFTPD \
                           1.3.6 and later, glftpd) or CPSV (glftpd, DrFTPD)"
            .to_owned(),
        FailureClass::LossyRole => {
            let proftpd = " (ProFTPD: TLSProtocol TLSv1.2 on the source keeps it whole)";
            let more = if kind == ServerKind::Proftpd { proftpd } else { "" };
            format!(
                "the source loses data as TLS client{more}; use a destination with SSCN or \
                 CPSV"
            )
        }
        FailureClass::ClearRefused => at(clear(kind)),
        FailureClass::PretNeeded => format!("set pret = \"yes\" for the site of the {side}"),
        FailureClass::Address => "set fxp_address or fxp_allow_addresses for the site".to_owned(),
        FailureClass::LoginLimit => {
            at("allow more connections of this user, or lower max_sessions of \
                                 the site")
        }
        FailureClass::Permission if by == Some(Side::Source) => {
            "use a source that this user may read".to_owned()
        }
        FailureClass::Permission => {
            format!("use a directory of the {side} where this user may write and delete files")
        }
        FailureClass::Space => format!("free some space on the {side}"),
        FailureClass::Damaged => "this pair loses data in this mode: do not use it".to_owned(),
        FailureClass::Transient | FailureClass::NoWay | FailureClass::Other => return None,
    };
    Some(advice)
}

/// Settings that let a server connect to other addresses than the client's.
fn port(kind: ServerKind) -> &'static str {
    match kind {
        ServerKind::Vsftpd => "port_promiscuous=YES in vsftpd.conf",
        ServerKind::Proftpd => "AllowForeignAddress on in proftpd.conf",
        ServerKind::Pureftpd => "start it with -w (AllowUserFXP yes)",
        ServerKind::Pyftpdlib => "permit_foreign_addresses = True in its handler",
        ServerKind::Inetutils => {
            "it has no setting for this and can only be the passive side of a transfer"
        }
        ServerKind::Libunftp => "it does not support transfers between servers",
        ServerKind::Iis => "it has no setting for this (IIS 7 and later)",
        ServerKind::Glftpd => "allow_fxp in glftpd.conf, and the user's own FXP flags",
        ServerKind::Drftpd => "the FXP permissions of the user's slaves",
        ServerKind::Servu => "switch off \"Block FTP bounce attacks and FXP\"",
        ServerKind::Filezilla | ServerKind::Demo | ServerKind::Unknown => {
            "allow server-to-server transfers (FXP, foreign addresses in PORT)"
        }
    }
}

/// Settings that let other addresses than the client's connect to a server.
fn peer(kind: ServerKind) -> &'static str {
    match kind {
        ServerKind::Vsftpd => "pasv_promiscuous=YES in vsftpd.conf",
        ServerKind::Filezilla | ServerKind::Demo | ServerKind::Unknown => {
            "allow data connections from other addresses than the client's (FXP)"
        }
        other => port(other),
    }
}

fn passive(kind: ServerKind) -> &'static str {
    match kind {
        ServerKind::Vsftpd => "pasv_enable=YES, and free ports in pasv_min_port to pasv_max_port",
        ServerKind::Proftpd => "free ports in PassivePorts",
        ServerKind::Pureftpd => "free ports in -p (PassivePortRange)",
        _ => "allow passive mode, with free data ports",
    }
}

fn reuse(kind: ServerKind) -> &'static str {
    match kind {
        ServerKind::Vsftpd => "require_ssl_reuse=NO in vsftpd.conf",
        ServerKind::Proftpd => "TLSOptions NoSessionReuseRequired in proftpd.conf",
        _ => "do not require TLS session reuse on data connections",
    }
}

fn certificate(kind: ServerKind) -> &'static str {
    match kind {
        ServerKind::Proftpd => {
            "TLSVerifyServer off, or TLSCACertificateFile with the authority of the other \
             server's certificate"
        }
        _ => "configure it to trust the other server's certificate",
    }
}

fn clear(kind: ServerKind) -> &'static str {
    match kind {
        ServerKind::Vsftpd => {
            "force_local_data_ssl=NO in vsftpd.conf, if unencrypted data is acceptable"
        }
        ServerKind::Proftpd => {
            "TLSRequired ctrl in proftpd.conf, if unencrypted data is acceptable"
        }
        _ => "it demands encrypted data; the other side must support that for FXP",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_is_that_of_the_guilty_server() {
        let advice = |cause, by, source, destination| {
            of(cause, Some(by), source, destination).unwrap_or_default()
        };
        use ServerKind::{Inetutils, Proftpd, Pureftpd, Unknown, Vsftpd};
        let (s, d) = (Side::Source, Side::Destination);
        for (found, wanted) in [
            (advice(FailureClass::RefusedPort, s, Vsftpd, Proftpd), "port_promiscuous=YES"),
            (advice(FailureClass::RefusedPort, d, Vsftpd, Proftpd), "AllowForeignAddress on"),
            (advice(FailureClass::RefusedPeer, s, Vsftpd, Proftpd), "pasv_promiscuous=YES"),
            (advice(FailureClass::SilentPeer, d, Vsftpd, Pureftpd), "start it with -w"),
            (advice(FailureClass::SessionReuse, s, Proftpd, Vsftpd), "NoSessionReuseRequired"),
            (advice(FailureClass::RefusedPort, s, Inetutils, Vsftpd), "only be the passive side"),
            (advice(FailureClass::RefusedPort, s, Unknown, Vsftpd), "on the source: allow"),
        ] {
            assert!(found.contains(wanted), "{found}");
        }
    }
}
