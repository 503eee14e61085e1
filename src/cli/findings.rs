//! The findings of `doctor` as JSON objects (docs/json.md).

use serde::Serialize;

use crate::base::Word;
use crate::cli::record::seconds;
use crate::engine::KnownRoute;
use crate::transfer::doctor::{PlanFinding, PlanResult, ServerFinding, TlsRole};
use crate::transfer::{PassiveSide, Plan, Side};

/// `src` or `dst`.
fn side(side: Side) -> &'static str {
    match side {
        Side::Source => "src",
        Side::Destination => "dst",
    }
}

/// A server that was examined.
#[derive(Debug, Serialize)]
pub struct ServerRecord<'a> {
    event: &'static str,
    site: &'a str,
    software: Option<&'static str>,
    greeting: &'a str,
    address: String,
    tls: bool,
    features: &'a [String],
}

impl<'a> ServerRecord<'a> {
    /// Makes the record.
    #[must_use]
    pub fn of(server: &'a ServerFinding) -> Self {
        Self {
            event: "server",
            site: &server.label,
            software: server.kind.name(),
            greeting: &server.greeting,
            address: server.address.to_string(),
            tls: server.tls,
            features: &server.features,
        }
    }
}

/// The result of one plan.
#[derive(Debug, Serialize)]
pub struct PlanFindingRecord<'a> {
    event: &'static str,
    from: &'a str,
    to: &'a str,
    passive: PassiveSide,
    /// The side that is the TLS client; `none` when unencrypted.
    tls: TlsRole,
    result: PlanResult,
    by: Option<&'static str>,
    reply: Option<&'a str>,
    advice: Option<&'a str>,
    /// PASV, EPSV or CPSV.
    command: &'static str,
    /// The command that selects the TLS client: SSCN or CPSV.
    role: Option<&'static str>,
    /// The class of the failure.
    cause: Option<&'static str>,
    /// True if both servers accepted the commands; no data was sent.
    accepted: bool,
    seconds: f64,
}

impl<'a> PlanFindingRecord<'a> {
    /// Makes the record of a finding between these two sites.
    #[must_use]
    pub fn of(found: &'a PlanFinding, from: &'a str, to: &'a str) -> Self {
        Self {
            event: "plan",
            from,
            to,
            passive: found.plan.passive,
            tls: TlsRole::of(&found.plan),
            result: found.result,
            by: found.by.map(side),
            reply: found.reply.as_deref(),
            advice: found.advice.as_deref(),
            command: found.plan.command.verb(),
            role: TlsRole::command(&found.plan),
            cause: found.cause.map(Word::word),
            accepted: found.accepted,
            seconds: seconds(found.elapsed),
        }
    }
}

/// The best FXP mode of a direction; all fields are null if no direct mode works.
#[derive(Debug, Serialize)]
pub struct BestRecord<'a> {
    event: &'static str,
    from: &'a str,
    to: &'a str,
    passive: Option<PassiveSide>,
    tls: Option<TlsRole>,
}

impl<'a> BestRecord<'a> {
    /// Makes the record; `plan` is `None` if no direct mode works.
    #[must_use]
    pub fn of(plan: Option<&Plan>, from: &'a str, to: &'a str) -> Self {
        let passive = plan.map(|plan| plan.passive);
        Self { event: "best", from, to, passive, tls: plan.map(TlsRole::of) }
    }
}

/// A mode that is tried last because it was refused before.
#[derive(Debug, Serialize)]
struct RefusedRecord<'a> {
    passive: PassiveSide,
    tls: TlsRole,
    reply: &'a str,
}

/// What is remembered about a route.
#[derive(Debug, Serialize)]
pub struct RouteRecord<'a> {
    event: &'static str,
    from: &'a str,
    to: &'a str,
    passive: Option<PassiveSide>,
    tls: Option<TlsRole>,
    worked_at: Option<String>,
    clear: Option<bool>,
    failure: Option<&'a str>,
    failed_at: Option<String>,
    refused: Vec<RefusedRecord<'a>>,
    /// Sites of the route that accept only one command at a time.
    asynchronous: Vec<&'a str>,
}

impl<'a> RouteRecord<'a> {
    /// Makes the record.
    #[must_use]
    pub fn of(route: &'a KnownRoute) -> Self {
        let worked = route.worked.as_ref();
        let failure = route.failure.as_ref();
        Self {
            event: "route",
            from: &route.from.0,
            to: &route.to.0,
            passive: worked.map(|(plan, _)| plan.passive),
            tls: worked.map(|(plan, _)| TlsRole::of(plan)),
            worked_at: worked.map(|(_, at)| format!("{at:.0}")),
            clear: route.clear,
            failure: failure.map(|(text, _)| text.as_str()),
            failed_at: failure.map(|(_, at)| format!("{at:.0}")),
            refused: route
                .refused
                .iter()
                .map(|(plan, reply)| RefusedRecord {
                    passive: plan.passive,
                    tls: TlsRole::of(plan),
                    reply,
                })
                .collect(),
            asynchronous: route.asynchronous.iter().map(|site| site.0.as_str()).collect(),
        }
    }
}
