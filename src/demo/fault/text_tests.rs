//! Every form of the fault language parses, and errors name the wrong word.

use super::*;

#[test]
fn text_rules_equal_builder_rules() {
    let ms = Duration::from_millis;
    for (text, rule) in [
        (r#"on RETR 2 reply 550 "No""#, Rule::on("RETR").nth(2).reply(550, "No")),
        ("on STOR close-data after 100000", Rule::on("STOR").at(100_000, Cut::Close)),
        ("on PASV delay 200ms", Rule::on("PASV").delay(ms(200))),
        ("on PASV announce 10.0.0.1", Rule::on("pasv").announce([10, 0, 0, 1].into(), None)),
        ("on PASV announce 10.0.0.1:99", Rule::on("PASV").announce([10, 0, 0, 1].into(), Some(99))),
        (r#"on LIST send-raw "\x1b\r\n\"\\""#, Rule::on("LIST").send_raw(b"\x1b\r\n\"\\".to_vec())),
        ("refuse PORT foreign with 500", {
            Rule::on("PORT").foreign().reply(500, "Syntax error, command unrecognized.")
        }),
        ("drop control at 226", Rule::on_any().drop_control_at(226)),
        ("silent after STOR", Rule::on("STOR").silent()),
        ("226 twice", Rule::on_any().act(Action::Twice(Some(226)))),
        ("no 1xx", Rule::on_any().no_1xx()),
        ("ignore REST", Rule::on("REST").reply(350, "OK")),
        ("corrupt byte 7 on STOR", Rule::on("STOR").at(7, Cut::Corrupt)),
        (
            r#"limit sessions 1 with 421 "Too many""#,
            Rule::on_connect().above(1).reply(421, "Too many"),
        ),
        (r#"disk full 552 "Full" at 10 bytes"#, Rule::on("STOR").at(10, Cut::fail(552, "Full"))),
        (
            r#"on stor from 3 name "*.iso" begin 125 "Go" and end 250 "Gone" and twice"#,
            Rule::on("STOR").from_nth(3).named("*.iso").begin(125, "Go").end(250, "Gone").twice(),
        ),
        (
            "on any every 5 drop at 200 and reset at 226",
            Rule::on_any().every(5).drop_control_at(200).reset_control_at(226),
        ),
        (
            "on RETR hold gate after 5 and pause 2s after 9 and kill after 20",
            Rule::on("RETR")
                .at(5, Cut::Hold("gate".to_owned()))
                .at(9, Cut::Pause(ms(2000)))
                .at(20, Cut::Kill),
        ),
        (
            r#"on connect precede "220-a\r\n" and delay 1s"#,
            Rule::on_connect().precede("220-a\r\n").delay(ms(1000)),
        ),
        ("on connect reset", Rule::on_connect().reset_control()),
        (
            "on RETR grow 10 after 0 and skip 3 after 1 and drop after 2 and crash after 3",
            Rule::on("RETR")
                .at(0, Cut::Grow(10))
                .at(1, Cut::Skip(3))
                .at(2, Cut::DropControl)
                .at(3, Cut::Crash),
        ),
        (
            "on NOOP no reply and end-early and end-delay 1ms and end-hold x and hold y",
            Rule::on("NOOP").mute().end_early().end_delay(ms(1)).end_hold("x").hold("y"),
        ),
        (r#"on EPSV form "(!!!{port}!)""#, Rule::on("EPSV").form("(!!!{port}!)")),
        (r#"on MLSD listing "a\n""#, Rule::on("MLSD").listing("a\n")),
    ] {
        assert_eq!(parse(text).as_ref(), Ok(&rule), "{text}");
    }
}

#[test]
fn errors_name_the_wrong_word() {
    for (text, message) in [
        ("", "fault rule: a rule is missing"),
        ("onn RETR silent", "fault rule: unexpected onn; did you mean on?"),
        ("on RETR", "fault rule: an action is missing"),
        ("on RETR repyl 550", "fault rule: unexpected repyl; did you mean reply?"),
        ("on RETR reply 5500", "fault rule: expected a reply code, found 5500"),
        ("on RETR reply \"x", "fault rule: unclosed quote"),
        ("on RETR delay 5", "fault rule: expected a time such as 200ms or 2s, found 5"),
        ("on RETR silent 5", "fault rule: unexpected 5"),
        (
            "on RETR send-raw \"\\q\"",
            "fault rule: expected an escape such as \\n or \\x00, found \\q",
        ),
        (
            "on RETR send-raw \"\\xü\"",
            "fault rule: expected two hexadecimal digits after \\x, found \\xü",
        ),
        ("on PASV announce nowhere", {
            "fault rule: expected an address such as 10.0.0.1 or 10.0.0.1:2121, found nowhere"
        }),
    ] {
        assert_eq!(parse(text).unwrap_err().to_string(), message, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn parsing_never_panics(text: String) {
        let _ = parse(&text);
        let _ = parse(&format!("on RETR {text}"));
    }
}
