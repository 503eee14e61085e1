//! Shows failures: as a message, or as a dialog if the user can do something about them.

use crate::base::text;
use crate::engine::{Failure, FailureKind, Level};
use crate::net::{CertInfo, TrustedCert};
use crate::ui::model::Model;
use crate::ui::model::msg::PaneSide;
use crate::ui::model::overlay::{
    ListingRetry, Overlay, Prompt, PromptKind, QuestionDialog, QuestionKind, Severity,
};
use crate::ui::model::pane::{ListingFailure, Navigation, Wait};

/// Shows a failure in the last line.
pub fn notify(model: &mut Model, failure: &Failure) {
    let level = if failure.kind == FailureKind::Cancelled { Level::Info } else { Level::Error };
    model.notify(level, failure.to_string());
}

/// Handles a failed listing.
pub fn of_listing(model: &mut Model, side: PaneSide, wait: &Wait, failure: &Failure) {
    let pane = model.pane_mut(side);
    // keep the directory in the history, so that going back can be repeated
    match wait.navigation {
        Navigation::Back => pane.back.push(wait.at.clone()),
        Navigation::Forward => pane.forward.push(wait.at.clone()),
        Navigation::Go | Navigation::Refresh | Navigation::Background => {}
    }
    let nothing_shown = pane.shown.is_none();
    if nothing_shown || matches!(wait.navigation, Navigation::Refresh | Navigation::Background) {
        pane.list_error = Some(ListingFailure { failure: failure.clone(), at: wait.at.clone() });
    }
    let retry = ListingRetry { side, at: wait.at.clone() };
    match &failure.kind {
        FailureKind::Cancelled => notify(model, failure),
        FailureKind::UnknownCertificate { shown, trusted } => {
            ask_trust(model, retry, shown, trusted.as_deref());
        }
        FailureKind::Login => ask_password(model, retry, failure),
        FailureKind::VaultLocked => ask_passphrase(model, retry, failure),
        // failures in the background do not open dialogs
        _ if wait.navigation == Navigation::Background => notify(model, failure),
        FailureKind::Refused | FailureKind::Usage | FailureKind::Elsewhere => {
            notify(model, failure);
        }
        FailureKind::Connect
        | FailureKind::Transient
        | FailureKind::Safety
        | FailureKind::Local => ask_again(model, retry, failure),
    }
}

fn ask_again(model: &mut Model, retry: ListingRetry, failure: &Failure) {
    let site = retry.at.label();
    let mut body = vec![format!("Cannot {}:", failure.step), failure.cause.clone()];
    if let Some(remedy) = &failure.remedy {
        body.push(String::new());
        body.push(remedy.clone());
    }
    let raised = Some(model.now);
    model.raise(Overlay::Question(Box::new(QuestionDialog {
        title: site,
        body,
        severity: Severity::Normal,
        choices: ["Retry", "Other address", "Close"].map(str::to_owned).to_vec(),
        cursor: 0,
        safe: 2,
        about: QuestionKind::Failed(retry),
        raised,
    })));
}

fn ask_trust(
    model: &mut Model,
    retry: ListingRetry,
    shown: &CertInfo,
    trusted: Option<&TrustedCert>,
) {
    let Some(site) = retry.at.key() else { return };
    let already = model.overlays.iter().any(|overlay| {
        matches!(overlay, Overlay::Question(question)
            if matches!(&question.about, QuestionKind::Trust { site: other, .. } if *other == site))
    });
    if already {
        // both panes show the same site: one answer is enough
        return;
    }
    let label = retry.at.label();
    let mut body = Vec::new();
    if let Some(trusted) = trusted {
        body.push(format!(
            "WARNING: {label} presents a different certificate than the one you trusted. Either \
             it was renewed, or someone is intercepting the connection and can read your \
             password."
        ));
        body.push(String::new());
        body.push(format!("Trusted since {}:", text::visible_str(&trusted.since)));
        body.extend(certificate_lines(&trusted.facts));
        body.push(String::new());
        body.push(
            "New certificate; confirm its SHA-256 fingerprint with the server operator before you \
             trust it:"
                .to_owned(),
        );
    } else {
        body.push(format!("The certificate of {label} is not signed by a trusted authority."));
        body.push(String::new());
        body.push(
            "Trust it only if the server operator confirms this SHA-256 fingerprint:".to_owned(),
        );
    }
    body.extend(certificate_lines(shown));
    let changed = trusted.is_some();
    let fingerprint = shown.fingerprint.clone();
    let raised = Some(model.now);
    model.raise(Overlay::Question(Box::new(QuestionDialog {
        title: if changed { "The certificate has CHANGED" } else { "Unknown certificate" }
            .to_owned(),
        body,
        severity: if changed { Severity::Danger } else { Severity::Normal },
        choices: ["Trust once", "Always trust", "Do not trust"].map(str::to_owned).to_vec(),
        cursor: if changed { 2 } else { 0 },
        safe: 2,
        about: QuestionKind::Trust { retry, site, fingerprint },
        raised,
    })));
}

/// The fingerprint of a certificate, and its validity if known.
fn certificate_lines(facts: &CertInfo) -> Vec<String> {
    let mut lines = grouped(&facts.fingerprint);
    lines.extend(facts.validity.map(|validity| validity.to_string()));
    lines
}

/// A fingerprint in two lines of four-digit groups, which are easy to compare.
fn grouped(fingerprint: &str) -> Vec<String> {
    let digits: Vec<char> = text::visible_str(fingerprint).chars().collect();
    let groups: Vec<String> = digits.chunks(4).map(|group| group.iter().collect()).collect();
    groups.chunks(8).map(|line| line.join(" ")).collect()
}

fn ask_password(model: &mut Model, retry: ListingRetry, failure: &Failure) {
    let Some((site, _)) = retry.at.remote() else { return };
    let key = site.key();
    let already = model.overlays.iter().any(|overlay| {
        matches!(overlay, Overlay::Prompt(prompt) if matches!(&prompt.kind,
            PromptKind::Password(other) if other.at.key().as_ref() == Some(&key)))
    });
    if already {
        return;
    }
    let user = text::visible_str(site.user());
    let label = format!("{}\nPassword of {user}:", failure.cause);
    let title = format!("Log in to {}", retry.at.label());
    let side = retry.side;
    model.raise(Overlay::Prompt(Prompt::masked(PromptKind::Password(retry), side, title, label)));
}

fn ask_passphrase(model: &mut Model, retry: ListingRetry, failure: &Failure) {
    let already = model.overlays.iter().any(|overlay| {
        matches!(overlay, Overlay::Prompt(prompt)
            if matches!(prompt.kind, PromptKind::Passphrase(_)))
    });
    if already {
        // one passphrase unlocks the vault for both panes
        return;
    }
    let label = format!("{}\nVault passphrase:", failure.cause);
    let title = format!("Unlock the vault to log in to {}", retry.at.label());
    let side = retry.side;
    model.raise(Overlay::Prompt(Prompt::masked(PromptKind::Passphrase(retry), side, title, label)));
}
