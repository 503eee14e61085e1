//! The event loop with a fake terminal, fake keys and a fake engine.

use std::collections::BTreeMap;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use futures_util::stream;
use ratatui::backend::TestBackend;
use tokio::sync::broadcast;

use super::*;
use crate::engine::{Command, Counts, Directory, EventKind, Failure, FailureKind, Window};
use crate::ftp::Entry;
use crate::site::Sites;
use crate::ui::fake::{dir, file, site};

/// An engine that lists these directories and records the commands that it receives.
fn engine(
    directories: BTreeMap<String, Vec<Entry>>,
) -> (EngineHandle, broadcast::Sender<Event>, mpsc::UnboundedReceiver<String>) {
    let (commands, mut received) = mpsc::channel(8);
    let (events, _) = broadcast::channel(64);
    let (note, notes) = mpsc::unbounded_channel();
    let handle = EngineHandle::new(commands, events.clone());
    tokio::spawn(async move {
        while let Some(command) = received.recv().await {
            match command {
                Command::List { at, answer, .. } => {
                    let _ = note.send(format!("list {at}"));
                    let key = at.to_string();
                    if key.ends_with("slow") {
                        // never answered
                        std::mem::forget(answer);
                        continue;
                    }
                    let result = directories.get(&key).map_or_else(
                        || {
                            let step = format!("list {key}");
                            Err(Failure::new(step, "550 no", FailureKind::Refused))
                        },
                        |entries| {
                            Ok(Arc::new(Directory {
                                at: at.clone(),
                                entries: entries.clone(),
                                unreadable: 0,
                                free: None,
                            }))
                        },
                    );
                    let _ = answer.send(result);
                }
                Command::Window { answer, .. } => {
                    let _ = answer.send(Window::default());
                }
                Command::Submit { spec, .. } => {
                    let _ = note.send(format!("submit {:?} {}", spec.kind, spec.sources.len()));
                }
                Command::Pause(paused) => {
                    let _ = note.send(format!("pause {paused}"));
                }
                Command::Jobs { answer } => {
                    let _ = answer.send(Ok(Vec::new()));
                }
                other => panic!("{other:?}"),
            }
        }
    });
    (handle, events, notes)
}

fn sites() -> Sites {
    [site("a", "h1"), site("b", "h2")].into_iter().collect()
}

fn start() -> Start {
    let sites = sites();
    let known = sites.clone();
    let location = |text: &str| Some(Location::parse(text, &sites).unwrap().location);
    Start {
        left: location("a:/x"),
        right: location("b:/y"),
        sites: sites.iter().cloned().collect(),
        files: UserFiles {
            queue: crate::queue::Store::in_memory(),
            parse: Arc::new(move |text| {
                Location::parse_remote(text, &known).map(|parsed| parsed.location)
            }),
            remember: Arc::new(|_| {}),
            manage: Arc::new(|_| Err(ManageError::NoFile)),
        },
        history: Vec::new(),
        keymap: None,
        theme: None,
        settings: config::ScreenSettings::default(),
        rules: JobRules::default(),
        tree: TreeRules::default(),
        no_color: false,
        demo: false,
        messages: Vec::new(),
    }
}

fn directories() -> BTreeMap<String, Vec<Entry>> {
    [
        ("a:/x".to_owned(), vec![dir("slow", 2026), file("one", 1, 1), file("two", 2, 2)]),
        ("b:/y".to_owned(), vec![file("three", 3, 3)]),
    ]
    .into()
}

/// Sends terminal events to the screen.
type KeySender = mpsc::UnboundedSender<io::Result<TerminalEvent>>;

/// A console whose keys come from the test, and whose editor writes one line.
struct FakeConsole {
    events: Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<io::Result<TerminalEvent>>>>,
    broken: bool,
}

impl Console for FakeConsole {
    type Keys = stream::BoxStream<'static, io::Result<TerminalEvent>>;

    fn keys(&mut self) -> Self::Keys {
        let events = Arc::clone(&self.events);
        Box::pin(stream::unfold(events, |events| async move {
            let event = events.lock().await.recv().await;
            event.map(|event| (event, events))
        }))
    }

    fn is_broken(&self) -> bool {
        self.broken
    }

    fn edit(&mut self, file: &Path) -> io::Result<()> {
        std::fs::write(file, "edited")
    }
}

fn keys() -> (KeySender, FakeConsole) {
    let (keys, events) = mpsc::unbounded_channel();
    (keys, FakeConsole { events: Arc::new(tokio::sync::Mutex::new(events)), broken: false })
}

fn press(keys: &KeySender, code: KeyCode) {
    let event = KeyEvent::new(code, KeyModifiers::NONE);
    keys.send(Ok(TerminalEvent::Key(event))).unwrap();
}

fn text(terminal: &Terminal<TestBackend>) -> String {
    terminal.backend().to_string()
}

#[tokio::test(start_paused = true)]
async fn both_panes_open_and_two_files_are_copied() {
    let (engine, _events, mut notes) = engine(directories());
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    let (keys, mut console) = keys();
    let play = async {
        assert_eq!(notes.recv().await.unwrap(), "list a:/x");
        assert_eq!(notes.recv().await.unwrap(), "list b:/y");
        tokio::time::sleep(Duration::from_secs(1)).await;
        for code in [KeyCode::End, KeyCode::Char('k'), KeyCode::Char(' '), KeyCode::Char(' ')] {
            press(&keys, code);
        }
        press(&keys, KeyCode::F(5));
        press(&keys, KeyCode::Enter);
        assert_eq!(notes.recv().await.unwrap(), "submit Copy 2");
        press(&keys, KeyCode::Char('p'));
        assert_eq!(notes.recv().await.unwrap(), "pause true");
        press(&keys, KeyCode::Char('q'));
    };
    let (outcome, ()) = tokio::join!(drive(&mut terminal, &mut console, engine, start()), play);
    outcome.unwrap();
    let screen = text(&terminal);
    assert!(screen.contains("one") && screen.contains("three"), "{screen}");
}

#[tokio::test(start_paused = true)]
async fn esc_stops_waiting_for_an_unresponsive_server() {
    let (engine, events, mut notes) = engine(directories());
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    let (keys, mut console) = keys();
    let play = async {
        for _ in 0..2 {
            notes.recv().await.unwrap();
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        press(&keys, KeyCode::Char('j'));
        press(&keys, KeyCode::Enter);
        assert_eq!(notes.recv().await.unwrap(), "list a:/x/slow");
        tokio::time::sleep(Duration::from_secs(5)).await;
        press(&keys, KeyCode::Esc);
        // no key is lost in a burst of events
        for number in 0..200 {
            let what = EventKind::Queue(Counts::default());
            events.send(Event { number, what }).unwrap();
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        press(&keys, KeyCode::Char('q'));
    };
    let (outcome, ()) = tokio::join!(drive(&mut terminal, &mut console, engine, start()), play);
    outcome.unwrap();
    assert!(text(&terminal).contains("stopped waiting for a:/x/slow"), "{}", text(&terminal));
}

#[tokio::test(start_paused = true)]
async fn errors_in_files_are_reported_and_the_screen_starts() {
    let (engine, _events, _notes) = engine(BTreeMap::new());
    let mut terminal = Terminal::new(TestBackend::new(120, 24)).unwrap();
    let (keys, mut console) = keys();
    let file =
        |name: &str, text: &str| Some(UserFile { name: name.to_owned(), text: text.to_owned() });
    let start = Start {
        left: None,
        right: None,
        sites: Vec::new(),
        keymap: file("keymap.toml", "copi = \"F5\"\nquit = \"Z\""),
        theme: file("dark.toml", "bad = 1"),
        no_color: true,
        ..start()
    };
    let play = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        // the valid line of the file applies
        press(&keys, KeyCode::Char('Z'));
    };
    let (outcome, ()) = tokio::join!(drive(&mut terminal, &mut console, engine, start), play);
    outcome.unwrap();
    let screen = text(&terminal);
    assert!(
        screen.contains(
            "keymap.toml, line 1: unknown action “copi” (did you mean “copy”?) (1 more in the log)"
        ),
        "{screen}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_end_of_input_and_a_panic_end_the_screen() {
    let (engine, _events, _notes) = engine(directories());
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    let (none, mut console) = keys();
    drop(none);
    let outcome = drive(&mut terminal, &mut console, engine.clone(), start()).await;
    assert!(matches!(outcome, Err(UiError::Input(_))));
    let (_keys, mut console) = keys();
    console.broken = true;
    let outcome = drive(&mut terminal, &mut console, engine, start()).await;
    assert!(matches!(outcome, Err(UiError::Panicked)));
}
