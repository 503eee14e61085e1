//! `doctor`: tests which FXP modes work between two servers, and which server settings to change.

use std::ffi::OsString;

use crate::base::{Word, text};
use crate::cli::connect::PairConnectOptions;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::findings::{BestRecord, PlanFindingRecord, RouteRecord, ServerRecord};
use crate::cli::record::ErrorRecord;
use crate::engine::{Examination, Failure};
use crate::site::Location;
use crate::transfer::doctor::{Finding, Peer, PlanFinding, PlanResult, ServerFinding, TlsRole};
use crate::transfer::{PassiveSide, Side};

/// Test which FXP modes work between two sites, and show what to change on the servers
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Tries every FXP mode in both directions with probe files of 1 KiB and 2 MiB, in the given \
directories (or the login directories), and deletes the files afterwards. Later copies use the \
mode that worked best. The exit code is 0 if files can be copied in both directions.

Examples:
  fxpane doctor mirror: nas:
  fxpane doctor --no-write ftp://USER@A ftp://USER@B
  fxpane doctor --known
  fxpane doctor --forget mirror: nas:")]
pub struct Doctor {
    /// First server: SITE:DIR, SITE, or a URL
    #[arg(value_name = "A", required_unless_present = "known", requires = "b")]
    a: Option<OsString>,
    /// Second server
    #[arg(value_name = "B", id = "b")]
    b: Option<OsString>,
    /// Do not transfer data or write files; only test which commands the servers accept
    #[arg(long)]
    no_write: bool,
    /// Show what is remembered about all routes, or those between A and B, without connecting
    #[arg(long, conflicts_with_all = ["no_write", "forget"])]
    known: bool,
    /// Forget what is remembered about the routes between A and B
    #[arg(long, requires = "b", conflicts_with = "no_write")]
    forget: bool,
    /// Connection options; the source is A.
    #[command(flatten)]
    pub connect: PairConnectOptions,
}

/// The results of both directions.
#[derive(Debug, Default)]
struct Results {
    labels: [String; 2],
    works: [bool; 2],
    failed: [bool; 2],
    /// The direction whose heading was printed last.
    heading: Option<Peer>,
}

impl Doctor {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let mut ends = Vec::new();
        for typed in [&self.a, &self.b].into_iter().flatten() {
            ends.push(Location::parse_remote(typed, &context.sites)?.location);
        }
        if self.known || self.forget {
            return self.show_or_forget(context, &ends).await;
        }
        let overrides = [self.connect.of_source(), self.connect.of_target()];
        for (end, overrides) in ends.iter_mut().zip(&overrides) {
            *end = context.prepare(end.clone(), overrides).await?;
        }
        let Ok(ends) = <[Location; 2]>::try_from(ends) else { return Err(CliError::NoSources) };
        let mut results = loop {
            match self.examine(context, &ends).await? {
                Ok(results) => break results,
                Err(failure) => {
                    let trusted = match failure.location(&ends) {
                        Some(at) => context.ask_trust(at, &failure).await?,
                        None => false,
                    };
                    if !trusted {
                        return Err(failure.into());
                    }
                }
            }
        };
        for (end, overrides) in ends.iter().zip(&overrides) {
            context.save_certs(end, overrides)?;
        }
        results.failed.iter_mut().zip(results.works).for_each(|(failed, works)| *failed &= !works);
        let broken = results.failed.contains(&true);
        Ok(if broken { Exit::Failed } else { Exit::Done })
    }

    /// Runs the examination once; the inner error is a failure that the user may be able to
    /// resolve by trusting a certificate.
    async fn examine(
        &self,
        context: &mut Context,
        ends: &[Location; 2],
    ) -> Result<Result<Results, Failure>, CliError> {
        let [a, b] = ends.clone();
        let mut results = Results::default();
        let mut findings = context.engine.examine(a, b, !self.no_write).await?;
        while let Some(examination) = findings.recv().await {
            match examination {
                Examination::Found(finding) => print_finding(context, &mut results, &finding)?,
                Examination::Failed(failure) => {
                    context.out.clear();
                    return Ok(Err(failure));
                }
            }
        }
        context.out.clear();
        Ok(Ok(results))
    }

    async fn show_or_forget(
        &self,
        context: &mut Context,
        ends: &[Location],
    ) -> Result<Exit, CliError> {
        let keys: Vec<_> = ends.iter().filter_map(Location::key).collect();
        if let (true, [a, b]) = (self.forget, keys.as_slice()) {
            context.engine.forget_route(a.clone(), b.clone()).await?;
            context.out.info(format_args!(
                "forgot the routes between {} and {}",
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

fn print_finding(
    context: &mut Context,
    results: &mut Results,
    finding: &Finding,
) -> Result<(), CliError> {
    match finding {
        Finding::Server(server) => {
            results.labels[server.end as usize] = server.label.clone();
            if context.out.is_json() {
                return context.out.object(&ServerRecord::of(server));
            }
            context.out.line(server_line(server))
        }
        Finding::Trying { from, plan } => {
            let (from, to) = names(results, *from);
            context.out.progress(&format!("trying {from} → {to}: {}", plan.words()));
            Ok(())
        }
        Finding::Plan(found) => {
            let at = found.from as usize;
            results.works[at] |= found.result == PlanResult::Works || found.accepted;
            let failed = matches!(found.result, PlanResult::Refused | PlanResult::Failed);
            results.failed[at] |= failed;
            let (from, to) = names(results, found.from);
            if context.out.is_json() {
                return context.out.object(&PlanFindingRecord::of(found, &from, &to));
            }
            if results.heading.replace(found.from) != Some(found.from) {
                context.out.line(format_args!("{from} → {to}"))?;
            }
            for line in plan_lines(found, &from, &to) {
                context.out.line(line)?;
            }
            // the next plan can take seconds on a silent server, so show this one now
            context.out.flush()
        }
        Finding::Best { from, plan } => {
            // no working mode is a failure, even if every plan was skipped
            results.failed[*from as usize] |= plan.is_none();
            let (from, to) = names(results, *from);
            if context.out.is_json() {
                return context.out.object(&BestRecord::of(plan.as_ref(), &from, &to));
            }
            context.out.line(match plan {
                Some(plan) => format!("  best: {}", describe(plan)),
                None => "  no direct mode works".to_owned(),
            })
        }
        Finding::Note { end, text } => {
            let site = &results.labels[*end as usize];
            if context.out.is_json() {
                context.out.object(&ErrorRecord::new(site, text.clone()))?;
            }
            context.out.note(format_args!("fxpane: {site}: {text}"));
            Ok(())
        }
    }
}

fn names(results: &Results, from: Peer) -> (String, String) {
    let name = |end: Peer| text::visible_str(&results.labels[end as usize]);
    (name(from), name(from.other()))
}

fn server_line(server: &ServerFinding) -> String {
    let software = server.kind.name().unwrap_or("unknown software");
    let tls = if server.tls { "TLS" } else { "no TLS" };
    let label = text::visible_str(&server.label);
    format!(
        "{label}: {software} at {}, {tls}\n  greeting: {}\n  features: {}",
        server.address,
        server.greeting,
        server.features.join(", ")
    )
}

/// Describes a plan: `destination passive, TLS by SSCN at the destination`.
fn describe(plan: &crate::transfer::Plan) -> String {
    let side = match plan.passive {
        PassiveSide::Source => "source passive",
        PassiveSide::Destination => "destination passive",
    };
    match (TlsRole::command(plan), plan.tls_client()) {
        (Some(command), Some(client)) => {
            format!("{side}, TLS by {command} at the {}", client.word())
        }
        _ => format!("{side}, unencrypted"),
    }
}

fn plan_lines(found: &PlanFinding, from: &str, to: &str) -> Vec<String> {
    let by = match found.by {
        Some(Side::Source) => from,
        Some(Side::Destination) => to,
        None => "",
    };
    let with_server = |result: &str, preposition: &str| match by {
        "" => result.to_owned(),
        by => format!("{result} {preposition} {by}"),
    };
    let result = match (found.result, found.accepted) {
        (PlanResult::Works, _) => format!("works ({:.1} s)", found.elapsed.as_secs_f64()),
        (PlanResult::Refused, _) => with_server("refused", "by"),
        (PlanResult::Failed, _) => with_server("failed", "at"),
        (PlanResult::Skipped, true) => "accepted, not tried".to_owned(),
        (PlanResult::Skipped, false) if found.reply.is_some() => {
            with_server("not tried, same failure as above", "at")
        }
        (PlanResult::Skipped, false) => "not tried".to_owned(),
    };
    let reply = found.reply.as_ref().map(|reply| format!(": {reply}")).unwrap_or_default();
    let mut lines = vec![format!("  {}: {result}{reply}", describe(&found.plan))];
    lines.extend(found.advice.as_ref().map(|advice| format!("      {advice}")));
    lines
}

fn route_line(route: &crate::engine::KnownRoute) -> String {
    let mut line =
        format!("{} → {}:", text::visible_str(&route.from.0), text::visible_str(&route.to.0));
    match &route.worked {
        Some((plan, at)) => line.push_str(&format!(" {} worked at {at:.0}", describe(plan))),
        None => line.push_str(" no mode is known to work"),
    }
    match route.clear {
        Some(true) => line.push_str("; unencrypted data is allowed"),
        Some(false) => line.push_str("; unencrypted data is not allowed"),
        None => {}
    }
    if let Some((failure, at)) = &route.failure {
        line.push_str(&format!("; failed at {at:.0}: {}", text::visible_str(failure)));
    }
    for (plan, reply) in &route.refused {
        line.push_str(&format!("; refused: {}: {}", describe(plan), text::visible_str(reply)));
    }
    for site in &route.asynchronous {
        line.push_str(&format!("; {} accepts one command at a time", text::visible_str(&site.0)));
    }
    line
}
