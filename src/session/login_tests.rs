//! The login state machine, driven by tables of replies.

use super::*;

fn plan(security: Security) -> LoginPlan {
    LoginPlan {
        security,
        tls_seen: false,
        utf8: true,
        user: "fxp".to_owned(),
        password: Secret::from("s3cret"),
        account: None,
        protect: true,
        protect_required: false,
        known: None,
        ignored: Vec::new(),
    }
}

/// Feeds replies to the state machine and records the effects.
fn run(plan: LoginPlan, replies: &[(u16, &str)]) -> (Vec<String>, LoginOutcome) {
    let mut machine = LoginMachine::new(plan, false);
    let mut done = Vec::new();
    for (code, text) in replies {
        let lines = text.split('\n').map(|line| line.as_bytes().to_vec()).collect();
        let mut effect = machine.handle(&Reply { code: *code, lines });
        while let LoginEffect::Secure = effect {
            done.push("<tls>".to_owned());
            effect = machine.secured();
        }
        done.push(match effect {
            LoginEffect::Send(commands) => {
                commands.iter().map(Command::shown).collect::<Vec<_>>().join(" + ")
            }
            LoginEffect::Wait => "<wait>".to_owned(),
            LoginEffect::Secure => unreachable!(),
            LoginEffect::Done => "<done>".to_owned(),
            LoginEffect::Fail(error) => format!("<{error}>"),
        });
    }
    (done, machine.into_outcome())
}

#[test]
fn explicit_tls_login() {
    let (done, outcome) = run(
        plan(Security::Auto),
        &[
            (120, "soon"),
            (220, "hello"),
            (234, "go"),
            (331, "password"),
            (230, "in"),
            (211, "Features\n MLST type*;size;modify*;\n UTF8\nEnd"),
            (504, "always on"),
            (200, "facts"),
            (200, "pbsz"),
            (200, "prot"),
            (200, "type"),
            (257, "\"/home\""),
        ],
    );
    assert_eq!(
        done,
        [
            "<wait>",
            "AUTH TLS",
            "<tls>",
            "USER fxp",
            "PASS ****",
            "FEAT",
            "OPTS UTF8 ON",
            "OPTS MLST type;size;modify;UNIX.mode;perm;unique;",
            "PBSZ 0",
            "PROT P",
            "TYPE I",
            "PWD",
            "<done>"
        ]
    );
    assert!(outcome.protected && outcome.binary);
    assert_eq!(outcome.home, Some("/home".into()));
}

#[test]
fn auto_falls_back_only_if_tls_was_never_seen() {
    let replies = [(220, "hello"), (502, "no")];
    assert_eq!(run(plan(Security::Auto), &replies).0, ["AUTH TLS", "USER fxp"]);
    let seen = LoginPlan { tls_seen: true, ..plan(Security::Auto) };
    assert!(run(seen, &replies).0[1].contains("supported TLS before"));
    assert!(run(plan(Security::Explicit), &replies).0[1].contains("refuses TLS"));
    assert_eq!(run(plan(Security::None), &[(220, "hello")]).0, ["USER fxp"]);
}

#[test]
fn refusals_are_classified() {
    for (replies, expected) in [
        (vec![(421, "Too many connections")], "too many connections"),
        (vec![(220, ""), (331, ""), (530, "Login incorrect")], "login refused"),
        (vec![(220, ""), (530, "maximum number of clients")], "too many connections"),
        (vec![(220, ""), (421, "Timeout")], "closed the session"),
        (vec![(220, ""), (332, "account")], "login refused"),
        (vec![(500, "go away")], "does not accept the connection: 500 go away"),
        (vec![(220, ""), (550, "TLS required")], "requires TLS: 550 TLS required"),
        (vec![(220, ""), (331, ""), (530, "Use FTPS")], "requires TLS"),
        (vec![(220, ""), (331, ""), (500, "no session")], "login refused: 500 no session"),
        (vec![(220, ""), (430, "invalid")], "login refused"),
        (vec![(220, ""), (331, ""), (331, "again"), (530, "no")], "login refused: 530 no"),
        (vec![(220, ""), (331, ""), (331, "again"), (331, "again")], "login refused: 331 again"),
    ] {
        let (done, _) = run(plan(Security::None), &replies);
        assert!(done.last().unwrap().contains(expected), "{done:?}");
    }
}

#[test]
fn a_second_request_for_the_password_may_be_the_last_reply() {
    let mut machine = LoginMachine::new(plan(Security::None), false);
    for code in [220, 331] {
        machine.handle(&Reply::new(code, ""));
        assert!(machine.if_silent().is_none());
    }
    assert!(matches!(machine.handle(&Reply::new(331, "Password?")), LoginEffect::Wait));
    assert!(matches!(machine.if_silent(), Some(SessionError::Login { .. })));
    machine.handle(&Reply::new(230, "in"));
    assert!(machine.if_silent().is_none());
}

#[test]
fn required_data_encryption_is_enforced() {
    let mut required = plan(Security::Explicit);
    required.protect_required = true;
    required.known = Some(Features::default());
    let replies = [(220, ""), (234, ""), (230, ""), (200, ""), (534, "no PROT P")];
    let (done, _) = run(required.clone(), &replies);
    assert_eq!(done[..5], ["AUTH TLS", "<tls>", "USER fxp", "PBSZ 0", "PROT P"]);
    assert!(done[5].contains("refuses encrypted data"));
    required.protect_required = false;
    let (done, outcome) = run(required, &replies);
    assert_eq!(done[5], "TYPE I");
    assert!(!outcome.protected);
}

#[test]
fn a_password_with_a_line_break_is_never_sent() {
    let mut hostile = plan(Security::None);
    hostile.password = Secret::from("a\r\nDELE /x");
    let (done, _) = run(hostile, &[(220, ""), (331, "")]);
    assert!(done[1].contains("line break"), "{done:?}");
    assert!(!done[1].contains("DELE"));
}

#[test]
fn an_account_is_sent_when_the_server_asks_for_it() {
    let mut with = plan(Security::None);
    with.account = Some(Secret::from("4711"));
    for replies in [
        vec![(220, ""), (331, ""), (332, "account"), (230, ""), (500, "")],
        vec![(220, ""), (332, "account"), (230, ""), (500, "")],
    ] {
        let (done, _) = run(with.clone(), &replies);
        assert!(done.contains(&"ACCT ****".to_owned()), "{done:?}");
        assert_eq!(done.last().unwrap(), "TYPE I");
    }
    let replies = [(220, ""), (331, ""), (332, "account"), (530, "no")];
    assert!(run(with, &replies).0.last().unwrap().contains("login refused"));
}

#[test]
fn login_without_a_password_and_long_banners() {
    let (done, outcome) = run(
        plan(Security::None),
        &[
            (220, "Welcome\n  to this server\n220-of ours"),
            (232, "in by certificate"),
            (211, "Features\nSIZE\n211-MDTM\n REST STREAM\nEnd"),
            (200, ""),
            (215, "UNIX"),
            (257, "/ is current"),
        ],
    );
    assert_eq!(done, ["USER fxp", "FEAT", "TYPE I", "SYST", "PWD", "<done>"]);
    assert!(outcome.features.has("SIZE") && outcome.features.has("REST"));
    assert_eq!((outcome.home, outcome.greeting.as_str()), (Some("/".into()), "Welcome"));
}

#[test]
fn ibm_i_is_switched_to_paths_with_slashes() {
    let replies = [
        (220, ""),
        (331, ""),
        (230, ""),
        (500, ""),
        (200, "type"),
        (215, " OS/400 is the remote operating system. The TCP/IP version is \"V7R1M0\"."),
        (250, "Now using naming format \"1\"."),
        (257, "\"/QSYS.LIB/QGPL.LIB\" is current library."),
    ];
    let (done, outcome) = run(plan(Security::None), &replies);
    assert_eq!(done[4..], ["SYST", "SITE NAMEFMT 1", "PWD", "<done>"]);
    assert_eq!(outcome.home, Some("/QSYS.LIB/QGPL.LIB".into()));
}

#[test]
fn clnt_is_sent_before_opts_utf8() {
    let replies = [
        (220, ""),
        (331, ""),
        (230, ""),
        (211, "Features\n CLNT\n UTF8\nEnd"),
        (200, "noted"),
        (200, "utf8"),
        (200, "type"),
        (215, "Windows_NT"),
        (257, "\"/\""),
    ];
    let (done, _) = run(plan(Security::None), &replies);
    let expected = ["FEAT", "CLNT fxpane", "OPTS UTF8 ON", "TYPE I", "SYST", "PWD", "<done>"];
    assert_eq!(done[2..], expected);
}

#[test]
fn commands_are_pipelined_if_the_server_supports_it() {
    let first = [(220, "(vsFTPd 3.0.3)"), (331, ""), (230, ""), (211, "Features\n UTF8\nEnd")];
    let rest = [(200, "utf8"), (200, "type"), (215, "UNIX"), (257, "\"/home\"")];
    let (done, outcome) = run(plan(Security::None), &[&first[..], &rest[..]].concat());
    let pipelined = "OPTS UTF8 ON + TYPE I + SYST + PWD";
    assert_eq!(done[2..], ["FEAT", pipelined, "<wait>", "<wait>", "<wait>", "<done>"]);
    assert!(outcome.binary);
    assert_eq!(outcome.system.as_deref(), Some("UNIX"));
    assert_eq!(outcome.home, Some("/home".into()));
    // immediately after PASS if the features are known from an earlier session
    let known = LoginPlan { known: Some(outcome.features), ..plan(Security::None) };
    let (done, _) = run(known, &[&first[..3], &rest[..]].concat());
    assert_eq!(done[1..3], ["PASS ****", pipelined]);
}
