//! Handles the input of prompts.

use crate::base::Secret;
use crate::site::{Location, LocationError};
use crate::ui::model::Model;
use crate::ui::model::msg::{LoginAnswer, UiEffect};
use crate::ui::model::overlay::{ListingRetry, Overlay, PromptKind};
use crate::ui::model::pane::Navigation;
use crate::ui::update::{
    chmod, connect, copy, export, mkdir, navigate, raw, rename, select, site_form,
};

/// Accepts the input of the prompt.
pub fn accept(model: &mut Model, out: &mut Vec<UiEffect>) {
    let Some(Overlay::Prompt(prompt)) = model.overlays.last_mut() else { return };
    if prompt.waiting {
        return;
    }
    let may_be_empty = matches!(prompt.kind, PromptKind::SiteField(_));
    if prompt.input.text().is_empty() && !may_be_empty {
        prompt.error = Some("type a value, or press Esc to cancel".to_owned());
        return;
    }
    if let PromptKind::Password(retry) = &prompt.kind {
        let retry = retry.clone();
        let password = Secret::new(prompt.input.take());
        model.overlays.pop();
        log_in(model, retry, password, out);
        return;
    }
    if prompt.kind == PromptKind::PlainPassword {
        let password = Secret::new(prompt.input.take());
        model.overlays.pop();
        site_form::accept_plain(model, password);
        return;
    }
    if let PromptKind::Passphrase(retry) = &prompt.kind {
        let retry = retry.clone();
        let answer = Some(LoginAnswer::Passphrase(Secret::new(prompt.input.take())));
        model.overlays.pop();
        navigate::list(model, retry.side, retry.at, Navigation::Go, answer, out);
        return;
    }
    let typed = prompt.input.text().to_owned();
    let side = prompt.side;
    match prompt.kind.clone() {
        PromptKind::Connect => connect::accept(model, &typed, side, out),
        PromptKind::GoTo(from) => connect::accept_path(model, &from, &typed, side, out),
        PromptKind::MakeDir(dir) => mkdir::accept(model, &dir, &typed, side, out),
        PromptKind::Rename { dir, name } => {
            rename::accept(model, &dir, &name, &typed, side, out);
        }
        PromptKind::Pattern { on } => select::accept(model, &typed, side, on),
        PromptKind::Chmod(at) => chmod::accept(model, at, &typed, side, out),
        PromptKind::SiteField(field) => site_form::accept_field(model, field, &typed),
        PromptKind::Import => site_form::accept_import(model, &typed, out),
        PromptKind::Export(job) => export::accept(model, job, &typed, out),
        PromptKind::Raw(at) => raw::accept(model, &at, typed, side, out),
        PromptKind::Password(_) | PromptKind::Passphrase(_) | PromptKind::PlainPassword => {}
    }
}

fn log_in(model: &mut Model, retry: ListingRetry, password: Secret, out: &mut Vec<UiEffect>) {
    let Some(site) = retry.at.key() else { return };
    let answer = Some(LoginAnswer::Password(site, password));
    navigate::list(model, retry.side, retry.at, Navigation::Go, answer, out);
}

/// Passes a resolved address to the dialog that requested it, if it is still open.
pub fn parsed(
    model: &mut Model,
    text: &str,
    result: Result<Location, LocationError>,
    out: &mut Vec<UiEffect>,
) {
    match model.overlays.last() {
        Some(Overlay::Prompt(prompt)) if prompt.waiting && prompt.input.text() == text => {
            let side = prompt.side;
            connect::parsed(model, result, side, out);
        }
        Some(Overlay::Prompt(_)) => {
            // the input has changed: the answer is for an old text
            if let Some(Overlay::Prompt(prompt)) = model.overlays.last_mut() {
                prompt.waiting = false;
            }
        }
        Some(Overlay::Transfer(form)) if form.waiting => copy::parsed(model, text, result, out),
        _ => {}
    }
}
