//! Every command for a single server, and every kind of password, by the real program on real
//! servers.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::server::Server;
use crate::cli::{Ran, ran};
use crate::program::Program;
use crate::terminal::Terminal;

fn server(name: &str) -> Server {
    let servers = Server::all().unwrap();
    servers.into_iter().find(|server| server.name == name).unwrap()
}

/// Runs the commands in a typical order, and checks each result in the server's directory on disk.
fn all_commands(name: &str) {
    let server = server(name);
    let other = self::server(if name == "proftpd" { "vsftpd" } else { "proftpd" });
    let (directory, target) = (server.test_dir().unwrap(), other.test_dir().unwrap());
    let program = Program::new().unwrap();
    let home = tempfile::tempdir().unwrap();
    let at = |path: &str| server.url(&format!("{}/{path}", directory.remote));
    let run = |words: &[&str]| -> Ran {
        let mut command = program.fxpane(words);
        let ran = ran(command.args(["--security", "none", "--json"]));
        assert!(!ran.out.contains(&server.pass) && !ran.err.contains(&server.pass), "{ran:?}");
        ran
    };
    let on_disk = |path: &str| directory.local().join(path);

    run(&["mkdir", &at("new/deep")]).is(0);
    assert!(on_disk("new/deep").is_dir());
    let local = home.path().join("up.bin");
    fs::write(&local, vec![7; 70_000]).unwrap();
    let sent = run(&["put", local.to_str().unwrap(), &at("new/")]).is(0).objects();
    assert_eq!((&sent[0]["via"], &sent[0]["bytes"]), (&"upload".into(), &70_000.into()));
    assert_eq!(fs::read(on_disk("new/up.bin")).unwrap(), vec![7; 70_000]);

    let listed = run(&["ls", &at("new")]).is(0).objects();
    let mut names: Vec<_> = listed.iter().map(|entry| entry["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["deep", "up.bin"], "{name}");
    let stat = run(&["stat", &at("new/up.bin")]).is(0).objects();
    assert_eq!((&stat[0]["kind"], &stat[0]["size"]), (&"file".into(), &70_000.into()));
    assert_eq!(run(&["stat", &at("new/deep")]).is(0).objects()[0]["kind"], "dir");
    run(&["stat", &at("new/none")]).is(1);

    // pyftpdlib supports SITE CHMOD like the others
    run(&["chmod", "640", &at("new/up.bin")]).is(0);
    assert_eq!(fs::metadata(on_disk("new/up.bin")).unwrap().permissions().mode() & 0o777, 0o640);
    run(&["mv", &at("new/up.bin"), "moved.bin"]).is(0);
    assert!(on_disk("new/moved.bin").is_file() && !on_disk("new/up.bin").exists());
    let system = run_raw(&program, &server, "SYST").is(0);
    assert!(system.out.starts_with("215"), "{name}: {system:?}");
    run_raw(&program, &server, "NONSENSE").is(1);

    let down = home.path().join("down.bin");
    let got = run(&["get", &at("new/moved.bin"), down.to_str().unwrap()]).is(0).objects();
    assert_eq!(got[0]["via"], "download");
    assert_eq!(fs::read(&down).unwrap(), vec![7; 70_000]);
    let to = other.url(&format!("{}/", target.remote));
    let copied = run(&["cp", &at("new/moved.bin"), &to]).is(0).objects();
    assert_eq!((&copied[0]["via"], &copied[0]["state"]), (&"direct".into(), &"done".into()));
    assert_eq!(fs::read(target.local().join("moved.bin")).unwrap(), vec![7; 70_000]);
    // a list of sources from a file
    let list = home.path().join("list");
    fs::write(&list, format!("{}\n\n", at("new/moved.bin"))).unwrap();
    let from = ["cp", "--from", list.to_str().unwrap(), "--exists", "rename", &to];
    assert_eq!(run(&from).is(0).objects()[0]["state"], "done");

    assert!(run(&["rm", &at("new")]).is(1).err.contains("-r"));
    run(&["rm", "-r", "--yes", &at("new")]).is(0);
    assert!(!on_disk("new").exists());
}

/// Runs `raw`, where the words after the location are the FTP command.
fn run_raw(program: &Program, server: &Server, word: &str) -> Ran {
    ran(&mut program.fxpane(&["raw", "--security", "none", &server.url("/"), word]))
}

macro_rules! each {
    ($($name:ident: $server:literal;)*) => {
        $(
            #[test]
            #[ignore = "needs real servers: tests/run"]
            fn $name() {
                all_commands($server);
            }
        )*
    };
}

each! {
    every_command_on_vsftpd: "vsftpd";
    every_command_on_proftpd: "proftpd";
    every_command_on_pureftpd: "pureftpd";
    every_command_on_pyftpdlib: "pyftpdlib";
}

/// A program with a site `it` that has this password.
fn site_with_password(server: &Server, password: &str) -> (Program, PathBuf) {
    let program = Program::new().unwrap();
    let paths = ran(&mut program.fxpane(&["config", "path", "--json"])).is(0).objects();
    let file = PathBuf::from(paths[0]["sites"].as_str().unwrap());
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let Server { host, port, user, .. } = server;
    let text = format!(
        "[[site]]\nname = \"it\"\nhost = \"{host}\"\nport = {port}\nuser = \"{user}\"\n\
         password = {password}\n"
    );
    fs::write(&file, text).unwrap();
    let home = file.parent().unwrap().parent().unwrap().to_owned();
    (program, home)
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn every_kind_of_password_works() {
    let server = server("proftpd");
    let pass = &server.pass;
    let secrets = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = secrets.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (password, passphrase) = (file("password", pass), file("passphrase", "open sesame"));
    let command = format!("{{ command = \"cat '{password}'\" }}");
    let ls = ["ls", "-1", "-v", "--insecure", "it:/src"];
    let assert_logged_in = |ran: Ran| {
        let ran = ran.is(0);
        assert!(ran.out.contains("big.bin") && ran.err.contains("PASS ****"), "{ran:?}");
        assert!(!ran.out.contains(pass) && !ran.err.contains(pass), "{ran:?}");
    };
    for (reference, variable) in [
        ("{ env = \"IT\" }", Some(("IT", pass.as_str()))),
        (&command, None),
        (&format!("{{ plain = \"{pass}\" }}"), None),
        ("{ netrc = true }", None),
        ("{ vault = \"it\" }", None),
        ("{ ask = true }", None),
    ] {
        let (program, home) = site_with_password(&server, reference);
        let netrc = format!("machine {} login {} password {pass}\n", server.host, server.user);
        fs::write(home.join(".netrc"), netrc).unwrap();
        let set = ["sites", "vault", "set", "it", "--password-file", &password];
        let open = ["--vault-passphrase-file", &passphrase];
        ran(program.fxpane(&set).args(open)).is(0);
        if reference.contains("ask") {
            type_secret(&home, &ls[..], "Password", pass);
            assert_logged_in(ran(program.fxpane(&ls).args(["--password-file", &password])));
            continue;
        }
        assert_logged_in(ran(program.fxpane(&ls).args(open).envs(variable)));
    }
    // in a URL, plain and xor-encoded
    let (program, _) = site_with_password(&server, "{ ask = true }");
    let url = server.url("/src");
    assert_logged_in(ran(&mut program.fxpane(&["ls", "-1", "-v", "--insecure", &url])));
    let xored: Vec<u8> = pass.bytes().map(|byte| byte ^ b'_').collect();
    let xored = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, xored);
    let url = url.replace(&format!(":{pass}@"), &format!(":<xor>{}@", xored.replace('=', "%3D")));
    assert_logged_in(ran(&mut program.fxpane(&["ls", "-1", "-v", "--insecure", &url])));
    // a wrong password is reported after a single try
    let wrong = server.url("/src").replace(pass, "hunter2");
    let wrong = ran(&mut program.fxpane(&["ls", "-v", "--insecure", &wrong])).is(3);
    assert_eq!(wrong.err.matches("PASS ****").count(), 1, "{wrong:?}");
    assert!(wrong.err.contains("login refused") && !wrong.err.contains("hunter2"));
}

/// Runs the program in a terminal and types a secret when asked for it. The terminal shows the
/// listing, and never the secret.
fn type_secret(home: &Path, words: &[&str], question: &str, secret: &str) {
    let mut terminal = Terminal::run(home, words);
    terminal.until(question).press(&format!("{secret}\r"));
    assert_eq!(terminal.end(), 0, "{}", terminal.seen);
    assert!(terminal.seen.contains("big.bin") && !terminal.seen.contains(secret));
}
