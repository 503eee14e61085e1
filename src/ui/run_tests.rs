//! The loop, played with a terminal, keys and an engine of the tests' own.

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

/// An engine that knows some directories and notes what it is asked.
fn engine(
    directories: BTreeMap<String, Vec<Entry>>,
) -> (EngineHandle, broadcast::Sender<Event>, mpsc::UnboundedReceiver<String>) {
    let (commands, mut asked) = mpsc::channel(8);
    let (events, _) = broadcast::channel(64);
    let (note, notes) = mpsc::unbounded_channel();
    let handle = EngineHandle::new(commands, events.clone());
    tokio::spawn(async move {
        while let Some(command) = asked.recv().await {
            match command {
                Command::List { at, answer, .. } => {
                    let _ = note.send(format!("list {at}"));
                    let key = at.to_string();
                    if key.ends_with("slow") {
                        // an answer that never comes
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
        wishes: config::Screen::default(),
        rules: Rules::default(),
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

/// The terminal's keys, sent by the test.
type Typist = mpsc::UnboundedSender<io::Result<TerminalEvent>>;

/// A terminal whose keys the test types, and whose editor writes a line.
struct Played {
    typed: Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<io::Result<TerminalEvent>>>>,
    broken: bool,
}

impl Console for Played {
    type Keys = stream::BoxStream<'static, io::Result<TerminalEvent>>;

    fn keys(&mut self) -> Self::Keys {
        let typed = Arc::clone(&self.typed);
        Box::pin(stream::unfold(typed, |typed| async move {
            let event = typed.lock().await.recv().await;
            event.map(|event| (event, typed))
        }))
    }

    fn is_broken(&self) -> bool {
        self.broken
    }

    fn edit(&mut self, file: &Path) -> io::Result<()> {
        std::fs::write(file, "edited")
    }
}

fn keys() -> (Typist, Played) {
    let (keys, typed) = mpsc::unbounded_channel();
    (keys, Played { typed: Arc::new(tokio::sync::Mutex::new(typed)), broken: false })
}

fn press(keys: &Typist, code: KeyCode) {
    let event = KeyEvent::new(code, KeyModifiers::NONE);
    keys.send(Ok(TerminalEvent::Key(event))).unwrap();
}

fn text(terminal: &Terminal<TestBackend>) -> String {
    terminal.backend().to_string()
}

#[tokio::test(start_paused = true)]
async fn two_panes_open_and_two_files_are_copied() {
    let (engine, _events, mut notes) = engine(directories());
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    let (keys, mut typed) = keys();
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
    let (outcome, ()) = tokio::join!(drive(&mut terminal, &mut typed, engine, start()), play);
    outcome.unwrap();
    let screen = text(&terminal);
    assert!(screen.contains("one") && screen.contains("three"), "{screen}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_left_by_esc() {
    let (engine, events, mut notes) = engine(directories());
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    let (keys, mut typed) = keys();
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
        // a flood of events is no reason to miss a key
        for number in 0..200 {
            let what = EventKind::Queue(Counts::default());
            events.send(Event { number, what }).unwrap();
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        press(&keys, KeyCode::Char('q'));
    };
    let (outcome, ()) = tokio::join!(drive(&mut terminal, &mut typed, engine, start()), play);
    outcome.unwrap();
    assert!(text(&terminal).contains("stopped waiting for a:/x/slow"), "{}", text(&terminal));
}

#[tokio::test(start_paused = true)]
async fn mistakes_in_files_are_told_and_the_screen_comes_up() {
    let (engine, _events, _notes) = engine(BTreeMap::new());
    let mut terminal = Terminal::new(TestBackend::new(120, 24)).unwrap();
    let (keys, mut typed) = keys();
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
        // the right line of the file counts
        press(&keys, KeyCode::Char('Z'));
    };
    let (outcome, ()) = tokio::join!(drive(&mut terminal, &mut typed, engine, start), play);
    outcome.unwrap();
    let screen = text(&terminal);
    assert!(
        screen.contains("keymap.toml, line 1: there is no action “copi” (did you mean “copy”?) (1 more in the log)"),
        "{screen}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_keys_and_a_broken_part_end_the_screen() {
    let (engine, _events, _notes) = engine(directories());
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    let (none, mut typed) = keys();
    drop(none);
    let outcome = drive(&mut terminal, &mut typed, engine.clone(), start()).await;
    assert!(matches!(outcome, Err(UiError::Input(_))));
    let (_keys, mut typed) = keys();
    typed.broken = true;
    let outcome = drive(&mut terminal, &mut typed, engine, start()).await;
    assert!(matches!(outcome, Err(UiError::Panicked)));
}
