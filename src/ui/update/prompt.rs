//! A typed line is taken.

use crate::base::Secret;
use crate::site::{Location, LocationError};
use crate::ui::model::Model;
use crate::ui::model::msg::{Effect, First};
use crate::ui::model::overlay::{Overlay, Prompting, Retry};
use crate::ui::model::pane::Way;
use crate::ui::update::{chmod, connect, copy, export, go, mkdir, raw, rename, select, site_form};

/// Takes the line of the prompt.
pub fn accept(model: &mut Model, out: &mut Vec<Effect>) {
    let Some(Overlay::Prompt(prompt)) = model.overlays.last_mut() else { return };
    if prompt.waiting {
        return;
    }
    let may_be_empty = matches!(prompt.kind, Prompting::SiteField(_));
    if prompt.input.text().is_empty() && !may_be_empty {
        prompt.error = Some("nothing was typed; Esc closes this".to_owned());
        return;
    }
    if let Prompting::Password(retry) = &prompt.kind {
        let retry = retry.clone();
        let password = Secret::new(prompt.input.take());
        model.overlays.pop();
        log_in(model, retry, password, out);
        return;
    }
    if prompt.kind == Prompting::PlainPassword {
        let password = Secret::new(prompt.input.take());
        model.overlays.pop();
        site_form::accept_plain(model, password);
        return;
    }
    if let Prompting::Passphrase(retry) = &prompt.kind {
        let retry = retry.clone();
        let first = Some(First::Passphrase(Secret::new(prompt.input.take())));
        model.overlays.pop();
        go::list(model, retry.side, retry.at, Way::Go, first, out);
        return;
    }
    let typed = prompt.input.text().to_owned();
    let side = prompt.side;
    match prompt.kind.clone() {
        Prompting::Connect => connect::accept(model, &typed, side, out),
        Prompting::GoTo(from) => connect::accept_path(model, &from, &typed, side, out),
        Prompting::MakeDir(dir) => mkdir::accept(model, &dir, &typed, side, out),
        Prompting::Rename { dir, name } => {
            rename::accept(model, &dir, &name, &typed, side, out);
        }
        Prompting::Pattern { on } => select::accept(model, &typed, side, on),
        Prompting::Chmod(at) => chmod::accept(model, at, &typed, side, out),
        Prompting::SiteField(field) => site_form::accept_field(model, field, &typed),
        Prompting::Import => site_form::accept_import(model, &typed, out),
        Prompting::Export(job) => export::accept(model, job, &typed, out),
        Prompting::Raw(at) => raw::accept(model, &at, typed, side, out),
        Prompting::Password(_) | Prompting::Passphrase(_) | Prompting::PlainPassword => {}
    }
}

fn log_in(model: &mut Model, retry: Retry, password: Secret, out: &mut Vec<Effect>) {
    let Some(site) = retry.at.key() else { return };
    let first = Some(First::Password(site, password));
    go::list(model, retry.side, retry.at, Way::Go, first, out);
}

/// What a typed text means is known: for the dialog that asked, if it is still open.
pub fn parsed(
    model: &mut Model,
    text: &str,
    result: Result<Location, LocationError>,
    out: &mut Vec<Effect>,
) {
    match model.overlays.last() {
        Some(Overlay::Prompt(prompt)) if prompt.waiting && prompt.input.text() == text => {
            let side = prompt.side;
            connect::parsed(model, result, side, out);
        }
        Some(Overlay::Prompt(_)) => {
            // the line was changed meanwhile: the answer is for another text
            if let Some(Overlay::Prompt(prompt)) = model.overlays.last_mut() {
                prompt.waiting = false;
            }
        }
        Some(Overlay::Transfer(form)) if form.waiting => copy::parsed(model, text, result, out),
        _ => {}
    }
}
