//! Two modelled servers under the machine: every order in which their replies can arrive, for every
//! mode, kind of target and fault. Whatever happens, nothing that was there is harmed, nothing is
//! called done that is not, and both sessions are known good or given up.

use std::collections::BTreeMap;

use super::*;

const WHOLE: u64 = 5;
const SHORT: u64 = 3;
const OLD: u64 = 77;
const TARGET: &str = "/d/f";
const ASIDE: &str = "/d/.f.1.fxpart.old";

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    None,
    PortRefused,
    RetrRefused,
    StorRefused,
    /// Both reply 226, and bytes are missing.
    Short,
    /// Both reply 426.
    Broken,
    /// The source ends with 426, all bytes arrived.
    Complains,
    /// The destination stores, and never replies.
    Mute,
    NoSize,
    RenameRefused,
    /// RNTO onto a file deletes that file, and is refused.
    RenameDeletes,
    /// RNTO replies 250 and does nothing.
    RenameIgnored,
    RestRefused,
    DigestDiffers,
}

const TROUBLES: [Trouble; 14] = [
    Trouble::None,
    Trouble::PortRefused,
    Trouble::RetrRefused,
    Trouble::StorRefused,
    Trouble::Short,
    Trouble::Broken,
    Trouble::Complains,
    Trouble::Mute,
    Trouble::NoSize,
    Trouble::RenameRefused,
    Trouble::RenameDeletes,
    Trouble::RenameIgnored,
    Trouble::RestRefused,
    Trouble::DigestDiffers,
];

/// What happens from outside, after so many replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outside {
    Nothing,
    Cancel(usize),
    Lost(Side, usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moving {
    No,
    /// The transfer command was accepted; there is no data connection yet.
    Waiting,
    /// It replied 1xx and waits for the other side.
    Begun,
}

/// One server.
#[derive(Debug)]
struct Server {
    queue: VecDeque<Command>,
    out: VecDeque<Reply>,
    moving: Moving,
    listening: bool,
    lost: bool,
    renaming: String,
}

impl Server {
    fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            out: VecDeque::new(),
            moving: Moving::No,
            listening: false,
            lost: false,
            renaming: String::new(),
        }
    }

    fn say(&mut self, code: u16, text: &str) {
        self.out.push_back(Reply::new(code, text));
    }
}

struct World {
    trouble: Trouble,
    passive: Side,
    source: Server,
    destination: Server,
    /// Sizes of the files at the destination.
    files: BTreeMap<String, u64>,
    /// The source's 1xx has been delivered.
    source_began: bool,
    /// Bytes were moved.
    moved: bool,
    offset: u64,
}

impl World {
    fn server(&mut self, side: Side) -> &mut Server {
        match side {
            S => &mut self.source,
            D => &mut self.destination,
        }
    }

    fn sent(&mut self, side: Side, command: &Command) {
        assert!(!self.server(side).lost, "{} to a lost side", command.shown());
        if command.verb() == "ABOR" {
            let server = self.server(side);
            if server.moving == Moving::No {
                server.say(225, "nothing to abort");
            } else {
                server.moving = Moving::No;
                server.say(426, "aborted");
                server.say(226, "abort successful");
            }
            // the other side sees the end of the data
            if self.server(side.other()).moving == Moving::Begun {
                self.server(side.other()).moving = Moving::No;
                let code = if side == S { 226 } else { 426 };
                self.server(side.other()).say(code, "end of data");
            }
        } else {
            self.server(side).queue.push_back(command.clone());
        }
        self.work();
    }

    /// Both servers obey until they have to wait.
    fn work(&mut self) {
        loop {
            let mut obeyed = false;
            for side in [S, D] {
                while self.server(side).moving == Moving::No
                    && let Some(command) = self.server(side).queue.pop_front()
                {
                    self.obey(side, &command);
                    obeyed = true;
                }
            }
            self.connect();
            if !obeyed {
                return;
            }
        }
    }

    fn obey(&mut self, side: Side, command: &Command) {
        let line = command.shown();
        let (verb, name) = line.split_once(' ').unwrap_or((&line, ""));
        let trouble = self.trouble;
        match verb {
            "PASV" => {
                let server = self.server(side);
                server.listening = true;
                server.say(227, PORT);
                // whoever had connected to the old port is thrown out
                let passive = side == self.passive;
                let other = self.server(side.other());
                if other.moving == Moving::Begun && passive {
                    other.moving = Moving::No;
                    other.say(426, "reset");
                }
            }
            "PORT" if trouble == Trouble::PortRefused => self.server(side).say(500, "no PORT"),
            "PORT" => self.server(side).say(200, ""),
            "REST" if trouble == Trouble::RestRefused => self.server(side).say(502, "no REST"),
            "REST" => self.server(side).say(350, ""),
            "RETR" if trouble == Trouble::RetrRefused => self.server(side).say(550, "gone"),
            "STOR" if trouble == Trouble::StorRefused => self.server(side).say(553, "no"),
            "RETR" => self.server(side).moving = Moving::Waiting,
            "STOR" => {
                let there = self.files.get(name).copied();
                assert!(
                    there.is_none() || self.source_began || self.offset > 0,
                    "STOR names a file that exists before the source has begun"
                );
                self.files.insert(name.to_owned(), self.offset);
                self.server(side).renaming = name.to_owned();
                self.server(side).moving = Moving::Waiting;
            }
            "SIZE" => match (self.files.get(name).copied(), trouble) {
                (_, Trouble::NoSize) => self.server(side).say(500, "SIZE?"),
                (Some(size), _) => self.server(side).say(213, &size.to_string()),
                (None, _) => self.server(side).say(550, "no such file"),
            },
            "XMD5" => {
                let digit = if side == D && trouble == Trouble::DigestDiffers { "1" } else { "0" };
                self.server(side).say(250, &digit.repeat(32));
            }
            "RNFR" => {
                let known = self.files.contains_key(name);
                self.server(side).renaming = name.to_owned();
                self.server(side).say(if known { 350 } else { 550 }, "");
            }
            "RNTO" if trouble == Trouble::RenameIgnored => self.server(side).say(250, ""),
            "RNTO" if trouble == Trouble::RenameDeletes && self.files.remove(name).is_some() => {
                self.server(side).say(550, "no");
            }
            "RNTO" => {
                let from = self.server(side).renaming.clone();
                let refused = trouble == Trouble::RenameRefused && self.files.contains_key(name);
                match self.files.get(&from).copied().filter(|_| !refused) {
                    Some(size) => {
                        self.files.remove(&from);
                        self.files.insert(name.to_owned(), size);
                        self.server(side).say(250, "");
                    }
                    None => self.server(side).say(550, "no"),
                }
            }
            "DELE" => {
                let code = if self.files.remove(name).is_some() { 250 } else { 550 };
                self.server(side).say(code, "");
            }
            _ => self.server(side).say(213, "20260102030405"),
        }
    }

    /// The data connection is established, and all data is moved at once.
    fn connect(&mut self) {
        let (passive, active) = (self.passive, self.passive.other());
        if self.server(active).moving == Moving::Waiting && self.server(passive).listening {
            // the backlog accepts the connection, whatever the passive side does
            self.server(active).moving = Moving::Begun;
            self.server(active).say(150, "");
        }
        if self.server(active).moving != Moving::Begun
            || self.server(passive).moving != Moving::Waiting
        {
            return;
        }
        self.server(passive).say(150, "");
        self.server(passive).listening = false;
        self.end_data();
    }

    fn end_data(&mut self) {
        let size = match self.trouble {
            Trouble::Short | Trouble::Broken => SHORT.max(self.offset),
            _ => WHOLE,
        };
        self.moved = true;
        let name = self.destination.renaming.clone();
        self.files.insert(name, size);
        for side in [S, D] {
            let code = match (self.trouble, side) {
                (Trouble::Broken, _) | (Trouble::Complains, S) => Some(426),
                (Trouble::Mute, D) => None,
                _ => Some(226),
            };
            let server = self.server(side);
            if let Some(code) = code {
                server.moving = Moving::No;
                server.say(code, "");
            }
        }
    }

    /// Somebody connects to the passive side and closes.
    fn unblocked(&mut self) {
        let passive = self.passive;
        let server = self.server(passive);
        if server.moving == Moving::Waiting && server.listening {
            server.listening = false;
            server.moving = Moving::No;
            server.say(150, "");
            server.say(226, "");
        }
        self.work();
    }

    fn lose(&mut self, side: Side) {
        let server = self.server(side);
        server.lost = true;
        server.out.clear();
        server.queue.clear();
        let moving = std::mem::replace(&mut server.moving, Moving::No);
        // the data connection goes with it
        let other = self.server(side.other());
        if moving == Moving::Begun && other.moving == Moving::Begun {
            other.moving = Moving::No;
            other.say(426, "reset");
        }
        self.work();
    }
}

/// Choices made so far, and how many there were at each point.
#[derive(Debug, Default)]
struct Choices {
    made: Vec<usize>,
    options: Vec<usize>,
    at: usize,
}

impl Choices {
    fn choose(&mut self, options: usize) -> usize {
        if self.at == self.made.len() {
            self.made.push(0);
            self.options.push(options);
        }
        self.at += 1;
        self.made[self.at - 1]
    }

    /// The next run's choices; false when all were made.
    fn next_run(&mut self) -> bool {
        self.at = 0;
        while let (Some(made), Some(options)) = (self.made.pop(), self.options.pop()) {
            if made + 1 < options {
                self.made.push(made + 1);
                self.options.push(options);
                return true;
            }
        }
        false
    }
}

/// A line of the story, for messages.
#[derive(Debug)]
#[expect(dead_code, reason = "only ever shown")]
enum StoryLine {
    Did(Effect),
    Met(Event),
}

struct Case {
    order: Order,
    plan: Plan,
    trouble: Trouble,
    outside: Outside,
    digests: Digests,
}

/// One run with these choices, and all that must hold at its end.
fn fly(case: &Case, choices: &mut Choices) {
    let Case { order, plan, trouble, outside, digests } = case;
    let mut machine = Machine::new(order.clone(), *plan, rule())
        .with_digests(digests.clone(), digests.clone())
        .with_time_setters(vec![TimeSetter::Mfmt]);
    let mut world = World {
        trouble: *trouble,
        passive: plan.passive.side(),
        source: Server::new(),
        destination: Server::new(),
        files: BTreeMap::new(),
        source_began: false,
        moved: false,
        offset: order.offset,
    };
    if order.replaces {
        world.files.insert(TARGET.to_owned(), OLD);
    }
    if order.offset > 0 {
        world.files.insert(order.stored_as().to_string(), order.offset);
    }
    let mut story = Vec::new();
    let (mut ended, mut delivered, mut silences) = (false, 0, 0);
    let mut outside = *outside;
    let mut effects = machine.start(None);
    while !ended {
        for effect in effects {
            story.push(StoryLine::Did(effect.clone()));
            match effect {
                Effect::Send(side, commands) => {
                    for command in &commands {
                        world.sent(side, command);
                    }
                }
                Effect::UnblockListener(_) => world.unblocked(),
                Effect::End => ended = true,
                Effect::Arm(_) | Effect::Flowing => {}
            }
        }
        if ended {
            break;
        }
        let event = match outside {
            Outside::Cancel(after) if delivered >= after => {
                outside = Outside::Nothing;
                Event::Cancel
            }
            Outside::Lost(side, after) if delivered >= after => {
                outside = Outside::Nothing;
                world.lose(side);
                Event::Lost(side, "gone".to_owned())
            }
            _ => {
                let ready: Vec<Side> =
                    [S, D].into_iter().filter(|side| !world.server(*side).out.is_empty()).collect();
                match ready.len() {
                    0 => {
                        silences += 1;
                        assert!(silences < 8, "it never ends: {story:#?}");
                        Event::Expired(1)
                    }
                    options => {
                        let side = ready[if options > 1 { choices.choose(options) } else { 0 }];
                        let reply = world.server(side).out.pop_front().unwrap();
                        world.source_began |= side == S && reply.code == 150;
                        delivered += 1;
                        Event::Reply(side, reply)
                    }
                }
            }
        };
        story.push(StoryLine::Met(event.clone()));
        effects = machine.handle(event);
    }
    judge(case, &world, &machine.into_outcome(), &story);
}

fn judge(case: &Case, world: &World, outcome: &Outcome, story: &[StoryLine]) {
    let Case { order, trouble, outside, .. } = case;
    let story = || {
        format!("{trouble:?} {outside:?} {order:?}\n{:?}\n{outcome:#?}\n{story:#?}", world.files)
    };
    if outcome.unproven {
        // it gets its name once it is proven
        assert!(order.offset > 0 && !world.files.contains_key(TARGET), "{}", story());
        let stored = world.files.get(&order.stored_as().to_string()).copied();
        assert_eq!(stored, Some(WHOLE), "{}", story());
        return;
    }
    let done = outcome.verdict != Verdict::Failed;
    assert_eq!(done, outcome.fault.is_none(), "{}", story());
    let there = world.files.get(TARGET).copied();
    let lost = matches!(outside, Outside::Lost(D, _));
    let muted = *trouble == Trouble::Mute;
    if done {
        let asked = outcome.verdict != Verdict::Unverified;
        assert!(there == Some(WHOLE) || (!asked && there.is_some()), "{}", story());
        assert!(asked || order.verify == Verify::Off || *trouble == Trouble::NoSize, "{}", story());
        assert!(*trouble != Trouble::DigestDiffers || outcome.digest.is_none(), "{}", story());
    } else if order.replaces && !order.is_in_place() {
        let aside = world.files.get(ASIDE).copied() == Some(OLD);
        let restored = aside && outcome.displaced.as_ref().is_some_and(|at| *at == ASIDE.into());
        // lost while it was renamed: it may have its name, and is complete then
        let renamed = lost && there == Some(WHOLE);
        // the server has deleted it: the new one stays
        let new = order.temporary.as_ref().filter(|at| {
            *trouble == Trouble::RenameDeletes
                && world.files.get(&at.to_string()).copied() == Some(WHOLE)
        });
        let stranded = new.is_some_and(|new| outcome.stranded.as_ref() == Some(new));
        assert!(there == Some(OLD) || restored || renamed || stranded, "{}", story());
    } else if !order.replaces
        && let Some(size) = there
    {
        let known = outcome.leftover.as_ref() == Some(&order.target);
        assert!(known || (lost && size == WHOLE) || size > WHOLE, "{}", story());
    }
    // nothing of ours stays without being reported
    if let Some(temporary) = order.temporary.as_ref().filter(|_| !done)
        && world.files.contains_key(&temporary.to_string())
    {
        let resumed = order.offset > 0 && !world.moved;
        let reported = [&outcome.leftover, &outcome.stranded];
        let known =
            reported.iter().any(|at| at.as_ref() == Some(temporary)) || outcome.kept || resumed;
        assert!(known || muted, "{}", story());
    }
    assert!(!outcome.kept || (world.moved && order.keep), "{}", story());
    for (side, server) in [(S, &world.source), (D, &world.destination)] {
        let idle = server.out.is_empty() && server.queue.is_empty() && server.moving == Moving::No;
        let good = idle && !server.lost;
        assert!(good || outcome.poisoned.contains(&side), "{side:?} {}", story());
    }
    assert!(outcome.next_passive.is_none() || world.destination.listening, "{}", story());
}

fn orders() -> Vec<Order> {
    let modified = Stamp::from_digits("20260102030405");
    vec![
        Order { modified, ..order(WHOLE) },
        Order { replaces: true, modified, ..temporary(WHOLE) },
        Order { replaces: true, verify: Verify::Checksum, ..temporary(WHOLE) },
        Order { keep: true, ..temporary(WHOLE) },
        Order { keep: true, offset: 2, ..temporary(WHOLE) },
        Order { replaces: true, ..order(WHOLE) },
        Order { verify: Verify::Off, ..order(WHOLE) },
    ]
}

fn plans() -> Vec<Plan> {
    vec![
        plan(),
        unproven(),
        careful(),
        Plan { passive: PassiveSide::Source, ..plan() },
        Plan { passive: PassiveSide::Source, ..careful() },
    ]
}

fn prove(outsides: &[Outside]) {
    let lines = ["Features:", "XMD5", "End"].iter().map(|line| line.as_bytes().to_vec());
    let digests = Digests::of(&Features::parse(&Reply { code: 211, lines: lines.collect() }));
    let mut runs = 0_u32;
    for order in orders() {
        for plan in plans() {
            for trouble in TROUBLES {
                for outside in outsides {
                    let (order, digests) = (order.clone(), digests.clone());
                    let case = Case { order, plan, trouble, outside: *outside, digests };
                    let mut choices = Choices::default();
                    loop {
                        fly(&case, &mut choices);
                        runs += 1;
                        if !choices.next_run() {
                            break;
                        }
                    }
                }
            }
        }
    }
    println!("{runs} runs");
    assert!(runs > 1000, "only {runs} runs");
}

#[test]
fn every_order_of_replies_with_every_fault() {
    prove(&[Outside::Nothing]);
}

#[test]
fn cancelled_after_every_reply() {
    let at: Vec<Outside> = (0..11).map(Outside::Cancel).collect();
    prove(&at);
}

#[test]
fn each_connection_lost_after_every_reply() {
    for side in [S, D] {
        let at: Vec<Outside> = (0..11).map(|after| Outside::Lost(side, after)).collect();
        prove(&at);
    }
}
