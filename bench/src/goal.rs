//! The goals: ratios between measurements of this one run, and the few figures that are goals by themselves.
//!
//! [`RATIOS`] is the table. A goal whose two measurements are not both there is reported as not measured, never as held; on a
//! machine where other programs ran meanwhile nothing is judged.

use serde::Serialize;

use crate::run::Bench;
use crate::subject::keyward::Start;

/// One goal and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// What is compared with what.
    pub goal: String,
    /// The figure; nothing where it was not measured.
    pub measured: Option<f64>,
    /// The same by processor time, which other programs disturb less; for comparison, nothing is judged by it.
    pub by_processor_time: Option<f64>,
    /// What it should be at least (or at most).
    pub limit: String,
    /// Whether it is so; nothing where it was not measured or where other programs disturbed the run.
    pub holds: Option<bool>,
}

/// Keyward's rate for `operation` should be at least `least` times that of another server for another operation.
struct Ratio {
    operation: &'static str,
    of: (&'static str, &'static str),
    least: f64,
}

const NULL: (&str, &str) = ("null", "fixed answer");
const NULL_SIGN: (&str, &str) = ("null", "fixed answer, one Ed25519 signature");
/// Where a disk takes more rows than the HTTP stack takes requests, `disk` alone is a limit nobody can reach.
pub const BOTH: &str = "null and disk on one core";
const PEER: &str = "node-oidc-provider";

const RATIOS: &[Ratio] = &[
    Ratio { operation: "introspection, authorization", of: NULL, least: 0.6 },
    Ratio { operation: "introspection, row-less token", of: NULL, least: 0.6 },
    Ratio { operation: "client_credentials, opaque", of: NULL, least: 0.6 },
    Ratio { operation: "metadata", of: NULL, least: 0.6 },
    Ratio { operation: "JWKS", of: NULL, least: 0.6 },
    Ratio { operation: "client_credentials, JWT EdDSA", of: NULL_SIGN, least: 0.8 },
    Ratio { operation: "refresh", of: ("disk", "rotations"), least: 0.8 },
    Ratio { operation: "refresh", of: (BOTH, "rotations"), least: 0.8 },
    Ratio { operation: "revoke", of: ("disk", "revocations"), least: 0.8 },
    Ratio { operation: "revoke", of: (BOTH, "revocations"), least: 0.8 },
    Ratio { operation: "code redemption", of: ("disk", "rotations"), least: 0.8 },
    Ratio { operation: "code redemption", of: (BOTH, "rotations"), least: 0.8 },
    Ratio { operation: "password, hash made cheap", of: (BOTH, "inserts"), least: 0.8 },
    Ratio { operation: "password", of: ("argon", "argon2id, 19 MiB, 2 passes"), least: 0.95 },
    Ratio { operation: "client_credentials, opaque", of: (PEER, "client_credentials, opaque"), least: 10.0 },
    Ratio { operation: "introspection, row-less token", of: (PEER, "introspection, row-less token"), least: 10.0 },
    Ratio { operation: "refresh", of: (PEER, "refresh"), least: 10.0 },
    Ratio { operation: "revoke", of: (PEER, "revoke"), least: 10.0 },
    Ratio { operation: "JWKS", of: (PEER, "JWKS"), least: 10.0 },
    Ratio { operation: "metadata", of: (PEER, "metadata"), least: 10.0 },
];

/// Every goal, judged by what `bench` and `start` measured.
pub fn judge(bench: &Bench, start: Option<&Start>) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = RATIOS.iter().map(|ratio| judge_ratio(bench, ratio)).collect();
    verdicts.push(others_unharmed(bench));
    verdicts.push(at_most("start to first token, ms", start.map(|start| 1000.0 * start.again.as_secs_f64()), 50.0));
    verdicts.push(at_most("idle memory before logins, MiB", start.map(|start| start.idle), 25.0));
    verdicts.push(at_most("idle memory soon after logins, MiB", start.map(|start| start.after_logins), 25.0));
    if !bench.was_quiet() {
        verdicts.iter_mut().for_each(|verdict| verdict.holds = None);
    }
    verdicts
}

fn judge_ratio(bench: &Bench, ratio: &Ratio) -> Verdict {
    let (server, operation) = ratio.of;
    let rows = bench.row("Keyward", ratio.operation).zip(bench.row(server, operation));
    let measured = rows.map(|(ours, theirs)| ours.rate / theirs.rate).filter(|ratio| ratio.is_finite());
    let by_processor_time = rows.and_then(|(ours, theirs)| Some(ours.per_core_second()? / theirs.per_core_second()?));
    Verdict {
        goal: format!("{} : {server}, {operation}", ratio.operation),
        measured,
        by_processor_time,
        limit: format!("≥ {}", ratio.least),
        holds: measured.map(|measured| measured >= ratio.least),
    }
}

/// "Unharmed" leaves what the scheduler and the clock of the load make of it: twice the time, and two milliseconds.
fn others_unharmed(bench: &Bench) -> Verdict {
    let p99 = |operation| bench.row("Keyward", operation).and_then(|row| row.p99);
    let alone = p99("introspection at 400/s, alone");
    let beside = p99("introspection at 400/s, beside a flood of logins");
    let limit = alone.map_or(0.0, |alone| 2.0 * alone + 2.0);
    at_most("p99 of introspection beside a flood of logins, ms", beside, limit)
}

fn at_most(goal: &str, measured: Option<f64>, most: f64) -> Verdict {
    Verdict {
        goal: goal.to_owned(),
        measured,
        by_processor_time: None,
        limit: format!("≤ {most:.1}"),
        holds: measured.map(|measured| measured <= most),
    }
}
