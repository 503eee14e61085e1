//! Every key in the help has an effect in each of its contexts.

use super::*;
use crate::engine::RowFilter;
use crate::ui::action::{KeyContext, TABLE};
use crate::ui::fake::{Play, window};

/// Key sequences that lead to screens in which the keys of a context have an effect.
fn scenes(context: KeyContext) -> Vec<&'static str> {
    match context {
        KeyContext::Panes => vec![
            "j j j",
            "j j Enter Alt-Left",
            "j j j Space",
            "/ 'i' Enter",
            "f 'iso' Enter",
            "j j Enter",
            "End",
        ],
        KeyContext::Queue => {
            vec!["F12 j", "F12 j j j", "F12 G", "F12 j Space", "F12 G k k", "F12 2", "F12 j j j j"]
        }
        KeyContext::Text => vec!["F1 PgDn PgDn"],
        KeyContext::List => vec!["F9 PgDn", "F2", "F2 F4", "F2 Down Left Down", "F2 Down Left"],
        KeyContext::Form => vec!["j j j F5", "F7 'x'", "j j j F8"],
        KeyContext::Buttons => vec!["j j j F5 Tab", "j j j F8"],
        KeyContext::Edit => vec![
            "F7 'some words' Left Left Left",
            "/ 'i'",
            "o 'ftp://h/' Enter o 'draft'",
            "o 'ftp://h/' Enter o Up",
        ],
    }
}

fn prepared(keys: &str) -> Play {
    let mut play = Play::new(120, 24);
    play.send(Msg::Window(RowFilter::All.into(), Ok(window())));
    play.model.log.push(crate::ui::model::queue::LogEntry {
        at: 0,
        site: Some(crate::site::SiteKey("nas".to_owned())),
        session: 1,
        kind: crate::engine::LineKind::Sent,
        level: Level::Info,
        text: "NOOP".to_owned(),
    });
    play.keys(keys);
    play.model.status = None;
    play.effects.clear();
    play
}

#[test]
fn every_key_of_the_help_has_an_effect_in_each_of_its_contexts() {
    let mut idle = Vec::new();
    for line in TABLE {
        for context in line.contexts {
            let mut has_effect = false;
            for scene in scenes(*context) {
                let mut play = prepared(scene);
                assert!(
                    play.model.contexts().contains(context)
                        || matches!(
                            context,
                            KeyContext::Buttons | KeyContext::Form | KeyContext::Edit
                        ),
                    "{scene} is not a scene of {context:?}"
                );
                if !play.model.contexts().contains(context) {
                    continue;
                }
                let before = format!("{:?}", play.model);
                let mut out = Vec::new();
                run_action(&mut play.model, line.action, &mut out);
                has_effect |= !out.is_empty() || format!("{:?}", play.model) != before;
            }
            if !has_effect {
                idle.push((line.name, *context));
            }
        }
    }
    assert_eq!(idle, []);
}
