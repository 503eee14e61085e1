//! Snapshots of the screen.

use std::time::Duration;

use jiff::civil::date;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::Modifier;
use unicode_width::UnicodeWidthStr as _;

use super::*;
use crate::base::{RemotePath, Stamp};
use crate::engine::{
    EventKind, Examination, FailureKind, Level, LineKind, LogLine, PlanAction, PlanStep, PlanTally,
    Question, RowFilter, RowQuery, SiteState, Window,
};
use crate::ftp::{Entry, Kind, ServerKind};
use crate::net::{CertInfo, TrustedCert, Validity};
use crate::queue::store::JobStatus;
use crate::queue::{ItemState, JobKind, Totals};
use crate::site::SiteKey;
use crate::transfer::doctor::{Finding, Peer, PlanFinding, PlanResult, ServerFinding};
use crate::transfer::{Plan, Side as Role};
use crate::ui::fake::{Play, dir, failure, file, job_line, row, window};
use crate::ui::glyphs::ASCII;
use crate::ui::model::msg::{MirrorPlan, Msg, OperationReply};
use crate::ui::theme::Theme;

fn buffer(play: &Play, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(&play.model, frame)).unwrap();
    terminal.backend().buffer().clone()
}

fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += (symbol.width() as u16).max(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The text, and below each line its attributes: `R`everse, `B`old, `U`nderlined, `I`talic, `A` for
/// reverse and bold, `F` for bold and underlined.
fn text_with_attributes(buffer: &Buffer) -> String {
    let mut lines = String::new();
    for (y, line) in (0..).zip(text(buffer).lines()) {
        lines.push_str(line);
        lines.push('\n');
        let letter = |x: u16| {
            let has = |modifier| buffer[(x, y)].modifier.contains(modifier);
            match (has(Modifier::REVERSED), has(Modifier::BOLD), has(Modifier::UNDERLINED)) {
                (true, true, _) => 'A',
                (true, false, _) => 'R',
                (false, true, true) => 'F',
                (false, true, false) => 'B',
                (false, false, true) => 'U',
                (false, false, false) if has(Modifier::ITALIC) => 'I',
                (false, false, false) => ' ',
            }
        };
        let line: String = (0..buffer.area.width).map(letter).collect();
        if !line.trim().is_empty() {
            lines.push_str(line.trim_end());
            lines.push('\n');
        }
    }
    lines
}

/// A screen with two panes, a selection and a busy queue.
fn drawing(width: u16, height: u16) -> Play {
    let mut play = Play::new(width, height);
    play.keys("j j j Space Space");
    play.send(Msg::Window(RowFilter::All.into(), Ok(window())));
    for speed in [90.0, 130.0, 150.0, 190.0, 200.0, 214.0, 214.0] {
        play.model.queue.speeds.push_back(speed * 1_048_576.0);
    }
    play.model.status = None;
    play
}

macro_rules! screen {
    ($name:expr, $play:expr) => {{
        let (width, height) = $play.model.size;
        insta::assert_snapshot!($name, text(&buffer(&$play, width, height)));
    }};
}

#[test]
fn the_screen_at_three_sizes() {
    screen!("drawing_80x24", drawing(80, 24));
    screen!("drawing_120x40", drawing(120, 40));
    screen!("drawing_200x60", drawing(200, 60));
}

#[test]
fn without_colours_attributes_make_the_difference() {
    let mut play = drawing(80, 24);
    play.model.theme = Theme::mono();
    let buffer = buffer(&play, 80, 24);
    insta::assert_snapshot!("mono_80x24", text_with_attributes(&buffer));
    for cell in &buffer.content {
        assert_eq!(
            (cell.fg, cell.bg),
            (ratatui::style::Color::Reset, ratatui::style::Color::Reset)
        );
    }
}

#[test]
fn held_skipped_and_cancelled_rows() {
    let mut play = Play::new(80, 24);
    play.keys("F12 Alt-Up Alt-Up Alt-Up Alt-Up F12");
    let mut window = window();
    window.rows.truncate(1);
    window.rows[0].job_held = false;
    let mut waiting = row(11, "waits.iso", ItemState::Waiting);
    waiting.job_held = true;
    let mut skipped = row(12, "there.iso", ItemState::Skipped);
    skipped.reason = Some("already exists".to_owned());
    let mut cancelled = row(13, "unwanted.iso", ItemState::Cancelled);
    cancelled.reason = Some("cancelled".to_owned());
    let failed = row(14, "broken.iso", ItemState::Failed);
    let mut interrupted = row(16, "half.iso", ItemState::Waiting);
    interrupted.interrupted = true;
    window.rows.extend([
        waiting,
        interrupted,
        row(15, "held.iso", ItemState::Held),
        skipped,
        cancelled,
        failed,
    ]);
    window.total = window.rows.len() as u64;
    window.counts.cancelled = 1;
    play.send(Msg::Window(RowFilter::All.into(), Ok(window)));
    screen!("states_80x24", play);
    play.keys("F12 j i");
    screen!("job_held_properties_80x24", play);
}

#[test]
fn jobs_and_filters_of_the_queue() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut play = Play::new(width, height);
        play.send(Msg::Window(RowQuery::default(), Ok(window())));
        play.keys("F12 2");
        let mut ended = job_line(1);
        ended.state = JobStatus::Ended;
        ended.to = String::new();
        ended.kind = JobKind::Delete;
        ended.totals = Totals { done: 1204, failed: 2, ..Totals::default() };
        let mut interrupted = job_line(2);
        interrupted.state = JobStatus::Interrupted;
        let mut held = job_line(4);
        (held.held, held.listing, held.priority) = (true, true, -1);
        play.send(Msg::JobLines(Ok(vec![ended, interrupted, job_line(3), held])));
        play.keys("j Space");
        screen!(format!("jobs_{width}x{height}"), play);
        play.keys("u i");
        screen!(format!("job_properties_{width}x{height}"), play);
    }
    let mut play = Play::new(80, 24);
    play.send(Msg::Window(RowQuery::default(), Ok(window())));
    play.keys("F12 f");
    screen!("filter_by_state_80x24", play);
    play.keys("o / 'iso'");
    let query = play.model.queue.query.clone();
    let mut found = window();
    found.rows.truncate(2);
    found.total = 2;
    play.send(Msg::Window(query.clone(), Ok(found)));
    screen!("queue_search_80x24", play);
    play.keys("Enter Ctrl-A");
    screen!("all_selected_80x24", play);
    play.send(Msg::Window(query, Ok(Window::default())));
    screen!("queue_search_no_match_80x24", play);
    play.keys("E");
    screen!("export_80x24", play);
}

#[test]
fn ascii_glyphs() {
    let mut play = drawing(80, 24);
    play.model.glyphs = ASCII;
    play.keys("F5");
    screen!("ascii_80x24", play);
    assert!(text(&buffer(&play, 80, 24)).is_ascii());
}

#[test]
fn small_terminals() {
    screen!("small_40x10", drawing(40, 10));
    screen!("small_20x5", drawing(20, 5));
    screen!("small_60x5", drawing(60, 5));
    let mut play = drawing(40, 10);
    play.keys("F5");
    screen!("small_copy_40x10", play);
}

#[test]
fn hostile_names() {
    let mut play = drawing(80, 24);
    let mut link = Entry::new(&b"link"[..], Kind::Link);
    link.target = Some(b"/etc/\x1b[2Jpasswd".to_vec().into());
    let mut utc = file("utc.bin", 1024, 1);
    utc.mtime = Stamp::from_digits("20261121093005");
    play.directories.insert(
        "nas:/incoming".to_owned(),
        vec![
            dir("日本語のとても長いディレクトリ名がここに続いています", 2026),
            file("\u{1b}]0;owned\u{7}\u{1b}[31mred", 1, 1),
            file("a\u{202e}cod.exe", 2, 2),
            file("zero\u{200b}width\u{feff}", 3, 3),
            file("line\nbreak\r", 4, 4),
            file("한국어-파일.iso", 5_000_000_000, 5),
            file("e\u{301}te\u{301}-combining.txt", 6, 6),
            file("👩‍👩‍👧 family.png", 7, 7),
            file("slash/inside", 8, 8),
            file("   spaces   ", 9, 9),
            Entry::new(&b"caf\xe9.txt"[..], Kind::File),
            Entry::new(&b"pipe"[..], Kind::Other),
            link,
            utc,
        ],
    );
    play.keys("Tab Ctrl-R");
    screen!("hostile_80x24", play);
    play.keys("j j i");
    screen!("hostile_properties_80x24", play);
    play.keys("Esc F8");
    screen!("hostile_delete_80x24", play);
    let all = text(&buffer(&play, 80, 24));
    assert!(!all.contains(['\u{1b}', '\u{202e}', '\u{200b}', '\u{feff}']));
}

#[test]
fn dialogs() {
    let mut play = drawing(80, 24);
    play.keys("F5");
    screen!("copy_80x24", play);
    play.keys("Ctrl-E 'new name' Tab Right Tab");
    screen!("copy_changed_80x24", play);
    play.keys("Esc F8");
    screen!("delete_80x24", play);
    play.keys("Esc F7 'releases'");
    screen!("mkdir_80x24", play);
    play.keys("Esc o 'nowhere:/x' Enter");
    screen!("connect_80x24", play);
    play.keys("Esc F2");
    screen!("sites_80x24", play);
    play.keys("Esc :  'sort'");
    screen!("palette_80x24", play);
    play.keys("Esc F9");
    screen!("menu_80x24", play);
    play.keys("Esc F1");
    screen!("help_80x24", play);
    play.keys("G");
    screen!("help_end_80x24", play);
    play.keys("Esc u j i");
    screen!("properties_80x24", play);
    play.keys("Esc / 'age'");
    screen!("find_80x24", play);
    play.keys("Esc f 'iso'");
    screen!("filter_80x24", play);
    play.keys("Enter F10");
    screen!("quit_80x24", play);
}

#[test]
fn help_in_a_wide_terminal() {
    let mut play = drawing(120, 40);
    play.keys("F1");
    screen!("help_120x40", play);
    play.keys("Esc F5");
    screen!("copy_120x40", play);
}

#[test]
fn certificates_passwords_and_failures() {
    let mut play = drawing(80, 24);
    play.answering = false;
    play.keys("F2 'lonely' Enter");
    play.wait(3_200);
    screen!("waiting_80x24", play);
    let cert = |digits: &str, year: i16| {
        let (from, until) = (date(year, 1, 1), date(year + 1, 1, 31));
        CertInfo { fingerprint: digits.repeat(4), validity: Some(Validity { from, until }) }
    };
    let shown = cert("0123456789abcdef", 2026);
    let unknown = FailureKind::UnknownCertificate { shown: shown.clone(), trusted: None };
    let facts = cert("fedcba9876543210", 2025);
    let trusted = Some(Box::new(TrustedCert { facts, since: "2025-03-01".to_owned() }));
    let changed = FailureKind::UnknownCertificate { shown, trusted };
    play.answer(PaneSide::Left, Err(failure(unknown, "it is self-signed")));
    screen!("trust_80x24", play);
    play.wait(500);
    play.keys("Enter");
    play.answer(PaneSide::Left, Err(failure(changed, "another certificate")));
    screen!("trust_changed_80x24", play);
    play.wait(500);
    play.keys("t");
    play.answer(PaneSide::Left, Err(failure(FailureKind::Login, "530 Login incorrect")));
    play.keys("'hunter2'");
    screen!("password_80x24", play);
    play.keys("Enter");
    play.answer(
        PaneSide::Left,
        Err(failure(FailureKind::Connect, "h.example.net:21 refuses the connection")),
    );
    screen!("failed_80x24", play);
}

#[test]
fn empty_panes() {
    let mut play = drawing(80, 24);
    for pane in &mut play.model.panes {
        *pane = crate::ui::model::pane::Pane::default();
    }
    play.answering = false;
    play.open(PaneSide::Right, "nas:");
    play.answer(
        PaneSide::Right,
        Err(failure(FailureKind::Connect, "10.0.0.7:21 refuses the connection")),
    );
    play.wait(500);
    play.keys("Esc");
    play.model.status = None;
    screen!("empty_panes_80x24", play);
}

#[test]
fn log_failed_and_messages() {
    let mut play = drawing(80, 24);
    let line = |site: &str, kind, text: &str| {
        EventKind::LogLine(LogLine {
            site: SiteKey(site.to_owned()),
            session: 1,
            kind,
            text: text.to_owned(),
        })
    };
    play.event(line("mirror-eu", LineKind::Note, "connected to 192.0.2.7:21"));
    play.event(line("mirror-eu", LineKind::Sent, "PASS ****"));
    play.wait(61_000);
    play.event(line("nas", LineKind::Received, "230 Logged in"));
    play.event(EventKind::Site {
        site: SiteKey("tape".to_owned()),
        state: SiteState::Failed(failure(FailureKind::Connect, "refused")),
    });
    play.keys("F12 2 Alt-Up Alt-Up");
    screen!("log_80x24", play);
    play.keys("s");
    screen!("log_one_site_80x24", play);
    play.keys("1 j j");
    let mut ended = window();
    ended.rows.rotate_left(4);
    play.send(Msg::Window(RowFilter::All.into(), Ok(ended)));
    screen!("ended_80x24", play);
    play.keys("i");
    screen!("row_properties_80x24", play);
    play.keys("Esc");
    play.event(EventKind::Notice { level: Level::Warning, text: "the disk is nearly full".into() });
    screen!("message_80x24", play);
    play.send(Msg::SendFailed(failure(
        FailureKind::Refused,
        "the server answered 550 /incoming/a/directory/far/below: Permission denied",
    )));
    screen!("long_message_80x24", play);
    play.wait(500);
    play.keys("k");
    assert!(play.model.status.is_none());
    play.event(EventKind::Question(Question {
        id: 1,
        text: "README exists at nas:/incoming.\nTarget: 2 KiB, 11 Jan; source: 3 KiB, today."
            .to_owned(),
        choices: ["Skip", "Overwrite", "Rename", "Skip all"].map(str::to_owned).to_vec(),
    }));
    screen!("question_80x24", play);
    play.event(EventKind::Answered(1));
    let choices =
        ["Skip", "Overwrite", "Keep both", "Skip all", "Overwrite all", "Keep both for all"];
    play.event(EventKind::Question(Question {
        id: 2,
        text: "README exists at nas:/incoming.".to_owned(),
        choices: choices.map(str::to_owned).to_vec(),
    }));
    screen!("many_choices_80x24", play);
    play.wait(500);
    play.keys("s");
    assert!(matches!(play.model.overlays.last(), Some(Overlay::Question(ask)) if ask.cursor == 3));
    play.keys("s s");
    assert!(matches!(play.model.overlays.last(), Some(Overlay::Question(ask)) if ask.cursor == 3));
}

#[test]
fn every_terminal_size_can_be_drawn() {
    let mut play = drawing(80, 24);
    let openings =
        ["", "F1", "F2", "F5", "F7", "F8", "F9", ":", "F3", "o", "/ 'x'", "F12 2", "1 i"];
    for keys in openings {
        play.keys(keys);
        for (width, height) in [(1, 1), (20, 5), (40, 10), (41, 11), (63, 13), (99, 17), (250, 80)]
        {
            play.send(Msg::Resize(width, height));
            buffer(&play, width, height);
            // the terminal may have been resized before the model is informed
            buffer(&play, width / 2 + 1, height);
            buffer(&play, width, height / 2 + 1);
            buffer(&play, width * 2, height * 2);
        }
        play.send(Msg::Resize(80, 24));
        play.keys("Esc");
    }
}

#[test]
fn a_wide_character_is_never_cut_in_half_by_a_dialog() {
    for width in 40..60 {
        let mut play = Play::new(width, 12);
        let name = "日本語".repeat(10);
        play.directories.insert("mirror-eu:/pub/releases".to_owned(), vec![file(&name, 1, 1); 8]);
        play.keys("Ctrl-R F7");
        let buffer = buffer(&play, width, 12);
        for y in 0..12 {
            for x in 0..width - 1 {
                if buffer[(x, y)].symbol().width() > 1 {
                    assert_eq!(buffer[(x + 1, y)].symbol(), " ", "{width}: cell {x},{y}");
                }
            }
        }
    }
}

#[test]
fn site_dialogs() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut play = drawing(width, height);
        play.keys("F2 F4");
        insta::assert_snapshot!(
            format!("site_form_{width}x{height}"),
            text(&buffer(&play, width, height))
        );
    }
    let mut play = drawing(80, 24);
    play.keys("F2 F4 'passw' Enter");
    screen!("site_password_80x24", play);
    play.keys("Esc Esc F8");
    screen!("site_remove_80x24", play);
    play.keys("Esc F6");
    screen!("site_import_80x24", play);
    play.keys("'mozilla' Enter");
    screen!("site_import_unknown_80x24", play);
}

#[test]
fn the_vault_is_unlocked() {
    let mut play = drawing(80, 24);
    play.answering = false;
    play.keys("F2 'lonely' Enter");
    play.answer(PaneSide::Left, Err(failure(FailureKind::VaultLocked, "the vault is locked")));
    play.keys("'hunter2'");
    screen!("passphrase_80x24", play);
}

#[test]
fn comparing_the_panes() {
    let mut play = drawing(80, 24);
    play.keys("D");
    screen!("compare_80x24", play);
    play.keys("Enter");
    screen!("compared_80x24", play);
}

#[test]
fn testing_fxp_routes() {
    let mut play = drawing(80, 24);
    play.keys("W");
    screen!("doctor_ask_80x24", play);
    play.keys("Enter");
    let ticket = play.model.operations.last().unwrap().ticket;
    let mut find = |finding| {
        play.send(Msg::Found(ticket, Box::new(Examination::Found(finding))));
    };
    find(Finding::Server(Box::new(ServerFinding {
        end: Peer::A,
        label: "mirror-eu".to_owned(),
        address: "192.0.2.7:21".parse().unwrap(),
        greeting: "(vsFTPd 3.0.5)".to_owned(),
        kind: ServerKind::Vsftpd,
        features: ["EPSV", "MDTM", "SIZE", "REST STREAM"].map(str::to_owned).to_vec(),
        tls: false,
    })));
    let plan = |from, result, reply: &str, advice: &str| {
        Finding::Plan(Box::new(PlanFinding {
            from,
            plan: Plan::plain(),
            result,
            cause: None,
            by: (result == PlanResult::Refused).then_some(Role::Source),
            reply: (!reply.is_empty()).then(|| reply.to_owned()),
            advice: (!advice.is_empty()).then(|| advice.to_owned()),
            accepted: false,
            elapsed: Duration::from_millis(312),
        }))
    };
    let advice = "set port_promiscuous=YES in vsftpd.conf";
    find(plan(Peer::A, PlanResult::Refused, "500 Illegal PORT command.", advice));
    find(Finding::Best { from: Peer::A, plan: None });
    find(plan(Peer::B, PlanResult::Works, "", ""));
    find(Finding::Trying { from: Peer::B, plan: Plan::plain() });
    screen!("doctor_80x24", play);
    play.send(Msg::Found(
        ticket,
        Box::new(Examination::Found(Finding::Best { from: Peer::B, plan: Some(Plan::plain()) })),
    ));
    play.send(Msg::OperationDone(ticket, Ok(OperationReply::Done)));
    screen!("doctor_ended_80x24", play);
}

#[test]
fn the_mirror_dialog_and_its_preview() {
    let mut play = drawing(80, 24);
    play.keys("Y");
    screen!("mirror_80x24", play);
    play.keys("Enter");
    let ticket = play.model.operations.last().unwrap().ticket;
    let step = |action, path: &str, size: Option<u64>, reason: &str| PlanStep {
        action,
        path: RemotePath::new(path.as_bytes().to_vec()),
        dir: size.is_none(),
        size,
        reason: reason.to_owned(),
    };
    let missing = "missing at the target";
    let plan = MirrorPlan {
        tally: PlanTally {
            copies: 3,
            bytes: 1_048_576,
            deletes: 1204,
            skips: 1,
            same: 77,
            failed: 0,
        },
        steps: vec![
            step(PlanAction::Copy, "docs", None, missing),
            step(PlanAction::Copy, "docs/a file\u{1b}[2J.txt", Some(1_048_064), missing),
            step(PlanAction::Copy, "SHA256SUMS", Some(512), "size differs: 512 B, there 712 B"),
            step(PlanAction::Delete, "README", Some(2048), "missing at the source"),
        ],
        problems: vec!["pipe: not a file, directory or link".to_owned()],
    };
    play.send(Msg::OperationDone(ticket, Ok(OperationReply::Plan(Box::new(plan)))));
    screen!("mirror_question_80x24", play);
    play.wait(500);
    play.keys("Enter");
    screen!("mirror_plan_80x24", play);
    let mut play = drawing(40, 10);
    play.keys("Y");
    screen!("mirror_40x10", play);
}
