//! Commands in a terminal: questions, the progress line, Ctrl-C.

use std::io::{Read as _, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::cli::{Demo, ran};
use crate::program::Program;

/// A generous timeout for busy machines.
const PATIENCE: Duration = Duration::from_secs(60);

/// A command of the program in a terminal.
pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    /// The complete output.
    pub(crate) seen: String,
    /// The length of the output that [`Terminal::until`] has searched.
    searched: usize,
    /// Keeps the terminal open until the program has ended.
    _terminal: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Runs the program with its directories in `home`.
    pub(crate) fn run(home: &Path, words: &[&str]) -> Self {
        let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_fxpane"));
        command.args(words);
        command.env_clear();
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("HOME", home);
        command.env("FXPANE_CONFIG_DIR", home.join("config"));
        command.env("FXPANE_DATA_DIR", home.join("data"));
        command.cwd(home);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let keys = pair.master.take_writer().unwrap();
        let (sender, output) = channel();
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            // after the program has ended, reading fails on some systems and returns 0 on others
            while let Ok(count @ 1..) = reader.read(&mut chunk) {
                if sender.send(chunk[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let seen = String::new();
        Self { child, keys, output, seen, searched: 0, _terminal: pair.master }
    }

    /// Reads output until this text appears.
    #[track_caller]
    pub(crate) fn until(&mut self, words: &str) -> &mut Self {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.seen[self.searched..].find(words) {
                self.searched += at + words.len();
                return self;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(chunk) => self.seen.push_str(&String::from_utf8_lossy(&chunk)),
                Err(error) => panic!("{words:?} did not appear ({error}): {}", self.seen),
            }
        }
    }

    pub(crate) fn press(&mut self, keys: &str) -> &mut Self {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
        self
    }

    /// Reads the remaining output; returns the exit code.
    pub(crate) fn end(&mut self) -> u32 {
        while let Ok(chunk) = self.output.recv_timeout(PATIENCE) {
            self.seen.push_str(&String::from_utf8_lossy(&chunk));
        }
        self.child.wait().unwrap().exit_code()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // fails if the program has already ended
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn an_unknown_certificate_is_asked_about() {
    let program = Program::new().unwrap();
    let demo = Demo::start(&program);
    let home = tempfile::tempdir().unwrap();
    let url = format!("{}/pub", demo.left);
    let ls = || Terminal::run(home.path(), &["ls", "-1", &url]);
    for no in ["\r", "n\r"] {
        let mut no_thanks = ls();
        no_thanks.until("Trust the certificate").until("Always").press(no);
        assert_eq!(no_thanks.end(), 4, "{}", no_thanks.seen);
    }
    let mut once = ls();
    once.until(&demo.certs[0]).press("once\r").until("README.md");
    assert_eq!(once.end(), 0);
    let mut always = ls();
    always.until("Always").press("3\r").until("README.md");
    assert_eq!(always.end(), 0);
    let mut known = ls();
    assert_eq!(known.end(), 0);
    assert!(known.seen.contains("README.md") && !known.seen.contains("Trust"), "{}", known.seen);
}

#[test]
fn secrets_are_not_echoed() {
    let program = Program::new().unwrap();
    let demo = Demo::start(&program);
    let home = tempfile::tempdir().unwrap();
    let url = demo.left.replace(":fxp-secret", "");
    let words = ["sites", "add", "m", &url, "--set", "security=none", "--password", "vault"];
    let mut add = Terminal::run(home.path(), &words);
    add.until("New vault passphrase:").press("open sesame\r");
    add.until("Repeat:").press("open sesame\r");
    add.until("Password of fxp for m:").press("fxp-secret\r");
    assert_eq!(add.end(), 0, "{}", add.seen);
    let mut ls = Terminal::run(home.path(), &["ls", "-1", "m:/pub"]);
    ls.until("Vault passphrase:").press("wrong horse\r");
    ls.until("is wrong").until("Vault passphrase:").press("open sesame\r");
    ls.until("README.md");
    assert_eq!(ls.end(), 0);
    let mut change = Terminal::run(home.path(), &["sites", "vault", "passphrase"]);
    change.until("Vault passphrase:").press("open sesame\r");
    change.until("New vault passphrase:").press("another\r");
    change.until("Repeat:").press("different\r").until("do not match");
    assert_eq!(change.end(), 2);
    // without a saved site
    let mut typed = Terminal::run(home.path(), &["ls", "-1", "--security", "none", &url]);
    typed.until("Password of fxp").press("fxp-secret\r").until("pub");
    assert_eq!(typed.end(), 0);
    let mut stopped = Terminal::run(home.path(), &["ls", "-1", "--security", "none", &url]);
    stopped.until("Password of fxp").press("\x03");
    assert_eq!(stopped.end(), 130);
    for terminal in [&add, &ls, &change, &typed] {
        for secret in ["open sesame", "fxp-secret", "wrong horse", "another", "different"] {
            assert!(!terminal.seen.contains(secret), "{}", terminal.seen);
        }
    }
}

#[test]
fn a_copy_shows_its_progress_and_stops_on_ctrl_c() {
    let program = Program::new().unwrap();
    let demo = Demo::start(&program);
    let home = tempfile::tempdir().unwrap();
    let source = format!("{}/pub/releases/image-x86.iso", demo.left);
    let target = format!("{}/incoming/", demo.right);
    let cp = ["cp", "--security", "none", &source, &target];
    let mut copy = Terminal::run(home.path(), &cp);
    copy.until("█").until("MiB/s").until("left").press("\x03");
    assert_eq!(copy.end(), 130, "{}", copy.seen);
    assert!(copy.seen.contains("interrupted"), "{}", copy.seen);
    // no file with the final name was created
    let stat = ["stat", "--security", "none", &format!("{target}image-x86.iso")];
    ran(&mut program.fxpane(&stat)).is(1);
    let small = format!("{}/pub/docs/guide.txt", demo.left);
    let quiet = ["cp", "-q", "--security", "none", &small, &target];
    let mut quiet = Terminal::run(home.path(), &quiet);
    assert_eq!((quiet.end(), quiet.seen.as_str()), (0, ""));
}
