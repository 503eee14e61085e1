//! FEAT: the features of the server (RFC 2389).

use crate::demo::session::{Call, Effect, Session};
use crate::demo::setup::Tls;
use crate::ftp::Reply;

/// Features that are listed only with TLS.
const WITH_TLS: [&str; 6] = ["AUTH", "CCC", "CPSV", "PBSZ", "PROT", "SSCN"];

pub(super) fn run(session: &mut Session, _: &Call<'_>) -> Effect {
    let tls = session.shared.setup.tls != Tls::Off;
    let mut lines = vec![b"Features:".to_vec()];
    for feature in &session.behavior().features {
        let name = feature.split(' ').next().unwrap_or_default();
        if tls || !WITH_TLS.contains(&name) {
            lines.push(format!(" {feature}").into_bytes());
        }
    }
    lines.push(b"End".to_vec());
    Effect::Reply(Reply { code: 211, lines })
}
