//! Text between servers: line ends are converted to those of the receiver, sizes that differ are no
//! error, and nothing is resumed.

use fxpane::demo::{Cut, Personality, Rule, Setup};
use fxpane::queue::{Exists, ItemState, JobSpec, Verify, ViaRule};
use fxpane::site::Switch;
use fxpane::transfer::{Form, Verdict};

use super::{OLD, Pair};

/// This number of lines with this line end.
fn lines(count: usize, end: &str) -> Vec<u8> {
    (0..count).flat_map(|number| format!("line {number}{end}").into_bytes()).collect()
}

/// Too large to be written directly under its final name.
const MANY: usize = 100_000;

fn text(pair: &Pair) -> JobSpec {
    let mut job = pair.copy(&["/pub/f"]);
    job.rules.form = Form::Text(None);
    job
}

async fn pair(personalities: [Personality; 2], content: Vec<u8>) -> Pair {
    let [from, to] = personalities.map(|personality| Setup::new().personality(personality));
    Pair::start(from.file("/pub/f", content), to).await
}

const PAIRS: [[Personality; 2]; 4] = [
    [Personality::Plain, Personality::Proftpd],
    [Personality::Proftpd, Personality::Pureftpd],
    [Personality::Pureftpd, Personality::Pyftpdlib],
    [Personality::Pyftpdlib, Personality::Plain],
];

#[tokio::test]
async fn text_gets_the_line_ends_of_the_receiver() {
    for personalities in PAIRS {
        for (count, end, verdict) in [
            (5, "\n", Verdict::Complete),
            (5, "\r\n", Verdict::Unverified),
            (MANY, "\n", Verdict::Complete),
            (MANY, "\r\n", Verdict::Unverified),
        ] {
            for old in [false, true] {
                let pair = pair(personalities, lines(count, end)).await;
                if old {
                    pair.to.root().write("/incoming/f", OLD).unwrap();
                }
                let job = pair.run(text(&pair)).await;
                let what = format!("{personalities:?} {count} {end:?} {}", pair.ftp_log());
                let item = job.only();
                assert_eq!(item.state, ItemState::Done, "{} {what}", job.summary());
                assert_eq!(item.ending.verdict, Some(verdict), "{} {what}", job.summary());
                let noted = job.reason().contains("line ends are converted");
                assert_eq!(noted, verdict == Verdict::Unverified, "{} {what}", job.summary());
                // the demo servers run on Unix
                let arrived = pair.to.root().read("/incoming/f").unwrap();
                assert!(arrived == lines(count, "\n"), "{what}");
                assert_eq!(item.ending.bytes, arrived.len() as u64, "{what}");
                pair.assert_nothing_left();
                assert!(!pair.to.control_log().iter().any(|line| line.text.starts_with("REST")));
            }
        }
    }
}

#[tokio::test]
async fn text_on_a_server_that_ignores_type_a_is_unverified() {
    // like vsftpd without ascii_upload_enable
    let pair = pair([Personality::Proftpd, Personality::Vsftpd], lines(5, "\n")).await;
    let job = pair.run(text(&pair)).await;
    assert_eq!(job.only().ending.verdict, Some(Verdict::Unverified), "{}", job.summary());
    assert!(job.reason().contains("it has 40 B, the source has 35 B"), "{}", job.summary());
    assert_eq!(pair.to.root().read("/incoming/f").unwrap(), lines(5, "\r\n"));
}

#[tokio::test]
async fn text_with_a_passive_source_and_by_relay() {
    for (passive, via) in [(Switch::Yes, ViaRule::Direct), (Switch::Auto, ViaRule::Relay)] {
        let mut pair = pair(PAIRS[0], lines(50, "\r\n")).await;
        pair.source.fxp_passive = passive;
        let mut job = text(&pair);
        job.rules.via = via;
        let job = pair.run(job).await;
        assert_eq!(job.only().ending.verdict, Some(Verdict::Unverified), "{}", job.summary());
        assert_eq!(pair.to.root().read("/incoming/f").unwrap(), lines(50, "\n"));
    }
}

#[tokio::test]
async fn matching_checksums_verify_text_and_others_do_not_fail_it() {
    for (end, verdict) in [("\n", Verdict::Verified), ("\r\n", Verdict::Unverified)] {
        for via in [ViaRule::Direct, ViaRule::Relay] {
            let pair = pair([Personality::Proftpd; 2], lines(9, end)).await;
            let mut job = text(&pair);
            job.rules.verify = Verify::Checksum;
            job.rules.via = via;
            let job = pair.run(job).await;
            assert_eq!(
                job.only().ending.verdict,
                Some(verdict),
                "{}\n{}",
                job.summary(),
                pair.ftp_log()
            );
        }
    }
}

#[tokio::test]
async fn the_next_file_on_the_same_sessions_is_binary_again() {
    for personalities in PAIRS {
        let content = lines(9, "\r\n");
        let pair = pair(personalities, content.clone()).await;
        for _ in 0..2 {
            let as_text = pair.run(text(&pair)).await;
            assert_eq!(as_text.only().state, ItemState::Done, "{}", as_text.summary());
            assert_eq!(pair.to.root().read("/incoming/f").unwrap(), lines(9, "\n"));
            let binary = pair.run(pair.copy(&["/pub/f"])).await;
            pair.assert_arrived(&binary, "f");
        }
    }
}

#[tokio::test]
async fn interrupted_text_leaves_nothing_and_starts_over() {
    for via in [ViaRule::Direct, ViaRule::Relay] {
        let setup = Setup::new().file("/pub/f", lines(MANY, "\n"));
        let pair = Pair::with(setup, Setup::new(), |options| options.tries = 2).await;
        pair.from.fault(Rule::on("RETR").nth(1).at(500_000, Cut::fail(426, "broken")));
        let mut job = text(&pair);
        job.rules.via = via;
        // ignored for text
        job.rules.exists = Exists::Resume;
        pair.to.root().write("/incoming/f", &lines(MANY, "\n")[..10_000]).unwrap();
        let job = pair.run(job).await;
        assert_eq!(job.only().state, ItemState::Done, "{}\n{}", job.summary(), pair.ftp_log());
        assert!(pair.to.root().read("/incoming/f").unwrap() == lines(MANY, "\n"));
        assert!(!pair.to.control_log().iter().any(|line| line.text.starts_with("REST 5")));
        pair.assert_nothing_left();
    }
}
