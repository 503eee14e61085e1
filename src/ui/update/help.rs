//! The help, generated from the action table and the current key bindings.

use crate::ui::action::{Group, TABLE};
use crate::ui::model::Model;
use crate::ui::model::overlay::{Overlay, TextDialog, TextLine};

/// Opens the help.
pub fn open(model: &mut Model) {
    let mut lines = vec![
        TextLine::Text(
            "fxpane copies files directly from one FTP server to another. Open a site in each \
             pane (F2 or o), select files with Space, press F5. The queue panel below shows the \
             transfers; F12 switches to it and back."
                .to_owned(),
        ),
        TextLine::Text(
            "Mouse: click, double-click to open, right-click to select, wheel to scroll, click a \
             heading to sort, drag a border to resize. keymap.toml changes the keys."
                .to_owned(),
        ),
    ];
    for group in Group::ALL {
        lines.push(TextLine::Blank);
        lines.push(TextLine::Heading(group.title().to_owned()));
        for line in TABLE.iter().filter(|line| line.group == group) {
            let keys = model.keymap.keys_of(line.action).join(", ");
            let keys = if keys.is_empty() { "no key".to_owned() } else { keys };
            lines.push(TextLine::Pair(keys, line.help.to_owned()));
        }
    }
    model.overlays.push(Overlay::Text(TextDialog {
        title: "Help".to_owned(),
        lines,
        names: 22,
        scroll: 0,
        live: None,
    }));
}
