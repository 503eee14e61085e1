//! All that the screen knows; [`crate::ui::update`] changes it, [`crate::ui::view`] shows it.

pub mod allowed;
pub mod frames;
pub mod hints;
pub mod input;
pub mod job_list;
pub mod jobs;
pub mod listing;
pub mod marks;
pub mod msg;
pub mod overlay;
pub mod pane;
pub mod queue;
pub mod site_form;
pub mod tabs;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::base::{Stamp, text};
use crate::config;
use crate::engine::{Level, SiteState, Speaker};
use crate::queue::{Rules, TreeRules};
use crate::site::{Location, Security, Site, SiteKey};
use crate::ui::action::Context;
use crate::ui::glyphs::{Glyphs, UNICODE};
use crate::ui::key::Key;
use crate::ui::keymap::Keymap;
use crate::ui::layout::{self, Screen, Splits};
use crate::ui::model::input::Input;
use crate::ui::model::msg::{Act, Millis, Side, Ticket};
use crate::ui::model::overlay::{Field, Overlay};
use crate::ui::model::pane::Pane;
use crate::ui::model::queue::{Log, LogLine, QueuePanel};
use crate::ui::model::site_form::SiteForm;
use crate::ui::theme::Theme;

/// A message in the last line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// How bad it is.
    pub level: Level,
    /// The text, safe to show.
    pub text: String,
    /// When it came.
    pub since: Millis,
}

/// An address opened before.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// As it is shown and typed: without a password.
    pub text: String,
    /// Where it led.
    pub location: Location,
}

/// Something that is being done on a server.
#[derive(Debug, Clone, PartialEq)]
pub struct Doing {
    /// Names the answer.
    pub ticket: Ticket,
    /// Since when.
    pub since: Millis,
    /// What.
    pub act: Act,
    /// For which pane.
    pub side: Side,
}

/// What the left mouse button holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// The line between the panes.
    Separator,
    /// The bar of the queue panel.
    Bar,
}

/// The wall clock: which moment the model's millisecond 0 was, and where the user is.
#[derive(Debug, Clone, PartialEq)]
pub struct Clock {
    /// The moment of millisecond 0.
    pub start: Timestamp,
    /// The user's time zone.
    pub zone: TimeZone,
}

impl Clock {
    /// The user's wall clock at a time of the model.
    #[must_use]
    pub fn wall(&self, at: Millis) -> DateTime {
        let passed = SignedDuration::from_millis(i64::try_from(at).unwrap_or(i64::MAX));
        let moment = self.start.checked_add(passed).unwrap_or(self.start);
        self.zone.to_datetime(moment)
    }

    /// A file's time as the user reads it: UTC is turned into the user's zone; a server's local
    /// time stays, because its zone is unknown.
    #[must_use]
    pub fn local(&self, stamp: &Stamp) -> DateTime {
        if !stamp.utc {
            return stamp.at;
        }
        match TimeZone::UTC.to_timestamp(stamp.at) {
            Ok(moment) => self.zone.to_datetime(moment),
            // outside of what a clock can say: shown as told
            Err(_) => stamp.at,
        }
    }
}

/// How a site's connection is shown in a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    /// `ftpes`, `ftps`, `ftp!`, `local` …
    pub text: &'static str,
    /// True when protected, false when not, nothing when unknown.
    pub secure: Option<bool>,
}

/// How the screen is to look and what it begins with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// The keys.
    pub keymap: Keymap,
    /// The colours.
    pub theme: Theme,
    /// The signs.
    pub glyphs: Glyphs,
    /// Bookmarks.
    pub sites: Vec<Arc<Site>>,
    /// The wall clock.
    pub clock: Clock,
    /// What `config.toml` says about the screen.
    pub wishes: config::Screen,
    /// The rules that the copy dialog begins with.
    pub rules: Rules,
    /// The rules for directories that the copy dialog begins with.
    pub tree: TreeRules,
}

/// All that the screen knows.
#[derive(Debug, Clone)]
pub struct Model {
    /// The time.
    pub now: Millis,
    /// The wall clock.
    pub clock: Clock,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// The borders.
    pub splits: Splits,
    /// The keys.
    pub keymap: Keymap,
    /// The colours.
    pub theme: Theme,
    /// The signs.
    pub glyphs: Glyphs,
    /// What `config.toml` says about the screen.
    pub wishes: config::Screen,
    /// The rules that the copy dialog begins with.
    pub rules: Rules,
    /// The rules for directories that the copy dialog begins with.
    pub tree: TreeRules,
    /// The left and the right pane.
    pub panes: [Pane; 2],
    /// The pane that actions work on.
    pub active: Side,
    /// True when the panel below gets the keys instead of the active pane.
    pub in_queue: bool,
    /// The panel below.
    pub queue: QueuePanel,
    /// What was said.
    pub log: Log,
    /// What lies over the panes, the topmost last.
    pub overlays: Vec<Overlay>,
    /// The message in the last line.
    pub status: Option<Status>,
    /// Keys of a sequence that is not complete.
    pub pending: Vec<Key>,
    /// Bookmarks.
    pub sites: Vec<Arc<Site>>,
    /// The bookmark that is being made or changed.
    pub form: Option<Box<SiteForm>>,
    /// The connections as far as the engine told.
    pub states: BTreeMap<SiteKey, SiteState>,
    /// Addresses opened before, the newest last.
    pub history: Vec<Past>,
    /// What is being done on servers.
    pub doing: Vec<Doing>,
    /// What the left mouse button holds.
    pub held: Option<Held>,
    /// The last click: when, and on which cell.
    pub clicked: Option<(Millis, u16, u16)>,
    /// The next ticket.
    pub next_ticket: u64,
}

impl Model {
    /// An empty screen.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        let pane = Pane { hidden: setup.wishes.hidden, ..Pane::default() };
        Self {
            now: 0,
            clock: setup.clock,
            size: setup.size,
            splits: Splits::default(),
            keymap: setup.keymap,
            theme: setup.theme,
            glyphs: setup.glyphs,
            wishes: setup.wishes,
            rules: setup.rules,
            tree: setup.tree,
            panes: [pane.clone(), pane],
            active: Side::Left,
            in_queue: false,
            queue: QueuePanel { dirty: true, ..QueuePanel::default() },
            log: Log::default(),
            overlays: Vec::new(),
            status: None,
            pending: Vec::new(),
            sites: setup.sites,
            form: None,
            states: BTreeMap::new(),
            history: Vec::new(),
            doing: Vec::new(),
            held: None,
            clicked: None,
            next_ticket: 1,
        }
    }

    /// A pane.
    #[must_use]
    pub fn pane(&self, side: Side) -> &Pane {
        &self.panes[side as usize]
    }

    /// A pane, to change it.
    pub fn pane_mut(&mut self, side: Side) -> &mut Pane {
        &mut self.panes[side as usize]
    }

    /// The pane that actions work on.
    #[must_use]
    pub fn active_pane(&self) -> &Pane {
        self.pane(self.active)
    }

    /// Where everything stands; `None` when the terminal is too small.
    #[must_use]
    pub fn screen(&self) -> Option<Screen> {
        layout::screen(self.size.0, self.size.1, self.splits)
    }

    /// Rows of a pane that are seen.
    #[must_use]
    pub fn pane_height(&self) -> usize {
        self.screen().map_or(1, |screen| usize::from(screen.panes[0].rows.height))
    }

    /// Rows of the panel below that are seen.
    #[must_use]
    pub fn queue_height(&self) -> u64 {
        self.screen().map_or(1, |screen| u64::from(screen.queue.height))
    }

    /// A new ticket.
    pub fn ticket(&mut self) -> Ticket {
        self.next_ticket += 1;
        Ticket(self.next_ticket)
    }

    /// Where keys are looked up, the first context first.
    #[must_use]
    pub fn contexts(&self) -> &'static [Context] {
        match self.overlays.last() {
            None if self.in_queue => &[Context::Queue],
            None => &[Context::Panes],
            Some(Overlay::Reading(_)) => &[Context::Text],
            Some(Overlay::Choose(_)) => &[Context::List, Context::Edit],
            Some(Overlay::Prompt(_) | Overlay::Seek(_)) => &[Context::Edit, Context::Form],
            Some(Overlay::Transfer(form)) if form.field == Field::Target => {
                &[Context::Form, Context::Edit]
            }
            Some(Overlay::Transfer(_) | Overlay::Ask(_)) => &[Context::Form, Context::Buttons],
        }
    }

    /// The line that is being typed.
    pub fn input_mut(&mut self) -> Option<&mut Input> {
        match self.overlays.last_mut()? {
            Overlay::Choose(choose) => Some(&mut choose.input),
            Overlay::Prompt(prompt) => Some(&mut prompt.input),
            Overlay::Seek(seek) => Some(&mut seek.input),
            Overlay::Transfer(form) if form.field == Field::Target => Some(&mut form.target),
            Overlay::Transfer(_) | Overlay::Reading(_) | Overlay::Ask(_) => None,
        }
    }

    /// Puts a dialog over the panes that the user did not ask for. While another one is open it
    /// waits below: keys that are being typed must never answer a question not yet read.
    pub fn raise(&mut self, overlay: Overlay) {
        if self.overlays.is_empty() {
            self.pending.clear();
            self.overlays.push(overlay);
        } else {
            self.overlays.insert(0, overlay);
        }
    }

    /// Shows a message in the last line and keeps it in the log.
    pub fn say(&mut self, level: Level, text: impl Into<String>) {
        let text = text.into();
        self.log.push(LogLine {
            at: self.now,
            site: None,
            session: 0,
            by: Speaker::Remark,
            level,
            text: text.clone(),
        });
        self.status = Some(Status { level, text, since: self.now });
    }

    /// How the connection of a place is shown.
    #[must_use]
    pub fn badge(&self, at: &Location) -> Badge {
        let Some((site, _)) = at.remote() else {
            return Badge { text: "local", secure: None };
        };
        match self.states.get(&site.key()) {
            Some(SiteState::Connected { tls: false, .. }) => {
                Badge { text: "ftp!", secure: Some(false) }
            }
            Some(SiteState::Connected { unverified: true, .. }) => {
                Badge { text: "ftps?", secure: Some(false) }
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

    /// The name of a site by its key, safe to show.
    #[must_use]
    pub fn site_label(&self, key: &SiteKey) -> String {
        text::visible_str(&key.0)
    }

    /// True while something moves on the screen by itself, so that it is drawn as time goes on.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.panes.iter().any(|pane| pane.wait.is_some() || pane.stale)
            || !self.doing.is_empty()
            || self.queue.counts.running > 0
            || self.queue.counts.rate > 0.0
            || self.queue.counts.listing
            || self.status.is_some()
            || self.queue.is_late()
            || self.queue.speeds.iter().any(|speed| *speed > 0.0)
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            size: (80, 24),
            keymap: Keymap::default(),
            theme: Theme::default(),
            glyphs: UNICODE,
            sites: Vec::new(),
            clock: Clock { start: Timestamp::UNIX_EPOCH, zone: TimeZone::UTC },
            wishes: config::Screen::default(),
            rules: Rules::default(),
            tree: TreeRules::default(),
        }
    }
}
