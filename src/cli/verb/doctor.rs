//! `doctor`: which ways of FXP work between two servers, and what to change.

use std::ffi::OsString;

use crate::base::{Word, text};
use crate::cli::connect::TwoSides;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::findings::{BestRecord, PlanRecord, RouteRecord, ServerRecord};
use crate::cli::record::ErrorRecord;
use crate::engine::{Examination, Failure};
use crate::site::Location;
use crate::transfer::doctor::{End, Finding, PlanFinding, PlanResult, ServerFinding, TlsRole};
use crate::transfer::{PassiveSide, Side};

/// Says which ways of FXP work between two servers, and what to change
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Tries every way in both directions with a probe file of 1 KiB and one of 2 MiB, in the directories \
that are named (or the login directories), and deletes them again. What works best is remembered \
for the next copy. The exit code is 0 when files can go both ways.

Examples:
  fxpane doctor mirror: nas:
  fxpane doctor --no-write ftp://USER@A ftp://USER@B
  fxpane doctor --known
  fxpane doctor --forget mirror: nas:")]
pub struct Doctor {
    /// SITE:DIR, SITE, or a URL
    #[arg(value_name = "A", required_unless_present = "known", requires = "b")]
    a: Option<OsString>,
    /// The other one
    #[arg(value_name = "B", id = "b")]
    b: Option<OsString>,
    /// Only ask: nothing is written, no data is sent
    #[arg(long)]
    no_write: bool,
    /// Show what is remembered of all routes, or of the one between A and B; nobody is connected to
    #[arg(long, conflicts_with_all = ["no_write", "forget"])]
    known: bool,
    /// Forget what is remembered of the routes between A and B
    #[arg(long, requires = "b", conflicts_with = "no_write")]
    forget: bool,
    /// The connections; the source is A
    #[command(flatten)]
    pub connect: TwoSides,
}

/// What came of both directions.
#[derive(Debug, Default)]
struct Tally {
    labels: [String; 2],
    works: [bool; 2],
    failed: [bool; 2],
    /// The direction whose heading was printed last.
    heading: Option<End>,
}

impl Doctor {
    /// Examines.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let mut ends = Vec::new();
        for typed in [&self.a, &self.b].into_iter().flatten() {
            ends.push(Location::parse_remote(typed, &context.sites)?.location);
        }
        if self.known || self.forget {
            return self.remembered(context, &ends).await;
        }
        let changes = [self.connect.of_source(), self.connect.of_target()];
        for (end, changes) in ends.iter_mut().zip(&changes) {
            *end = context.prepare(end.clone(), changes).await?;
        }
        let Ok(ends) = <[Location; 2]>::try_from(ends) else { return Err(CliError::NoSources) };
        let mut tally = loop {
            match self.once(context, &ends).await? {
                Ok(tally) => break tally,
                Err(failure) => {
                    let trusted = match failure.location(&ends) {
                        Some(at) => context.trusts(at, &failure).await?,
                        None => false,
                    };
                    if !trusted {
                        return Err(failure.into());
                    }
                }
            }
        };
        for (end, changes) in ends.iter().zip(&changes) {
            context.save_certs(end, changes)?;
        }
        tally.failed.iter_mut().zip(tally.works).for_each(|(failed, works)| *failed &= !works);
        let broken = tally.failed.contains(&true);
        Ok(if broken { Exit::Failed } else { Exit::Done })
    }

    /// One examination; what a person could mend comes back.
    async fn once(
        &self,
        context: &mut Context,
        ends: &[Location; 2],
    ) -> Result<Result<Tally, Failure>, CliError> {
        let [a, b] = ends.clone();
        let mut tally = Tally::default();
        let mut findings = context.engine.examine(a, b, !self.no_write).await?;
        while let Some(examination) = findings.recv().await {
            match examination {
                Examination::Found(finding) => tell(context, &mut tally, &finding)?,
                Examination::Failed(failure) => {
                    context.out.clear();
                    return Ok(Err(failure));
                }
            }
        }
        context.out.clear();
        Ok(Ok(tally))
    }

    async fn remembered(&self, context: &mut Context, ends: &[Location]) -> Result<Exit, CliError> {
        let keys: Vec<_> =
            ends.iter().filter_map(Location::remote).map(|(site, _)| site.key()).collect();
        if let (true, [a, b]) = (self.forget, keys.as_slice()) {
            context.engine.forget_route(a.clone(), b.clone()).await?;
            context.out.done(format_args!(
                "forgot what was known of the routes between {} and {}",
                text::visible_str(&a.0),
                text::visible_str(&b.0)
            ))?;
            return Ok(Exit::Done);
        }
        let known = context.engine.known_routes().await?;
        for route in known {
            let wanted = match keys.as_slice() {
                [a, b] => [(a, b), (b, a)].contains(&(&route.from, &route.to)),
                _ => true,
            };
            if !wanted {
                continue;
            }
            if context.out.is_json() {
                context.out.object(&RouteRecord::of(&route))?;
            } else {
                context.out.line(route_line(&route))?;
            }
        }
        Ok(Exit::Done)
    }
}

fn tell(context: &mut Context, tally: &mut Tally, finding: &Finding) -> Result<(), CliError> {
    match finding {
        Finding::Server(server) => {
            tally.labels[server.end as usize] = server.label.clone();
            if context.out.is_json() {
                return context.out.object(&ServerRecord::of(server));
            }
            context.out.line(server_line(server))
        }
        Finding::Trying { from, plan } => {
            let (from, to) = names(tally, *from);
            context.out.progress(&format!("trying {from} → {to}: {}", plan.words()));
            Ok(())
        }
        Finding::Plan(found) => {
            let at = found.from as usize;
            tally.works[at] |= found.result == PlanResult::Works || found.accepted;
            let failed = matches!(found.result, PlanResult::Refused | PlanResult::Failed);
            tally.failed[at] |= failed;
            let (from, to) = names(tally, found.from);
            if context.out.is_json() {
                return context.out.object(&PlanRecord::of(found, &from, &to));
            }
            if tally.heading.replace(found.from) != Some(found.from) {
                context.out.line(format_args!("{from} → {to}"))?;
            }
            for line in plan_lines(found, &from, &to) {
                context.out.line(line)?;
            }
            // a silent server is worth some seconds: what is known is shown
            context.out.flush()
        }
        Finding::Best { from, plan } => {
            // no way at all is a failure, even where every plan was left out
            tally.failed[*from as usize] |= plan.is_none();
            let (from, to) = names(tally, *from);
            if context.out.is_json() {
                return context.out.object(&BestRecord::of(plan.as_ref(), &from, &to));
            }
            context.out.line(match plan {
                Some(plan) => format!("  best: {}", way(plan)),
                None => "  no direct way works".to_owned(),
            })
        }
        Finding::Note { end, text } => {
            let site = &tally.labels[*end as usize];
            if context.out.is_json() {
                context.out.object(&ErrorRecord::new(site, text.clone()))?;
            }
            context.out.remark(format_args!("fxpane: {site}: {text}"));
            Ok(())
        }
    }
}

fn names(tally: &Tally, from: End) -> (String, String) {
    let name = |end: End| text::visible_str(&tally.labels[end as usize]);
    (name(from), name(from.other()))
}

fn server_line(server: &ServerFinding) -> String {
    let software = server.kind.name().unwrap_or("unknown software");
    let tls = if server.tls { "under TLS" } else { "no TLS" };
    let label = text::visible_str(&server.label);
    format!(
        "{label}: {software} at {}, {tls}\n  greeting: {}\n  features: {}",
        server.address,
        server.greeting,
        server.features.join(", ")
    )
}

/// `destination passive, TLS by SSCN at the destination`.
fn way(plan: &crate::transfer::Plan) -> String {
    let side = match plan.passive {
        PassiveSide::Source => "source passive",
        PassiveSide::Destination => "destination passive",
    };
    match (TlsRole::command(plan), plan.tls_client()) {
        (Some(command), Some(client)) => {
            format!("{side}, TLS by {command} at the {}", client.word())
        }
        _ => format!("{side}, in the clear"),
    }
}

fn plan_lines(found: &PlanFinding, from: &str, to: &str) -> Vec<String> {
    let by = match found.by {
        Some(Side::Source) => from,
        Some(Side::Destination) => to,
        None => "",
    };
    let told = |word: &str, by_word: &str| match by {
        "" => word.to_owned(),
        by => format!("{word} {by_word} {by}"),
    };
    let result = match (found.result, found.accepted) {
        (PlanResult::Works, _) => format!("works ({:.1} s)", found.elapsed.as_secs_f64()),
        (PlanResult::Refused, _) => told("refused", "by"),
        (PlanResult::Failed, _) => told("failed", "at"),
        (PlanResult::Skipped, true) => "accepted, not tried".to_owned(),
        (PlanResult::Skipped, false) if found.reply.is_some() => {
            told("not tried, since as above", "at")
        }
        (PlanResult::Skipped, false) => "not tried".to_owned(),
    };
    let reply = found.reply.as_ref().map(|reply| format!(": {reply}")).unwrap_or_default();
    let mut lines = vec![format!("  {}: {result}{reply}", way(&found.plan))];
    lines.extend(found.advice.as_ref().map(|advice| format!("      {advice}")));
    lines
}

fn route_line(route: &crate::engine::KnownRoute) -> String {
    let mut line =
        format!("{} → {}:", text::visible_str(&route.from.0), text::visible_str(&route.to.0));
    match &route.worked {
        Some((plan, at)) => line.push_str(&format!(" {} worked at {at:.0}", way(plan))),
        None => line.push_str(" no way is known to work"),
    }
    match route.clear {
        Some(true) => line.push_str("; data may go in the clear"),
        Some(false) => line.push_str("; data may not go in the clear"),
        None => {}
    }
    if let Some((failure, at)) = &route.failure {
        line.push_str(&format!("; failed at {at:.0}: {}", text::visible_str(failure)));
    }
    for (plan, words) in &route.refused {
        line.push_str(&format!("; refused: {}: {}", way(plan), text::visible_str(words)));
    }
    for site in &route.asynchronous {
        line.push_str(&format!("; {} takes one command at a time", text::visible_str(&site.0)));
    }
    line
}
