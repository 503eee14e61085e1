//! Fetches the rows of the queue that are seen; the whole queue never comes here.

use crate::engine::{Failure, RowQuery, Window};
use crate::ui::model::Model;
use crate::ui::model::msg::Effect;
use crate::ui::model::queue::Tab;
use crate::ui::update::failure;

/// Asks for a window when the one at hand is old or too short, one request at a time.
pub fn fetch_if_wanted(model: &mut Model, out: &mut Vec<Effect>) {
    let (height, now) = (model.queue_height(), model.now);
    let panel = &mut model.queue;
    if panel.tab == Tab::Jobs && panel.jobs.is_due(now) {
        (panel.jobs.asked, panel.jobs.dirty) = (true, false);
        out.push(Effect::JobLines);
    }
    let Some(query) = panel.wants() else { return };
    // a page before and after, so that scrolling does not wait
    let offset = panel.scroll.saturating_sub(height);
    let limit = usize::try_from(height * 3).unwrap_or(usize::MAX);
    let wanted = (offset, limit, query);
    // what was asked for once and did not come is not asked for again until something changes
    let lacking = panel.shown != wanted.2 || panel.lacks_rows(height);
    let lacking = lacking && panel.wanted.as_ref() != Some(&wanted);
    let old = panel.dirty && !panel.can_wait(now);
    if panel.asked || !(old || lacking) {
        return;
    }
    panel.asked = true;
    panel.dirty = false;
    let query = wanted.2.clone();
    panel.wanted = Some(wanted);
    out.push(Effect::Window { offset, limit, query });
}

/// A window has arrived.
pub fn fetched(model: &mut Model, query: RowQuery, result: Result<Window, Failure>) {
    model.queue.asked = false;
    match result {
        Ok(window) => {
            let (now, height) = (model.now, model.queue_height());
            // where nobody steers the cursor it stays at the top, where things happen; after the
            // wheel has turned the rows, they stay until the panel is left
            let rests = !model.in_queue && model.queue.cursor == 0;
            model.queue.show(query, window, now);
            if rests {
                model.queue.to_top();
            }
            model.queue.keep_in_view(height);
        }
        Err(failure) => failure::say(model, &failure),
    }
}
