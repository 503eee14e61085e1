//! Fetches the visible rows of the queue; the whole queue is never loaded.

use crate::engine::{Failure, RowQuery, Window};
use crate::ui::model::Model;
use crate::ui::model::msg::UiEffect;
use crate::ui::model::queue::Tab;
use crate::ui::update::failure;

/// Requests rows if the current ones are outdated or incomplete, one request at a time.
pub fn fetch_if_needed(model: &mut Model, out: &mut Vec<UiEffect>) {
    let (height, now) = (model.queue_height(), model.now);
    let panel = &mut model.queue;
    if panel.tab == Tab::Jobs && panel.jobs.is_due(now) {
        (panel.jobs.asked, panel.jobs.dirty) = (true, false);
        out.push(UiEffect::JobLines);
    }
    let Some(query) = panel.current_query() else { return };
    // one page before and after, so that scrolling does not wait
    let offset = panel.scroll.saturating_sub(height);
    let limit = usize::try_from(height * 3).unwrap_or(usize::MAX);
    let request = (offset, limit, query);
    // a request that returned too few rows is not repeated until something changes
    let lacking = panel.window_query != request.2 || panel.lacks_rows(height);
    let lacking = lacking && panel.requested.as_ref() != Some(&request);
    let outdated = panel.dirty && !panel.can_wait(now);
    if panel.asked || !(outdated || lacking) {
        return;
    }
    panel.asked = true;
    panel.dirty = false;
    let query = request.2.clone();
    panel.requested = Some(request);
    out.push(UiEffect::Window { offset, limit, query });
}

/// Shows fetched rows.
pub fn fetched(model: &mut Model, query: RowQuery, result: Result<Window, Failure>) {
    model.queue.asked = false;
    match result {
        Ok(window) => {
            let (now, height) = (model.now, model.queue_height());
            // without the focus the cursor stays at the top, where running files are; if the user
            // has scrolled with the wheel, the rows stay until the focus leaves the panel
            let stays_at_top = !model.in_queue && model.queue.cursor == 0;
            model.queue.show(query, window, now);
            if stays_at_top {
                model.queue.to_top();
            }
            model.queue.keep_in_view(height);
        }
        Err(failure) => failure::notify(model, &failure),
    }
}
