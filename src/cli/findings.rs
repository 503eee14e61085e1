//! What the doctor found, as JSON objects (design section 7).

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

/// What one of the servers is.
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
    /// The record of a server.
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

/// What came of one plan.
#[derive(Debug, Serialize)]
pub struct PlanRecord<'a> {
    event: &'static str,
    from: &'a str,
    to: &'a str,
    passive: PassiveSide,
    /// The side that is the TLS client; `none` in the clear.
    tls: TlsRole,
    result: PlanResult,
    by: Option<&'static str>,
    reply: Option<&'a str>,
    advice: Option<&'a str>,
    /// PASV, EPSV or CPSV.
    command: &'static str,
    /// What made the TLS client: SSCN or CPSV.
    role: Option<&'static str>,
    /// The kind of failure.
    cause: Option<&'static str>,
    /// Both servers agreed, and no data was sent.
    accepted: bool,
    seconds: f64,
}

impl<'a> PlanRecord<'a> {
    /// The record of a finding between these two sites.
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

/// The best way of a direction; without one, no direct way works.
#[derive(Debug, Serialize)]
pub struct BestRecord<'a> {
    event: &'static str,
    from: &'a str,
    to: &'a str,
    passive: Option<PassiveSide>,
    tls: Option<TlsRole>,
}

impl<'a> BestRecord<'a> {
    /// The record of a way.
    #[must_use]
    pub fn of(plan: Option<&Plan>, from: &'a str, to: &'a str) -> Self {
        let passive = plan.map(|plan| plan.passive);
        Self { event: "best", from, to, passive, tls: plan.map(TlsRole::of) }
    }
}

/// A way that is tried last, since it was refused.
#[derive(Debug, Serialize)]
struct RefusedRecord<'a> {
    passive: PassiveSide,
    tls: TlsRole,
    reply: &'a str,
}

/// What is remembered of a route.
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
    /// Sites of the route that take one command at a time.
    asynchronous: Vec<&'a str>,
}

impl<'a> RouteRecord<'a> {
    /// The record of a route.
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
