//! The help overlay, made from the action table and the keys that are in force.

use crate::ui::action::{Group, TABLE};
use crate::ui::model::Model;
use crate::ui::model::overlay::{Overlay, ReadLine, Reading};

/// Opens the help.
pub fn open(model: &mut Model) {
    let mut lines = vec![
        ReadLine::Text(
            "fxpane copies files straight from one FTP server to the other. Open a site in each \
             pane (F2 or o), select files with Space, press F5. The panel below shows what is \
             going on; F12 goes there and back."
                .to_owned(),
        ),
        ReadLine::Text(
            "Mouse: click, double click to open, right click to select, wheel, headings sort, \
             borders can be dragged. All keys can be changed in keymap.toml."
                .to_owned(),
        ),
    ];
    for group in Group::ALL {
        lines.push(ReadLine::Blank);
        lines.push(ReadLine::Heading(group.title().to_owned()));
        for line in TABLE.iter().filter(|line| line.group == group) {
            let keys = model.keymap.keys_of(line.action).join(", ");
            let keys = if keys.is_empty() { "no key".to_owned() } else { keys };
            lines.push(ReadLine::Pair(keys, line.help.to_owned()));
        }
    }
    model.overlays.push(Overlay::Reading(Reading {
        title: "Help".to_owned(),
        lines,
        names: 22,
        scroll: 0,
        live: None,
    }));
}
