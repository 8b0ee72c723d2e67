//! Timing and reporting, the same for every side.

use std::fmt::Write;
use std::fs;
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

/// What a run did, by name. Sides that do the same work report the same numbers.
pub(crate) type Work = Vec<(&'static str, u64)>;

/// What one side measured.
#[derive(Debug)]
pub(crate) struct Report {
    /// What is counted, such as `commands/s`.
    pub(crate) unit: &'static str,
    /// How many of them a run has.
    pub(crate) count: u64,
    /// Seconds of each run.
    pub(crate) seconds: Vec<Seconds>,
    /// What each run did.
    pub(crate) work: Work,
    /// Time of single commands, in ns, when measured.
    pub(crate) latency_ns: Option<Latency>,
    /// Anything else worth telling.
    pub(crate) extra: Vec<(&'static str, f64)>,
}

/// Duration of a run, in s.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seconds {
    /// Of the calling thread on its processor.
    pub(crate) cpu: f64,
    /// On the clock on the wall.
    pub(crate) wall: f64,
}

/// Percentiles of the time of one command, in ns, the timer's own cost included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Latency {
    p50: u64,
    p90: u64,
    p99: u64,
    p999: u64,
    /// Median of an empty measurement.
    timer: u64,
}

/// Times `run` on what `prepare` makes, `repeats` times after one untimed run. What `run` leaves is
/// dropped outside the clock.
pub(crate) fn measure<T>(
    repeats: usize,
    mut prepare: impl FnMut() -> T,
    mut run: impl FnMut(&mut T) -> Work,
) -> (Vec<Seconds>, Work) {
    let expected = run(&mut prepare());
    let seconds = (0..repeats)
        .map(|_| {
            let mut state = prepare();
            let (cpu, wall) = (cpu_seconds(), Instant::now());
            let work = run(&mut state);
            let seconds = Seconds {
                cpu: cpu_seconds() - cpu,
                wall: wall.elapsed().as_secs_f64(),
            };
            assert_eq!(work, expected, "two runs did different work");
            seconds
        })
        .collect();
    (seconds, expected)
}

/// Times each of `count` calls of `run`.
pub(crate) fn latency(count: usize, mut run: impl FnMut(usize)) -> Latency {
    Latency::of((0..count).map(|at| nanos(|| run(at))).collect())
}

impl Latency {
    /// Percentiles of `nanos`, beside the cost of an empty measurement.
    pub(crate) fn of(mut nanos: Vec<u64>) -> Self {
        let mut timer: Vec<u64> = (0..100_000).map(|_| self::nanos(|| ())).collect();
        timer.sort_unstable();
        nanos.sort_unstable();
        let at = |permille: usize| nanos[nanos.len() * permille / 1000];
        Self {
            p50: at(500),
            p90: at(900),
            p99: at(990),
            p999: at(999),
            timer: timer[timer.len() / 2],
        }
    }
}

#[inline]
fn nanos(run: impl FnOnce()) -> u64 {
    let start = Instant::now();
    run();
    start.elapsed().as_nanos() as u64
}

/// Time that the calling thread has spent on a processor, in s.
pub(crate) fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// `RssAnon` of this process, in bytes.
pub(crate) fn anonymous_bytes() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    kibibytes.unwrap_or(f64::NAN) * 1024.0
}

/// The middle of `values`.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

impl Report {
    /// The report as one line. `rate` is per second of processor time, `wall_rate` per second.
    pub(crate) fn json(&self) -> String {
        let rate = |seconds: fn(&Seconds) -> f64| {
            median(
                self.seconds
                    .iter()
                    .map(|run| self.count as f64 / seconds(run))
                    .collect(),
            )
        };
        let mut line = format!(
            "{{\"rate\": {:.0}, \"wall_rate\": {:.0}, \"unit\": \"{}\", \"n\": {}, \"work\": {{",
            rate(|run| run.cpu),
            rate(|run| run.wall),
            self.unit,
            self.count,
        );
        let work: Vec<String> = self
            .work
            .iter()
            .map(|(name, value)| format!("\"{name}\": {value}"))
            .collect();
        line += &work.join(", ");
        line += "}";
        if let Some(Latency {
            p50,
            p90,
            p99,
            p999,
            timer,
        }) = self.latency_ns
        {
            let _ = write!(
                line,
                ", \"latency_ns\": {{\"p50\": {p50}, \"p90\": {p90}, \"p99\": {p99}, \
                 \"p999\": {p999}, \"timer\": {timer}}}"
            );
        }
        for (name, value) in &self.extra {
            let _ = write!(line, ", \"{name}\": {value:.4}");
        }
        line + "}"
    }
}
