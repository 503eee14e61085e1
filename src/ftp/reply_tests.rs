//! The reply parser against quirks 1 to 7, with input in chunks of every size.

use super::*;

fn all(bytes: &[u8]) -> Vec<Reply> {
    let mut parser = ReplyParser::new();
    parser.push(bytes);
    let mut replies = Vec::new();
    while let Some(reply) = parser.next_reply().unwrap() {
        replies.push(reply);
    }
    replies
}

fn codes(bytes: &[u8]) -> Vec<u16> {
    all(bytes).iter().map(|reply| reply.code).collect()
}

#[test]
fn a_repeated_secret_is_masked() {
    let mut reply = Reply::new(530, "no hunter2, hunter2!");
    reply.mask(b"hunter2");
    assert_eq!(reply, Reply::new(530, "no ****, ****!"));
    reply.mask(b"no");
    reply.mask(b"****");
    assert_eq!(reply, Reply::new(530, "no ****, ****!"));
}

#[test]
fn quirk_1_inner_lines_that_look_like_codes() {
    let replies = all(b"220-Welcome\r\n150 files\r\n220-more\r\n230 x\r\n220 end\r\n331 next\r\n");
    assert_eq!(replies.len(), 2);
    assert_eq!(replies[0].lines.len(), 5);
    assert_eq!(replies[0].lines[1], b"150 files");
    assert_eq!(replies[0].lines[2], b"more");
    assert_eq!(replies[1].code, 331);
}

#[test]
fn quirk_2_unterminated_replies_are_closed_by_the_same_class_only() {
    let mut parser = ReplyParser::new();
    parser.push(b"211-Features\r\n MLST\r\n214 end\r\n");
    assert_eq!(parser.next_reply(), Ok(None));
    let reply = parser.settle().unwrap();
    assert_eq!((reply.code, reply.text()), (211, &b"end"[..]));
    assert!(parser.is_empty());

    parser.push(b"211-Features\r\n550 x\r\n");
    assert_eq!(parser.next_reply(), Ok(None));
    assert_eq!(parser.settle(), None);
}

#[test]
fn quirk_3_code_alone_and_empty_lines() {
    assert_eq!(codes(b"200\r\n\r\n230 \r\n226\n"), [200, 230, 226]);
    let multi = all(b"230-\r\n\r\n230\r\n");
    assert_eq!((multi.len(), multi[0].lines.len()), (1, 3));
}

#[test]
fn quirk_4_bare_line_feeds_and_cr_nul() {
    assert_eq!(codes(b"200 a\n201 b\r\n"), [200, 201]);
    assert_eq!(all(b"200 a\r\0b\r\n")[0].text(), b"a\rb");
}

#[test]
fn quirk_7_classes_instead_of_codes() {
    for (code, class) in [
        (125, Class::Preliminary),
        (250, Class::Completion),
        (350, Class::Intermediate),
        (421, Class::Transient),
        (552, Class::Permanent),
    ] {
        assert_eq!(Reply::new(code, "").class(), class);
    }
}

#[test]
fn garbage_is_reported() {
    let mut parser = ReplyParser::new();
    parser.push(b"SSH-2.0-OpenSSH_9.2\r\n");
    assert!(matches!(parser.next_reply(), Err(ReplyError::NotReply(text)) if text.contains("SSH")));
    let mut parser = ReplyParser::new();
    parser.push(&vec![b'x'; MAX_LINE + 1]);
    assert!(matches!(parser.next_reply(), Err(ReplyError::TooLong(_))));
    for line in [&b"099 x\r\n"[..], b"2200 x\r\n", b"22 x\r\n", b"abc\r\n"] {
        let mut parser = ReplyParser::new();
        parser.push(line);
        assert!(parser.next_reply().is_err(), "{line:?}");
    }
}

#[test]
fn an_endless_reply_is_refused() {
    let mut parser = ReplyParser::new();
    parser.push(b"211-x\r\n");
    let line = [&vec![b'y'; 60_000][..], b"\r\n"].concat();
    let mut refused = false;
    for _ in 0..400 {
        parser.push(&line);
        refused |= parser.next_reply().is_err();
    }
    assert!(refused);
}

proptest::proptest! {
    /// The replies do not depend on how the input is split.
    #[test]
    fn chunk_boundaries_do_not_matter(cuts in proptest::collection::vec(1usize..9, 1..40)) {
        let bytes = b"220-Hi\r\n 221 x\r\n220 there\r\n200\n226-a\r\n226 \r\n";
        let whole = all(bytes);
        let mut parser = ReplyParser::new();
        let mut replies = Vec::new();
        let mut rest = &bytes[..];
        for cut in cuts.iter().cycle() {
            let (piece, after) = rest.split_at((*cut).min(rest.len()));
            parser.push(piece);
            while let Some(reply) = parser.next_reply().unwrap() {
                replies.push(reply);
            }
            rest = after;
            if rest.is_empty() { break; }
        }
        assert_eq!(whole, replies);
    }

    /// No input makes the parser panic.
    #[test]
    fn parsing_never_panics(bytes: Vec<u8>) {
        let mut parser = ReplyParser::new();
        parser.push(&bytes);
        while let Ok(Some(_)) = parser.next_reply() {}
        parser.settle();
    }
}
