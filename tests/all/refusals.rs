//! What a server refuses is told in its own words; it never counts as a missing file.

use fxpane::demo::{Rule, Server, Setup};

use crate::cli::{Ran, ran};
use crate::program::Program;

/// Every command that asks for one file, on a server with this fault.
async fn refused(rules: Vec<Rule>) -> Vec<Ran> {
    let setup = Setup::new().without("MLST").without("MLSD").file("/pub/a.txt", "hello");
    let server = Server::start(setup).await.unwrap();
    for rule in rules {
        server.fault(rule);
    }
    let url = format!(
        "ftp://{}:{}@{}:{}/pub",
        server.user(),
        server.password(),
        server.ip(),
        server.port()
    );
    tokio::task::spawn_blocking(move || {
        let program = Program::new().unwrap();
        let file = format!("{url}/a.txt");
        let commands: [&[&str]; 5] = [
            &["ls", &url],
            &["stat", &file],
            &["get", &file, "copy.txt"],
            &["get", "-r", &url, "copy"],
            &["rm", "--yes", &file],
        ];
        commands
            .map(|arguments| {
                let ran = ran(program.fxpane(arguments).arg("--security").arg("none"));
                assert!(!ran.err.contains("no such file"), "{arguments:?} {ran:?}");
                ran
            })
            .into()
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_connection_or_login_is_exit_code_3() {
    for (rule, words, remedy) in [
        (Rule::on_connect().reply(550, "Address not allowed"), "550 Address", "operator"),
        (Rule::on_connect().reply(421, "Closing"), "421 Closing", "try again later"),
        (Rule::on("USER").reply(550, "TLS required"), "550 TLS", "security = \"explicit\""),
        (Rule::on("PASS").reply(500, "no session"), "500 no session", "operator"),
        (Rule::on("PASS").reply(530, "Login incorrect"), "530 Login", "--password-file"),
        (
            Rule::on("PASS").send_raw("331 Password please\r\n530 Login incorrect\r\n"),
            "530 Login incorrect",
            "check the user and password",
        ),
    ] {
        for (index, ran) in refused(vec![rule]).await.into_iter().enumerate() {
            assert_eq!(ran.code, 3, "{ran:?}");
            assert!(ran.err.contains(words), "{ran:?}");
            // the failure of a job has no hint about --password-file
            assert!(index == 3 || ran.err.contains(remedy), "{ran:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_data_connection_is_no_missing_file() {
    let no_passive = || ["PASV", "EPSV"].map(|verb| Rule::on(verb).reply(550, "Not permitted"));
    let no_active = || ["PORT", "EPRT"].map(|verb| Rule::on(verb).reply(500, "No PORT"));
    for (rules, words) in [
        (no_passive().into_iter().chain(no_active()).collect(), "550 Not permitted"),
        (
            ["LIST", "NLST", "RETR"].map(|verb| Rule::on(verb).reply(425, "No data")).into(),
            "425 No data",
        ),
    ] {
        for ran in refused(rules).await.into_iter().take(4) {
            assert_eq!(ran.code, 1, "{ran:?}");
            assert!(ran.err.contains(words) && ran.err.contains("passive"), "{ran:?}");
        }
    }
    // where only passive mode is refused, active mode works
    for ran in refused(no_passive().into()).await {
        ran.is(0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_may_not_be_listed_may_hold_files() {
    let denied = || Rule::on("CWD").reply(550, "Access is denied");
    let ran = refused(vec![denied()]).await;
    assert_eq!(ran.iter().map(|ran| ran.code).collect::<Vec<_>>(), [1, 0, 0, 1, 0], "{ran:?}");
    let silent = ["SIZE", "MDTM"].map(|verb| Rule::on(verb).reply(500, "Unknown"));
    for ran in refused(silent.into_iter().chain([denied()]).collect()).await {
        assert!(ran.code == 1 && ran.err.contains("550 Access is denied"), "{ran:?}");
    }
}
