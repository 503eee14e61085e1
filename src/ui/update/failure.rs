//! Something did not work: a message, or a dialog that lets the user do something about it.

use crate::base::text;
use crate::engine::{Failure, FailureKind, Level};
use crate::net::{CertFacts, TrustedCert};
use crate::ui::model::Model;
use crate::ui::model::msg::Side;
use crate::ui::model::overlay::{Ask, Asking, Overlay, Prompt, Prompting, Retry, Weight};
use crate::ui::model::pane::{Trouble, Wait, Way};

/// Says it in the last line.
pub fn say(model: &mut Model, failure: &Failure) {
    let level = if failure.kind == FailureKind::Cancelled { Level::Info } else { Level::Error };
    model.say(level, failure.to_string());
}

/// A directory could not be listed.
pub fn of_listing(model: &mut Model, side: Side, wait: &Wait, failure: &Failure) {
    let pane = model.pane_mut(side);
    // a place that could not be gone back to is not lost
    match wait.way {
        Way::Back => pane.back.push(wait.at.clone()),
        Way::Forward => pane.forward.push(wait.at.clone()),
        Way::Go | Way::Refresh | Way::Quiet => {}
    }
    let nothing_shown = pane.shown.is_none();
    if nothing_shown || matches!(wait.way, Way::Refresh | Way::Quiet) {
        pane.trouble = Some(Trouble { failure: failure.clone(), at: wait.at.clone() });
    }
    let retry = Retry { side, at: wait.at.clone() };
    match &failure.kind {
        FailureKind::Cancelled => say(model, failure),
        FailureKind::UnknownCertificate { shown, trusted } => {
            ask_trust(model, retry, shown, trusted.as_deref());
        }
        FailureKind::Login => ask_password(model, retry, failure),
        FailureKind::VaultLocked => ask_passphrase(model, retry, failure),
        // what happens in the background does not get in the user's way
        _ if wait.way == Way::Quiet => say(model, failure),
        FailureKind::Refused | FailureKind::Usage => say(model, failure),
        FailureKind::Connect
        | FailureKind::Transient
        | FailureKind::Safety
        | FailureKind::Local => ask_again(model, retry, failure),
    }
}

fn ask_again(model: &mut Model, retry: Retry, failure: &Failure) {
    let site = retry.at.label();
    let mut body = vec![format!("Cannot {}:", failure.step), failure.cause.clone()];
    if let Some(remedy) = &failure.remedy {
        body.push(String::new());
        body.push(remedy.clone());
    }
    let raised = Some(model.now);
    model.raise(Overlay::Ask(Box::new(Ask {
        title: site,
        body,
        weight: Weight::Plain,
        choices: ["Retry", "Other address", "Close"].map(str::to_owned).to_vec(),
        cursor: 0,
        safe: 2,
        about: Asking::Failed(retry),
        raised,
    })));
}

fn ask_trust(model: &mut Model, retry: Retry, shown: &CertFacts, trusted: Option<&TrustedCert>) {
    let Some(site) = retry.at.key() else { return };
    let already = model.overlays.iter().any(|overlay| {
        matches!(overlay, Overlay::Ask(ask)
            if matches!(&ask.about, Asking::Trust { site: other, .. } if *other == site))
    });
    if already {
        // the other pane shows the same site: one answer is enough
        return;
    }
    let label = retry.at.label();
    let mut body = Vec::new();
    if let Some(trusted) = trusted {
        body.push(format!(
            "WARNING: {label} shows another certificate than the one you trusted before. Either \
             it was renewed, or somebody stands between you and the server and can read your \
             password."
        ));
        body.push(String::new());
        body.push(format!("The one you trusted, since {}:", text::visible_str(&trusted.since)));
        body.extend(told(&trusted.facts));
        body.push(String::new());
        body.push(
            "The new one; ask the operator for its fingerprint (SHA-256) before you trust it:"
                .to_owned(),
        );
    } else {
        body.push(format!(
            "No authority that this system trusts vouches for the certificate of {label}."
        ));
        body.push(String::new());
        body.push(
            "Trust it when the operator tells you this same fingerprint (SHA-256):".to_owned(),
        );
    }
    body.extend(told(shown));
    let changed = trusted.is_some();
    let fingerprint = shown.fingerprint.clone();
    let raised = Some(model.now);
    model.raise(Overlay::Ask(Box::new(Ask {
        title: if changed { "The certificate has CHANGED" } else { "Unknown certificate" }
            .to_owned(),
        body,
        weight: if changed { Weight::Grave } else { Weight::Plain },
        choices: ["Trust once", "Always trust", "Do not trust"].map(str::to_owned).to_vec(),
        cursor: if changed { 2 } else { 0 },
        safe: 2,
        about: Asking::Trust { retry, site, fingerprint },
        raised,
    })));
}

/// A certificate in three lines: its fingerprint, and the days on which it is valid if they are
/// known.
fn told(facts: &CertFacts) -> Vec<String> {
    let mut lines = grouped(&facts.fingerprint);
    lines.extend(facts.validity.map(|validity| validity.to_string()));
    lines
}

/// A fingerprint in two lines of four-digit groups, to be compared by eye.
fn grouped(fingerprint: &str) -> Vec<String> {
    let digits: Vec<char> = text::visible_str(fingerprint).chars().collect();
    let groups: Vec<String> = digits.chunks(4).map(|group| group.iter().collect()).collect();
    groups.chunks(8).map(|line| line.join(" ")).collect()
}

fn ask_password(model: &mut Model, retry: Retry, failure: &Failure) {
    let Some((site, _)) = retry.at.remote() else { return };
    let key = site.key();
    let already = model.overlays.iter().any(|overlay| {
        matches!(overlay, Overlay::Prompt(prompt) if matches!(&prompt.kind,
            Prompting::Password(other) if other.at.key().as_ref() == Some(&key)))
    });
    if already {
        return;
    }
    let user = text::visible_str(site.user());
    let label = format!("{}\nPassword of {user}:", failure.cause);
    let title = format!("Log in to {}", retry.at.label());
    let side = retry.side;
    model.raise(Overlay::Prompt(Prompt::masked(Prompting::Password(retry), side, title, label)));
}

fn ask_passphrase(model: &mut Model, retry: Retry, failure: &Failure) {
    let already = model.overlays.iter().any(|overlay| {
        matches!(overlay, Overlay::Prompt(prompt)
            if matches!(prompt.kind, Prompting::Passphrase(_)))
    });
    if already {
        // the vault is opened once for both panes
        return;
    }
    let label = format!("{}\nPassphrase of the vault that keeps your passwords:", failure.cause);
    let title = format!("The vault, to log in to {}", retry.at.label());
    let side = retry.side;
    model.raise(Overlay::Prompt(Prompt::masked(Prompting::Passphrase(retry), side, title, label)));
}
