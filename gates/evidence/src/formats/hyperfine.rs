//! `hyperfine`: what `hyperfine --export-json` writes.
//!
//! | measure | of the wall-clock times, in `s` |
//! |---|---|
//! | `mean`, `median`, `min`, `max`, `stddev` | as declared; all but the last are recounted and compared |
//! | `p95`, `p99` | the smallest time that so many percent of the runs do not exceed |
//! | `runs` | their number, in `1` |
//!
//! One command has the plain names; of several, each has its own in front: `sleep-1.mean`. Where they would be more
//! measures than evidence holds, the last ones of the table are left out for all commands, and stay unknown.
//!
//! A command that ended with another code than 0 was not measured: how fast something fails says nothing.

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::{Evidence, MEASURES_MAX, Mismatch};

use crate::context::Context;
use crate::error::{ReadError, Result};
use crate::excuse;
use crate::input::Input;
use crate::json::{Json, Value};
use crate::named::{self, Measures};
use crate::text;

const EXPECTED: &str = "JSON of hyperfine";

/// What is kept of a command, in the order in which it is given up.
const STATISTICS: [&str; 8] = ["mean", "p99", "median", "max", "p95", "min", "stddev", "runs"];

pub(crate) fn read(input: &mut Input<'_>, _: &Context<'_>) -> Result<Evidence> {
    let mut json = Json::new(input);
    excuse::object(&mut json, EXPECTED)?;
    let mut commands = Vec::new();
    let mut results = false;
    let mut excuses = Vec::new();
    json.object(|json, key| {
        match key {
            "results" => {
                results = true;
                json.array(|json| {
                    if commands.len() == MEASURES_MAX {
                        return Err(ReadError::TooLarge { what: "commands", max: MEASURES_MAX as u64 });
                    }
                    let result = json.value()?;
                    commands.push(Command::read(&result, json)?);
                    Ok(())
                })?;
            }
            other if excuse::may_excuse(other) => excuses.push((other.to_owned(), json.value()?)),
            _ => json.skip()?,
        }
        Ok(())
    })?;
    json.end()?;
    if !results {
        if let Some(message) = excuse::excuse(&Value::Map(excuses)) {
            return Err(ReadError::ToolFailed { message });
        }
        let found = "a JSON object without `results`".to_owned();
        return Err(ReadError::OtherFormat { expected: EXPECTED, found });
    }
    count(commands)
}

fn count(commands: Vec<Command>) -> Result<Evidence> {
    let kept = STATISTICS.len().min(MEASURES_MAX / commands.len().max(1));
    let alone = commands.len() == 1;
    let mut measures = Measures::default();
    let mut evidence = Evidence::default();
    for (at, command) in commands.into_iter().enumerate() {
        let prefix = match named::part(&command.name) {
            _ if alone => String::new(),
            Some(part) if !measures.has(&format!("{part}.mean")) => format!("{part}."),
            part => format!("{}-{}.", part.unwrap_or_else(|| "command".to_owned()), at + 1),
        };
        for name in &STATISTICS[..kept] {
            let found = command.statistics.iter().find(|(statistic, _)| statistic == name);
            let Some((_, value)) = found else { continue };
            measures.add(&format!("{prefix}{name}"), *value, if *name == "runs" { "1" } else { "s" })?;
        }
        for (name, declared, counted) in command.differing {
            let name = format!("{prefix}{name}").into();
            evidence.mismatches.push(Mismatch { counted, declared, name });
        }
    }
    evidence.measures = measures.finish()?;
    Ok(evidence)
}

/// A command that was measured.
struct Command {
    name: String,
    statistics: Vec<(&'static str, Decimal)>,
    /// Declared, and counted from the times.
    differing: Vec<(&'static str, Decimal, Decimal)>,
}

impl Command {
    fn read(result: &Value, json: &Json<'_, '_>) -> Result<Self> {
        const RESULT: &str = "a result with a command, a mean and sound times";
        let wrong = || json.malformed(RESULT);
        let name = result.get("command").text().ok_or_else(wrong)?;
        for code in result.get("exit_codes").list() {
            if code.decimal().and_then(Decimal::as_integer) != Some(0) {
                let how =
                    code.decimal().map_or("no exit code".to_owned(), |code| format!("exit code {code}"));
                let message = format!("`{}` ended with {how}", text::cut(name, 200));
                return Err(ReadError::ToolFailed { message });
            }
        }
        let time = |value: &Value| value.decimal().filter(|time| *time >= Decimal::default());
        let mut command = Self { name: name.to_owned(), statistics: Vec::new(), differing: Vec::new() };
        for name in STATISTICS.into_iter().filter(|name| !["p95", "p99", "runs"].contains(name)) {
            match result.get(name) {
                // One run has no deviation.
                Value::Null if name != "mean" => {}
                value => command.statistics.push((name, time(value).ok_or_else(wrong)?)),
            }
        }
        let times: Option<Vec<Decimal>> = result.get("times").list().iter().map(time).collect();
        command.recount(times.ok_or_else(wrong)?);
        Ok(command)
    }

    fn recount(&mut self, mut times: Vec<Decimal>) {
        times.sort_unstable();
        let (Some(first), Some(last)) = (times.first().copied(), times.last().copied()) else { return };
        let runs = times.len();
        self.compare("min", first, 1);
        self.compare("max", last, 1);
        if let Some(sum) = times.iter().try_fold(Decimal::default(), |sum, time| sum.plus(*time)) {
            self.compare("mean", sum, runs);
        }
        match runs % 2 {
            1 => self.compare("median", times[runs / 2], 1),
            _ => times[runs / 2 - 1]
                .plus(times[runs / 2])
                .into_iter()
                .for_each(|sum| self.compare("median", sum, 2)),
        }
        // Nearest rank: no time is invented between two that were measured.
        let rank = |percent: usize| times[(runs * percent).div_ceil(100).max(1) - 1];
        self.statistics.push(("p95", rank(95)));
        self.statistics.push(("p99", rank(99)));
        self.statistics.push(("runs", Decimal::from(runs as u64)));
    }

    /// Compares a statistic with a sum over so many runs, up to what floats lose.
    fn compare(&mut self, name: &'static str, sum: Decimal, runs: usize) {
        let declared =
            self.statistics.iter().find(|(statistic, _)| *statistic == name).map(|(_, value)| *value);
        let Some(declared) = declared else { return };
        let Some(all) = declared.times(Decimal::from(runs as u64)) else { return };
        let close = Decimal::new(runs as i128, 9);
        let apart = |a: Decimal, b: Decimal| a.minus(b).is_some_and(|difference| difference > close);
        if apart(all, sum) || apart(sum, all) {
            // A mean that divides to no end is told with nine digits.
            let counted = divide(sum, runs).unwrap_or(sum);
            self.differing.push((name, declared, counted));
        }
    }
}

/// A sum over so many, cut to nine digits.
fn divide(sum: Decimal, runs: usize) -> Option<Decimal> {
    let billionths = sum.times(Decimal::from(1_000_000_000u64))?.to_string();
    let whole: i128 = billionths.split('.').next()?.parse().ok()?;
    Some(Decimal::new(whole / i128::try_from(runs).ok()?, 9))
}

#[cfg(test)]
mod tests;
