//! The state of the screen; [`crate::ui::update`] changes it, [`crate::ui::view`] draws it.

pub mod frames;
pub mod hints;
pub mod input;
pub mod job_line;
pub mod job_list;
pub mod listing;
pub mod marks;
pub mod msg;
pub mod overlay;
pub mod pane;
pub mod queue;
pub mod read_only;
pub mod site_form;
pub mod tabs;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::base::{Stamp, text};
use crate::config;
use crate::engine::{Level, LineKind, SiteState};
use crate::queue::{JobRules, TreeRules};
use crate::site::{Location, Security, Site, SiteKey};
use crate::ui::action::KeyContext;
use crate::ui::glyphs::{Glyphs, UNICODE};
use crate::ui::key::Key;
use crate::ui::keymap::Keymap;
use crate::ui::layout::{self, ScreenLayout, Splits};
use crate::ui::model::input::Input;
use crate::ui::model::msg::{Millis, Operation, PaneSide, Ticket};
use crate::ui::model::overlay::{FormField, Overlay};
use crate::ui::model::pane::Pane;
use crate::ui::model::queue::{LogEntry, LogPanel, QueuePanel};
use crate::ui::model::site_form::SiteForm;
use crate::ui::theme::Theme;

/// A message in the last line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The severity, which sets the colour.
    pub level: Level,
    /// The text, safe to display.
    pub text: String,
    /// When the message appeared.
    pub since: Millis,
}

/// An address in the history.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEntry {
    /// The address as displayed, without a password.
    pub text: String,
    /// The location that the address means.
    pub location: Location,
}

/// A running operation on a server.
#[derive(Debug, Clone, PartialEq)]
pub struct RunningOperation {
    /// Identifies the answer.
    pub ticket: Ticket,
    /// When it started.
    pub since: Millis,
    /// The operation.
    pub operation: Operation,
    /// The pane that started it.
    pub side: PaneSide,
}

/// What the left mouse button drags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drag {
    /// The line between the panes.
    Separator,
    /// The bar of the queue panel.
    Bar,
}

/// Converts the model's time to wall clock time in the user's time zone.
#[derive(Debug, Clone, PartialEq)]
pub struct WallClock {
    /// The time of millisecond 0.
    pub start: Timestamp,
    /// The user's time zone.
    pub zone: TimeZone,
}

impl WallClock {
    /// The local time at a time of the model.
    #[must_use]
    pub fn wall(&self, at: Millis) -> DateTime {
        let passed = SignedDuration::from_millis(i64::try_from(at).unwrap_or(i64::MAX));
        let moment = self.start.checked_add(passed).unwrap_or(self.start);
        self.zone.to_datetime(moment)
    }

    /// The modification time of a file for display: UTC is converted to the user's time zone; a
    /// server's local time is kept, because its zone is unknown.
    #[must_use]
    pub fn local(&self, stamp: &Stamp) -> DateTime {
        if !stamp.utc {
            return stamp.at;
        }
        match TimeZone::UTC.to_timestamp(stamp.at) {
            Ok(moment) => self.zone.to_datetime(moment),
            // out of range: displayed without conversion
            Err(_) => stamp.at,
        }
    }
}

/// The connection state in the title of a pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    /// `ftpes`, `ftps`, `ftp (no TLS)`, `local` …
    pub text: &'static str,
    /// Whether the connection is encrypted and verified; `None` if unknown.
    pub secure: Option<bool>,
}

/// The initial state of the model.
#[derive(Debug, Clone)]
pub struct ModelSetup {
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// The key bindings.
    pub keymap: Keymap,
    /// The theme.
    pub theme: Theme,
    /// The characters to draw with.
    pub glyphs: Glyphs,
    /// The saved sites.
    pub sites: Vec<Arc<Site>>,
    /// The wall clock.
    pub clock: WallClock,
    /// The screen settings of `config.toml`.
    pub settings: config::ScreenSettings,
    /// The initial rules of the copy dialog.
    pub rules: JobRules,
    /// The initial directory rules of the copy dialog.
    pub tree: TreeRules,
}

/// The state of the screen.
#[derive(Debug, Clone)]
pub struct Model {
    /// The current time.
    pub now: Millis,
    /// The wall clock.
    pub clock: WallClock,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// The sizes of panes and queue panel.
    pub splits: Splits,
    /// The key bindings.
    pub keymap: Keymap,
    /// The theme.
    pub theme: Theme,
    /// The characters to draw with.
    pub glyphs: Glyphs,
    /// The screen settings of `config.toml`.
    pub settings: config::ScreenSettings,
    /// The initial rules of the copy dialog.
    pub rules: JobRules,
    /// The initial directory rules of the copy dialog.
    pub tree: TreeRules,
    /// The left and the right pane.
    pub panes: [Pane; 2],
    /// The pane that actions apply to.
    pub active: PaneSide,
    /// True if the queue panel has the focus instead of the active pane.
    pub in_queue: bool,
    /// The queue panel.
    pub queue: QueuePanel,
    /// The log.
    pub log: LogPanel,
    /// The open dialogs, the topmost last.
    pub overlays: Vec<Overlay>,
    /// The message in the last line.
    pub status: Option<Status>,
    /// The keys of an incomplete sequence.
    pub pending_keys: Vec<Key>,
    /// The saved sites.
    pub sites: Vec<Arc<Site>>,
    /// The site that is being edited.
    pub form: Option<Box<SiteForm>>,
    /// The connection states that the engine reported.
    pub states: BTreeMap<SiteKey, SiteState>,
    /// The history of addresses, the newest last.
    pub history: Vec<HistoryEntry>,
    /// The running operations, the newest last.
    pub operations: Vec<RunningOperation>,
    /// What the left mouse button drags.
    pub drag: Option<Drag>,
    /// The time, column and row of the last click.
    pub clicked: Option<(Millis, u16, u16)>,
    /// The number of the last ticket.
    pub next_ticket: u64,
}

impl Model {
    /// A screen with two empty panes.
    #[must_use]
    pub fn new(setup: ModelSetup) -> Self {
        let pane = Pane { hidden: setup.settings.hidden, ..Pane::default() };
        Self {
            now: 0,
            clock: setup.clock,
            size: setup.size,
            splits: Splits::default(),
            keymap: setup.keymap,
            theme: setup.theme,
            glyphs: setup.glyphs,
            settings: setup.settings,
            rules: setup.rules,
            tree: setup.tree,
            panes: [pane.clone(), pane],
            active: PaneSide::Left,
            in_queue: false,
            queue: QueuePanel { dirty: true, ..QueuePanel::default() },
            log: LogPanel::default(),
            overlays: Vec::new(),
            status: None,
            pending_keys: Vec::new(),
            sites: setup.sites,
            form: None,
            states: BTreeMap::new(),
            history: Vec::new(),
            operations: Vec::new(),
            drag: None,
            clicked: None,
            next_ticket: 1,
        }
    }

    /// The pane on this side.
    #[must_use]
    pub fn pane(&self, side: PaneSide) -> &Pane {
        &self.panes[side as usize]
    }

    /// The pane on this side, mutable.
    pub fn pane_mut(&mut self, side: PaneSide) -> &mut Pane {
        &mut self.panes[side as usize]
    }

    /// The pane that actions apply to.
    #[must_use]
    pub fn active_pane(&self) -> &Pane {
        self.pane(self.active)
    }

    /// The layout of the screen; `None` if the terminal is too small.
    #[must_use]
    pub fn screen(&self) -> Option<ScreenLayout> {
        layout::screen(self.size.0, self.size.1, self.splits)
    }

    /// The number of visible rows of a pane.
    #[must_use]
    pub fn pane_height(&self) -> usize {
        self.screen().map_or(1, |screen| usize::from(screen.panes[0].rows.height))
    }

    /// The number of visible rows of the queue panel.
    #[must_use]
    pub fn queue_height(&self) -> u64 {
        self.screen().map_or(1, |screen| u64::from(screen.queue.height))
    }

    /// A new ticket.
    pub fn ticket(&mut self) -> Ticket {
        self.next_ticket += 1;
        Ticket(self.next_ticket)
    }

    /// The contexts in which keys are looked up, in order.
    #[must_use]
    pub fn contexts(&self) -> &'static [KeyContext] {
        match self.overlays.last() {
            None if self.in_queue => &[KeyContext::Queue],
            None => &[KeyContext::Panes],
            Some(Overlay::Text(_)) => &[KeyContext::Text],
            Some(Overlay::List(_)) => &[KeyContext::List, KeyContext::Edit],
            Some(Overlay::Prompt(_) | Overlay::Search(_)) => &[KeyContext::Edit, KeyContext::Form],
            Some(Overlay::Transfer(form)) if form.field == FormField::Target => {
                &[KeyContext::Form, KeyContext::Edit]
            }
            Some(Overlay::Transfer(_) | Overlay::Question(_)) => {
                &[KeyContext::Form, KeyContext::Buttons]
            }
        }
    }

    /// The text input with the focus.
    pub fn input_mut(&mut self) -> Option<&mut Input> {
        match self.overlays.last_mut()? {
            Overlay::List(list_dialog) => Some(&mut list_dialog.input),
            Overlay::Prompt(prompt) => Some(&mut prompt.input),
            Overlay::Search(search) => Some(&mut search.input),
            Overlay::Transfer(form) if form.field == FormField::Target => Some(&mut form.target),
            Overlay::Transfer(_) | Overlay::Text(_) | Overlay::Question(_) => None,
        }
    }

    /// Opens a dialog that the user did not request. While another dialog is open it waits below:
    /// keys that are being typed must never answer a question that has not been read yet.
    pub fn raise(&mut self, overlay: Overlay) {
        if self.overlays.is_empty() {
            self.pending_keys.clear();
            self.overlays.push(overlay);
        } else {
            self.overlays.insert(0, overlay);
        }
    }

    /// Shows a message in the last line and writes it to the log.
    pub fn notify(&mut self, level: Level, text: impl Into<String>) {
        let text = text.into();
        self.log.push(LogEntry {
            at: self.now,
            site: None,
            session: 0,
            kind: LineKind::Note,
            level,
            text: text.clone(),
        });
        self.status = Some(Status { level, text, since: self.now });
    }

    /// The connection state of a location.
    #[must_use]
    pub fn badge(&self, at: &Location) -> Badge {
        let Some((site, _)) = at.remote() else {
            return Badge { text: "local", secure: None };
        };
        match self.states.get(&site.key()) {
            Some(SiteState::Connected { tls: false, .. }) => {
                Badge { text: "ftp (no TLS)", secure: Some(false) }
            }
            Some(SiteState::Connected { unverified: true, .. }) => {
                Badge { text: "ftps (unverified)", secure: Some(false) }
            }
            Some(SiteState::Connected { .. }) if site.security == Security::Implicit => {
                Badge { text: "ftps", secure: Some(true) }
            }
            Some(SiteState::Connected { .. }) => Badge { text: "ftpes", secure: Some(true) },
            Some(SiteState::Connecting) => Badge { text: "connecting", secure: None },
            Some(SiteState::Failed(_)) => Badge { text: "failed", secure: None },
            Some(SiteState::Disconnected) => Badge { text: "idle", secure: None },
            None => Badge { text: "", secure: None },
        }
    }

    /// The name of a site, safe to display.
    #[must_use]
    pub fn site_label(&self, key: &SiteKey) -> String {
        text::visible_str(&key.0)
    }

    /// True while something on the screen changes with time, so that it must be redrawn.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.panes.iter().any(|pane| pane.wait.is_some() || pane.stale)
            || !self.operations.is_empty()
            || self.queue.counts.running > 0
            || self.queue.counts.rate > 0.0
            || self.queue.counts.listing
            || self.status.is_some()
            || self.queue.needs_refresh()
            || self.queue.speeds.iter().any(|speed| *speed > 0.0)
    }
}

impl Default for ModelSetup {
    fn default() -> Self {
        Self {
            size: (80, 24),
            keymap: Keymap::default(),
            theme: Theme::default(),
            glyphs: UNICODE,
            sites: Vec::new(),
            clock: WallClock { start: Timestamp::UNIX_EPOCH, zone: TimeZone::UTC },
            settings: config::ScreenSettings::default(),
            rules: JobRules::default(),
            tree: TreeRules::default(),
        }
    }
}
